//! The loop between source, keys, time and screen: it takes in everything that is ready, then draws once if anything changed.

mod export;
mod foreground;
mod player;
mod signals;

use std::{
    collections::VecDeque,
    io::{self, IsTerminal},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use async_trait::async_trait;
use crossterm::event::{Event, EventStream};
use cuckoo_protocol::{status::Snapshot, task::Millis};
use futures::{Stream, StreamExt, poll};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior},
};

pub use self::foreground::Completer;
use self::{
    player::Player,
    signals::{Ask, signals},
};
use crate::{
    error::TuiError,
    keys::{self, Bindings, Mode},
    links::Explorer,
    model::{Home, Model, Overlay, Thresholds},
    msg::{Command, Effect, Msg},
    recording::Recording,
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
    /// How the node is reached.
    pub home: Home,
    /// Keys that a person has bound.
    pub bindings: Bindings,
    /// From where on figures are called trouble.
    pub thresholds: Thresholds,
    /// What completes the commands that are run; without it they are given to the clipboard instead.
    pub completer: Option<Completer>,
    /// Where a click on an address leads.
    pub explorer: Option<Explorer>,
}

impl Default for Options {
    /// The palette that the environment asks for.
    fn default() -> Self {
        Self {
            palette: Palette::from_env(),
            home: Home::default(),
            bindings: Bindings::default(),
            thresholds: Thresholds::default(),
            completer: Some(Completer::default()),
            explorer: None,
        }
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
    take_screen(source, None, options).await
}

/// Plays a recording until a person quits.
pub async fn replay(recording: Recording, options: Options) -> Result<(), TuiError> {
    take_screen(Nothing, Some(Player::new(recording)), options).await
}

async fn take_screen(source: impl Source, player: Option<Player>, options: Options) -> Result<(), TuiError> {
    let guard = Guard::take()?;
    let mut display = Display::new(options.explorer.clone())?;
    let lost = || !guard.holds();
    let ended = drive((source, player), EventStream::new, signals()?, &mut display, options, lost).await;
    good_end(ended, || io::stdout().is_terminal())
}

/// A terminal that is not there any more, because its window was closed or the connection to it was lost, is a good end, whatever the call
/// that met it made of that: a library that asks for the size reports the error of something else that it has tried meanwhile.
fn good_end(ended: Result<(), TuiError>, is_terminal: impl FnOnce() -> bool) -> Result<(), TuiError> {
    match ended {
        Err(TuiError::Terminal(error)) if is_gone(&error) || !is_terminal() => Ok(()),
        ended => ended,
    }
}

/// A source that gives nothing.
struct Nothing;

#[async_trait]
impl Source for Nothing {
    async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
        std::future::pending().await
    }
}

/// What woke the loop.
enum Wake {
    Terminal(Option<io::Result<Event>>),
    Source(Option<Result<Arc<Snapshot>, SourceError>>),
    Heartbeat,
    Signal(Option<Ask>),
    /// A frame that was put off is due.
    Due,
    /// Something of the recording is due.
    Play,
}

/// What is typed. While a command has the terminal, nobody else may listen.
struct Keyboard<E>(Option<E>);

impl<E: Stream<Item = io::Result<Event>> + Unpin> Keyboard<E> {
    async fn next(&mut self) -> Option<io::Result<Event>> {
        match &mut self.0 {
            Some(events) => events.next().await,
            None => std::future::pending().await,
        }
    }
}

