//! The language of filters: `state:failed,expired model:qwen age>60s !miner:robin word`.

use serde::{Deserialize, Serialize};

/// What a row says about one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// Words, which match where they contain what is asked for.
    Words(String),
    /// A figure; a duration in milliseconds.
    Number(u64),
    /// The row has no such figure.
    Unknown,
}

/// What a row has to match. All of its terms have to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// As it was typed.
    pub text: String,
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Term {
    is_not: bool,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Test {
    /// Any of the row's words contains this.
    Anywhere(String),
    /// The named words contain one of these, or the named figure is one of these.
    Has(String, Vec<String>),
    /// The named figure is above this.
    Above(String, u64),
    /// The named figure is below this.
    Below(String, u64),
}

/// A figure as it is typed: `12`, `60s`, `5m`, `2h`, `3d`. Durations are milliseconds.
fn figure(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" => 1,
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

impl Filter {
    /// Reads a filter. `names` are what rows have fields for; the error says what is wrong in words.
    pub fn parse(text: &str, names: &[&str]) -> Result<Self, String> {
        let known = |name: &str| {
            let name = name.to_lowercase();
            let found = names.contains(&name.as_str());
            found
                .then_some(name.clone())
                .ok_or_else(|| format!("there is no `{name}` here; there is {}", names.join(", ")))
        };
        let mut terms = vec![];
        for word in text.split_whitespace() {
            let (is_not, word) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
            let test = match word.find([':', '>', '<']) {
                None => Test::Anywhere(word.to_lowercase()),
                Some(at) => {
                    let (name, rest) = (known(&word[..at])?, &word[at + 1..]);
                    match word.as_bytes()[at] {
                        b':' => Test::Has(name, rest.to_lowercase().split(',').map(str::to_owned).collect()),
                        sign => {
                            let number = figure(rest)
                                .ok_or_else(|| format!("`{rest}` is not a number like 12, 60s, 5m or 2h"))?;
                            if sign == b'>' { Test::Above(name, number) } else { Test::Below(name, number) }
                        }
                    }
                }
            };
            terms.push(Term { is_not, test });
        }
        Ok(Self { text: text.trim().to_owned(), terms })
    }

    /// True where every row matches.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a row matches: `field` gives what it says about a name.
    pub fn matches(&self, names: &[&str], field: impl Fn(&str) -> Field) -> bool {
        self.terms.iter().all(|term| term.test.holds(names, &field) != term.is_not)
    }

    /// What the last word could become: the names that begin like it.
    pub fn completed(text: &str, names: &[&str]) -> Option<String> {
        let begin = text.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let (before, word) = text.split_at(begin);
        let (sign, word) = word.strip_prefix('!').map_or(("", word), |rest| ("!", rest));
        let name = names.iter().find(|name| !word.is_empty() && name.starts_with(&word.to_lowercase()))?;
        Some(format!("{before}{sign}{name}:"))
    }
}

impl Test {
    fn holds(&self, names: &[&str], field: impl Fn(&str) -> Field) -> bool {
        let contains = |field: Field, wanted: &str| match field {
            Field::Words(words) => words.to_lowercase().contains(wanted),
            Field::Number(number) => figure(wanted) == Some(number),
            Field::Unknown => false,
        };
        match self {
            Self::Anywhere(word) => names
                .iter()
                .any(|name| matches!(field(name), Field::Words(words) if words.to_lowercase().contains(word))),
            Self::Has(name, wanted) => wanted.iter().any(|wanted| contains(field(name), wanted)),
            Self::Above(name, least) => matches!(field(name), Field::Number(number) if number > *least),
            Self::Below(name, most) => matches!(field(name), Field::Number(number) if number < *most),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["state", "model", "age", "lost"];

    fn row(name: &str) -> Field {
        match name {
            "state" => Field::Words("Failed".into()),
            "model" => Field::Words("qwen3-8b-q4_k".into()),
            "age" => Field::Number(90_000),
            _ => Field::Unknown,
        }
    }

    #[test]
    fn every_term_has_to_hold() {
        for (text, expected) in [
            ("", true),
            ("qwen", true),
            ("QWEN FAIL", true),
            ("robin", false),
            ("!robin", true),
            ("state:done", false),
            ("state:done,failed", true),
            ("!state:failed", false),
            ("age>60s", true),
            ("age<1m", false),
            ("age>1m age<2m model:8b", true),
            ("age:90s", true),
            ("lost>0", false),
            ("lost<5", false),
        ] {
            let filter = Filter::parse(text, &NAMES).expect("parses");
            assert_eq!(filter.matches(&NAMES, row), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |text| Filter::parse(text, &NAMES).expect_err("does not parse");
        assert!(wrong("miner:x").contains("there is no `miner` here; there is state, model"));
        assert!(wrong("age>soon").contains("`soon` is not a number"));
        assert!(wrong("age>99999999999999999999").contains("is not a number"));
    }

    #[test]
    fn names_are_completed() {
        assert_eq!(Filter::completed("qwen st", &NAMES).as_deref(), Some("qwen state:"));
        assert_eq!(Filter::completed("!mo", &NAMES).as_deref(), Some("!model:"));
        assert_eq!(Filter::completed("qwen ", &NAMES), None);
    }
}
