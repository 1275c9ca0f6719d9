//! The line at the bottom: what is being typed, what the last key did, or the keys that are used most.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    table::put,
    text::{fit, width},
};
use crate::{
    model::{Model, Overlay, Watched},
    theme::Theme,
};

/// Draws the line.
pub(crate) fn draw(model: &Model, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let line = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
    let pane = model.pane();
    match &model.overlay {
        Overlay::Filter(text) => {
            let names = pane.map(|pane| pane.names().join(" ")).unwrap_or_default();
            return draw_typed(
                '/',
                text,
                &model.said,
                &format!("words, name:value, name>5m, !not; {names}"),
                theme,
                line,
                buffer,
            );
        }
        Overlay::Command(text) => {
            let begin = text.split(' ').next().unwrap_or_default();
            let names: Vec<_> =
                crate::update::command_names(model).into_iter().filter(|name| name.starts_with(begin)).collect();
            return draw_typed(':', text, &model.said, &names.join(" "), theme, line, buffer);
        }
        Overlay::Run(text) => {
            let hint = if text.ends_with(|last: char| last.is_uppercase()) {
                "complete it; Enter runs it, Esc does not"
            } else {
                "Enter runs it at the terminal, Esc does not"
            };
            return draw_typed('$', text, &model.said, hint, theme, line, buffer);
        }
        Overlay::None | Overlay::Help | Overlay::Alerts | Overlay::Menu(_) => {}
    }
    if !model.said.is_empty() {
        put(line, buffer, &model.said, theme.accent);
        return;
    }
    let has_list = pane.is_some_and(|pane| !pane.columns().is_empty());
    let plays = model.scrub.is_some();
    let keys = [
        (true, "q", "quit"),
        (plays, "Space", "pause"),
        (plays, ", .", "step"),
        (plays, "< >", "speed"),
        (plays, "{ }", "minute"),
        (matches!(model.watched, Watched::Opened(_)), "Esc", "group"),
        (true, "?", "help"),
        (has_list, "↵", if model.watched == Watched::All { "open" } else { "detail" }),
        (has_list, "/", "filter"),
        (has_list, "s", "sort"),
        (has_list, "y", "copy"),
        (true, "x", "do"),
        (true, "p", if model.frozen() { "resume" } else { "freeze" }),
        (true, "[ ]", "range"),
        (true, "z", "zoom"),
        (true, ":", "command"),
        (true, "a", "alerts"),
        (true, "e", "export"),
        (true, "t", "theme"),
    ];
    let mut rest = line;
    for (_, key, meaning) in keys.into_iter().filter(|(applies, ..)| *applies) {
        let cells = width(key) + 1 + width(meaning);
        if cells > rest.width {
            break;
        }
        let used = put(rest, buffer, key, theme.key) + 1;
        put(Rect { x: rest.x + used, width: rest.width - used, ..rest }, buffer, meaning, theme.dim);
        let used = (cells + 2).min(rest.width);
        rest = Rect { x: rest.x + used, width: rest.width - used, ..rest };
    }
}

/// Draws a line that is being typed: its end is always visible, and what could follow stands beside it.
fn draw_typed(sign: char, text: &str, said: &str, hint: &str, theme: &Theme, line: Rect, buffer: &mut Buffer) {
    let room = usize::from(line.width.saturating_sub(3));
    let skipped = text.chars().count().saturating_sub(room);
    let shown: String = text.chars().skip(skipped).collect();
    let used = put(line, buffer, &format!("{sign}{}▏", cuckoo_protocol::Untrusted::new(shown)), theme.key) + 2;
    let rest = Rect { x: line.x.saturating_add(used), width: line.width.saturating_sub(used), ..line };
    let (words, style) = if said.is_empty() { (hint, theme.dim) } else { (said, theme.bad) };
    put(rest, buffer, &fit(words, rest.width), style);
}
