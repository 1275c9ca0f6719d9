//! Which key gives which command.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::{msg::Command, panes::PANES};

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
            _ => None,
        };
    }
    match event.code {
        KeyCode::Char('q') => Some(Command::Quit),
        KeyCode::Char('?') | KeyCode::F(1) => Some(Command::Help),
        KeyCode::Esc => Some(Command::Back),
        KeyCode::Char('p' | 'f') => Some(Command::Freeze),
        KeyCode::Char(digit @ '1'..='9') => {
            let place = digit as usize - '1' as usize;
            (place < PANES.len()).then_some(Command::Focus(place))
        }
        KeyCode::Tab | KeyCode::Right | KeyCode::Char('l') => Some(Command::NextPane),
        KeyCode::BackTab | KeyCode::Left | KeyCode::Char('h') => Some(Command::PreviousPane),
        KeyCode::Down | KeyCode::Char('j') => Some(Command::Scroll(1)),
        KeyCode::Up | KeyCode::Char('k') => Some(Command::Scroll(-1)),
        KeyCode::PageDown | KeyCode::Char(' ') => Some(Command::Page(1)),
        KeyCode::PageUp => Some(Command::Page(-1)),
        KeyCode::Home | KeyCode::Char('g') => Some(Command::Top),
        KeyCode::End | KeyCode::Char('G') => Some(Command::Bottom),
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
        assert_eq!(command(&interrupt), Some(Command::Quit));
        let release = KeyEvent::new_with_kind(KeyCode::Char('q'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(command(&release), None);
    }

    #[test]
    fn each_pane_of_the_table_has_a_digit() {
        for (place, digit) in ('1'..='9').enumerate() {
            let command = command(&KeyEvent::new(KeyCode::Char(digit), KeyModifiers::NONE));
            assert_eq!(command, (place < PANES.len()).then_some(Command::Focus(place)), "key {digit}");
        }
    }
}
