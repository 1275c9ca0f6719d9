//! Lengths of files and functions.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::Visit;

/// A function and its lines, from `fn` to the closing brace.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Length {
    pub(crate) lines: usize,
    pub(crate) name: String,
    /// Its first line, from 1 on.
    pub(crate) first: usize,
}

/// All functions of a file, tests and those inside macros too.
pub(crate) fn functions(text: &str) -> Vec<Length> {
    let mut found = Functions(vec![]);
    found.visit_file(&syn::parse_file(text).expect("Rust"));
    found.0
}

struct Functions(Vec<Length>);

impl Functions {
    fn add(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let first = signature.fn_token.span.start().line;
        let last = block.brace_token.span.close().end().line;
        self.0.push(Length { lines: last + 1 - first, name: signature.ident.to_string(), first });
    }

    fn tokens(&mut self, tokens: TokenStream) {
        // Line and name of the function whose body comes next.
        let mut head: Option<(usize, Option<String>)> = None;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) if ident == "fn" => head = Some((ident.span().start().line, None)),
                TokenTree::Ident(ident) => {
                    if let Some((_, name @ None)) = &mut head {
                        *name = Some(ident.to_string());
                    }
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => head = None,
                TokenTree::Group(group) => {
                    if group.delimiter() == Delimiter::Brace
                        && let Some((first, Some(name))) = head.take()
                    {
                        self.0.push(Length { lines: group.span_close().end().line + 1 - first, name, first });
                    }
                    self.tokens(group.stream());
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.add(&item.sig, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.add(&item.sig, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.add(&item.sig, block);
        }
        syn::visit::visit_trait_item_fn(self, item);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.tokens(item.tokens.clone());
    }
}
