//! Phrases that must not come back into what people read, each with the wording to use in its place.

use std::collections::{BTreeMap, HashMap};

use proc_macro2::{TokenStream, TokenTree};
use regex::Regex;

use crate::{texts, tree::Texts};

/// Pattern (letters match in either case), and what to write in its place.
#[rustfmt::skip]
const PHRASES: &[(&str, &str)] = &[
    (r"\bthe output is (no|not a) terminal\b", "stdout is not a terminal"),
    (r"\b(is|are|was|were) no (toml|json|table|text|name|keystore|terminal|number|address|failure|amount|wallet|model|gguf|url|image|tool|error|request|path|call|endpoint|identifier|key|hash|news)\b", "`is not a ...`, `is not valid TOML`"),
    (r"\b(it|that|which) (is|are) none\b", "say what it is not: `is not a wallet name`"),
    (r"\banew\b", "again"),
    (r"\bfor ever\b", "forever"),
    (r"\bwho(m)?ever\b", "name the one who is meant: the caller, the owner"),
    (r"\bso (many|much)\b", "name the number: `count` tokens, this many"),
    (r"(?-i)^(Which|Why|Where|What|Whose|Whom|How|When|Who|To what|Of what|From where)( one)?\.?$", "a sentence with a subject: `The task that was lost.`"),
    (r"(?-i)^(And|Or) (so|of|bytes|what|who|also|the|those|its|that)\b", "a sentence that stands alone"),
    (r"\band so (does|do|is|are) (one|those|that|what)\b", "say it in full for this option alone"),
    (r"(?-i)^Of the newest ones\b|^Let so\b|^Also (if|who|in|where)\b", "a sentence with a subject and a verb"),
    (r"\bnodes? that may not\b|\bone that may not\b", "a node that is not allowed to"),
    (r"\bof (which|whom) (is|are|nothing|nobody|no|not)\b", "English word order: `which is known`"),
    (r"\bwhat is told\b|\bis told of\b", "say who says what to whom"),
    (r"\bgoes away\b", "ends, is closed, is removed"),
    (r"\bpurses?\b", "credit"),
    (r"\bcoffers?\b", "funds"),
    (r"\bhearts?\b", "watchdog"),
    (r"\blame\b", "slow"),
    (r"\bfleets?\b", "engines, multi-engine"),
    (r"\bplaces? (free|of the miner)\b|\bfree places?\b|\bof (\{?\w*\}?) places\b|\bplaces of (a|the|its) (miner|engine|node)", "slots"),
    (r"\bgood for nothing\b", "invalid, cannot be used, stops working"),
    (r"\bstops? to (count|earn|work|be|do|read|answer)\b", "stops counting"),
    (r"^(What|Have|Let|Whether) a running one\b|\ba running one\b", "a running miner, a running coordinator"),
    (r"^Whether `run`", "Check whether `miner run` would work"),
    (r"\bfree again\b", "available again, name what ends"),
    (r"\bzero bits of the puzzle\b", "Difficulty of the puzzle in bits"),
    (r"^How far (a|the) dispute\b", "Show the state of a dispute"),
    (r"\bthe same again:", "Repeat the password:"),
    (r"\bsomebody has to agree\b", "this needs --yes"),
    (r"\bhow surely\b", "how reliably"),
    (r"\bnot \{?\w*\}? ?deep (after|within)\b", "1 of 50 confirmations after 3s"),
    (r"\bthis once\b", "it is shown only once"),
];

/// Legitimate uses: the end of the file's path, and words of the line.
const ALLOWED: &[(&str, &str)] = &[];

