//! Styles by meaning, and how each looks in true color on dark and on light, in sixteen colors and without color.

use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Serialize};

/// The colors that the terminal has, and what they stand on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Palette {
    /// 24-bit colors on a dark background.
    True,
    /// 24-bit colors on a light background.
    Light,
    /// 24-bit colors as far from a dark background as they go.
    Contrast,
    /// The terminal's own sixteen colors.
    #[default]
    Ansi,
    /// No colors, only bold, dim and reversed text.
    Plain,
}

impl Palette {
    const ALL: [Self; 5] = [Self::True, Self::Light, Self::Contrast, Self::Ansi, Self::Plain];

    /// The palette that the environment asks for with `NO_COLOR`, `COLORTERM`, `TERM` and `COLORFGBG`.
    pub fn from_env() -> Self {
        let variable = |name| std::env::var(name).unwrap_or_default();
        Self::of(&variable("NO_COLOR"), &variable("COLORTERM"), &variable("TERM"), &variable("COLORFGBG"))
    }

    /// The palette for these values of `NO_COLOR`, `COLORTERM`, `TERM` and `COLORFGBG`, which are empty when unset. The last one ends
    /// with the number of the background among the sixteen colors.
    pub fn of(no_color: &str, colorterm: &str, term: &str, foreground_background: &str) -> Self {
        let background = foreground_background.rsplit(';').next().unwrap_or_default();
        let is_light = matches!(background, "7" | "15");
        match (no_color, colorterm, term) {
            ("", "truecolor" | "24bit", _) if is_light => Self::Light,
            ("", "truecolor" | "24bit", _) => Self::True,
            ("", _, "dumb") => Self::Plain,
            ("", ..) => Self::Ansi,
            _ => Self::Plain,
        }
    }

    /// The name that is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::True => "dark",
            Self::Light => "light",
            Self::Contrast => "contrast",
            Self::Ansi => "ansi",
            Self::Plain => "plain",
        }
    }

    /// The palette of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|palette| palette.name() == name)
    }

    /// The palette after this one.
    pub fn next(self) -> Self {
        let place = Self::ALL.iter().position(|palette| *palette == self).unwrap_or(0);
        Self::ALL[(place + 1) % Self::ALL.len()]
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
    /// The program's name, the pane that is shown, bars.
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
    /// The row at the cursor.
    pub cursor: Style,
}

const PLAIN: Style = Style::new();
const BOLD: Style = PLAIN.add_modifier(Modifier::BOLD);
const DIM: Style = PLAIN.add_modifier(Modifier::DIM);

/// Red, green and blue of dim text, accents, and what is well, to be watched and bad; and of frames.
type Colors = [(u8, u8, u8); 6];

const DARK: Colors = [
    (0x9a, 0xa3, 0xaf),
    (0x5f, 0xb3, 0xe4),
    (0x6c, 0xc0, 0x7b),
    (0xdd, 0xa8, 0x42),
    (0xf0, 0x81, 0x7b),
    (0x6a, 0x73, 0x80),
];
const LIGHT: Colors = [
    (0x57, 0x5f, 0x6a),
    (0x0b, 0x62, 0x94),
    (0x1c, 0x6b, 0x2c),
    (0x80, 0x58, 0x00),
    (0xb0, 0x25, 0x20),
    (0x8a, 0x93, 0x9f),
];
const CONTRAST: Colors = [
    (0xd0, 0xd6, 0xde),
    (0x8f, 0xd4, 0xff),
    (0x8c, 0xf0, 0x9e),
    (0xff, 0xd0, 0x66),
    (0xff, 0xb8, 0xb4),
    (0xa8, 0xb0, 0xbc),
];

const fn of_colors(colors: Colors, cursor: (u8, u8, u8)) -> Theme {
    const fn color((red, green, blue): (u8, u8, u8)) -> Style {
        PLAIN.fg(Color::Rgb(red, green, blue))
    }
    let [dim, accent, ok, warn, bad, border] = colors;
    let (red, green, blue) = cursor;
    Theme {
        text: PLAIN,
        dim: color(dim),
        heading: color(dim).add_modifier(Modifier::BOLD),
        accent: color(accent),
        ok: color(ok),
        warn: color(warn),
        bad: color(bad).add_modifier(Modifier::BOLD),
        border: color(border),
        track: color(border),
        key: color(accent).add_modifier(Modifier::BOLD),
        cursor: PLAIN.bg(Color::Rgb(red, green, blue)),
    }
}

