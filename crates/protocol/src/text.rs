//! Text from strangers: introductions, model names, reasons. It is bounded and escaped wherever it is shown.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// Text that somebody else wrote. [`fmt::Display`] shows it harmlessly: control, bidirectional and zero-width characters as
/// visible escapes, at most [`Untrusted::MAX_CELLS`] graphemes and [`Untrusted::MAX_BYTES`] bytes.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted(String);

impl Untrusted {
    /// Graphemes shown before the text is cut with an ellipsis.
    pub const MAX_CELLS: usize = 64;
    /// Bytes shown before the text is cut with an ellipsis.
    pub const MAX_BYTES: usize = 256;

    /// Marks `text` as somebody else's.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as it was received: for comparing and signing, never for showing.
    pub fn raw(&self) -> &str {
        &self.0
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// A stranger's text as long as it is, with its line ends and tabs, such as a model's answer: only what steers a terminal or
/// turns the direction of reading is a visible escape.
pub fn harmless(text: &str) -> String {
    let steers = |character: char| {
        (character.is_control() && !matches!(character, '\n' | '\t'))
            || matches!(character, '\u{061c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match steers(character) {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    shown
}

/// True for characters that are invisible or steer a terminal: Unicode categories Cc and Cf, line and paragraph separators,
/// variation selectors and fillers.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The most graphemes of a [`sentence`].
const SENTENCE_CELLS: usize = 1_000;
/// The most bytes of a [`sentence`].
const SENTENCE_BYTES: usize = 4_096;

/// A sentence from another program, such as the error of a coordinator, in one line. It is as harmless as a name that [`Untrusted`]
/// shows, and long enough for what our own programs say.
pub fn sentence(text: &str) -> String {
    bounded(text, SENTENCE_CELLS, SENTENCE_BYTES)
}

/// The text with hidden characters as visible escapes, cut with an ellipsis after this many graphemes or bytes.
fn bounded(text: &str, cells: usize, bytes: usize) -> String {
    const MAX_MARKS: usize = 4;
    let mut shown = String::new();
    for (count, grapheme) in text.graphemes(true).enumerate() {
        let mut piece = String::new();
        for character in grapheme.chars().take(MAX_MARKS) {
            if is_hidden(character) {
                piece.extend(character.escape_unicode());
            } else {
                piece.push(character);
            }
        }
        if grapheme.chars().nth(MAX_MARKS).is_some() {
            piece.push('…');
        }
        if count >= cells || shown.len() + piece.len() > bytes {
            shown.push('…');
            break;
        }
        shown.push_str(&piece);
    }
    shown
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&bounded(&self.0, Self::MAX_CELLS, Self::MAX_BYTES))
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// An error with all that caused it, as far as its own words do not say so already.
pub fn described(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source()).map(ToString::to_string);
    causes.fold(error.to_string(), |text, cause| if text.contains(&cause) { text } else { format!("{text}: {cause}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_keeps_its_lines_and_steers_nothing() {
        let shown = harmless("a\tb\n\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\r ❤\u{fe0f} é");
        assert_eq!(shown, "a\tb\n\\u{1b}]0;owned\\u{7}\\u{9b}31m\\u{202e}\\u{d} ❤\u{fe0f} é");
    }

    #[test]
    fn escapes_what_steers_a_terminal() {
        let shown = Untrusted::new("a\u{1b}[31mb\u{202e}c\u{200b}d\u{9b}e\r\n\0").to_string();
        assert_eq!(shown, "a\\u{1b}[31mb\\u{202e}c\\u{200b}d\\u{9b}e\\u{d}\\u{a}\\u{0}");
        assert!(!shown.chars().any(is_hidden));
    }

    #[test]
    fn bounds_what_it_shows() {
        let long = Untrusted::new("x".repeat(1_000_000)).to_string();
        assert_eq!(long.chars().count(), Untrusted::MAX_CELLS + 1);
        let stacked = Untrusted::new(format!("e{}", "\u{301}".repeat(100_000))).to_string();
        assert!(stacked.len() <= 16, "{}", stacked.len());
        let joined = Untrusted::new("\u{200d}".repeat(100_000)).to_string();
        assert!(joined.len() <= Untrusted::MAX_BYTES + 8);
    }

    #[test]
    fn a_sentence_is_whole_where_a_name_would_be_cut() {
        let said = "this may cost up to 0.1573 CAI, which the coordinator's escrow does not cover; models: one, two, three, four";
        assert_eq!(sentence(said), said);
        assert_eq!(sentence("a\u{1b}[31m\nb"), "a\\u{1b}[31m\\u{a}b");
        assert_eq!(sentence(&"x".repeat(1_000_000)).chars().count(), SENTENCE_CELLS + 1);
    }

    #[test]
    fn leaves_ordinary_text_alone() {
        assert_eq!(Untrusted::new("Größe 漢字 🚀").to_string(), "Größe 漢字 🚀");
    }

    #[test]
    fn causes_are_told_once() {
        let broken = |text: &str| std::io::Error::other(text.to_owned());
        #[derive(Debug, thiserror::Error)]
        #[error("{text}")]
        struct Outer {
            text: &'static str,
            source: std::io::Error,
        }
        let told = |text, cause| described(&Outer { text, source: broken(cause) });
        assert_eq!(told("it cannot be opened", "no such egg"), "it cannot be opened: no such egg");
        assert_eq!(told("IO error: no such egg", "no such egg"), "IO error: no such egg");
    }
}
