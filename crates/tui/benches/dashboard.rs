//! What the dashboard costs: bytes and time a frame, what a key takes, and what it uses while it is looked at.
//!
//! Frames go through the same buffers, differences and escape sequences as at a terminal, into memory. A large network has 1,000 nodes and
//! 10,000 tasks. Of the times the median is shown; what another program on the machine takes is in them.

#![allow(missing_docs, clippy::print_stdout)]

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use cuckoo_protocol::{
    Address, B256, TaskId,
    status::{Snapshot, TaskRow},
    task::Stage,
};
use cuckoo_tui::{Demo, Effect, Model, Msg, Palette, begin, msg::Command, update, view::draw};
use ratatui::{Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};
use rustix::time::{ClockId, clock_gettime};

/// Frames a figure is the median of.
const RUNS: usize = 200;
/// Seconds of a node that changes once a second.
const SECONDS: u64 = 120;

/// A terminal in memory, which counts what is written to it.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<usize>>);

impl Sink {
    fn take(&self) -> usize {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Screen {
    terminal: Terminal<CrosstermBackend<Sink>>,
    sink: Sink,
    model: Model,
}

impl Screen {
    fn new(width: u16, height: u16) -> Self {
        let sink = Sink::default();
        let viewport = Viewport::Fixed(Rect { x: 0, y: 0, width, height });
        let backend = CrosstermBackend::new(sink.clone());
        let terminal = Terminal::with_options(backend, TerminalOptions { viewport }).expect("a terminal");
        let mut model = begin(Palette::True, true);
        update(&mut model, Msg::Resize { width, height });
        Self { terminal, sink, model }
    }

    /// Takes in a message. Returns the bytes of the frame, where one is drawn.
    fn tell(&mut self, msg: Msg) -> Option<usize> {
        if !update(&mut self.model, msg).contains(&Effect::Redraw) {
            return None;
        }
        let model = &self.model;
        self.terminal.draw(|frame| draw(model, frame.area(), frame.buffer_mut())).expect("draws");
        Some(self.sink.take())
    }
}

/// The demonstration with this many nodes and tasks.
fn large(nodes: usize, tasks: usize) -> Snapshot {
    let mut snapshot = Demo::new(1).snapshot();
    let (rows, recent) = (snapshot.nodes.clone(), snapshot.recent.clone());
    snapshot.nodes = (0..nodes)
        .map(|place| {
            let mut node = rows[place % rows.len()].clone();
            if place >= rows.len() {
                node.address = Address::left_padding_from(&(place as u64 + 1_000).to_be_bytes());
            }
            node
        })
        .collect();
    snapshot.recent = (0..tasks)
        .map(|place| {
            let id = TaskId(B256::left_padding_from(&(place as u64 + 1).to_be_bytes()));
            TaskRow { id, ..recent[place % recent.len()].clone() }
        })
        .collect();
    snapshot
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn processor() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// A node that changes once a second, at 160x48: bytes a second, and processor time a second.
fn idle() {
    let mut demo = Demo::new(1);
    let snapshots: Vec<_> = (0..SECONDS)
        .map(|_| {
            demo.step();
            Arc::new(demo.snapshot())
        })
        .collect();
    let mut screen = Screen::new(160, 48);
    let (mut bytes, before) = (0, processor());
    for (second, snapshot) in snapshots.into_iter().enumerate() {
        let frame = screen.tell(Msg::Snapshot { snapshot, now: second as u64 * 1_000 });
        // The first frame draws everything.
        bytes += frame.filter(|_| second > 0).unwrap_or_default();
    }
    let used = processor() - before;
    println!("idle at 160x48, one change a second");
    println!("  to the terminal          {:>10.1} kB/s", bytes as f64 / (SECONDS - 1) as f64 / 1_000.0);
    println!("  of one core              {:>10.3} %", used.as_secs_f64() / SECONDS as f64 * 100.0);
    update(&mut screen.model, Msg::Key(Command::Freeze));
    let snapshots = (0..60u64).map(|second| {
        demo.step();
        Msg::Snapshot { snapshot: Arc::new(demo.snapshot()), now: (SECONDS + second) * 1_000 }
    });
    let frames = snapshots.filter(|msg| screen.tell(msg.clone()).is_some()).count();
    println!("  frames in a minute while it is frozen {frames}");
}

/// A large network at 200x60: a frame of each kind.
fn frames() {
    let (mut first, mut second) = (large(1_000, 10_000), large(1_000, 10_000));
    (first.generation, second.generation) = (1, 2);
    second.taken_at += 1_000;
    for task in second.recent.iter_mut().filter(|task| task.state == Stage::Running) {
        task.completion_tokens += 40;
    }
    let both = [Arc::new(first), Arc::new(second)];
    println!("a network of 1,000 nodes and 10,000 tasks at 200x60");
    for (name, pane) in [("overview", 0), ("tasks", 1), ("nodes", 2)] {
        let mut screen = Screen::new(200, 60);
        update(&mut screen.model, Msg::Snapshot { snapshot: both[0].clone(), now: 0 });
        screen.tell(Msg::Key(Command::Focus(pane)));
        let snapshot = |run: usize| {
            // Each is news: whoever has seen both goes on with the first.
            let mut snapshot = (*both[run % 2]).clone();
            snapshot.generation = run as u64 + 10;
            Msg::Snapshot { snapshot: Arc::new(snapshot), now: run as u64 * 1_000 }
        };
        let taken = (0..20).map(|run| {
            let msg = snapshot(run);
            let begin = Instant::now();
            screen.tell(msg);
            begin.elapsed()
        });
        let taken = median(taken.collect());
        let drawn = (0..RUNS).map(|_| {
            let begin = Instant::now();
            let model = &screen.model;
            screen.terminal.draw(|frame| draw(model, frame.area(), frame.buffer_mut())).expect("draws");
            begin.elapsed()
        });
        let drawn = median(drawn.collect());
        let keys = (0..RUNS).map(|run| {
            let begin = Instant::now();
            screen.tell(Msg::Key(if run % 2 == 0 { Command::Scroll(1) } else { Command::Scroll(-1) }));
            begin.elapsed()
        });
        let key = median(keys.collect());
        println!("  {name:<10} frame {drawn:>9.2?}   from a key {key:>9.2?}   from a snapshot {taken:>9.2?}");
    }
}

/// From nothing to the first frame with figures.
fn first() {
    let snapshot = Arc::new(Demo::new(1).snapshot());
    let times = (0..RUNS).map(|_| {
        let begin = Instant::now();
        let mut screen = Screen::new(160, 48);
        screen.tell(Msg::Snapshot { snapshot: snapshot.clone(), now: 0 });
        begin.elapsed()
    });
    println!("from a first snapshot to its frame at 160x48 {:.2?}", median(times.collect()));
}

fn main() {
    idle();
    frames();
    first();
}
