//! The rules of the shape, and its figures.

use std::{collections::BTreeSet, fmt::Write as _, sync::OnceLock};

use crate::{
    graph::{Graph, arrows_up, circles, floors, graph},
    lengths::functions,
    resolve::Arrows,
    texts,
    tree::{Texts, Tree},
};

/// The crates, with the names that their sources have for them.
const CRATES: [(&str, &str); 4] =
    [("protocol", "cuckoo_protocol"), ("gpu", "cuckoo_gpu"), ("tui", "cuckoo_tui"), ("cli", "cuckoo")];

const MAX_ROOMS: usize = 9;
const MAX_ARROWS: usize = 35;
const MAX_SOURCE_LINES: usize = 500;
const MAX_TEST_LINES: usize = 700;
const MAX_FUNCTION_LINES: usize = 80;

/// What a node that runs knows nothing of.
const ABOVE_NODES: [&str; 6] = ["account", "args", "cli", "command", "context", "terminal"];

/// One crate as it is on disk.
struct Sources {
    name: &'static str,
    /// Rust files by their path below the crate's folder.
    texts: Texts,
    tree: Tree,
    arrows: Arrows,
}

impl Sources {
    /// All crates, read once.
    fn all() -> &'static [Self] {
        static ALL: OnceLock<Vec<Sources>> = OnceLock::new();
        ALL.get_or_init(|| CRATES.into_iter().map(|(name, identifier)| Self::read(name, identifier)).collect())
    }

    /// The crate whose rooms have rules of their own.
    fn cli() -> &'static Self {
        Self::all().iter().find(|sources| sources.name == "cli").expect("one of the crates")
    }

    fn read(name: &'static str, identifier: &str) -> Self {
        let folder = format!("crates/{name}/");
        let all = texts(folder.trim_end_matches('/')).into_iter();
        let rust = all.filter(|(path, _)| path.ends_with(".rs"));
        let texts = rust.map(|(path, text)| (path[folder.len()..].to_owned(), text)).collect();
        let tree = Tree::read(identifier, &texts);
        assert!(!tree.roots.is_empty(), "no sources in {folder}");
        let arrows = tree.arrows();
        Self { name, texts, tree, arrows }
    }

    /// The files and what they need.
    fn files(&self) -> Graph {
        let named = |file: usize| self.tree.files[file].clone();
        graph(self.arrows.keys().map(|(from, to)| (named(*from), named(*to))))
    }

    /// The rooms directly below `src` and what they need.
    fn rooms(&self) -> Graph {
        let rooms = self.tree.files.iter().filter_map(|file| room(file));
        let alone = rooms.map(|room| (room.clone(), room));
        let named = |file: usize| room(&self.tree.files[file]);
        let pairs = self.arrows.keys().filter_map(|(from, to)| Some((named(*from)?, named(*to)?)));
        graph(alone.chain(pairs))
    }

    /// What makes the arrows between two rooms.
    fn reasons(&self, from: &str, to: &str) -> String {
        let mut text = String::new();
        for ((source, target), paths) in &self.arrows {
            let (source, target) = (&self.tree.files[*source], &self.tree.files[*target]);
            if room(source).as_deref() == Some(from) && room(target).as_deref() == Some(to) {
                let paths: Vec<_> = paths.iter().map(String::as_str).collect();
                let _ = writeln!(text, "  {source} -> {target}: {}", paths.join(", "));
            }
        }
        text
    }
}

/// The room of a file; the roots have none.
fn room(file: &str) -> Option<String> {
    let below = file.strip_prefix("src/")?;
    match below.split_once('/') {
        Some((room, _)) => Some(room.to_owned()),
        None => Some(below.trim_end_matches(".rs").to_owned()).filter(|room| room != "lib" && room != "main"),
    }
}

fn is_test(path: &str) -> bool {
    !path.starts_with("src/") || path.ends_with("tests.rs")
}

/// The number of lines and the name of the longest function, for figures.
fn longest_function<'a>(texts: impl Iterator<Item = (&'a String, &'a String)>) -> (usize, String) {
    let all = texts.flat_map(|(path, text)| {
        functions(text).into_iter().map(move |found| (found.lines, format!("{path} {}", found.name)))
    });
    all.max().unwrap_or_default()
}

