//! How the dashboard begins, and its only way to change: `update(&mut Model, Msg) -> Vec<Effect>`. It uses no clock, no
//! terminal and no network.

mod obey;
mod opening;
mod palette;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use cuckoo_protocol::{
    status::{MOST_EVENTS, Snapshot, events_between},
    task::Millis,
};

use crate::{
    model::{Board, Feed, Health, Held, Home, Link, List, Model, Overlay, PaneSet, Scrub, Watched, alerts},
    msg::{Command, Effect, Msg},
    panes::pane::ordered,
    recording::Entry,
    theme::Palette,
    view::layout::Layout,
    widgets::text,
};

/// A dashboard that has heard nothing yet. One that is not `interactive` shows no keys and no focus.
pub fn begin(palette: Palette, interactive: bool) -> Model {
    let set = PaneSet::default();
    Model {
        live: Feed::default(),
        held: None,
        watched: Watched::One,
        home: Home::default(),
        bound: vec![],
        set,
        focus: 0,
        lists: new_lists(set),
        overlay: Overlay::None,
        scrub: None,
        zoom: false,
        range: 0,
        said: String::new(),
        size: (0, 0),
        palette,
        interactive,
    }
}

fn new_lists(set: PaneSet) -> Vec<List> {
    set.panes().iter().map(|pane| List { descending: pane.descends(), ..List::default() }).collect()
}

/// Applies `msg`. [`Effect::Redraw`] is asked for only when something that is shown has changed.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(Command::Quit) => vec![Effect::Quit],
        Msg::Key(command) => redraw_if_changed(model, |model| obey::obey(model, command)),
        Msg::Resize { width, height } => redraw_if_changed(model, |model| {
            model.size = (width, height);
            vec![]
        }),
        Msg::Done(words) => redraw_if_changed(model, |model| {
            model.said = words;
            vec![]
        }),
        Msg::Snapshot { snapshot, now } => {
            if !opening::is_awaited(model, &snapshot) {
                return vec![];
            }
            if !take_in(&mut model.live, snapshot, now) || model.frozen() {
                return vec![];
            }
            arrange(model);
            vec![Effect::Redraw]
        }
        Msg::SourceDown { reason, now } => {
            let since = match &model.live.link {
                Link::Down { reason: known, .. } if *known == reason => return vec![],
                Link::Down { since, .. } => *since,
                Link::Waiting | Link::Up => now,
            };
            model.live.now = now;
            model.live.link = Link::Down { since, reason };
            vec![Effect::Redraw]
        }
        Msg::Heard { now } => {
            let health = model.live.health();
            model.live.link = Link::Up;
            model.live.heard_at = now;
            if model.live.health() == health { vec![] } else { vec![Effect::Redraw] }
        }
        Msg::Jump(feed) => {
            let thresholds = model.live.thresholds;
            model.live = Feed { thresholds, ..*feed };
            if let Some(snapshot) = &model.live.snapshot {
                model.live.alerts = alerts(snapshot, &model.live.board, thresholds);
            }
            model.held = None;
            arrange(model);
            vec![Effect::Redraw]
        }
        Msg::Scrub(scrub) => {
            let shown = |scrub: &Scrub| Scrub { at: scrub.at / 1_000, ..*scrub };
            let is_same = model.scrub.as_ref().map(shown) == Some(shown(&scrub));
            model.scrub = Some(scrub);
            if is_same { vec![] } else { vec![Effect::Redraw] }
        }
        Msg::Tick { now } => {
            let before = face(model);
            let live = &mut model.live;
            live.now = now;
            let node_now = live.node_now();
            // Adding zeros to a graph of zeros changes nothing that is shown.
            let moved = live.link == Link::Up && live.history.advance(node_now) && !live.history.tokens.is_quiet();
            let shows = moved && !model.frozen();
            if shows || face(model) != before { vec![Effect::Redraw] } else { vec![] }
        }
    }
}

/// Asks for a frame only if `change` changes something: a key that does nothing costs no frame.
fn redraw_if_changed(model: &mut Model, change: impl FnOnce(&mut Model) -> Vec<Effect>) -> Vec<Effect> {
    let shown = |model: &Model| {
        let Model { focus, lists, overlay, zoom, range, said, size, palette, .. } = model;
        let typed = (overlay.clone(), said.clone());
        (*focus, lists.clone(), typed, *zoom, *range, *size, *palette, model.frozen())
    };
    let before = shown(model);
    let mut effects = change(model);
    arrange(model);
    if shown(model) != before {
        effects.push(Effect::Redraw);
    }
    effects
}

