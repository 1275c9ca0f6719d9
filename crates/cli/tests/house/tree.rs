//! The modules of one crate, read from its sources: what each defines, imports, declares and mentions.

use std::collections::{BTreeMap, HashMap};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Expr, Item, ItemMod, ItemUse, Lit, Meta, UseTree, Visibility, ext::IdentExt, visit::Visit};

/// Sources by their path below the crate's directory, such as `src/lib.rs`.
pub(crate) type Texts = BTreeMap<String, String>;

/// A path as it is written, without type arguments.
pub(crate) type Path = Vec<String>;

/// What a name in a module stands for.
#[derive(Debug)]
pub(crate) enum Name {
    /// An item of the module itself.
    Here,
    /// A child module.
    Module(usize),
    /// An import; `shared` ones can be imported from this module in turn.
    Import { path: Path, shared: bool },
}

/// A file, or a `mod name { }` inside one.
#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) parent: Option<usize>,
    pub(crate) file: usize,
    pub(crate) names: HashMap<String, Vec<Name>>,
    /// `use path::*`, and whether it is shared.
    pub(crate) globs: Vec<(Path, bool)>,
    /// Every path that is mentioned outside imports.
    pub(crate) mentions: Vec<Path>,
}

/// All modules of a crate. The roots come first.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// The crate's name as its sources write it.
    pub(crate) name: String,
    pub(crate) files: Vec<String>,
    pub(crate) modules: Vec<Module>,
    /// The modules of `lib.rs` and `main.rs`.
    pub(crate) roots: Vec<usize>,
}

impl Tree {
    /// Reads a crate from the roots that it has among these sources.
    pub(crate) fn read(name: &str, texts: &Texts) -> Self {
        let mut tree = Self { name: name.to_owned(), ..Self::default() };
        for root in ["src/lib.rs", "src/main.rs"] {
            if texts.contains_key(root) {
                let id = Reader { tree: &mut tree, texts }.file(root, "src", None);
                tree.roots.push(id);
            }
        }
        tree
    }
}

struct Reader<'a> {
    tree: &'a mut Tree,
    texts: &'a Texts,
}

impl Reader<'_> {
    fn module(&mut self, file: usize, parent: Option<usize>) -> usize {
        self.tree.modules.push(Module { parent, file, ..Module::default() });
        self.tree.modules.len() - 1
    }

    /// Reads a file whose child modules are in the folder `below`.
    fn file(&mut self, path: &str, below: &str, parent: Option<usize>) -> usize {
        let text = self.texts.get(path).unwrap_or_else(|| panic!("{path} is declared as a module and is not there"));
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        self.tree.files.push(path.to_owned());
        let id = self.module(self.tree.files.len() - 1, parent);
        self.items(&parsed.items, id, below, folder(path));
        id
    }

    /// Reads items of a module. A `#[path]` starts at the folder `beside`.
    fn items(&mut self, items: &[Item], module: usize, below: &str, beside: &str) {
        for item in items.iter().filter(|item| !is_test(attributes(item))) {
            match item {
                Item::Mod(child) => self.child(child, module, below, beside),
                Item::Use(import) => self.import(import, module),
                other => {
                    if let Some(name) = defined(other) {
                        self.tree.modules[module].names.entry(name).or_default().push(Name::Here);
                    }
                    let mut mentions = Mentions::default();
                    mentions.visit_item(other);
                    mentions.imports.iter().for_each(|import| self.import(import, module));
                    self.tree.modules[module].mentions.append(&mut mentions.paths);
                }
            }
        }
    }

    fn child(&mut self, child: &ItemMod, module: usize, below: &str, beside: &str) {
        let name = child.ident.unraw().to_string();
        let inner = format!("{below}/{name}");
        let id = match &child.content {
            Some((_, items)) => {
                let id = self.module(self.tree.modules[module].file, Some(module));
                self.items(items, id, &inner, &inner);
                id
            }
            None => {
                let (file, below) = match path_attribute(&child.attrs) {
                    Some(path) => {
                        let file = normal(&format!("{beside}/{path}"));
                        let below = folder(&file).to_owned();
                        (file, below)
                    }
                    None if self.texts.contains_key(&format!("{inner}.rs")) => (format!("{inner}.rs"), inner),
                    None => (format!("{inner}/mod.rs"), inner),
                };
                self.file(&file, &below, Some(module))
            }
        };
        self.tree.modules[module].names.entry(name).or_default().push(Name::Module(id));
    }

    fn import(&mut self, import: &ItemUse, module: usize) {
        if import.leading_colon.is_some() || is_test(&import.attrs) {
            return;
        }
        let shared = !matches!(import.vis, Visibility::Inherited);
        let module = &mut self.tree.modules[module];
        flatten(&import.tree, &mut vec![], &mut |path, name| match name {
            Some(name) => module.names.entry(name).or_default().push(Name::Import { path, shared }),
            None => module.globs.push((path, shared)),
        });
    }
}

