//! The terminal: a guard takes it, and gives it back as it was when it is dropped or when anything in the process panics.

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
};

use crossterm::{
    cursor, execute, queue,
    terminal::{
        BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
        enable_raw_mode,
    },
};
use ratatui::{Terminal, backend::CrosstermBackend};

use crate::{error::TuiError, model::Model, view};

/// True while the dashboard holds the terminal.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Something that frames are drawn on.
pub(crate) trait Screen {
    /// The number of columns and rows.
    fn size(&mut self) -> io::Result<(u16, u16)>;
    /// Draws a frame of `model`.
    fn draw(&mut self, model: &Model) -> io::Result<()>;
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
        restore_on_panic();
        TAKEN.store(true, Ordering::SeqCst);
        // From here on, a failure drops the guard, which undoes what was changed so far.
        let guard = Self;
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen, cursor::Hide)?;
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

fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // Nothing can be done about a terminal that is gone.
        let _ = execute!(io::stdout(), EndSynchronizedUpdate, LeaveAlternateScreen, cursor::Show);
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
    terminal: Terminal<CrosstermBackend<FrameWriter>>,
}

impl Display {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { terminal: Terminal::new(CrosstermBackend::new(FrameWriter::default()))? })
    }
}

impl Screen for Display {
    fn size(&mut self) -> io::Result<(u16, u16)> {
        self.terminal.size().map(|size| (size.width, size.height))
    }

    fn draw(&mut self, model: &Model) -> io::Result<()> {
        // The begin and end marks go through the frame's own writer; written elsewhere they would not enclose it.
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| {
            let area = frame.area();
            view::draw(model, area, frame.buffer_mut());
        })?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        Write::flush(self.terminal.backend_mut())
    }
}
