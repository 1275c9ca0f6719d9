//! Lines that are typed: filters after `/`, and commands after `:`.

use crate::{
    model::{Filter, Model, Overlay, RANGES},
    msg::{Command, Play},
    theme::Palette,
};

/// The commands that can be typed, beside the panes' names, with what they do.
pub(crate) const COMMANDS: [(&str, &str); 14] = [
    ("alerts", "show all that is wrong"),
    ("copy", "copy the id of the row at the cursor"),
    ("export", "write the frame and the snapshot to files"),
    ("filter", "show only rows that match"),
    ("freeze", "freeze the screen, or resume"),
    ("help", "show keys and signs"),
    ("menu", "what can be done about the row"),
    ("open", "show the command of the row, to be run"),
    ("quit", "leave the dashboard"),
    ("range", "span of the charts: 5m, 1h, 6h, 12h, 24h"),
    ("seek", "go to a moment of a recording: 1:02:03, 12:30, 45"),
    ("sort", "order rows by a column"),
    ("theme", "dark, light, ansi, contrast or plain"),
    ("zoom", "give the list the whole screen"),
];

/// The most bytes that can be typed.
const LONGEST: usize = 200;

/// What can be typed first, in order.
pub(crate) fn names(model: &Model) -> Vec<String> {
    let panes = model.panes().iter().map(|pane| pane.title().to_lowercase());
    panes.chain(COMMANDS.iter().map(|(name, _)| (*name).to_owned())).collect()
}

/// Changes the line that is being typed. Returns the commands that it gives.
pub(super) fn typed(model: &mut Model, command: &Command) -> Vec<Command> {
    let names = model.pane().map(|pane| pane.names()).unwrap_or_default();
    let all = self::names(model);
    match (&mut model.overlay, command) {
        (Overlay::Filter(text) | Overlay::Command(text) | Overlay::Run(text), Command::Type(character))
            if text.len() < LONGEST && !character.is_control() =>
        {
            text.push(*character);
        }
        (Overlay::Filter(text) | Overlay::Command(text) | Overlay::Run(text), Command::Erase) => drop(text.pop()),
        (Overlay::Filter(text), Command::Complete) => {
            if let Some(completed) = Filter::completed(text, names) {
                *text = completed;
            }
        }
        (Overlay::Command(text), Command::Complete) => {
            if let Some(name) = all.into_iter().find(|name| name.starts_with(text.as_str())) {
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

/// Milliseconds of a moment such as `1:02:03`, `12:30` or `45`.
fn moment(text: &str) -> Option<u64> {
    let parts = text.trim().split(':');
    let seconds = parts
        .map(|part| part.parse::<u32>().ok().filter(|_| part.len() <= 4))
        .try_fold(0u64, |sum, part| Some(sum.saturating_mul(60).saturating_add(part?.into())))?;
    Some(seconds.saturating_mul(1_000))
}

fn set_filter(model: &mut Model, text: &str) {
    let names = model.pane().map(|pane| pane.names()).unwrap_or_default();
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
    let Some(name) = names(model).into_iter().find(|name| name.starts_with(&word.to_lowercase())) else {
        model.said = format!("there is no command `{word}`; Tab completes, ? shows the keys");
        return vec![];
    };
    if let Some(pane) = model.panes().iter().position(|pane| pane.title().to_lowercase() == name) {
        return vec![Command::Focus(pane)];
    }
    match name.as_str() {
        "alerts" => vec![Command::Alerts],
        "copy" => vec![Command::Copy],
        "export" => vec![Command::Export],
        "freeze" => vec![Command::Freeze],
        "help" => vec![Command::Help],
        "menu" => vec![Command::Menu],
        "open" => vec![Command::Open],
        "quit" => vec![Command::Quit],
        "zoom" => vec![Command::Zoom],
        "seek" => match moment(rest) {
            Some(moment) if model.scrub.is_some() => vec![Command::Play(Play::Seek(moment))],
            Some(_) => {
                model.said = "this is not a recording; record one with `cuckoo tui --record FILE`".to_owned();
                vec![]
            }
            None => {
                model.said = "seek takes hours, minutes and seconds: 1:02:03, 12:30 or 45".to_owned();
                vec![]
            }
        },
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
            let columns = model.pane().map(|pane| pane.columns()).unwrap_or_default();
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
