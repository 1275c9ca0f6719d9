//! The resolver on small made-up crates.

use std::collections::BTreeSet;

use crate::{
    graph::{arrows_up, circles, floors, graph},
    lengths::functions,
    tree::Tree,
};

fn tree(files: &[(&str, &str)]) -> Tree {
    Tree::read("made_up", &files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
}

/// The arrows of a crate, without those of its root.
#[track_caller]
fn assert_arrows(files: &[(&str, &str)], expected: &[&str]) {
    let tree = tree(files);
    let short = |file: usize| tree.files[file].trim_start_matches("src/").trim_end_matches(".rs").to_owned();
    let arrows = tree.arrows();
    let found: BTreeSet<_> =
        arrows.keys().filter(|(from, _)| *from != 0).map(|(a, b)| format!("{} {}", short(*a), short(*b))).collect();
    assert_eq!(found, expected.iter().map(|arrow| (*arrow).to_owned()).collect(), "{arrows:?}");
}

#[test]
fn imports_lead_to_the_file_that_defines() {
    let lib = ("src/lib.rs", "mod a; mod b; mod c;");
    let a = ("src/a.rs", "pub struct A; pub fn f() {}");
    let b = ("src/b.rs", "pub use crate::a::A; pub fn g() {}");
    // A name from where it is re-exported.
    assert_arrows(&[lib, a, b, ("src/c.rs", "use crate::b::A; fn x(_: A) {}")], &["b a", "c a"]);
    // Groups in groups, and other names.
    let groups = ("src/c.rs", "use crate::{a::{self as first, A as Other}, b::g}; fn x(_: Other) { first::f() }");
    assert_arrows(&[lib, a, b, groups], &["b a", "c a", "c b"]);
    // A module alone is nothing that is used.
    assert_arrows(&[lib, a, b, ("src/c.rs", "use crate::b;")], &["b a"]);
    assert_arrows(&[lib, a, b, ("src/c.rs", "use crate::b; fn x() { b::g() }")], &["b a", "c b"]);
    // The crate by its name, and what belongs to others.
    assert_arrows(&[lib, a, b, ("src/c.rs", "use made_up::a::A; use serde::b::g; use ::a::f;")], &["b a", "c a"]);
}

#[test]
fn names_are_found_in_code_macros_and_attributes() {
    let lib = ("src/lib.rs", "mod a; mod c;");
    let a = ("src/a.rs", "pub const A: u8 = 0; pub fn f() {} pub enum E { One }");
    for code in [
        "fn x() { crate::a::f() }",
        "fn x() { super::a::f() }",
        "fn x() { println!(\"{}\", crate::a::A) }",
        "fn x() { let y = vec![1, (2, crate::a::A)]; }",
        "fn x(e: u8) { matches!(e, crate::a::E::One); }",
        "#[serde(with = \"crate::a::f\")] struct S;",
        "struct S { #[arg(value_parser = crate::a::f)] x: u8 }",
        "impl S { fn x(_: Vec<crate::a::E>) {} }",
        "fn x() { use crate::a::A; }",
        "macro_rules! m { () => { $crate::a::f() } }",
        "use crate::a::*; fn x() { f() }",
        "use crate::a::E::*;",
    ] {
        assert_arrows(&[lib, a, ("src/c.rs", code)], &["c a"]);
    }
    for code in [
        "fn x(y: Y) { y.a.f(); other::a::f() }",
        "fn x() { println!(\"{}\", y.crate_a) }",
        "#[cfg(test)] mod tests { use crate::a::A; }",
        "#[test] fn x() { crate::a::f() }",
        "impl S { #[cfg(test)] fn x() { crate::a::f() } }",
        "use crate::a::*;",
        "pub(in crate::a) fn x() {}",
    ] {
        assert_arrows(&[lib, a, ("src/c.rs", code)], &[]);
    }
}

#[test]
fn modules_are_found_where_the_compiler_looks_for_them() {
    let files = [
        (
            "src/lib.rs",
            "mod a; mod b { pub mod c; } #[path = \"elsewhere/d.rs\"] mod d; use a::e::E; use d::f::F; use b::c::C;",
        ),
        ("src/a/mod.rs", "pub mod e;"),
        ("src/a/e.rs", "pub struct E;"),
        ("src/b/c.rs", "pub struct C;"),
        ("src/elsewhere/d.rs", "pub mod f;"),
        ("src/elsewhere/f.rs", "pub struct F; use super::super::a::e::E;"),
    ];
    assert_arrows(&files, &["elsewhere/f a/e"]);
    let tree = tree(&files);
    let files: BTreeSet<_> = tree.files.iter().map(String::as_str).collect();
    assert_eq!(files.len(), 6);
    // An inline module is its file.
    let inline = ("src/lib.rs", "mod a; mod b;");
    let b = ("src/b.rs", "mod inner { use super::g; use super::super::a::A; } fn g() {}");
    assert_arrows(&[inline, ("src/a.rs", "pub struct A;"), b], &["b a"]);
}

#[test]
fn a_child_that_uses_what_its_parent_has_makes_a_circle() {
    let circle = |parent, child| {
        let tree = tree(&[("src/lib.rs", "mod a;"), ("src/a.rs", parent), ("src/a/b.rs", child)]);
        let arrows = tree.arrows();
        let files = graph(arrows.keys().map(|(from, to)| (tree.files[*from].clone(), tree.files[*to].clone())));
        circles(&files).len()
    };
    assert_eq!(circle("mod b; fn f() { b::g() }", "use super::f; pub fn g() {}"), 1);
    assert_eq!(circle("pub use b::g; mod b; fn f() {}", "use super::*; pub fn g() { f() }"), 1);
    assert_eq!(circle("pub use b::B; mod b;", "pub struct B;"), 0);
    // The parent uses nothing of the child.
    assert_eq!(circle("mod b; fn f() {}", "use super::f;"), 0);
    // Imported by the parent for itself.
    assert_eq!(circle("mod b; use b::B; use serde::C;", "use super::C; pub struct B;"), 1);
    // The child's own name, by way of its parent.
    assert_eq!(circle("pub use b::B; mod b;", "pub struct B; use super::B as Other;"), 0);
    // A module and a function of one name.
    assert_eq!(circle("pub use b::b; mod b;", "pub fn b() {}"), 0);
}

#[test]
fn what_a_root_re_exports_is_not_imported_from_it() {
    let files = [
        ("src/lib.rs", "mod a; mod b; pub use a::A; pub const VERSION: u8 = 1;"),
        ("src/a.rs", "pub struct A;"),
        ("src/b.rs", "use crate::A; use super::a::A as Same; fn f() { crate::VERSION }"),
    ];
    let found: Vec<_> = tree(&files).named_from_above().into_iter().map(|(_, path)| path).collect();
    assert_eq!(found, ["crate::A", "crate::VERSION"]);
}

#[test]
fn arrows_up_are_as_few_as_can_be() {
    let pairs = |text: &str| {
        let pairs = text.split_whitespace().map(|pair| pair.split_once('>').expect("a pair"));
        graph(pairs.map(|(from, to)| (from.to_owned(), to.to_owned())))
    };
    let down = pairs("a>b b>c a>c a>a");
    assert!(circles(&down).is_empty() && arrows_up(&down).is_empty());
    assert_eq!(floors(&down, &[]), 3);
    let up = pairs("a>b b>c c>d d>a a>c e>a");
    assert_eq!(circles(&up)[0].len(), 4);
    assert_eq!(arrows_up(&up).len(), 1);
    assert_eq!(floors(&up, &[("d".to_owned(), "a".to_owned())]), 5);
}

#[test]
fn functions_have_lengths() {
    let text = "fn a() {}\n\n/// Doc.\nfn b()\nwhere\n    u8: Copy,\n{\n    fn c() {\n    }\n}\nproptest! {\n    #[test]\n    fn d(x in 0..1) {\n    }\n}\n";
    let found: Vec<_> = functions(text).into_iter().map(|function| (function.name, function.lines)).collect();
    let expected = [("a", 1), ("b", 7), ("c", 2), ("d", 2)];
    assert_eq!(found, expected.map(|(name, lines)| (name.to_owned(), lines)));
}
