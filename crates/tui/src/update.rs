//! How the dashboard begins, and its only way to change: `update(&mut Model, Msg) -> Vec<Effect>`. It uses no clock, no
//! terminal and no network.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use cuckoo_protocol::{status::Snapshot, task::Millis};

use crate::{
    model::{Board, Feed, Health, Link, Model},
    msg::{Command, Effect, Msg},
    panes::{self, PANES},
    theme::Palette,
    view::layout::{LIST, Layout},
    widgets::text,
};

/// A dashboard that has heard nothing yet. One that is not `interactive` shows no keys and no focus.
pub fn begin(palette: Palette, interactive: bool) -> Model {
    Model {
        live: Feed::default(),
        held: None,
        focus: panes::main(PANES),
        offsets: vec![0; LIST + 1],
        help: false,
        size: (0, 0),
        palette,
        interactive,
    }
}

/// Applies `msg`. [`Effect::Redraw`] is asked for only when something that is shown has changed.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(Command::Quit) => vec![Effect::Quit],
        Msg::Key(command) => redraw_if_changed(model, |model| obey(model, command)),
        Msg::Resize { width, height } => redraw_if_changed(model, |model| model.size = (width, height)),
        Msg::Snapshot { snapshot, now } => {
            if !take_in(&mut model.live, snapshot, now) || model.frozen() {
                return vec![];
            }
            clamp(model);
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
            redraw_unless_frozen(model)
        }
        Msg::Tick { now } => {
            let before = clock_face(&model.live);
            let live = &mut model.live;
            live.now = now;
            let node_now = live.node_now();
            // Adding zeros to a graph of zeros changes nothing that is shown.
            let moved = live.link == Link::Up && live.history.advance(node_now) && !live.history.is_quiet();
            if moved || clock_face(&model.live) != before { redraw_unless_frozen(model) } else { vec![] }
        }
    }
}

fn redraw_unless_frozen(model: &mut Model) -> Vec<Effect> {
    if model.frozen() {
        return vec![];
    }
    // The notice appears and disappears with the state, and the rows below make room for it.
    clamp(model);
    vec![Effect::Redraw]
}

/// Asks for a frame only if `change` changes something: a key that does nothing costs no frame.
fn redraw_if_changed(model: &mut Model, change: impl FnOnce(&mut Model)) -> Vec<Effect> {
    let face = |model: &Model| (model.focus, model.offsets.clone(), model.help, model.size, model.frozen());
    let before = face(model);
    change(model);
    clamp(model);
    if face(model) == before { vec![] } else { vec![Effect::Redraw] }
}

/// Takes in a snapshot. Returns true when it changes what is shown.
fn take_in(live: &mut Feed, snapshot: Arc<Snapshot>, now: Millis) -> bool {
    let health = live.health();
    let known = live.snapshot.as_deref();
    let same = known.is_some_and(|known| {
        known.generation == snapshot.generation
            && known.node.started_at == snapshot.node.started_at
            && known.node.address == snapshot.node.address
    });
    if !same {
        live.history.record(known, &snapshot);
        live.board = Board::of(&snapshot);
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

/// Carries out what a key asks for.
fn obey(model: &mut Model, command: Command) {
    let slot = Layout::of(model, model.size).scrolled(model.focus);
    let page = i64::from(Layout::of(model, model.size).page(slot).max(1));
    let scroll = |offsets: &mut [usize], rows: i64| {
        let rows_up = usize::try_from(rows.unsigned_abs()).unwrap_or(usize::MAX);
        let offset = offsets[slot];
        offsets[slot] = if rows < 0 { offset.saturating_sub(rows_up) } else { offset.saturating_add(rows_up) };
    };
    match command {
        Command::Quit => {}
        Command::Help => model.help = !model.help,
        Command::Back => model.help = false,
        Command::Freeze => {
            model.held = if model.frozen() { None } else { Some(Box::new(model.live.clone())) };
        }
        Command::Focus(pane) => model.focus = pane.min(PANES.len() - 1),
        Command::NextPane => model.focus = (model.focus + 1) % PANES.len(),
        Command::PreviousPane => model.focus = (model.focus + PANES.len() - 1) % PANES.len(),
        Command::Scroll(rows) => scroll(&mut model.offsets, i64::from(rows)),
        Command::Page(pages) => scroll(&mut model.offsets, i64::from(pages) * page),
        Command::Top => model.offsets[slot] = 0,
        Command::Bottom => model.offsets[slot] = usize::MAX,
    }
}

/// Limits every offset so that the last page still fills the pane.
fn clamp(model: &mut Model) {
    let layout = Layout::of(model, model.size);
    for slot in 0..model.offsets.len() {
        let last = layout.rows(model.shown(), slot).saturating_sub(usize::from(layout.page(slot)));
        model.offsets[slot] = model.offsets[slot].min(last);
    }
}

/// A digest of everything shown that changes with time alone: the heartbeat redraws only when the digest changes.
fn clock_face(feed: &Feed) -> u64 {
    let mut face = DefaultHasher::new();
    match feed.health() {
        Health::Waiting => 0.hash(&mut face),
        Health::Live => 1.hash(&mut face),
        Health::ChainTrouble => 2.hash(&mut face),
        Health::Silent(since) => (3, text::Age::of(since)).hash(&mut face),
        Health::Down(since) => (4, text::Age::of(since)).hash(&mut face),
    }
    if let Some(snapshot) = &feed.snapshot {
        text::Age::of(feed.age(snapshot.chain.block_at)).hash(&mut face);
        for at in PANES.iter().flat_map(|pane| pane.shown_ages(snapshot)) {
            text::Age::of(feed.age(at)).hash(&mut face);
        }
    }
    face.finish()
}
