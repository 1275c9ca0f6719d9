//! Lines that are typed: filters after `/`, and commands after `:`.

use crate::{
    model::{Filter, Model, Overlay, RANGES},
    msg::Command,
    panes::PANES,
    theme::Palette,
};

/// The commands that can be typed, beside the panes' names, with what they do.
pub(crate) const COMMANDS: [(&str, &str); 12] = [
    ("alerts", "show all that is wrong"),
    ("copy", "copy the id of the row at the cursor"),
    ("export", "write the frame and the snapshot to files"),
    ("filter", "show only rows that match"),
    ("freeze", "freeze the screen, or resume"),
    ("help", "show keys and signs"),
    ("open", "copy the command that shows the row"),
    ("quit", "leave the dashboard"),
    ("range", "span of the charts: 5m, 1h, 6h, 12h, 24h"),
    ("sort", "order rows by a column"),
    ("theme", "dark, light, ansi, contrast or plain"),
    ("zoom", "give the list the whole screen"),
];

/// The most bytes that can be typed.
const LONGEST: usize = 200;

/// What can be typed first, in order.
pub(crate) fn names() -> Vec<String> {
    let panes = PANES.iter().map(|pane| pane.title().to_lowercase());
    panes.chain(COMMANDS.iter().map(|(name, _)| (*name).to_owned())).collect()
}

/// Changes the line that is being typed. Returns the commands that it gives.
pub(super) fn typed(model: &mut Model, command: &Command) -> Vec<Command> {
    let names = PANES.get(model.focus).map(|pane| pane.names()).unwrap_or_default();
    match (&mut model.overlay, command) {
        (Overlay::Filter(text) | Overlay::Command(text), Command::Type(character))
            if text.len() < LONGEST && !character.is_control() =>
        {
            text.push(*character);
        }
        (Overlay::Filter(text) | Overlay::Command(text), Command::Erase) => drop(text.pop()),
        (Overlay::Filter(text), Command::Complete) => {
            if let Some(completed) = Filter::completed(text, names) {
                *text = completed;
            }
        }
        (Overlay::Command(text), Command::Complete) => {
            if let Some(name) = self::names().into_iter().find(|name| name.starts_with(text.as_str())) {
                *text = name;
            }
        }
        (Overlay::Filter(text), Command::Enter) => {
            let text = text.clone();
            set_filter(model, &text);
        }
        (Overlay::Command(text), Command::Enter) => {
            let text = text.clone();
            model.overlay = Overlay::None;
            return run(model, &text);
        }
        _ => {}
    }
    vec![]
}

fn set_filter(model: &mut Model, text: &str) {
    let names = PANES.get(model.focus).map(|pane| pane.names()).unwrap_or_default();
    match Filter::parse(text, names) {
        Ok(filter) => {
            model.overlay = Overlay::None;
            if let Some(list) = model.lists.get_mut(model.focus) {
                list.filter = filter;
            }
        }
        Err(error) => model.said = error,
    }
}

/// Reads a command that was typed, and carries out what no key can. Returns what keys can.
fn run(model: &mut Model, line: &str) -> Vec<Command> {
    let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    if word.is_empty() {
        return vec![];
    }
    let Some(name) = names().into_iter().find(|name| name.starts_with(&word.to_lowercase())) else {
        model.said = format!("there is no command `{word}`; Tab completes, ? shows the keys");
        return vec![];
    };
    if let Some(pane) = PANES.iter().position(|pane| pane.title().to_lowercase() == name) {
        return vec![Command::Focus(pane)];
    }
    match name.as_str() {
        "alerts" => vec![Command::Alerts],
        "copy" => vec![Command::Copy],
        "export" => vec![Command::Export],
        "freeze" => vec![Command::Freeze],
        "help" => vec![Command::Help],
        "open" => vec![Command::Open],
        "quit" => vec![Command::Quit],
        "zoom" => vec![Command::Zoom],
        "filter" => {
            set_filter(model, rest);
            vec![]
        }
        "range" => {
            let wanted = rest.replace(' ', "");
            match RANGES.iter().position(|(name, _)| name.replace(' ', "") == wanted) {
                Some(range) => model.range = range,
                None => model.said = "range takes 5m, 1h, 6h, 12h or 24h".to_owned(),
            }
            vec![]
        }
        "theme" => {
            match Palette::named(rest.trim()) {
                Some(palette) => model.palette = palette,
                None => model.said = "theme takes dark, light, ansi, contrast or plain".to_owned(),
            }
            vec![]
        }
        "sort" => {
            let columns = PANES.get(model.focus).map(|pane| pane.columns()).unwrap_or_default();
            match columns.iter().position(|column| column.title.to_lowercase().starts_with(&rest.trim().to_lowercase()))
            {
                Some(place) if !rest.trim().is_empty() => {
                    if let Some(list) = model.lists.get_mut(model.focus) {
                        list.sort = Some(place);
                        list.descending = columns[place].is_figure();
                    }
                }
                _ => {
                    let titles: Vec<_> = columns.iter().map(|column| column.title.to_lowercase()).collect();
                    model.said = format!("sort takes one of {}", titles.join(", "));
                }
            }
            vec![]
        }
        _ => vec![],
    }
}
