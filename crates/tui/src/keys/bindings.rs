//! Keys that a person has bound to other commands than the usual ones.

use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::msg::Command;

/// The commands that a key can be bound to, by name.
const COMMANDS: [(&str, Command); 28] = [
    ("alerts", Command::Alerts),
    ("back", Command::Back),
    ("bottom", Command::Bottom),
    ("copy", Command::Copy),
    ("detail", Command::Detail),
    ("down", Command::Scroll(1)),
    ("export", Command::Export),
    ("filter", Command::Filter),
    ("follow", Command::Follow),
    ("freeze", Command::Freeze),
    ("help", Command::Help),
    ("longer", Command::Range(1)),
    ("menu", Command::Menu),
    ("next", Command::NextPane),
    ("open", Command::Open),
    ("page-down", Command::Page(1)),
    ("page-up", Command::Page(-1)),
    ("palette", Command::Palette),
    ("previous", Command::PreviousPane),
    ("quit", Command::Quit),
    ("redraw", Command::Redraw),
    ("reverse", Command::Reverse),
    ("shorter", Command::Range(-1)),
    ("sort", Command::Sort),
    ("theme", Command::Theme),
    ("top", Command::Top),
    ("up", Command::Scroll(-1)),
    ("zoom", Command::Zoom),
];

/// What takes a key's command away.
const NONE: &str = "none";

/// Why a line binds no keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// A word without an equals sign.
    #[error("`{0}` is not KEY=COMMAND, such as `h=previous`")]
    Shape(String),
    /// No key has this name.
    #[error("`{0}` is not a key: a key is one character, or a name such as `space`, `f5`, `pagedown` or `ctrl-n`")]
    Key(String),
    /// No command has this name.
    #[error("`{word}` is not a command of the dashboard: {names}, `none`")]
    Command {
        /// What stands there.
        word: String,
        /// What could.
        names: String,
    },
    /// This key always does the same.
    #[error("`ctrl-c` always ends the dashboard")]
    Reserved,
}

/// A key with what it does, both as they were typed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Binding {
    code: KeyCode,
    modifiers: KeyModifiers,
    /// None takes the key's usual command away.
    command: Option<Command>,
    words: (String, String),
}

/// Keys that a person has bound, written as `KEY=COMMAND` with spaces between them. The last one of a key counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bindings(Vec<Binding>);

impl Bindings {
    /// What a key was bound to: `Some(None)` where it is to do nothing.
    pub(crate) fn find(&self, event: &KeyEvent) -> Option<Option<Command>> {
        let pressed = normal(event.code, event.modifiers);
        let bound = self.0.iter().rev().find(|binding| (binding.code, binding.modifiers) == pressed)?;
        Some(bound.command.filter(|_| event.kind != KeyEventKind::Release))
    }

    /// Each key with its command, as they were typed.
    pub(crate) fn words(&self) -> Vec<(String, String)> {
        self.0.iter().map(|binding| binding.words.clone()).collect()
    }
}

/// The names of all commands, with what takes a command away.
pub fn commands() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|(name, _)| *name)
}

/// A capital letter is the key's own, with and without the modifier that terminals report beside it.
fn normal(code: KeyCode, modifiers: KeyModifiers) -> (KeyCode, KeyModifiers) {
    match code {
        KeyCode::Char(_) | KeyCode::BackTab => (code, modifiers - KeyModifiers::SHIFT),
        _ => (code, modifiers),
    }
}

fn key(word: &str) -> Result<(KeyCode, KeyModifiers), BindingError> {
    let mut characters = word.chars();
    // A single character means itself: a capital letter is another key than the small one.
    if let (Some(character), None) = (characters.next(), characters.next()) {
        return Ok((KeyCode::Char(character), KeyModifiers::NONE));
    }
    let parsed = crokey::parse(word).map_err(|_| BindingError::Key(word.to_owned()))?;
    match parsed.codes {
        crokey::OneToThree::One(code) => Ok(normal(code, parsed.modifiers)),
        _ => Err(BindingError::Key(word.to_owned())),
    }
}

fn command(word: &str) -> Result<Option<Command>, BindingError> {
    let pane = word.strip_prefix("pane-").and_then(|place| place.parse().ok()).filter(|place| (1..=9).contains(place));
    let named = COMMANDS.iter().find(|(name, _)| *name == word).map(|(_, command)| *command);
    match pane.map(|place: usize| Command::Focus(place - 1)).or(named) {
        None if word == NONE => Ok(None),
        None => {
            let names: Vec<_> = commands().map(|name| format!("`{name}`")).collect();
            let names = format!("{}, `pane-1` to `pane-9`", names.join(", "));
            Err(BindingError::Command { word: word.to_owned(), names })
        }
        found => Ok(found),
    }
}

impl FromStr for Bindings {
    type Err = BindingError;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let bind = |word: &str| {
            // The key may be the equals sign itself.
            let (named, does) = word.rsplit_once('=').ok_or_else(|| BindingError::Shape(word.to_owned()))?;
            let (code, modifiers) = key(named)?;
            if (code, modifiers) == (KeyCode::Char('c'), KeyModifiers::CONTROL) {
                return Err(BindingError::Reserved);
            }
            let words = (named.to_owned(), does.to_owned());
            Ok(Binding { code, modifiers, command: command(does)?, words })
        };
        Ok(Self(line.split_whitespace().map(bind).collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_bound_and_unbound_and_the_last_one_counts() {
        let bindings: Bindings =
            "h=previous G=pane-3 ==zoom ctrl-n=down f5=redraw q=none h=up".parse().expect("bindings");
        let find = |code, modifiers| bindings.find(&KeyEvent::new(code, modifiers));
        let plain = |character| find(KeyCode::Char(character), KeyModifiers::NONE);
        assert_eq!(plain('h'), Some(Some(Command::Scroll(-1))));
        assert_eq!(find(KeyCode::Char('G'), KeyModifiers::SHIFT), Some(Some(Command::Focus(2))));
        assert_eq!((plain('g'), plain('n')), (None, None));
        assert_eq!(plain('='), Some(Some(Command::Zoom)));
        assert_eq!(find(KeyCode::Char('n'), KeyModifiers::CONTROL), Some(Some(Command::Scroll(1))));
        assert_eq!(find(KeyCode::F(5), KeyModifiers::NONE), Some(Some(Command::Redraw)));
        assert_eq!(plain('q'), Some(None));
        let release = KeyEvent::new_with_kind(KeyCode::Char('h'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(bindings.find(&release), Some(None));
        assert_eq!(bindings.words().len(), 7);
    }

    #[test]
    fn what_is_not_a_binding_is_refused_with_what_could_stand_there() {
        let refused = |line: &str| line.parse::<Bindings>().expect_err("is refused").to_string();
        assert!(refused("h").contains("KEY=COMMAND"));
        assert!(refused("sneeze=up").contains("`sneeze` is not a key"));
        assert!(refused("a-b=up").contains("`a-b` is not a key"));
        let words = refused("h=fly");
        assert!(commands().all(|name| words.contains(&format!("`{name}`"))), "{words}");
        assert!(refused("h=pane-0").contains("`pane-1` to `pane-9`"));
        assert_eq!("ctrl-c=help".parse::<Bindings>(), Err(BindingError::Reserved));
    }
}
