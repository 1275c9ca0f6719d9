//! What each key changes.

use super::{opening::open, palette};
use crate::{
    model::{Action, Filter, Held, List, Model, Overlay, RANGES, Watched},
    msg::{Command, Effect},
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
        Command::Back => return back(model),
        Command::Freeze => freeze(model),
        Command::Focus(place) => match &model.overlay {
            Overlay::Menu(actions) => {
                if let Some(action) = actions.get(place) {
                    model.overlay = Overlay::Run(action.command.clone());
                }
            }
            _ => focus(model, place),
        },
        Command::NextPane => focus(model, (model.focus + 1) % model.panes().len()),
        Command::PreviousPane => focus(model, (model.focus + model.panes().len() - 1) % model.panes().len()),
        Command::Scroll(rows) => step(model, i64::from(rows)),
        Command::Page(pages) => step(model, i64::from(pages) * page),
        Command::Top => step(model, i64::MIN),
        Command::Bottom => step(model, i64::MAX),
        Command::Detail => {
            let row = model.lists.get(model.focus).and_then(List::current);
            match row.filter(|_| model.watched == Watched::All && model.focus == 0) {
                Some(row) => return open(model, Some(row)),
                None => list(model, |list| list.detail = !list.detail),
            }
        }
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
        Command::Copy => return copy(model),
        Command::Open => open_command(model),
        Command::Menu => menu(model),
        Command::Export => return vec![Effect::Export],
        Command::Redraw => return vec![Effect::Clear],
        Command::Suspend => return vec![Effect::Suspend],
        Command::Type(_) | Command::Erase | Command::Complete | Command::Enter => {
            if let (Overlay::Run(line), Command::Enter) = (&model.overlay, command) {
                let line = line.trim().to_owned();
                model.overlay = Overlay::None;
                return vec![Effect::Run(line)];
            }
            return palette::typed(model, &command).into_iter().flat_map(|command| obey(model, command)).collect();
        }
        Command::Click(column, row) => return click(model, column, row),
        Command::Play(play) if model.scrub.is_some() => return vec![Effect::Play(play)],
        Command::Play(_) => {}
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

fn back(model: &mut Model) -> Vec<Effect> {
    let is_plain = model.lists.get(model.focus).is_none_or(|list| !list.detail && list.filter.is_empty());
    if model.overlay != Overlay::None {
        model.overlay = Overlay::None;
    } else if model.zoom {
        model.zoom = false;
    } else if let Watched::Opened(_) = model.watched
        && is_plain
    {
        return open(model, None);
    } else {
        list(model, |list| {
            if list.detail {
                list.detail = false;
            } else {
                list.filter = Filter::default();
            }
        });
    }
    vec![]
}

fn freeze(model: &mut Model) {
    model.held = match model.frozen() {
        true => None,
        false => Some(Box::new(Held { feed: model.live.clone(), since: model.live.now })),
    };
}

/// Goes to a pane that there is.
fn focus(model: &mut Model, pane: usize) {
    if pane < model.panes().len() {
        model.focus = pane;
        model.overlay = Overlay::None;
    }
}

/// Moves the cursor, and lets it hold on to the row where it then is.
fn step(model: &mut Model, rows: i64) {
    let Some(pane) = model.pane() else { return };
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
    let Some(pane) = model.pane() else { return };
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

/// The row at the cursor.
fn current(model: &Model) -> Option<usize> {
    model.lists.get(model.focus).and_then(List::current)
}

/// Shows the command of the row at the cursor. It is run once somebody says so.
fn open_command(model: &mut Model) {
    let command = model.pane().zip(current(model)).and_then(|(pane, row)| pane.command(model.shown(), row));
    match command {
        Some(command) => model.overlay = Overlay::Run(command),
        None => model.said = "there is no command for this; x shows what can be done".to_owned(),
    }
}

/// Shows what can be done about the row at the cursor, and about the node.
fn menu(model: &mut Model) {
    let Some(pane) = model.pane() else { return };
    let row = current(model);
    let mut actions = pane.actions(model.shown(), row, &model.home);
    if let Some(command) = row.and_then(|row| pane.command(model.shown(), row))
        && actions.iter().all(|action| action.command != command)
    {
        actions.insert(0, Action::new("show it, or do what is next", command));
    }
    actions.truncate(9);
    if actions.is_empty() {
        model.said = "nothing can be done here".to_owned();
    } else {
        model.overlay = Overlay::Menu(actions);
    }
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let Some((pane, row)) = model.pane().zip(current(model)) else { return vec![] };
    match pane.id(model.shown(), row) {
        Some(text) => {
            model.said = format!("copied: {text}");
            vec![Effect::Copy(text)]
        }
        None => vec![],
    }
}

fn click(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    if !matches!(model.overlay, Overlay::None) {
        model.overlay = Overlay::None;
        return vec![];
    }
    match Layout::of(model, model.size).hit(model, column, row) {
        Some(Hit::Pane(pane)) => focus(model, pane),
        Some(Hit::Alerts) => model.overlay = Overlay::Alerts,
        Some(Hit::Row(place)) => {
            let cursor = model.lists.get(model.focus).map_or(0, |list| list.cursor);
            let again = cursor == place;
            step(model, place as i64 - cursor as i64);
            if again {
                return obey(model, Command::Detail);
            }
        }
        Some(Hit::Title(title)) => list(model, |list| {
            list.descending = if list.sort == Some(title) { !list.descending } else { true };
            list.sort = Some(title);
        }),
        None => {}
    }
    vec![]
}
