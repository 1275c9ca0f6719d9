//! What each key changes.

use super::palette;
use crate::{
    model::{Filter, Held, Model, Overlay, RANGES},
    msg::{Command, Effect},
    panes::PANES,
    view::layout::{Hit, Layout},
};

/// Carries out what a key asks for.
pub(super) fn obey(model: &mut Model, command: Command) -> Vec<Effect> {
    model.said.clear();
    let page = i64::from(Layout::of(model, model.size).page().max(1));
    match command {
        Command::Quit => return vec![Effect::Quit],
        Command::Help => toggle(model, Overlay::Help),
        Command::Alerts => toggle(model, Overlay::Alerts),
        Command::Back => back(model),
        Command::Freeze => freeze(model),
        Command::Focus(pane) => focus(model, pane),
        Command::NextPane => focus(model, (model.focus + 1) % PANES.len()),
        Command::PreviousPane => focus(model, (model.focus + PANES.len() - 1) % PANES.len()),
        Command::Scroll(rows) => step(model, i64::from(rows)),
        Command::Page(pages) => step(model, i64::from(pages) * page),
        Command::Top => step(model, i64::MIN),
        Command::Bottom => step(model, i64::MAX),
        Command::Detail => list(model, |list| list.detail = !list.detail),
        Command::Follow => follow(model),
        Command::Filter => {
            let text = model.lists.get(model.focus).map(|list| list.filter.text.clone()).unwrap_or_default();
            model.overlay = Overlay::Filter(text);
        }
        Command::Palette => model.overlay = Overlay::Command(String::new()),
        Command::Sort => sort(model),
        Command::Reverse => list(model, |list| list.descending = !list.descending),
        Command::Zoom => model.zoom = !model.zoom,
        Command::Range(step) => {
            let range = model.range.saturating_add_signed(step as isize).min(RANGES.len() - 1);
            model.range = range;
            model.said = format!("charts show {}", RANGES[range].0);
        }
        Command::Theme => {
            model.palette = model.palette.next();
            model.said = format!("theme: {}", model.palette.name());
        }
        Command::Copy => return copy(model, false),
        Command::Open => return copy(model, true),
        Command::Export => return vec![Effect::Export],
        Command::Redraw => return vec![Effect::Clear],
        Command::Suspend => return vec![Effect::Suspend],
        Command::Type(_) | Command::Erase | Command::Complete | Command::Enter => {
            return palette::typed(model, &command).into_iter().flat_map(|command| obey(model, command)).collect();
        }
        Command::Click(column, row) => click(model, column, row),
    }
    vec![]
}

fn list(model: &mut Model, change: impl FnOnce(&mut crate::model::List)) {
    if let Some(list) = model.lists.get_mut(model.focus) {
        change(list);
    }
}

fn toggle(model: &mut Model, overlay: Overlay) {
    model.overlay = if model.overlay == overlay { Overlay::None } else { overlay };
}

fn back(model: &mut Model) {
    if model.overlay != Overlay::None {
        model.overlay = Overlay::None;
    } else if model.zoom {
        model.zoom = false;
    } else {
        list(model, |list| {
            if list.detail {
                list.detail = false;
            } else {
                list.filter = Filter::default();
            }
        });
    }
}

fn freeze(model: &mut Model) {
    model.held = match model.frozen() {
        true => None,
        false => Some(Box::new(Held { feed: model.live.clone(), since: model.live.now })),
    };
}

/// Goes to a pane.
fn focus(model: &mut Model, pane: usize) {
    model.focus = pane.min(PANES.len() - 1);
    model.overlay = Overlay::None;
}

/// Moves the cursor, and lets it hold on to the row where it then is.
fn step(model: &mut Model, rows: i64) {
    let Some(pane) = PANES.get(model.focus) else { return };
    let feed = model.held.as_deref().map_or(&model.live, |held| &held.feed);
    let Some(list) = model.lists.get_mut(model.focus) else { return };
    let last = list.order.len().saturating_sub(1);
    let cursor = i64::try_from(list.cursor).unwrap_or(i64::MAX).saturating_add(rows);
    list.cursor = usize::try_from(cursor).unwrap_or(0).min(last);
    list.selected = list.current().and_then(|row| pane.key(feed, row));
}

fn follow(model: &mut Model) {
    list(model, |list| {
        list.selected = None;
        list.cursor = 0;
    });
    model.said = "the cursor stays at the first row".to_owned();
}

fn sort(model: &mut Model) {
    let Some(pane) = PANES.get(model.focus) else { return };
    let columns = pane.columns();
    if columns.is_empty() {
        return;
    }
    list(model, |list| {
        let next = list.sort.map_or(0, |sort| sort + 1);
        list.sort = (next < columns.len()).then_some(next);
        list.descending = list.sort.map_or(pane.descends(), |sort| columns[sort].is_figure());
    });
    let sort = model.lists[model.focus].sort;
    let name = sort.map_or("trouble first", |sort| columns[sort].title);
    model.said = format!("order: {}", name.to_lowercase());
}

fn copy(model: &mut Model, command: bool) -> Vec<Effect> {
    let (Some(pane), Some(list)) = (PANES.get(model.focus), model.lists.get(model.focus)) else { return vec![] };
    let Some(row) = list.current() else { return vec![] };
    let text = if command { pane.command(model.shown(), row) } else { pane.id(model.shown(), row) };
    match text {
        Some(text) => {
            model.said = format!("copied: {text}");
            vec![Effect::Copy(text)]
        }
        None => vec![],
    }
}

fn click(model: &mut Model, column: u16, row: u16) {
    if !matches!(model.overlay, Overlay::None) {
        model.overlay = Overlay::None;
        return;
    }
    match Layout::of(model, model.size).hit(model, column, row) {
        Some(Hit::Pane(pane)) => focus(model, pane),
        Some(Hit::Alerts) => model.overlay = Overlay::Alerts,
        Some(Hit::Row(place)) => {
            let cursor = model.lists.get(model.focus).map_or(0, |list| list.cursor);
            let again = cursor == place;
            step(model, place as i64 - cursor as i64);
            if again {
                list(model, |list| list.detail = !list.detail);
            }
        }
        Some(Hit::Title(title)) => list(model, |list| {
            list.descending = if list.sort == Some(title) { !list.descending } else { true };
            list.sort = Some(title);
        }),
        None => {}
    }
}
