//! The loop between source, keys, time and screen: it drains all that is ready, then draws once, if anything changed.

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
    /// Which colors the terminal has.
    pub palette: Palette,
}

impl Default for Options {
    /// What the environment says.
    fn default() -> Self {
        Self { palette: Palette::from_env() }
    }
}

/// Events taken in before a frame is drawn all the same: a pasted megabyte must not stop the picture.
const BURST: usize = 256;

/// How often time is looked at.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Shortest time between two frames that nobody pressed a key for: a busy node changes far oftener than anyone can read.
const FRAME: Duration = Duration::from_millis(200);

/// Shows `source` until a person leaves, a signal asks for the end, the terminal goes away, or the source ends for good
/// ([`SourceError::Closed`]). The terminal is as before afterwards, also when this panics or is dropped.
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
    /// A frame was put off long enough.
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
    // As streams, both keep what they are in the middle of while another branch is served.
    let mut news = pin!(source::stream(source));
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
            word = news.next() => Wake::Source(word),
            _ = heartbeat.tick() => Wake::Heartbeat,
            () = tokio::time::sleep_until(drawn + FRAME), if dirty => Wake::Due,
        });
        let mut burst = 0;
        while let Some(wake) = ready.take() {
            let msg = match wake {
                // A terminal that is closed would report that forever.
                Wake::Signal | Wake::Terminal(None | Some(Err(_))) => return Ok(()),
                Wake::Source(None | Some(Err(SourceError::Closed))) => return Ok(()),
                Wake::Terminal(Some(Ok(event))) => message(event),
                Wake::Source(Some(Ok(snapshot))) => Some(Msg::Snapshot { snapshot, now: now() }),
                Wake::Source(Some(Err(error))) => Some(Msg::SourceDown { reason: error.to_string(), now: now() }),
                Wake::Due => None,
                Wake::Heartbeat => Some(Msg::Tick { now: now() }),
            };
            let is_news = matches!(msg, Some(Msg::Snapshot { .. }));
            for effect in msg.map(|msg| update(&mut model, msg)).unwrap_or_default() {
                match effect {
                    Effect::Redraw => {
                        dirty = true;
                        if is_news {
                            // News every second move the ages as well; a little later, the heartbeat stays silent.
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
                // Polled with this task's own waker: the terminal's event stream wakes the first one it sees.
                ready = match poll!(events.next()) {
                    Poll::Ready(event) => Some(Wake::Terminal(event)),
                    Poll::Pending => match poll!(news.next()) {
                        Poll::Ready(word) => Some(Wake::Source(word)),
                        Poll::Pending => None,
                    },
                };
            }
        }
    }
}

/// What a terminal's event means here.
fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) => keys::command(&key).map(Msg::Key),
        Event::Resize(width, height) => Some(Msg::Resize { width, height }),
        _ => None,
    }
}

/// Ends when the process is asked to end.
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

/// Ends when the process is asked to end.
#[cfg(not(unix))]
fn signals() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a handler there is still the key.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

#[cfg(test)]
mod tests;
