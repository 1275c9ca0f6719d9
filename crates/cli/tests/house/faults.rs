//! `crates/FAULTS.md` and the tests: each number that a test uses has a row, and each test that a row names exists. A row
//! names the test alone where a single file has it.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::{texts, tree::Texts};

const LIST: &str = "crates/FAULTS.md";

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern")
}

/// The list, and everything that holds tests.
fn sources() -> (String, Texts) {
    let mut all = texts("crates");
    all.append(&mut texts("contracts/test"));
    let list = all.remove(LIST).unwrap_or_else(|| panic!("{LIST} is not there"));
    all.retain(|path, _| path.ends_with(".rs") || path.ends_with(".sol"));
    all.retain(|path, _| !path.starts_with("crates/cli/tests/house/"));
    (list, all)
}

/// Rows by number, with the last column.
fn rows(list: &str) -> BTreeMap<String, String> {
    let row = regex(r"(?m)^\| ((?:F-A|V|[A-GI])\d+) \| ([^|]+) \| ([^|]+) \|$");
    let mut rows = BTreeMap::new();
    for found in row.captures_iter(list) {
        assert!(rows.insert(found[1].to_owned(), found[3].to_owned()).is_none(), "{} has two rows", &found[1]);
    }
    rows
}

/// Numbers in the name of a test: `fa2_to_fa4_and_fa13_..` is F-A2, F-A3, F-A4 and F-A13.
fn numbers(name: &str) -> BTreeSet<String> {
    let number = regex(r"^(fa|[a-dfgiv])(\d{1,2})$");
    let mut found = BTreeSet::new();
    let mut last: Option<(String, u32)> = None;
    let mut is_range = false;
    for (place, word) in name.split('_').enumerate() {
        let Some(parts) = number.captures(word) else {
            is_range = word == "to";
            if place == 0 {
                break;
            }
            continue;
        };
        let kind = if &parts[1] == "fa" { "F-A".to_owned() } else { parts[1].to_uppercase() };
        let end: u32 = parts[2].parse().expect("a number");
        let begin = last.take().filter(|(before, _)| is_range && *before == kind).map_or(end, |(_, begin)| begin);
        found.extend((begin..=end).map(|number| format!("{kind}{number}")));
        (last, is_range) = (Some((kind, end)), false);
    }
    found
}

/// Every number that a test uses, with the place.
fn cited(sources: &Texts) -> BTreeSet<(String, String)> {
    let function = regex(r"\bfn (\w+)\(");
    let contract = regex(r"\bfunction test(?:Fuzz)?_([A-D]\d+)_");
    let comment = regex(r"(?:^|[^-\w])(F-A\d{1,2}|[A-D]\d{1,2}|F\d{1,2})\b");
    let case = regex(r#""([A-D]\d{1,2}) "#);
    let mut found = BTreeSet::new();
    for (path, text) in sources {
        for line in text.lines() {
            let names = function.captures_iter(line).flat_map(|name| numbers(&name[1]));
            let names = names.chain(contract.captures_iter(line).map(|name| name[1].to_owned()));
            found.extend(names.map(|number| (number, path.clone())));
            if path.starts_with("crates/cli/tests/") || path.starts_with("contracts/test/") {
                let words = if line.trim_start().starts_with("//") { &comment } else { &case };
                found.extend(words.captures_iter(line).map(|number| (number[1].to_owned(), path.clone())));
            }
        }
    }
    found
}

#[test]
fn numbers_are_read_from_names() {
    let all = |name| numbers(name).into_iter().collect::<Vec<_>>();
    assert_eq!(all("f1_a_thing"), ["F1"]);
    assert_eq!(all("fa2_to_fa4_and_fa13_more"), ["F-A13", "F-A2", "F-A3", "F-A4"]);
    assert_eq!(all("a10_what_is_cut_and_a13_clocks"), ["A10", "A13"]);
    assert!(all("to_f32").is_empty() && all("nothing").is_empty());
}

#[test]
fn faults_and_their_tests_know_each_other() {
    let (list, sources) = sources();
    let rows = rows(&list);
    let mut wrong = vec![];
    for (number, path) in cited(&sources) {
        if !rows.contains_key(&number) {
            wrong.push(format!("{path} uses {number}, which has no row in {LIST}"));
        }
    }
    let test = regex("`([^`]+)`(?: in `([^`]+)`)?");
    for (number, tests) in &rows {
        let mut tests = test.captures_iter(tests).peekable();
        if tests.peek().is_none() {
            wrong.push(format!("{number} names no test: `name` in `path`, or `name` alone where one file has it"));
        }
        for found in tests {
            let (name, path) = (&found[1], found.get(2).map(|path| path.as_str()));
            let heads = [format!("fn {name}("), format!("function {name}(")];
            let has_it = sources.iter().filter(|(_, text)| heads.iter().any(|head| text.contains(head)));
            let places: Vec<&str> = has_it.map(|(path, _)| path.as_str()).collect();
            let is_found = path.map_or(places.len() == 1, |path| places.contains(&path));
            if !is_found {
                wrong.push(format!("{number}: `{name}` is not in {path:?} but in {places:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
