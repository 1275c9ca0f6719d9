//! The dashboard from outside: frames, messages, hostile text, questions, and a node over HTTP.

mod attach;
mod frames;
mod group;
mod hostile;
mod pictures;
mod questions;
mod updates;

use std::sync::Arc;

use cuckoo_protocol::status::Snapshot;
use cuckoo_tui::{Demo, Model, Msg, Palette, PaneSet, begin, update};

/// A dashboard of this size that received `snapshot` a second ago.
fn model(snapshot: Option<Snapshot>, width: u16, height: u16) -> Model {
    let mut model = begin(Palette::Plain, true);
    update(&mut model, Msg::Resize { width, height });
    if let Some(snapshot) = snapshot {
        update(&mut model, Msg::Snapshot { snapshot: Arc::new(snapshot), now: 1_000 });
    }
    update(&mut model, Msg::Tick { now: 2_000 });
    model
}

/// The place of the pane with this name.
fn pane(name: &str) -> usize {
    PaneSet::default().titles().position(|title| title == name).expect("a pane of this name")
}

/// The network that the frames show, as a coordinator sees it.
fn demo() -> Snapshot {
    Demo::new(7).snapshot()
}

/// The same as a miner sees it.
fn miner() -> Snapshot {
    Demo::new(7).miner()
}

/// The same as an owner of stake sees it by the chain alone.
fn staker() -> Snapshot {
    Demo::new(7).staker()
}
