//! What the dashboard costs at a real terminal of 160x48, beside `btop` and `htop` where they are installed: the time to the first useful
//! frame, from a key to its frame, and bytes and processor time while somebody only looks. The invented network changes once a second, as a
//! node does.

#![allow(missing_docs, clippy::print_stdout)]

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

#[allow(dead_code, unreachable_pub)]
#[path = "../tests/it/harness/screen.rs"]
mod screen;

use screen::Window;

/// The terminal.
const SIZE: (u16, u16) = (160, 48);
/// Starts and keys; the median is shown.
const RUNS: usize = 15;
/// How long somebody looks.
const LOOK: Duration = Duration::from_secs(20);

/// A program that shows something for as long as it runs.
struct Program {
    name: &'static str,
    path: PathBuf,
    arguments: &'static [&'static str],
    /// What its first useful frame shows.
    first: &'static str,
    /// A key that opens something, what that shows, and the key that closes it.
    opens: (&'static str, &'static str, &'static str),
}

impl Program {
    fn open(&self, home: &Path) -> Window {
        let path = self.path.display().to_string();
        let settings = home.join(".config/btop");
        std::fs::create_dir_all(&settings).expect("a directory");
        std::fs::write(settings.join("btop.conf"), "update_ms = 1000\n").expect("written");
        let variables = [("LANG", "C.UTF-8"), ("COLORTERM", "truecolor")];
        let mut window = Window::of(&path, self.arguments, home, &variables, SIZE);
        window.shows(&[self.first]);
        window
    }
}

fn main() {
    let own = Program {
        name: "cuckoo tui",
        path: env!("CARGO_BIN_EXE_cuckoo").into(),
        arguments: &["tui", "--demo"],
        first: "redstart",
        opens: ("?", "Figures", "\x1b"),
    };
    // Both are to change once a second as well.
    let btop = installed("btop", &["--utf-force"], "cpu", ("h", "help", "h"));
    let htop = installed("htop", &["--delay", "10"], "PID", ("h", "htop", "q"));
    println!(
        "{:<12} {:>12} {:>12} {:>12} {:>14} {:>16}",
        "", "first frame", "key", "kB/s", "of a core", "frozen, of a core"
    );
    for program in [Some(own), btop, htop].into_iter().flatten() {
        measure(&program);
    }
}

fn installed(
    name: &'static str,
    arguments: &'static [&'static str],
    first: &'static str,
    opens: (&'static str, &'static str, &'static str),
) -> Option<Program> {
    let path = std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())?;
    Some(Program { name, path, arguments, first, opens })
}

fn measure(program: &Program) {
    let home = tempfile::tempdir().expect("a directory");
    let starts = (0..RUNS).map(|_| {
        let begin = Instant::now();
        drop(program.open(home.path()));
        begin.elapsed()
    });
    let start = median(starts.collect());
    let mut window = program.open(home.path());
    let (opens, shows, closes) = program.opens;
    let keys = (0..RUNS).map(|_| {
        watch(&mut window, Duration::from_millis(700));
        let begin = Instant::now();
        window.press(opens);
        window.shows(&[shows]);
        let taken = begin.elapsed();
        window.press(closes);
        taken
    });
    let key = median(keys.collect());
    watch(&mut window, Duration::from_secs(2));
    let before = processor(&window);
    let bytes = watch(&mut window, LOOK);
    let share = |taken: Duration| format!("{:.2} %", taken.as_secs_f64() / LOOK.as_secs_f64() * 100.0);
    let looked = share(processor(&window) - before);
    let frozen = if program.name == "cuckoo tui" {
        window.press("p");
        watch(&mut window, Duration::from_secs(2));
        let before = processor(&window);
        let drawn = watch(&mut window, LOOK);
        format!("{} ({drawn} B)", share(processor(&window) - before))
    } else {
        "-".to_owned()
    };
    println!(
        "{:<12} {:>9.1} ms {:>9.1} ms {:>12.2} {:>14} {:>16}",
        program.name,
        start.as_secs_f64() * 1e3,
        key.as_secs_f64() * 1e3,
        bytes as f64 / LOOK.as_secs_f64() / 1e3,
        looked,
        frozen
    );
}

/// Reads the screen for a while. Returns how many bytes were written to it.
fn watch(window: &mut Window, time: Duration) -> usize {
    let (end, before) = (Instant::now() + time, window.raw.len());
    window.until(|_| Instant::now() >= end);
    window.raw.len() - before
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Processor time that the threads of a program have used, by `/proc`.
fn processor(window: &Window) -> Duration {
    let tasks = format!("/proc/{}/task", window.pid().as_raw_nonzero());
    let threads = std::fs::read_dir(tasks).into_iter().flatten().flatten();
    let nanoseconds = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}
