//! Which key gives which command.

mod bindings;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};

pub use self::bindings::{BindingError, Bindings, commands};
use crate::msg::{Command, Msg, Play};

/// What keys are for at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Commands.
    Commands,
    /// Commands, and how a recording is played.
    Recording,
    /// A line that is being typed.
    Line,
}

/// The message that a terminal's event gives, if any. What a person has bound goes before what keys do by themselves.
pub fn message(event: &Event, mode: Mode, bindings: &Bindings) -> Option<Msg> {
    match event {
        Event::Key(key) => match (mode, bindings.find(key)) {
            (Mode::Line, _) => typing(key),
            (_, Some(bound)) => bound,
            (Mode::Recording, None) => playing(key).or_else(|| command(key)),
            (Mode::Commands, None) => command(key),
        }
        .map(Msg::Key),
        Event::Resize(width, height) => Some(Msg::Resize { width: *width, height: *height }),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Msg::Key(Command::Click(mouse.column, mouse.row))),
            MouseEventKind::ScrollDown => Some(Msg::Key(Command::Scroll(3))),
            MouseEventKind::ScrollUp => Some(Msg::Key(Command::Scroll(-3))),
            _ => None,
        },
        _ => None,
    }
}

/// The command that `event` gives while a line is being typed.
fn typing(event: &KeyEvent) -> Option<Command> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let is_control = event.modifiers.contains(KeyModifiers::CONTROL);
    match event.code {
        KeyCode::Char('c' | 'C') if is_control => Some(Command::Quit),
        KeyCode::Char('h') if is_control => Some(Command::Erase),
        KeyCode::Char(character) if !is_control => Some(Command::Type(character)),
        KeyCode::Backspace => Some(Command::Erase),
        KeyCode::Tab => Some(Command::Complete),
        KeyCode::Enter => Some(Command::Enter),
        KeyCode::Esc => Some(Command::Back),
        _ => None,
    }
}

/// What `event` asks of a recording that is played, if anything.
fn playing(event: &KeyEvent) -> Option<Command> {
    const MINUTE: i64 = 60_000;
    if event.kind == KeyEventKind::Release || event.modifiers.contains(KeyModifiers::CONTROL) {
        return None;
    }
    let play = match event.code {
        KeyCode::Char(' ') => Play::Pause,
        KeyCode::Char('.') => Play::Step(1),
        KeyCode::Char(',') => Play::Step(-1),
        KeyCode::Char('>') => Play::Speed(1),
        KeyCode::Char('<') => Play::Speed(-1),
        KeyCode::Char('}') => Play::Jump(MINUTE),
        KeyCode::Char('{') => Play::Jump(-MINUTE),
        _ => return None,
    };
    Some(Command::Play(play))
}

/// The command that `event` gives, if any.
pub fn command(event: &KeyEvent) -> Option<Command> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    if event.modifiers.contains(KeyModifiers::CONTROL) {
        return match event.code {
            KeyCode::Char('c' | 'C') => Some(Command::Quit),
            KeyCode::Char('d' | 'f') => Some(Command::Page(1)),
            KeyCode::Char('u' | 'b') => Some(Command::Page(-1)),
            KeyCode::Char('l') => Some(Command::Redraw),
            KeyCode::Char('z') => Some(Command::Suspend),
            _ => None,
        };
    }
    match event.code {
        KeyCode::Char('q') => Some(Command::Quit),
        KeyCode::Char('?') | KeyCode::F(1) => Some(Command::Help),
        KeyCode::Char('a') => Some(Command::Alerts),
        KeyCode::Esc => Some(Command::Back),
        KeyCode::Char('p' | 'f') => Some(Command::Freeze),
        KeyCode::Char(digit @ '1'..='9') => {
            let place = digit as usize - '1' as usize;
            Some(Command::Focus(place))
        }
        KeyCode::Tab | KeyCode::Right => Some(Command::NextPane),
        KeyCode::BackTab | KeyCode::Left => Some(Command::PreviousPane),
        KeyCode::Down | KeyCode::Char('j') => Some(Command::Scroll(1)),
        KeyCode::Up | KeyCode::Char('k') => Some(Command::Scroll(-1)),
        KeyCode::PageDown | KeyCode::Char(' ') => Some(Command::Page(1)),
        KeyCode::PageUp => Some(Command::Page(-1)),
        KeyCode::Home | KeyCode::Char('g') => Some(Command::Top),
        KeyCode::End | KeyCode::Char('G') => Some(Command::Bottom),
        KeyCode::Enter => Some(Command::Detail),
        KeyCode::Char('F') => Some(Command::Follow),
        KeyCode::Char('/') => Some(Command::Filter),
        KeyCode::Char(':') => Some(Command::Palette),
        KeyCode::Char('s') => Some(Command::Sort),
        KeyCode::Char('S') => Some(Command::Reverse),
        KeyCode::Char('z') => Some(Command::Zoom),
        KeyCode::Char('[') => Some(Command::Range(-1)),
        KeyCode::Char(']') => Some(Command::Range(1)),
        KeyCode::Char('t') => Some(Command::Theme),
        KeyCode::Char('y') => Some(Command::Copy),
        KeyCode::Char('o') => Some(Command::Open),
        KeyCode::Char('x') => Some(Command::Menu),
        KeyCode::Char('e') => Some(Command::Export),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_arrows_do_the_same() {
        let plain = |code| command(&KeyEvent::new(code, KeyModifiers::NONE));
        assert_eq!(plain(KeyCode::Char('j')), plain(KeyCode::Down));
        assert_eq!(plain(KeyCode::Char('c')), None);
        let shift = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(command(&shift), Some(Command::Bottom));
        let interrupt = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!((command(&interrupt), typing(&interrupt)), (Some(Command::Quit), Some(Command::Quit)));
        let release = KeyEvent::new_with_kind(KeyCode::Char('q'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!((command(&release), typing(&release)), (None, None));
        assert_eq!(typing(&KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE)), Some(Command::Type('q')));
    }

    #[test]
    fn each_pane_has_a_digit() {
        for (place, digit) in ('1'..='9').enumerate() {
            let command = command(&KeyEvent::new(KeyCode::Char(digit), KeyModifiers::NONE));
            assert_eq!(command, Some(Command::Focus(place)), "key {digit}");
        }
        const { assert!(crate::panes::MOST <= 9) };
    }
}