#[test]
fn figures() {
    let mut text = String::from("\n");
    for sources in Sources::all() {
        let own = || sources.texts.iter().filter(|(path, _)| path.starts_with("src/"));
        let lines: usize = own().map(|(_, text)| text.lines().count()).sum();
        let longest = own().map(|(path, text)| (text.lines().count(), path)).max().expect("a file");
        let function = longest_function(own());
        let files = sources.files();
        let (rooms, circles) = (sources.rooms(), circles(&files));
        let up = arrows_up(&rooms);
        let count = |graph: &Graph| graph.values().map(BTreeSet::len).sum::<usize>();
        let _ =
            writeln!(text, "crates/{}: {} files, {lines} lines, {} arrows", sources.name, own().count(), count(&files));
        let _ = writeln!(text, "  longest file      {} {}", longest.0, longest.1);
        let _ = writeln!(text, "  longest function  {} {}", function.0, function.1);
        let (floors, arrows) = (floors(&rooms, &up), count(&rooms));
        let _ =
            writeln!(text, "  rooms             {} on {floors} floors, {arrows} arrows, {} up", rooms.len(), up.len());
        for (from, to) in &up {
            let _ = writeln!(text, "    up: {from} -> {to}");
        }
        let _ = writeln!(text, "  circles           {}", circles.len());
        for circle in &circles {
            let files: Vec<_> = circle.iter().map(String::as_str).collect();
            let _ = writeln!(text, "    {} files: {}", files.len(), files.join(" "));
        }
    }
    show(&text);
}

#[expect(clippy::print_stdout, reason = "figures are what the test is asked for")]
fn show(text: &str) {
    println!("{text}");
}

#[test]
fn nodes_know_nothing_of_who_starts_them() {
    let cli = Sources::cli();
    let rooms = cli.rooms();
    let needs = rooms.get("node").expect("crates/cli/src/node is where the nodes are");
    let found: String =
        ABOVE_NODES.iter().filter(|room| needs.contains(**room)).map(|room| cli.reasons("node", room)).collect();
    assert!(found.is_empty(), "code of a node imports what is above it:\n{found}");
}

#[test]
fn rooms_are_few_and_every_arrow_between_them_goes_down() {
    let cli = Sources::cli();
    let rooms = cli.rooms();
    let arrows: usize = rooms.values().map(BTreeSet::len).sum();
    let up: Vec<_> =
        arrows_up(&rooms).iter().map(|(from, to)| format!("{from} -> {to}\n{}", cli.reasons(from, to))).collect();
    assert!(up.is_empty(), "{} arrows of crates/cli/src go up:\n{}", up.len(), up.join(""));
    assert!(rooms.len() <= MAX_ROOMS, "{} rooms, at most {MAX_ROOMS}: {:?}", rooms.len(), rooms.keys());
    assert!(arrows <= MAX_ARROWS, "{arrows} arrows between rooms, at most {MAX_ARROWS}: {rooms:#?}");
}

#[test]
fn nobody_imports_from_the_root_what_has_a_place_of_its_own() {
    let cli = Sources::cli();
    let found: Vec<_> = cli.tree.named_from_above().into_iter().map(|(file, path)| format!("{file}: {path}")).collect();
    assert!(found.is_empty(), "import these from the module that defines them:\n{}", found.join("\n"));
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut text = String::new();
    for sources in Sources::all() {
        for circle in circles(&sources.files()) {
            let _ = writeln!(text, "crates/{}: a circle of {} files", sources.name, circle.len());
            for ((from, to), paths) in &sources.arrows {
                let (from, to) = (&sources.tree.files[*from], &sources.tree.files[*to]);
                if circle.contains(from) && circle.contains(to) {
                    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
                    let _ = writeln!(text, "  {from} -> {to}: {}", paths.join(", "));
                }
            }
        }
    }
    assert!(text.is_empty(), "{text}");
}

#[test]
fn files_and_functions_are_short() {
    let mut found = vec![];
    for sources in Sources::all() {
        for (path, text) in &sources.texts {
            let name = format!("crates/{}/{path}", sources.name);
            let (lines, most) = (text.lines().count(), if is_test(path) { MAX_TEST_LINES } else { MAX_SOURCE_LINES });
            if lines > most {
                found.push(format!("{name}: {lines} lines, at most {most}"));
            }
            let long = functions(text).into_iter().filter(|function| function.lines > MAX_FUNCTION_LINES);
            found.extend(long.map(|function| {
                format!("{name}: `{}` has {} lines, at most {MAX_FUNCTION_LINES}", function.name, function.lines)
            }));
        }
    }
    assert!(found.is_empty(), "{} too long:\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_file_opens_with_what_it_owns() {
    let mut found = vec![];
    for sources in Sources::all() {
        let without = sources.texts.iter().filter(|(_, text)| !text.starts_with("//! "));
        found.extend(without.map(|(path, _)| format!("crates/{}/{path}", sources.name)));
    }
    assert!(found.is_empty(), "no `//!` in the first line of\n{}", found.join("\n"));
}