/// Takes in what was recorded, without anything that is on the screen.
pub(crate) fn take_in_entry(feed: &mut Feed, entry: Entry, now: Millis) {
    match entry {
        Entry::Snapshot(snapshot) => drop(take_in(feed, snapshot, now)),
        Entry::Down(reason) => {
            let since = match &feed.link {
                Link::Down { since, .. } => *since,
                Link::Waiting | Link::Up => now,
            };
            feed.link = Link::Down { since, reason };
        }
        Entry::Same => {
            feed.link = Link::Up;
            feed.heard_at = now;
        }
    }
    feed.now = now;
    let node_now = feed.node_now();
    feed.history.advance(node_now);
}

/// Takes in a snapshot. Returns true when it changes what is shown.
fn take_in(live: &mut Feed, snapshot: Arc<Snapshot>, now: Millis) -> bool {
    let health = live.health();
    let known = live.snapshot.as_deref();
    // One that brings the node's own history is news even where the rest is known.
    let brings_history = snapshot.history.is_some();
    let same = !brings_history
        && known.is_some_and(|known| {
            known.generation == snapshot.generation
                && known.node.started_at == snapshot.node.started_at
                && known.node.address == snapshot.node.address
        });
    if !same {
        if let Some(history) = &snapshot.history {
            live.history = history.as_ref().clone();
        } else if known.is_some_and(|known| known.node.address != snapshot.node.address) {
            live.history = Default::default();
            live.events.clear();
        }
        live.history.record(known.filter(|_| !brings_history), &snapshot);
        match snapshot.events.last() {
            // The node keeps a list of its own, which goes back further than this dashboard.
            Some(_) => live.events.clone_from(&snapshot.events),
            None => live.events.extend(known.map(|known| events_between(known, &snapshot)).unwrap_or_default()),
        }
        let excess = live.events.len().saturating_sub(MOST_EVENTS);
        live.events.drain(..excess);
        live.board = Board::of(&snapshot);
        live.alerts = alerts(&snapshot, &live.board, live.thresholds);
        live.snapshot = Some(snapshot);
        live.arrived_at = now;
        // Only a new snapshot moves the clock here: an unchanged one draws no frame, and the ages on the screen would then
        // lag behind the clock without the heartbeat noticing.
        live.now = now;
    }
    live.link = Link::Up;
    live.heard_at = now;
    !same || live.health() != health
}

/// Orders the rows of the pane that is shown, and keeps its cursor with its row and on the screen.
fn arrange(model: &mut Model) {
    let set = PaneSet::of(model.shown().snapshot.as_deref().map(|snapshot| snapshot.node.role));
    if set != model.set {
        // Something else is shown from now on.
        (model.set, model.focus, model.lists, model.zoom) = (set, 0, new_lists(set), false);
    }
    let Some(pane) = model.pane() else { return };
    let page = usize::from(Layout::of(model, model.size).page());
    let feed = model.held.as_deref().map_or(&model.live, |held: &Held| &held.feed);
    let Some(list) = model.lists.get_mut(model.focus) else { return };
    list.order = ordered(pane, feed, list);
    if let Some(selected) = list.selected {
        let place = list.order.iter().position(|row| pane.key(feed, *row) == Some(selected));
        list.cursor = place.unwrap_or(list.cursor);
    }
    list.clamp(page);
}

/// A digest of everything shown that changes with time alone: the heartbeat redraws only when the digest changes.
fn face(model: &Model) -> u64 {
    let mut face = DefaultHasher::new();
    match model.live.health() {
        Health::Waiting => 0.hash(&mut face),
        Health::Live => 1.hash(&mut face),
        Health::ChainTrouble => 2.hash(&mut face),
        Health::Silent(since) => (3, text::Age::of(since)).hash(&mut face),
        Health::Down(since) => (4, text::Age::of(since)).hash(&mut face),
    }
    if model.frozen() {
        // What is held does not age. That it is held, and for how long, is in the header, in steps that cost next to nothing.
        model.frozen_for().map(|since| since / 60_000).hash(&mut face);
        return face.finish();
    }
    let feed = &model.live;
    if let Some(snapshot) = &feed.snapshot {
        text::Age::of(feed.age(snapshot.chain.block_at)).hash(&mut face);
        for at in model.pane().map(|pane| pane.shown_ages(snapshot)).unwrap_or_default() {
            text::Age::of(feed.age(at)).hash(&mut face);
        }
    }
    face.finish()
}

/// What can be typed after `:`, in order.
pub(crate) fn command_names(model: &Model) -> Vec<String> {
    palette::names(model)
}
