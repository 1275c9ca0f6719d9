//! Frames for terminals that cannot show more than ASCII.

use ratatui::buffer::Buffer;

/// Replaces every sign that is not ASCII by one that is like it.
pub(crate) fn reduce(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if symbol.is_ascii() {
            continue;
        }
        let plain = match symbol {
            "─" => "-",
            "│" | "▏" | "▕" | "┤" | "┼" => "|",
            "╭" | "╮" | "╰" | "╯" | "├" | "┬" => "+",
            "●" | "◆" => "*",
            "○" | "◐" => "o",
            "▸" => ">",
            "✓" => "v",
            "✕" => "x",
            "▲" | "‖" => "!",
            "▾" => "v",
            "▴" => "^",
            "·" | "…" => ".",
            "°" => "'",
            "−" => "-",
            "×" => "x",
            "░" => ".",
            "▁" | "▂" | "▃" => "_",
            "▄" | "▅" | "▆" | "▎" | "▍" | "▌" => "=",
            "▇" | "█" | "▋" | "▊" | "▉" => "#",
            "→" => ">",
            "↵" => "<",
            _ => "?",
        };
        cell.set_symbol(plain);
    }
}

/// Whether the environment asks for characters beyond ASCII, by the values of `LC_ALL`, `LC_CTYPE` and `LANG`, the first that is not
/// empty; where none is set, terminals of today are taken to be able.
pub(crate) fn is_enough(locale: [&str; 3]) -> bool {
    let locale = locale.into_iter().find(|value| !value.is_empty()).unwrap_or("UTF-8").to_lowercase();
    !(locale.contains("utf-8") || locale.contains("utf8"))
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn the_locale_decides() {
        assert!(is_enough(["", "", "C"]) && is_enough(["POSIX", "", "en_US.UTF-8"]));
        assert!(!is_enough(["", "", ""]) && !is_enough(["", "en_US.utf8", "C"]) && !is_enough(["C.UTF-8", "", ""]));
    }

    #[test]
    fn everything_becomes_ascii() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        buffer.set_string(0, 0, "─●▸é字x", ratatui::style::Style::new());
        reduce(&mut buffer);
        assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()), "{buffer:?}");
        assert_eq!(buffer[(0, 0)].symbol(), "-");
    }
}
