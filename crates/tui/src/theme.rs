//! Styles by meaning, and how each looks in true color, in sixteen colors and without color.

use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Serialize};

/// The colors that the terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Palette {
    /// 24-bit colors.
    True,
    /// The terminal's own sixteen colors.
    #[default]
    Ansi,
    /// No colors, only bold, dim and reversed text.
    Plain,
}

impl Palette {
    /// The palette that the environment asks for with `NO_COLOR`, `COLORTERM` and `TERM`.
    pub fn from_env() -> Self {
        let variable = |name| std::env::var(name).unwrap_or_default();
        Self::of(&variable("NO_COLOR"), &variable("COLORTERM"), &variable("TERM"))
    }

    /// The palette for these values of `NO_COLOR`, `COLORTERM` and `TERM`, which are empty when unset.
    pub fn of(no_color: &str, colorterm: &str, term: &str) -> Self {
        match (no_color, colorterm, term) {
            ("", "truecolor" | "24bit", _) => Self::True,
            ("", _, "dumb") => Self::Plain,
            ("", ..) => Self::Ansi,
            _ => Self::Plain,
        }
    }
}

/// Styles by meaning. No meaning is shown by color alone: a word or a sign stands next to each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Ordinary text.
    pub text: Style,
    /// Labels, and whatever matters less.
    pub dim: Style,
    /// Headings of columns and groups.
    pub heading: Style,
    /// The program's name, the focused pane, bars.
    pub accent: Style,
    /// All is well.
    pub ok: Style,
    /// Somebody should keep an eye on this.
    pub warn: Style,
    /// Somebody has to act.
    pub bad: Style,
    /// Frames around panes.
    pub border: Style,
    /// The unfilled part of a bar.
    pub track: Style,
    /// A key in the footer.
    pub key: Style,
}

impl Theme {
    /// The styles of `palette`.
    pub const fn of(palette: Palette) -> Self {
        const fn color(color: Color) -> Style {
            Style::new().fg(color)
        }
        const PLAIN: Style = Style::new();
        const BOLD: Style = PLAIN.add_modifier(Modifier::BOLD);
        const DIM: Style = PLAIN.add_modifier(Modifier::DIM);
        match palette {
            Palette::True => Self {
                text: PLAIN,
                dim: color(Color::Rgb(0x8a, 0x93, 0x9f)),
                heading: color(Color::Rgb(0x8a, 0x93, 0x9f)).add_modifier(Modifier::BOLD),
                accent: color(Color::Rgb(0x4f, 0xa6, 0xd8)),
                ok: color(Color::Rgb(0x5b, 0xae, 0x6a)),
                warn: color(Color::Rgb(0xd0, 0x9a, 0x34)),
                bad: color(Color::Rgb(0xdd, 0x62, 0x5c)),
                border: color(Color::Rgb(0x5a, 0x62, 0x6e)),
                track: color(Color::Rgb(0x5a, 0x62, 0x6e)),
                key: color(Color::Rgb(0x4f, 0xa6, 0xd8)).add_modifier(Modifier::BOLD),
            },
            Palette::Ansi => Self {
                text: PLAIN,
                dim: color(Color::DarkGray),
                heading: color(Color::DarkGray).add_modifier(Modifier::BOLD),
                accent: color(Color::Cyan),
                ok: color(Color::Green),
                warn: color(Color::Yellow),
                bad: color(Color::Red),
                border: color(Color::DarkGray),
                track: color(Color::DarkGray),
                key: color(Color::Cyan).add_modifier(Modifier::BOLD),
            },
            Palette::Plain => Self {
                text: PLAIN,
                dim: DIM,
                heading: BOLD,
                accent: BOLD,
                ok: PLAIN,
                warn: BOLD,
                bad: BOLD.add_modifier(Modifier::REVERSED),
                border: DIM,
                track: DIM,
                key: BOLD,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        assert_eq!(Palette::of("", "truecolor", "xterm"), Palette::True);
        assert_eq!(Palette::of("", "", "xterm-256color"), Palette::Ansi);
        assert_eq!(Palette::of("1", "truecolor", "xterm"), Palette::Plain);
        assert_eq!(Palette::of("", "", "dumb"), Palette::Plain);
    }

    #[test]
    fn no_color_has_no_color() {
        let plain = Theme::of(Palette::Plain);
        for style in [plain.text, plain.dim, plain.heading, plain.accent, plain.ok, plain.warn, plain.bad, plain.key] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }
}