/// What people read: each line with its file and number.
fn read() -> Vec<(String, usize, String)> {
    let mut all = Texts::new();
    for folder in [".github", "completions", "crates", "contracts/src"] {
        all.append(&mut texts(folder));
    }
    for file in ["README.md", "Makefile"] {
        let text = std::fs::read_to_string(crate::root().join(file)).unwrap_or_default();
        all.insert(file.to_owned(), text);
    }
    let is_read = |path: &str| match path.rsplit_once('.').map_or("", |(_, end)| end) {
        "rs" => path.contains("/src/"),
        "md" | "service" => true,
        "json" => path.ends_with("openapi.json") || path.contains("/grafana/"),
        _ => path.starts_with("completions/") || path == "Makefile" || path.ends_with(".sol"),
    };
    all.retain(|path, _| is_read(path));
    let mut lines = vec![];
    for (path, text) in &all {
        let mut add = |line: usize, text: &str| lines.push((path.clone(), line, text.trim().to_owned()));
        let comments = path.ends_with(".rs") || path.ends_with(".sol");
        for (index, line) in text.lines().enumerate() {
            let comment = line.trim_start().trim_start_matches(['/', '!', '*']);
            if !comments {
                // Help has an option before its text.
                add(index + 1, line.rsplit("  ").next().unwrap_or(line));
            } else if comment.len() < line.trim_start().len() {
                add(index + 1, comment);
            }
        }
        if path.ends_with(".rs") {
            let tokens = text.parse::<TokenStream>().expect("Rust");
            strings(tokens, &mut |line, text| {
                text.lines().enumerate().for_each(|(index, text)| add(line + index, text))
            });
        }
    }
    lines
}

/// The string literals of code; documentation is left out, since its lines are read as comments.
fn strings(tokens: TokenStream, each: &mut impl FnMut(usize, &str)) {
    let mut is_doc = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => strings(group.stream(), each),
            TokenTree::Ident(ident) => is_doc = ident == "doc",
            TokenTree::Literal(literal) if !is_doc => {
                let line = literal.span().start().line;
                if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                    each(line, &text.value());
                }
            }
            TokenTree::Literal(_) | TokenTree::Punct(_) => {}
        }
    }
}

#[test]
fn phrases_of_old_do_not_come_back() {
    let phrases: Vec<_> = PHRASES
        .iter()
        .map(|(pattern, better)| (Regex::new(&format!("(?i){pattern}")).expect("a pattern"), *better))
        .collect();
    let mut known: HashMap<String, Option<String>> = HashMap::new();
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, line, text) in read() {
        if ALLOWED.iter().any(|(file, words)| path.ends_with(file) && text.contains(words)) {
            continue;
        }
        // Completions say the same of each command.
        let finding = known.entry(text).or_insert_with_key(|text| {
            // What there is not may be said to be missing: `there is no model`.
            let absent = |found: &regex::Match<'_>| text[..found.start()].to_lowercase().ends_with("there ");
            let first = |phrase: &Regex| phrase.find_iter(text).find(|found| !absent(found));
            let mut found = phrases.iter().filter_map(|(phrase, better)| Some((first(phrase)?, better)));
            found.next().map(|(found, better)| format!("{text}\n      `{}` -> {better}", found.as_str()))
        });
        if let Some(finding) = finding {
            files.entry(path).or_default().push(format!("  {line}: {finding}"));
        }
    }
    let mut folders: BTreeMap<String, usize> = BTreeMap::new();
    let mut text = String::new();
    for (path, findings) in &files {
        let folder: Vec<_> = path.split('/').take(4).collect();
        let folder =
            if folder.len() < 4 || path.ends_with(&folder.join("/")) { path.as_str() } else { &folder.join("/") };
        *folders.entry(folder.to_owned()).or_default() += findings.len();
        text += &format!("{path}: {}\n{}\n", findings.len(), findings.join("\n"));
    }
    let count: usize = files.values().map(Vec::len).sum();
    let summary: String = folders.iter().map(|(folder, count)| format!("{count:5} {folder}\n")).collect();
    assert!(files.is_empty(), "{text}\n{count} findings in {} files:\n{summary}", files.len());
}
