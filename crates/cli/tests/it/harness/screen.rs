//! The binary at a terminal: what is on its screen, keys that are pressed, and a window that can be closed.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    num::NonZero,
    os::{fd::AsFd, unix::fs::OpenOptionsExt},
    path::Path,
    process::{Child, Command, ExitStatus},
    sync::mpsc,
    time::{Duration, Instant},
};

use nix::{fcntl::OFlag, pty};
use rustix::{
    process::{Pid, Signal, kill_process},
    termios::{Winsize, tcsetwinsize},
};

/// How long a screen may take to show what is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program at a terminal.
pub(crate) struct Window {
    child: Child,
    /// What the terminal's own program has of it. None once it is closed.
    keyboard: Option<File>,
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
        let (keyboard, end) = terminal((columns, rows)).expect("a terminal");
        // Signals as a shell has them, and the terminal as the one whose loss hangs up: a few steps between fork and exec, which
        // these two do without unsafe code of ours. Each becomes the next, so that the process is the program in the end.
        let mut starter = Command::new("env");
        starter.args(["--default-signal", "setsid", "--ctty", program]).args(arguments);
        starter.env_clear().env("TERM", "xterm-256color").env("PATH", "/usr/bin:/bin").env("HOME", data);
        starter.env("CUCKOO_DATA_DIR", data).env("CONFIGURATION_DIRECTORY", data.join("etc")).current_dir(data);
        starter.envs(variables.iter().copied());
        let another = || end.try_clone().expect("descriptors");
        let child = starter.stdin(another()).stdout(another()).stderr(another()).spawn().expect("runs");
        // They would hold the terminal open after the program's end.
        drop((starter, end));
        let mut reader = keyboard.try_clone().expect("a screen");
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
        Self { child, keyboard: Some(keyboard), bytes, screen, raw: vec![] }
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
            self.read(Duration::from_millis(100));
        }
    }

    /// Reads what comes within this time. False where nothing does.
    pub(crate) fn read(&mut self, time: Duration) -> bool {
        let piece = self.bytes.recv_timeout(time);
        if let Ok(piece) = &piece {
            self.screen.process(piece);
            self.raw.extend(piece);
        }
        piece.is_ok()
    }

    /// Gives the window another size.
    pub(crate) fn resize(&mut self, (columns, rows): (u16, u16)) {
        tcsetwinsize(self.keyboard.as_ref().expect("it is open"), window_size((columns, rows))).expect("resized");
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
        Pid::from_child(&self.child)
    }

    /// Closes the window, as somebody does who clicks it away, or a connection that is lost.
    pub(crate) fn close(&mut self) {
        self.keyboard = None;
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

fn window_size((columns, rows): (u16, u16)) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

/// A new terminal: the end of whoever shows it, and the end of programs. No process that another test starts meanwhile inherits one of
/// them, as happens where they are marked for closing after they were opened: then a closed window would not hang up.
fn terminal(size: (u16, u16)) -> io::Result<(File, File)> {
    let master = pty::posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC)?;
    pty::grantpt(&master)?;
    pty::unlockpt(&master)?;
    let path = pty::ptsname_r(&master)?;
    let end = OpenOptions::new().read(true).write(true).custom_flags(OFlag::O_NOCTTY.bits()).open(path)?;
    tcsetwinsize(&end, window_size(size))?;
    Ok((File::from(master.as_fd().try_clone_to_owned()?), end))
}

/// Whether a program has given the terminal back.
pub(crate) fn is_given_back(screen: &vt100::Screen) -> bool {
    !screen.alternate_screen()
        && !screen.hide_cursor()
        && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
}
