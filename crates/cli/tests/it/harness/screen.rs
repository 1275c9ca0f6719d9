//! The binary at a terminal: what is on its screen, keys that are pressed, and a window that can be closed.

use std::{
    io::{Read, Write},
    num::NonZero,
    path::Path,
    sync::mpsc,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// How long a screen may take to show what is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program at a terminal.
pub(crate) struct Window {
    child: Box<dyn Child + Send + Sync>,
    /// None once it is closed.
    master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Option<Box<dyn Write + Send>>,
    bytes: mpsc::Receiver<Vec<u8>>,
    screen: vt100::Parser,
    /// Everything that was written to the terminal.
    pub(crate) raw: Vec<u8>,
}

impl Window {
    /// Runs the binary with these arguments, a data directory and nothing else of the environment but `variables`.
    pub(crate) fn open(arguments: &[&str], data: &Path, variables: &[(&str, &str)], size: (u16, u16)) -> Self {
        Self::of(env!("CARGO_BIN_EXE_cuckoo"), arguments, data, variables, size)
    }

    /// The same for any program.
    pub(crate) fn of(
        program: &str,
        arguments: &[&str],
        data: &Path,
        variables: &[(&str, &str)],
        (columns, rows): (u16, u16),
    ) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut program = CommandBuilder::new(program);
        program.args(arguments);
        program.env_clear();
        program.env("TERM", "xterm-256color");
        program.env("PATH", "/usr/bin:/bin");
        program.env("HOME", data);
        program.env("CUCKOO_DATA_DIR", data);
        program.env("CONFIGURATION_DIRECTORY", data.join("etc"));
        program.cwd(data);
        variables.iter().for_each(|(name, value)| program.env(name, value));
        let child = pair.slave.spawn_command(program).expect("runs");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a screen");
        let keyboard = pair.master.take_writer().expect("a keyboard");
        let (sender, bytes) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let cells = |cells| NonZero::new(cells).expect("more than none");
        let screen = vt100::Parser::new(cells(rows), cells(columns), 0);
        Self { child, master: Some(pair.master), keyboard: Some(keyboard), bytes, screen, raw: vec![] }
    }

    /// What is on the screen.
    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    /// Reads the screen until it is as wanted.
    #[track_caller]
    pub(crate) fn until(&mut self, wanted: impl Fn(&vt100::Screen) -> bool) {
        let begin = Instant::now();
        while !wanted(self.screen.screen()) {
            assert!(begin.elapsed() < PATIENCE, "{}", self.screen.screen().contents());
            if let Ok(piece) = self.bytes.recv_timeout(Duration::from_millis(100)) {
                self.screen.process(&piece);
                self.raw.extend(piece);
            }
        }
    }

    /// Reads what comes within this time.
    pub(crate) fn read(&mut self, time: Duration) {
        if let Ok(piece) = self.bytes.recv_timeout(time) {
            self.screen.process(&piece);
            self.raw.extend(piece);
        }
    }

    /// Gives the window another size.
    pub(crate) fn resize(&mut self, (columns, rows): (u16, u16)) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.as_ref().expect("it is open").resize(size).expect("resized");
        let cells = |cells| NonZero::new(cells).expect("more than none");
        self.screen.screen_mut().set_size(cells(rows), cells(columns));
    }

    /// Reads the screen until one of its lines has all these words.
    #[track_caller]
    pub(crate) fn shows(&mut self, words: &[&str]) {
        self.until(|screen| screen.contents().lines().any(|line| words.iter().all(|word| line.contains(word))));
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.as_mut().expect("a keyboard").write_all(keys.as_bytes()).expect("typed");
    }

    /// Sends the program a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("is sent");
    }

    pub(crate) fn pid(&self) -> Pid {
        self.child.process_id().and_then(|pid| Pid::from_raw(pid as i32)).expect("it runs")
    }

    /// Closes the window, as somebody does who clicks it away, or a connection that is lost.
    pub(crate) fn close(&mut self) {
        (self.keyboard, self.master) = (None, None);
        // The other end is only gone once nobody reads what is written there.
        let (_, nothing) = mpsc::channel();
        self.bytes = nothing;
    }

    /// Whether the process is stopped, by its state in `/proc`.
    pub(crate) fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid().as_raw_nonzero())).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
    }

    /// Waits until the program has ended.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is ours") {
                return status;
            }
            assert!(begin.elapsed() < PATIENCE, "it does not end: {}", self.screen.screen().contents());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a program has given the terminal back.
pub(crate) fn is_given_back(screen: &vt100::Screen) -> bool {
    !screen.alternate_screen()
        && !screen.hide_cursor()
        && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
}
