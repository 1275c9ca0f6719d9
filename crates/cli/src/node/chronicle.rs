//! What a node remembers for dashboards: its figures of the last day, and what happened. Both survive a restart.

use std::{
    collections::{BTreeMap, VecDeque},
    future::Future,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cuckoo_protocol::{
    Address,
    status::{EventRow, History, MOST_EVENTS, Snapshot, events_between},
    task::Millis,
};
use serde::{Deserialize, Serialize};
use tokio::time;
use tokio_util::sync::CancellationToken;

use crate::host::files;

/// The least time between two looks at the node.
const PACE: Duration = Duration::from_secs(1);
/// Looks between two times that what is remembered is written down.
const EACH: u32 = 60;
/// Events in a document that is asked for as a whole.
const FEW: usize = 50;

/// The file in the node's data directory.
const FILE: &str = "chronicle.json";

/// How much of what is remembered is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The newest events.
    Few,
    /// All events.
    Events,
    /// All events, and the figures of the last day.
    All,
}

fn lock(memory: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a node remembers.
#[derive(Debug)]
pub struct Chronicle {
    path: PathBuf,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Memory {
    history: History,
    events: VecDeque<EventRow>,
    /// When nodes came or went.
    since: BTreeMap<Address, Millis>,
    #[serde(skip)]
    before: Option<Snapshot>,
}

impl Memory {
    fn take(&mut self, snapshot: Snapshot) {
        self.history.record(self.before.as_ref(), &snapshot);
        if let Some(before) = &self.before {
            self.events.extend(events_between(before, &snapshot));
            let excess = self.events.len().saturating_sub(MOST_EVENTS);
            self.events.drain(..excess);
            let known: BTreeMap<_, _> = before.nodes.iter().map(|node| (node.address, node.live)).collect();
            for node in &snapshot.nodes {
                if known.get(&node.address).is_some_and(|live| *live != node.live) {
                    self.since.insert(node.address, snapshot.taken_at);
                }
            }
        }
        self.before = Some(snapshot);
    }
}

impl Chronicle {
    /// What was written down in a node's data directory. A file that cannot be read is left out, with a warning: it is a convenience.
    pub fn open(data: &std::path::Path) -> Self {
        let path = data.join(FILE);
        let memory = match std::fs::read(&path) {
            Ok(content) => serde_json::from_slice(&content).unwrap_or_else(|error| {
                tracing::warn!(path = %path.display(), %error, "the dashboard's history cannot be read, and begins again");
                Memory::default()
            }),
            Err(_) => Memory::default(),
        };
        Self { path, memory: Arc::new(Mutex::new(memory)) }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.memory)
    }

    /// A snapshot with what is remembered.
    pub fn complete(&self, mut snapshot: Snapshot, part: Part) -> Snapshot {
        let memory = self.memory();
        let skipped = if part == Part::Few { memory.events.len().saturating_sub(FEW) } else { 0 };
        snapshot.events = memory.events.iter().skip(skipped).cloned().collect();
        for node in &mut snapshot.nodes {
            node.since = memory.since.get(&node.address).copied();
        }
        snapshot.history = (part == Part::All).then(|| Box::new(memory.history.clone()));
        snapshot
    }

    /// Looks at the node once a second until `stop`, and writes down what is remembered once a minute and at the end.
    pub async fn keep<F: Future<Output = Snapshot>>(&self, look: impl Fn() -> F, stop: CancellationToken) {
        let mut interval = time::interval(PACE);
        interval.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        let mut looks = 0u32;
        while stop.run_until_cancelled(interval.tick()).await.is_some() {
            let snapshot = look().await;
            self.memory().take(snapshot);
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(EACH) {
                self.write().await;
            }
        }
        self.write().await;
    }

    /// Writes on a thread of its own: a disk that is slow keeps nobody waiting.
    async fn write(&self) {
        let (memory, path) = (self.memory.clone(), self.path.clone());
        let written = tokio::task::spawn_blocking(move || {
            let content = serde_json::to_vec(&*lock(&memory)).map_err(std::io::Error::other)?;
            files::replace(&path, &content)
        });
        let written = written.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        if let Err(error) = written {
            tracing::warn!(path = %self.path.display(), %error, "the dashboard's history cannot be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use cuckoo_tui::Demo;

    use super::*;

    /// A dashboard that is opened in the morning shows the night, also where the node was started again in between.
    #[tokio::test(start_paused = true)]
    async fn what_a_node_remembers_survives_its_restart() {
        let folder = tempfile::tempdir().expect("a directory");
        let mut demo = Demo::new(7);
        let stop = CancellationToken::new();
        let chronicle = Chronicle::open(folder.path());
        let state = Mutex::new((&mut demo, 0));
        let look = || {
            let (demo, seconds) = &mut *state.lock().unwrap_or_else(PoisonError::into_inner);
            demo.step();
            *seconds += 1;
            let mut snapshot = demo.snapshot();
            snapshot.node.draining = *seconds > 60;
            if *seconds == 120 {
                stop.cancel();
            }
            std::future::ready(snapshot)
        };
        chronicle.keep(look, stop.clone()).await;
        let snapshot = demo.snapshot();
        let of = |chronicle: &Chronicle| {
            let shown = chronicle.complete(snapshot.clone(), Part::All);
            let history = shown.history.expect("a history");
            (history.tokens.sum(3_600), history.done.sum(3_600), shown.events.len())
        };
        let before = of(&chronicle);
        assert!(before.0 > 0 && before.1 > 0 && before.2 > 0, "{before:?}");
        drop(chronicle);
        assert_eq!(of(&Chronicle::open(folder.path())), before);
        // What cannot be read begins again.
        std::fs::write(folder.path().join(FILE), "{").expect("written");
        assert_eq!(of(&Chronicle::open(folder.path())), (0, 0, 0));
    }
}
