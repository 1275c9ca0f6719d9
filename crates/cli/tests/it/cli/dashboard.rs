//! The dashboard at a terminal: it gives the terminal back however it ends, and stops and goes on like any program.

use std::{
    io::{Read, Write},
    num::NonZero,
    sync::mpsc,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// The dashboard of the invented network at a terminal of 80x24.
struct Dashboard {
    child: Box<dyn Child + Send + Sync>,
    window: Box<dyn MasterPty + Send>,
    bytes: mpsc::Receiver<Vec<u8>>,
    screen: vt100::Parser,
    raw: Vec<u8>,
    _home: tempfile::TempDir,
}

impl Dashboard {
    fn start(variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().expect("a directory");
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut program = CommandBuilder::new(env!("CARGO_BIN_EXE_cuckoo"));
        program.args(["tui", "--demo"]);
        program.env_clear();
        program.env("TERM", "xterm-256color");
        program.env("CUCKOO_DATA_DIR", home.path());
        variables.iter().for_each(|(name, value)| program.env(name, value));
        let child = pair.slave.spawn_command(program).expect("runs");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a screen");
        let (sender, bytes) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let _ = sender.send(buffer[..count].to_vec());
            }
        });
        let cells = |cells| NonZero::new(cells).expect("more than none");
        let screen = vt100::Parser::new(cells(24), cells(80), 0);
        Self { child, window: pair.master, bytes, screen, raw: vec![], _home: home }
    }

    /// Reads the screen until it is as wanted.
    fn until(&mut self, wanted: impl Fn(&vt100::Screen) -> bool) {
        let begin = Instant::now();
        while !wanted(self.screen.screen()) {
            assert!(begin.elapsed() < Duration::from_secs(20), "{}", self.screen.screen().contents());
            if let Ok(piece) = self.bytes.recv_timeout(Duration::from_millis(100)) {
                self.screen.process(&piece);
                self.raw.extend(piece);
            }
        }
    }

    fn shown(variables: &[(&str, &str)]) -> Self {
        let mut dashboard = Self::start(variables);
        dashboard.until(|screen| screen.contents().contains("redstart"));
        dashboard
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.process_id().and_then(|pid| Pid::from_raw(pid as i32)).expect("it runs");
        kill_process(pid, signal).expect("is sent");
    }

    fn press(&mut self, keys: &[u8]) {
        // A writer that is dropped ends what is typed.
        let mut keyboard = self.window.take_writer().expect("a keyboard");
        keyboard.write_all(keys).expect("typed");
        std::mem::forget(keyboard);
    }

    /// Whether the process is stopped, by its state in `/proc`.
    fn is_stopped(&self) -> bool {
        let pid = self.child.process_id().expect("it runs");
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
    }
}

fn is_given_back(screen: &vt100::Screen) -> bool {
    !screen.alternate_screen()
        && !screen.hide_cursor()
        && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
}

#[test]
fn every_signal_that_ends_it_gives_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT] {
        let mut dashboard = Dashboard::shown(&[]);
        assert!(dashboard.screen.screen().alternate_screen());
        dashboard.signal(signal);
        assert_eq!(dashboard.child.wait().expect("ends").exit_code(), 0, "{signal:?}");
        dashboard.until(is_given_back);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn it_stops_and_goes_on() {
    let mut dashboard = Dashboard::shown(&[]);
    dashboard.press(b"2");
    for round in 0..2 {
        dashboard.signal(Signal::TSTP);
        let begin = Instant::now();
        while !dashboard.is_stopped() {
            assert!(begin.elapsed() < Duration::from_secs(10), "round {round}");
            std::thread::sleep(Duration::from_millis(20));
        }
        dashboard.until(is_given_back);
        dashboard.signal(Signal::CONT);
        dashboard.until(|screen| screen.alternate_screen() && screen.contents().contains("TOKENS"));
    }
    dashboard.signal(Signal::TERM);
    assert_eq!(dashboard.child.wait().expect("ends").exit_code(), 0);
}

#[test]
fn terminals_that_can_do_less_get_less() {
    let mut dashboard = Dashboard::start(&[("TERM", "dumb")]);
    assert_eq!(dashboard.child.wait().expect("ends").exit_code(), 2);
    dashboard.until(|screen| screen.contents().contains("--once"));
    let mut plain = Dashboard::shown(&[("LANG", "C"), ("NO_COLOR", "1")]);
    plain.signal(Signal::TERM);
    assert_eq!(plain.child.wait().expect("ends").exit_code(), 0);
    plain.until(is_given_back);
    assert!(plain.raw.is_ascii(), "{}", plain.screen.screen().contents());
}