async fn drive<E: Stream<Item = io::Result<Event>> + Unpin>(
    (source, player): (impl Source, Option<Player>),
    mut listen: impl FnMut() -> E,
    signals: impl Stream<Item = Ask>,
    screen: &mut impl Screen,
    options: Options,
    lost: impl Fn() -> bool,
) -> Result<(), TuiError> {
    let started = Instant::now();
    // As streams, both keep their unfinished work while another branch is served.
    let (open, orders) = mpsc::unbounded_channel();
    let mut snapshots = pin!(source::stream(source, orders));
    let mut events = Keyboard(Some(listen()));
    let mut signals = pin!(signals);
    let mut heartbeat = heartbeat();
    let mut desk = Desk {
        model: begin(options.palette, true),
        player,
        open,
        command: None,
        started,
        runs: options.completer.is_some(),
        bindings: options.bindings,
    };
    desk.model.scrub = desk.player.as_ref().map(Player::scrub);
    desk.model.home = options.home;
    desk.model.bound = desk.bindings.words();
    desk.model.live.thresholds = options.thresholds;
    desk.measure(screen)?;
    let (mut dirty, mut urgent, mut drawn) = (true, true, started);
    loop {
        if lost() {
            return Err(TuiError::Panicked);
        }
        if dirty && (urgent || drawn.elapsed() >= FRAME) {
            screen.draw(&desk.model)?;
            (dirty, urgent, drawn) = (false, false, Instant::now());
        }
        let due = desk.player.as_ref().and_then(Player::due);
        let mut ready = Some(tokio::select! {
            biased;
            signal = signals.next() => Wake::Signal(signal),
            event = events.next() => Wake::Terminal(event),
            next = snapshots.next() => Wake::Source(next),
            _ = heartbeat.tick() => Wake::Heartbeat,
            () = tokio::time::sleep_until(drawn + FRAME), if dirty => Wake::Due,
            () = tokio::time::sleep_until(due.unwrap_or(drawn)), if due.is_some() => Wake::Play,
        });
        let mut burst = 0;
        while let Some(wake) = ready.take() {
            let Some(msgs) = desk.messages(wake)? else { return Ok(()) };
            // The first snapshot is what a person waits for.
            let is_snapshot = matches!(msgs.first(), Some(Msg::Snapshot { .. })) && desk.model.live.snapshot.is_some();
            let effects = msgs.into_iter().flat_map(|msg| update(&mut desk.model, msg)).collect();
            let Some(mut redraw) = desk.carry_out(effects, screen)? else { return Ok(()) };
            if let (Some(line), Some(completer)) = (desk.command.take(), &options.completer) {
                // Nobody else may listen to the keyboard meanwhile.
                events.0 = None;
                if !hand_over(screen, &line, completer, &mut signals).await? {
                    return Ok(());
                }
                events.0 = Some(listen());
                desk.measure(screen)?;
                redraw = true;
            }
            dirty |= redraw;
            if redraw && is_snapshot {
                // A new snapshot every second moves the ages too, so the heartbeat waits a little longer than that.
                heartbeat.reset_after(HEARTBEAT + HEARTBEAT / 4);
            } else {
                urgent |= redraw;
            }
            burst += 1;
            if burst < BURST {
                ready = at_hand(&mut events, &mut snapshots).await;
            }
        }
    }
}

/// What is there without waiting. It is polled with this task's own waker: the terminal's event stream wakes the first waker it sees.
async fn at_hand<E: Stream<Item = io::Result<Event>> + Unpin>(
    events: &mut Keyboard<E>,
    snapshots: &mut Pin<&mut impl Stream<Item = Result<Arc<Snapshot>, SourceError>>>,
) -> Option<Wake> {
    match poll!(pin!(events.next())) {
        Poll::Ready(event) => Some(Wake::Terminal(event)),
        Poll::Pending => match poll!(snapshots.next()) {
            Poll::Ready(next) => Some(Wake::Source(next)),
            Poll::Pending => None,
        },
    }
}

fn heartbeat() -> tokio::time::Interval {
    let mut heartbeat = tokio::time::interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    heartbeat
}

/// Gives the terminal to a command, and takes it again. False where the dashboard has to end meanwhile.
async fn hand_over(
    screen: &mut impl Screen,
    line: &str,
    completer: &Completer,
    signals: &mut Pin<&mut impl Stream<Item = Ask>>,
) -> Result<bool, TuiError> {
    screen.leave()?;
    if !foreground::run(line, completer, signals).await? {
        return Ok(false);
    }
    screen.enter()?;
    Ok(true)
}

/// What the loop works with.
struct Desk {
    model: Model,
    /// The recording that is played, if one is.
    player: Option<Player>,
    /// Where it is said which one of several nodes is opened.
    open: mpsc::UnboundedSender<Option<usize>>,
    /// The command that is to be run next.
    command: Option<String>,
    /// True where commands can be run here.
    runs: bool,
    bindings: Bindings,
    started: Instant,
}