impl Theme {
    /// The styles of `palette`.
    pub const fn of(palette: Palette) -> Self {
        const fn color(color: Color) -> Style {
            PLAIN.fg(color)
        }
        match palette {
            Palette::True => of_colors(DARK, (0x26, 0x2d, 0x36)),
            Palette::Light => of_colors(LIGHT, (0xe4, 0xea, 0xf1)),
            Palette::Contrast => of_colors(CONTRAST, (0x2c, 0x36, 0x44)),
            // Themes such as Solarized use the eight bright colors for backgrounds: what is dim is the terminal's own text, dimmed.
            Palette::Ansi => Self {
                text: PLAIN,
                dim: DIM,
                heading: BOLD,
                accent: color(Color::Cyan),
                ok: color(Color::Green),
                warn: color(Color::Yellow),
                bad: color(Color::Red).add_modifier(Modifier::BOLD),
                border: DIM,
                track: DIM,
                key: color(Color::Cyan).add_modifier(Modifier::BOLD),
                cursor: PLAIN.add_modifier(Modifier::REVERSED),
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
                cursor: PLAIN.add_modifier(Modifier::REVERSED),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        assert_eq!(Palette::of("", "truecolor", "xterm", ""), Palette::True);
        assert_eq!(Palette::of("", "truecolor", "xterm", "15;0"), Palette::True);
        assert_eq!(Palette::of("", "truecolor", "xterm", "0;15"), Palette::Light);
        assert_eq!(Palette::of("", "24bit", "xterm", "0;default;7"), Palette::Light);
        assert_eq!(Palette::of("", "", "xterm-256color", ""), Palette::Ansi);
        assert_eq!(Palette::of("1", "truecolor", "xterm", ""), Palette::Plain);
        assert_eq!(Palette::of("", "", "dumb", ""), Palette::Plain);
        for palette in Palette::ALL {
            assert_eq!(Palette::named(palette.name()), Some(palette));
        }
    }

    /// The brightness of a color as people see it, by WCAG 2.
    fn luminance((red, green, blue): (u8, u8, u8)) -> f64 {
        let linear = |channel: u8| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(one: (u8, u8, u8), other: (u8, u8, u8)) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_stands_out_from_what_it_stands_on() {
        // Black, the dark backgrounds of common terminals, and the row at the cursor; white, Solarized Light, and the row at the cursor.
        let dark = [(0, 0, 0), (0x1e, 0x1e, 0x1e), (0x00, 0x2b, 0x36), (0x28, 0x2a, 0x36), (0x26, 0x2d, 0x36)];
        let light = [(0xff, 0xff, 0xff), (0xfd, 0xf6, 0xe3), (0xe4, 0xea, 0xf1)];
        for (name, colors, backgrounds, least) in [
            ("dark", DARK, &dark[..], 4.5),
            ("light", LIGHT, &light[..], 4.5),
            ("contrast", CONTRAST, &[(0, 0, 0), (0x2c, 0x36, 0x44)][..], 7.0),
        ] {
            for (place, color) in colors[..5].iter().enumerate() {
                for background in backgrounds {
                    let found = contrast(*color, *background);
                    assert!(found >= least, "{name} {place} on {background:x?}: {found:.2}");
                }
            }
        }
    }

    #[test]
    fn sixteen_colors_leave_out_those_that_themes_use_for_backgrounds() {
        let ansi = Theme::of(Palette::Ansi);
        let styles = [
            ansi.text,
            ansi.dim,
            ansi.heading,
            ansi.accent,
            ansi.ok,
            ansi.warn,
            ansi.bad,
            ansi.border,
            ansi.track,
            ansi.key,
        ];
        for style in styles {
            let is_safe = matches!(style.fg, None | Some(Color::Red | Color::Green | Color::Yellow | Color::Cyan))
                && style.bg.is_none();
            assert!(is_safe, "{style:?}");
        }
    }

    #[test]
    fn no_color_has_no_color() {
        let plain = Theme::of(Palette::Plain);
        for style in [plain.text, plain.dim, plain.heading, plain.accent, plain.ok, plain.warn, plain.bad, plain.key] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }
}
