//! The loop between source, keys, time and screen: it takes in everything that is ready, then draws once if anything changed.

use std::{future::Future, io, pin::pin, sync::Arc, task::Poll, time::Duration};

use crossterm::event::{Event, EventStream};
use cuckoo_protocol::{status::Snapshot, task::Millis};
use futures::{Stream, StreamExt, poll};
use tokio::time::{Instant, MissedTickBehavior};

use crate::{
    error::TuiError,
    keys,
    msg::{Effect, Msg},
    source::{self, Source, SourceError},
    terminal::{Display, Guard, Screen},
    theme::Palette,
    update::{begin, update},
};

/// How the dashboard looks.
#[derive(Clone, Debug)]
pub struct Options {
    /// The colors that the terminal has.
    pub palette: Palette,
}

impl Default for Options {
    /// The palette that the environment asks for.
    fn default() -> Self {
        Self { palette: Palette::from_env() }
    }
}

/// The number of events after which a frame is drawn even if more events wait: a pasted megabyte must not stop the screen.
const BURST: usize = 256;

/// How often the ages on the screen are checked.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// The shortest time between two frames that no key asked for: a busy node changes far more often than anyone can read.
const FRAME: Duration = Duration::from_millis(200);

/// Shows `source` until a person quits, a signal asks for the end, the terminal closes, or the source ends for good
/// ([`SourceError::Closed`]). The terminal is restored afterwards, also when this panics or is dropped.
pub async fn run(source: impl Source, options: Options) -> Result<(), TuiError> {
    let guard = Guard::take()?;
    let mut display = Display::new()?;
    let lost = || !guard.holds();
    drive(source, EventStream::new(), signals()?, &mut display, options, lost).await
}

/// What woke the loop.
enum Wake {
    Terminal(Option<io::Result<Event>>),
    Source(Option<Result<Arc<Snapshot>, SourceError>>),
    Heartbeat,
    Signal,
    /// A frame that was put off is due.
    Due,
}

async fn drive(
    source: impl Source,
    events: impl Stream<Item = io::Result<Event>>,
    signals: impl Future<Output = ()>,
    screen: &mut impl Screen,
    options: Options,
    lost: impl Fn() -> bool,
) -> Result<(), TuiError> {
    let started = Instant::now();
    let now = || started.elapsed().as_millis() as Millis;
    // As streams, both keep their unfinished work while another branch is served.
    let mut snapshots = pin!(source::stream(source));
    let mut events = pin!(events);
    let mut signals = pin!(signals);
    let mut heartbeat = tokio::time::interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);

    let mut model = begin(options.palette, true);
    let (width, height) = screen.size()?;
    update(&mut model, Msg::Resize { width, height });
    let (mut dirty, mut urgent, mut drawn) = (true, true, started);
    loop {
        if lost() {
            return Err(TuiError::Panicked);
        }
        if dirty && (urgent || drawn.elapsed() >= FRAME) {
            screen.draw(&model)?;
            (dirty, urgent, drawn) = (false, false, Instant::now());
        }
        let mut ready = Some(tokio::select! {
            biased;
            () = &mut signals => Wake::Signal,
            event = events.next() => Wake::Terminal(event),
            next = snapshots.next() => Wake::Source(next),
            _ = heartbeat.tick() => Wake::Heartbeat,
            () = tokio::time::sleep_until(drawn + FRAME), if dirty => Wake::Due,
        });
        let mut burst = 0;
        while let Some(wake) = ready.take() {
            let msg = match wake {
                // A closed terminal would report the same error forever.
                Wake::Signal | Wake::Terminal(None | Some(Err(_))) => return Ok(()),
                Wake::Source(None | Some(Err(SourceError::Closed))) => return Ok(()),
                Wake::Terminal(Some(Ok(event))) => message(event),
                Wake::Source(Some(Ok(snapshot))) => Some(Msg::Snapshot { snapshot, now: now() }),
                Wake::Source(Some(Err(error))) => Some(Msg::SourceDown { reason: error.to_string(), now: now() }),
                Wake::Due => None,
                Wake::Heartbeat => Some(Msg::Tick { now: now() }),
            };
            let is_snapshot = matches!(msg, Some(Msg::Snapshot { .. }));
            for effect in msg.map(|msg| update(&mut model, msg)).unwrap_or_default() {
                match effect {
                    Effect::Redraw => {
                        dirty = true;
                        if is_snapshot {
                            // A new snapshot every second moves the ages too, so the heartbeat waits a little longer than that.
                            heartbeat.reset_after(HEARTBEAT + HEARTBEAT / 4);
                        } else {
                            urgent = true;
                        }
                    }
                    Effect::Quit => return Ok(()),
                }
            }
            burst += 1;
            if burst < BURST {
                // These are polled with this task's own waker: the terminal's event stream wakes the first waker it sees.
                ready = match poll!(events.next()) {
                    Poll::Ready(event) => Some(Wake::Terminal(event)),
                    Poll::Pending => match poll!(snapshots.next()) {
                        Poll::Ready(next) => Some(Wake::Source(next)),
                        Poll::Pending => None,
                    },
                };
            }
        }
    }
}

/// Turns a terminal's event into a message, if it is of interest here.
fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) => keys::command(&key).map(Msg::Key),
        Event::Resize(width, height) => Some(Msg::Resize { width, height }),
        _ => None,
    }
}

/// Completes when a signal asks the process to end.
#[cfg(unix)]
fn signals() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    })
}

/// Completes when a signal asks the process to end.
#[cfg(not(unix))]
fn signals() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler there is still the key that quits.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

#[cfg(test)]
mod tests;
