//! The pictures that the README shows: frames of the invented network, on dark and on light.
//! `make pictures` draws them again.

use std::{fmt::Write, path::Path};

use cuckoo_protocol::status::Snapshot;
use cuckoo_tui::{Demo, Model, Msg, Palette, update, view::draw};
use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::{Color, Modifier},
};

use super::{demo, miner, model, staker};

/// Columns and rows of a picture.
const SIZE: (u16, u16) = (120, 36);
/// Pixels of a cell.
const CELL: (f32, f32) = (8.4, 18.0);

/// The colors of text and of what is behind it.
const fn ground(palette: Palette) -> (&'static str, &'static str) {
    match palette {
        Palette::Light => ("#1f2328", "#ffffff"),
        _ => ("#e6edf3", "#0d1117"),
    }
}

fn color(color: Color) -> Option<String> {
    match color {
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        _ => None,
    }
}

/// The color of a cell's text and of what is behind it, where that is not the picture's own.
fn colors(cell: &Cell, palette: Palette) -> (String, Option<String>) {
    let (text, behind) = ground(palette);
    let (text, back) = (color(cell.fg).unwrap_or_else(|| text.to_owned()), color(cell.bg));
    match cell.modifier.contains(Modifier::REVERSED) {
        true => (back.unwrap_or_else(|| behind.to_owned()), Some(text)),
        false => (text, back),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A frame as a drawing that scales.
fn svg(model: &Model, palette: Palette) -> String {
    let (width, height) = SIZE;
    let area = Rect { x: 0, y: 0, width, height };
    let mut buffer = Buffer::empty(area);
    draw(model, area, &mut buffer);
    let (wide, high) = (f32::from(width) * CELL.0 + 24.0, f32::from(height) * CELL.1 + 24.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide:.0} {high:.0}\" font-family=\"ui-monospace, SFMono-Regular, \
         Menlo, Consolas, monospace\" font-size=\"14\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n",
        ground(palette).1
    );
    for y in 0..height {
        let mut x = 0;
        while x < width {
            let look = |x: u16| {
                let cell = &buffer[(x, y)];
                (colors(cell, palette), cell.modifier.contains(Modifier::BOLD))
            };
            let begin = x;
            let same = look(begin);
            let mut text = String::new();
            while x < width && look(x) == same {
                text.push_str(buffer[(x, y)].symbol());
                x += 1;
            }
            let ((fill, behind), is_bold) = same;
            let (left, top) = (12.0 + f32::from(begin) * CELL.0, 12.0 + f32::from(y) * CELL.1);
            let length = f32::from(x - begin) * CELL.0;
            if let Some(behind) = behind {
                let _ = writeln!(
                    svg,
                    "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{length:.1}\" height=\"{:.1}\" fill=\"{behind}\"/>",
                    CELL.1
                );
            }
            let shown = text.trim_end();
            if shown.is_empty() {
                continue;
            }
            let length = shown.chars().count() as f32 * CELL.0;
            let weight = if is_bold { " font-weight=\"bold\"" } else { "" };
            let _ = writeln!(
                svg,
                "<text x=\"{left:.1}\" y=\"{:.1}\" fill=\"{fill}\"{weight} textLength=\"{length:.1}\" \
                 lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">{}</text>",
                top + 13.5,
                escaped(shown)
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

#[test]
fn the_pictures_are_of_these_frames() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures");
    let writes = std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
    let past = |snapshot| Demo::new(7).with_past(snapshot);
    let shows: [(&str, Snapshot); 3] = [("coordinator", past(demo())), ("miner", past(miner())), ("staker", staker())];
    for (name, snapshot) in shows {
        for (ground, palette) in [("dark", Palette::True), ("light", Palette::Light)] {
            let mut model = model(Some(snapshot.clone()), SIZE.0, SIZE.1);
            model.palette = palette;
            update(&mut model, Msg::Tick { now: 3_000 });
            let (path, drawn) = (folder.join(format!("{name}-{ground}.svg")), svg(&model, palette));
            if writes {
                std::fs::create_dir_all(&folder).expect("a folder");
                std::fs::write(&path, drawn).expect("writes");
                continue;
            }
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(kept == drawn, "{} shows another frame: make pictures", path.display());
        }
    }
}
