//! The terminal: a guard takes it, and gives it back as it was when it is dropped or when anything in the process panics.

use std::{
    io::{self, IsTerminal, Write},
    mem::ManuallyDrop,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
};

use base64::{Engine, engine::general_purpose::STANDARD};
use crossterm::{
    cursor,
    event::{DisableMouseCapture, EnableMouseCapture},
    execute, queue,
    style::Print,
    terminal::{
        BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle,
        disable_raw_mode, enable_raw_mode,
    },
};
use cuckoo_protocol::status::Level;
use ratatui::{
    Terminal,
    backend::{Backend, CrosstermBackend},
};

use crate::{
    error::TuiError,
    links::{self, Explorer, Link as Target},
    model::{Link, Model},
    view,
    widgets::ascii,
};

/// True while the dashboard holds the terminal.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Something that frames are drawn on.
pub(crate) trait Screen {
    /// The number of columns and rows.
    fn size(&mut self) -> io::Result<(u16, u16)>;
    /// Draws a frame of `model`.
    fn draw(&mut self, model: &Model) -> io::Result<()>;
    /// Tells of what is wrong beside the frame, which may be held still: nothing where that is as before.
    fn tell(&mut self, model: &Model) -> io::Result<()>;
    /// Makes the next frame draw every cell.
    fn clear(&mut self) -> io::Result<()>;
    /// Gives the terminal a text for its clipboard.
    fn copy(&mut self, text: &str) -> io::Result<()>;
    /// Gives the terminal back, stops this process until it is continued, and takes the terminal again.
    fn suspend(&mut self) -> io::Result<()>;
    /// Gives the terminal back.
    fn leave(&mut self) -> io::Result<()>;
    /// Takes the terminal again.
    fn enter(&mut self) -> io::Result<()>;
}

/// Holds the terminal until it is dropped.
pub(crate) struct Guard;

impl Guard {
    /// Takes the terminal: turns on raw mode and the alternate screen, and hides the cursor.
    pub(crate) fn take() -> Result<Self, TuiError> {
        if !io::stdin().is_terminal() {
            return Err(TuiError::NotATerminal { stream: "standard input" });
        }
        if !io::stdout().is_terminal() {
            return Err(TuiError::NotATerminal { stream: "standard output" });
        }
        if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
            return Err(TuiError::Dumb);
        }
        restore_on_panic();
        TAKEN.store(true, Ordering::SeqCst);
        // From here on, a failure drops the guard, which undoes what was changed so far.
        let guard = Self;
        take()?;
        Ok(guard)
    }

    /// False once a panic anywhere in the process has given the terminal back.
    pub(crate) fn holds(&self) -> bool {
        TAKEN.load(Ordering::SeqCst)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// Saves the window's title, and brings it back. Terminals that do not know these ignore them.
const PUSH_TITLE: &str = "\x1b[22;2t";
const POP_TITLE: &str = "\x1b[23;2t";

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, cursor::Hide, EnableMouseCapture, Print(PUSH_TITLE))
}

fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // Nothing can be done about a terminal that is gone.
        let _ = execute!(
            io::stdout(),
            EndSynchronizedUpdate,
            Print(POP_TITLE),
            DisableMouseCapture,
            LeaveAlternateScreen,
            cursor::Show
        );
        let _ = disable_raw_mode();
    }
}

/// Makes a panic restore the terminal first, so that its message appears on the ordinary screen, where it stays.
fn restore_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore();
            previous(panic);
        }));
    });
}

/// Collects a frame and writes it at once. Unlike a `BufWriter` it writes nothing when it is dropped: half a frame must not
/// reach the ordinary screen after a panic.
#[derive(Default)]
struct FrameWriter(Vec<u8>);

impl Write for FrameWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = if TAKEN.load(Ordering::SeqCst) { write_out(&self.0) } else { Ok(()) };
        self.0.clear();
        written
    }
}