/// Every import of a `use`, with the name that it gets here; a glob has none.
fn flatten(tree: &UseTree, before: &mut Path, each: &mut impl FnMut(Path, Option<String>)) {
    let mut leaf = |before: &Path, name: &syn::Ident, alias: String| {
        let mut path = before.clone();
        let name = name.unraw().to_string();
        // `use a::{self}` is `use a`.
        if name != "self" || before.is_empty() {
            path.push(name);
        }
        let alias = if alias == "self" { path.last().cloned().unwrap_or_default() } else { alias };
        each(path, Some(alias));
    };
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.unraw().to_string());
            flatten(&path.tree, before, each);
            before.pop();
        }
        UseTree::Name(name) => leaf(before, &name.ident, name.ident.unraw().to_string()),
        UseTree::Rename(rename) => leaf(before, &rename.ident, rename.rename.to_string()),
        UseTree::Glob(_) => each(before.clone(), None),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, each)),
    }
}

/// Collects the paths that code mentions, those inside macros and attributes too.
#[derive(Default)]
struct Mentions {
    paths: Vec<Path>,
    /// The `use` items inside functions.
    imports: Vec<ItemUse>,
}

impl Mentions {
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = Path::new();
        // Whether what comes next belongs to something else than a path of ours: after `.` or a leading `::`.
        let (mut colons, mut foreign) = (0, false);
        let mut end = |path: &mut Path, foreign: bool| {
            let path = std::mem::take(path);
            if !path.is_empty() && !foreign {
                self.paths.push(path);
            }
        };
        let mut groups = vec![];
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        end(&mut path, foreign);
                        foreign = std::mem::take(&mut colons) == 9;
                    } else if path.is_empty() {
                        foreign = true;
                    }
                    path.push(ident.unraw().to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && colons < 2 => colons += 1,
                TokenTree::Punct(punct) => {
                    end(&mut path, foreign);
                    // Nine stands for a dot.
                    (colons, foreign) = (if punct.as_char() == '.' { 9 } else { 0 }, false);
                }
                TokenTree::Group(group) => {
                    end(&mut path, foreign);
                    (colons, foreign) = (0, false);
                    groups.push(group.stream());
                }
                TokenTree::Literal(_) => {
                    end(&mut path, foreign);
                    (colons, foreign) = (0, false);
                }
            }
        }
        end(&mut path, foreign);
        groups.into_iter().for_each(|group| self.tokens(group));
    }
}

impl<'ast> Visit<'ast> for Mentions {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            syn::visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.imports.push(item.clone());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.paths.push(path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect());
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.visit_path(&item.path);
        self.tokens(item.tokens.clone());
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let Meta::List(list) = &attribute.meta else { return };
        self.tokens(list.tokens.clone());
        // `#[serde(with = "path")]` names a path in a string.
        if list.path.is_ident("serde") {
            for token in list.tokens.clone() {
                let TokenTree::Literal(literal) = token else { continue };
                if let Lit::Str(text) = Lit::new(literal)
                    && let Ok(path) = text.parse::<syn::Path>()
                {
                    self.visit_path(&path);
                }
            }
        }
    }
}

/// Whether an item is there for tests only.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test" || condition.starts_with("all (test")
        }
        meta => meta.path().segments.last().is_some_and(|last| last.ident == "test"),
    })
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    })
}

/// The folder of a file.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The same path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = vec![];
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The name that an item gives to something in its module.
fn defined(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::ExternCrate(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.unraw().to_string())
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
