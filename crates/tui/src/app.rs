//! The loop between source, keys, time and screen: it takes in everything that is ready, then draws once if anything changed.

mod export;

use std::{collections::VecDeque, io, pin::pin, sync::Arc, task::Poll, time::Duration};

use crossterm::event::{Event, EventStream};
use cuckoo_protocol::{status::Snapshot, task::Millis};
use futures::{Stream, StreamExt, poll};
use tokio::time::{Instant, MissedTickBehavior};

use crate::{
    error::TuiError,
    keys,
    model::{Model, Overlay},
    msg::{Command, Effect, Msg},
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

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    /// That the process ends.
    End,
    /// That it stops until it is continued.
    Stop,
}

/// What woke the loop.
enum Wake {
    Terminal(Option<io::Result<Event>>),
    Source(Option<Result<Arc<Snapshot>, SourceError>>),
    Heartbeat,
    Signal(Option<Ask>),
    /// A frame that was put off is due.
    Due,
}

async fn drive(
    source: impl Source,
    events: impl Stream<Item = io::Result<Event>>,
    signals: impl Stream<Item = Ask>,
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
            match screen.draw(&model) {
                Err(error) if is_gone(&error) => return Ok(()),
                drawn => drawn?,
            }
            (dirty, urgent, drawn) = (false, false, Instant::now());
        }
        let mut ready = Some(tokio::select! {
            biased;
            signal = signals.next() => Wake::Signal(signal),
            event = events.next() => Wake::Terminal(event),
            next = snapshots.next() => Wake::Source(next),
            _ = heartbeat.tick() => Wake::Heartbeat,
            () = tokio::time::sleep_until(drawn + FRAME), if dirty => Wake::Due,
        });
        let mut burst = 0;
        while let Some(wake) = ready.take() {
            let msg = match wake {
                // A closed terminal would report the same error forever.
                Wake::Signal(None | Some(Ask::End)) | Wake::Terminal(None | Some(Err(_))) => return Ok(()),
                Wake::Source(None | Some(Err(SourceError::Closed))) => return Ok(()),
                Wake::Signal(Some(Ask::Stop)) => Some(Msg::Key(Command::Suspend)),
                Wake::Terminal(Some(Ok(event))) => keys::message(&event, is_typing(&model)),
                Wake::Source(Some(Ok(snapshot))) => Some(Msg::Snapshot { snapshot, now: now() }),
                Wake::Source(Some(Err(error))) => Some(Msg::SourceDown { reason: error.to_string(), now: now() }),
                Wake::Due => None,
                Wake::Heartbeat => Some(Msg::Tick { now: now() }),
            };
            // The first snapshot is what a person waits for.
            let is_snapshot = matches!(msg, Some(Msg::Snapshot { .. })) && model.live.snapshot.is_some();
            let effects = msg.map(|msg| update(&mut model, msg)).unwrap_or_default();
            let Some(redraw) = carry_out(effects, &mut model, screen)? else { return Ok(()) };
            dirty |= redraw;
            if redraw && is_snapshot {
                // A new snapshot every second moves the ages too, so the heartbeat waits a little longer than that.
                heartbeat.reset_after(HEARTBEAT + HEARTBEAT / 4);
            } else {
                urgent |= redraw;
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

/// True while a person types a line.
const fn is_typing(model: &Model) -> bool {
    matches!(model.overlay, Overlay::Filter(_) | Overlay::Command(_))
}

/// Does what was asked for. Returns whether a frame is to be drawn, or `None` once the dashboard is to be left.
fn carry_out(effects: Vec<Effect>, model: &mut Model, screen: &mut impl Screen) -> io::Result<Option<bool>> {
    let (mut redraw, mut effects) = (false, VecDeque::from(effects));
    while let Some(effect) = effects.pop_front() {
        match effect {
            Effect::Quit => return Ok(None),
            Effect::Redraw => redraw = true,
            Effect::Copy(text) => screen.copy(&text)?,
            Effect::Export => {
                let words = export::write(model).unwrap_or_else(|error| format!("cannot write: {error}"));
                effects.extend(update(model, Msg::Done(words)));
            }
            Effect::Clear | Effect::Suspend => {
                if effect == Effect::Clear {
                    screen.clear()?;
                } else {
                    screen.suspend()?;
                }
                let (width, height) = screen.size()?;
                update(model, Msg::Resize { width, height });
                redraw = true;
            }
        }
    }
    Ok(Some(redraw))
}

/// True where a terminal is not there any more: its window was closed, or the connection to it was lost.
fn is_gone(error: &io::Error) -> bool {
    // EIO is 5 everywhere.
    error.kind() == io::ErrorKind::BrokenPipe || error.raw_os_error() == Some(5)
}

/// What signals ask for.
#[cfg(unix)]
fn signals() -> io::Result<impl Stream<Item = Ask>> {
    use rustix::process::Signal;
    use tokio::signal::unix::{SignalKind, signal};

    let asks = [
        (SignalKind::interrupt(), Ask::End),
        (SignalKind::terminate(), Ask::End),
        (SignalKind::hangup(), Ask::End),
        (SignalKind::quit(), Ask::End),
        (SignalKind::from_raw(Signal::TSTP.as_raw()), Ask::Stop),
    ];
    let mut streams = vec![];
    for (kind, ask) in asks {
        let listening = signal(kind)?;
        streams.push(
            futures::stream::unfold(listening, move |mut listening| async move {
                listening.recv().await.map(|()| (ask, listening))
            })
            .boxed(),
        );
    }
    Ok(futures::stream::select_all(streams))
}

/// What signals ask for.
#[cfg(not(unix))]
fn signals() -> io::Result<impl Stream<Item = Ask>> {
    Ok(futures::stream::unfold((), |()| async {
        // Without a handler there is still the key that quits.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Some((Ask::End, ()))
    }))
}

#[cfg(test)]
mod tests;