fn write_out(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// The terminal as a screen.
pub(crate) struct Display {
    /// Never dropped: that would write to a terminal that may be gone, and complain on a standard error that may be gone as well.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<FrameWriter>>>,
    /// True where the terminal's characters are ASCII alone.
    is_ascii: bool,
    /// What is wrong, as the window's title tells it: how many need somebody to act, and how many are to be watched.
    told: Option<(usize, usize)>,
    explorer: Option<Explorer>,
    /// What the last frame led to.
    links: Vec<Target>,
}

impl Display {
    pub(crate) fn new(explorer: Option<Explorer>) -> io::Result<Self> {
        let terminal = ManuallyDrop::new(Terminal::new(CrosstermBackend::new(FrameWriter::default()))?);
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(|name| std::env::var(name).unwrap_or_default());
        let is_ascii = ascii::is_enough(locale.each_ref().map(String::as_str));
        Ok(Self { terminal, is_ascii, told: None, explorer, links: vec![] })
    }

    /// Draws what is new among links once more, as such. Cells that stay as they are stay links.
    fn link(&mut self, links: Vec<Target>) -> io::Result<()> {
        let backend = self.terminal.backend_mut();
        for link in links.iter().filter(|link| !self.links.contains(link)) {
            queue!(backend, Print(format!("\x1b]8;;{}\x1b\\", link.url)))?;
            backend.draw(link.cells.iter().map(|(x, y, cell)| (*x, *y, cell)))?;
            queue!(backend, Print("\x1b]8;;\x1b\\"))?;
        }
        self.links = links;
        Ok(())
    }

    /// Tells the window's title how much is wrong, and rings the bell where more is wrong than before. True where that is news.
    fn announce(&mut self, model: &Model) -> io::Result<bool> {
        let count = |level| model.live.alerts.iter().filter(|alert| alert.level == level).count();
        let down = match &model.live.link {
            Link::Down { reason, .. } => Some(reason.as_str()),
            Link::Waiting | Link::Up => None,
        };
        let now = (count(Level::Bad) + usize::from(down.is_some()), count(Level::Warn));
        if self.told == Some(now) || model.live.snapshot.is_none() {
            return Ok(false);
        }
        let title = match now {
            (0, 0) => "cuckoo".to_owned(),
            (0, warn) => format!("! {warn} cuckoo"),
            (bad, _) => format!("!! {bad} cuckoo"),
        };
        let rings = self.told.is_some_and(|(bad, _)| now.0 > bad);
        self.told = Some(now);
        queue!(self.terminal.backend_mut(), SetTitle(title))?;
        if rings {
            // A bell, and for terminals that have them a notification.
            let first = down.or_else(|| model.live.alerts.first().map(|alert| alert.words.as_str()));
            let words = first.map(ascii_of).unwrap_or_default();
            queue!(self.terminal.backend_mut(), Print('\x07'), Print(format!("\x1b]9;cuckoo: {words}\x07")))?;
        }
        Ok(true)
    }
}

impl Screen for Display {
    fn size(&mut self) -> io::Result<(u16, u16)> {
        self.terminal.size().map(|size| (size.width, size.height))
    }

    fn draw(&mut self, model: &Model) -> io::Result<()> {
        // The begin and end marks go through the frame's own writer; written elsewhere they would not enclose it.
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.announce(model)?;
        let is_ascii = self.is_ascii;
        let explorer = links::of(self.explorer.as_ref(), model.live.snapshot.as_deref());
        let frame = self.terminal.draw(|frame| {
            let area = frame.area();
            view::draw(model, area, frame.buffer_mut());
            if is_ascii {
                ascii::reduce(frame.buffer_mut());
            }
        })?;
        let found = explorer.map(|explorer| links::find(frame.buffer, explorer)).unwrap_or_default();
        self.link(found)?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        Write::flush(self.terminal.backend_mut())
    }

    fn tell(&mut self, model: &Model) -> io::Result<()> {
        match self.announce(model)? {
            true => Write::flush(self.terminal.backend_mut()),
            false => Ok(()),
        }
    }

    fn clear(&mut self) -> io::Result<()> {
        // Not the terminal's own way, which asks where the cursor is and waits for an answer.
        self.terminal.backend_mut().clear()?;
        // Forgets the last frame, with which the next one would be compared.
        self.terminal.swap_buffers();
        self.links.clear();
        Ok(())
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), Print(format!("\x1b]52;c;{}\x07", STANDARD.encode(text))))?;
        Write::flush(self.terminal.backend_mut())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.leave()?;
        stop()?;
        self.enter()
    }

    fn leave(&mut self) -> io::Result<()> {
        restore();
        Ok(())
    }

    fn enter(&mut self) -> io::Result<()> {
        TAKEN.store(true, Ordering::SeqCst);
        take()?;
        self.clear()
    }
}

/// Words without whatever a terminal could take for something else.
fn ascii_of(words: &str) -> String {
    words.chars().filter(|character| character.is_ascii_graphic() || *character == ' ').take(120).collect()
}

/// Stops this process until somebody continues it.
#[cfg(unix)]
pub(crate) fn stop() -> io::Result<()> {
    use rustix::process::{Signal, getpid, kill_process};

    kill_process(getpid(), Signal::STOP).map_err(io::Error::from)
}

/// There is no job control.
#[cfg(not(unix))]
pub(crate) fn stop() -> io::Result<()> {
    Ok(())
}