impl Desk {
    /// The dashboard's own time, or that of the recording.
    fn now(&self) -> Millis {
        match &self.player {
            Some(player) => player.now(),
            None => self.started.elapsed().as_millis() as Millis,
        }
    }

    /// What keys are for.
    const fn mode(&self) -> Mode {
        match (&self.model.overlay, self.model.scrub.is_some()) {
            (Overlay::Filter(_) | Overlay::Command(_) | Overlay::Run(_), _) => Mode::Line,
            (_, true) => Mode::Recording,
            (_, false) => Mode::Commands,
        }
    }

    /// What something that woke the loop says; `None` where it is the end.
    fn messages(&mut self, wake: Wake) -> Result<Option<Vec<Msg>>, TuiError> {
        Ok(Some(match wake {
            // A closed terminal would report the same error forever.
            Wake::Signal(None | Some(Ask::End | Ask::Interrupt)) | Wake::Terminal(None | Some(Err(_))) => {
                return Ok(None);
            }
            Wake::Source(None | Some(Err(SourceError::Closed))) => return Ok(None),
            Wake::Signal(Some(Ask::Stop)) => vec![Msg::Key(Command::Suspend)],
            Wake::Terminal(Some(Ok(event))) => keys::message(&event, self.mode(), &self.bindings).into_iter().collect(),
            Wake::Source(Some(Ok(snapshot))) => vec![Msg::Snapshot { snapshot, now: self.now() }],
            Wake::Source(Some(Err(error))) => vec![Msg::SourceDown { reason: error.to_string(), now: self.now() }],
            Wake::Due => vec![],
            Wake::Play => self.player.as_mut().map(|player| player.take(BURST)).transpose()?.unwrap_or_default(),
            Wake::Heartbeat => {
                let scrub = self.player.as_ref().map(|player| Msg::Scrub(player.scrub()));
                scrub.into_iter().chain([Msg::Tick { now: self.now() }]).collect()
            }
        }))
    }

    /// Tells the model how large the screen is.
    fn measure(&mut self, screen: &mut impl Screen) -> io::Result<()> {
        let (width, height) = screen.size()?;
        update(&mut self.model, Msg::Resize { width, height });
        Ok(())
    }

    /// Does what was asked for. Returns whether a frame is to be drawn, or `None` once the dashboard is to be left.
    fn carry_out(&mut self, effects: Vec<Effect>, screen: &mut impl Screen) -> Result<Option<bool>, TuiError> {
        let (mut redraw, mut effects) = (false, VecDeque::from(effects));
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Quit => return Ok(None),
                Effect::Redraw => redraw = true,
                Effect::Copy(text) => screen.copy(&text)?,
                Effect::Export => {
                    let words = export::write(&self.model).unwrap_or_else(|error| format!("cannot write: {error}"));
                    effects.extend(update(&mut self.model, Msg::Done(words)));
                }
                Effect::Run(line) if self.runs => self.command = Some(line),
                Effect::Run(line) => {
                    screen.copy(&line)?;
                    let words = format!("copied, to be run in another terminal: {line}");
                    effects.extend(update(&mut self.model, Msg::Done(words)));
                }
                // A source that has ended opens nothing any more.
                Effect::Open(place) => drop(self.open.send(place)),
                Effect::Play(play) => {
                    for msg in self.player.as_mut().map(|player| player.obey(play)).transpose()?.unwrap_or_default() {
                        effects.extend(update(&mut self.model, msg));
                    }
                }
                Effect::Clear | Effect::Suspend => {
                    if effect == Effect::Clear {
                        screen.clear()?;
                    } else {
                        screen.suspend()?;
                    }
                    self.measure(screen)?;
                    redraw = true;
                }
            }
        }
        if !redraw {
            // What is held still, or not changed, may have got worse all the same.
            screen.tell(&self.model)?;
        }
        Ok(Some(redraw))
    }
}

/// True where an error says that nobody is at the other end any more.
fn is_gone(error: &io::Error) -> bool {
    // EIO is 5 everywhere.
    error.kind() == io::ErrorKind::BrokenPipe || error.raw_os_error() == Some(5)
}

#[cfg(test)]
mod tests;
