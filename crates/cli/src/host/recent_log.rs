//! The newest lines of this process's log, for its dashboard and its operators: what `--log` lets through, bounded in number and size.

use std::{
    collections::VecDeque,
    fmt::{self, Write as _},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use cuckoo_protocol::{
    Untrusted,
    status::{LogLevel, LogRow},
    task::Millis,
};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

/// At most this many lines are kept.
const MOST: usize = 2_000;
/// At most this many bytes of a line are kept.
const LONGEST: usize = 1_000;

static LINES: Mutex<VecDeque<LogRow>> = Mutex::new(VecDeque::new());
static COUNT: AtomicU64 = AtomicU64::new(0);

fn lines() -> MutexGuard<'static, VecDeque<LogRow>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number of lines that were ever written.
#[cfg(test)]
fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

/// The newest lines of at most this level that came after the one with this number, oldest first, and at most this many.
pub fn after(number: u64, level: LogLevel, most: usize) -> Vec<LogRow> {
    let lines = lines();
    let is_after = |row: &&LogRow| row.level <= level && row.id.parse::<u64>().is_ok_and(|id| id > number);
    let mut found: Vec<_> = lines.iter().rev().filter(is_after).take(most).cloned().collect();
    found.reverse();
    found
}

/// Keeps what is logged.
pub struct Keeper;

impl<S: Subscriber> Layer<S> for Keeper {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut words = Words::default();
        event.record(&mut words);
        let metadata = event.metadata();
        let level = match *metadata.level() {
            Level::ERROR => LogLevel::Error,
            Level::WARN => LogLevel::Warn,
            Level::INFO => LogLevel::Info,
            Level::DEBUG => LogLevel::Debug,
            Level::TRACE => LogLevel::Trace,
        };
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as Millis);
        let target = metadata.target().to_owned();
        let mut lines = lines();
        let id = (COUNT.fetch_add(1, Ordering::Relaxed) + 1).to_string();
        if lines.len() >= MOST {
            lines.pop_front();
        }
        lines.push_back(LogRow { id, at, level, target, words: Untrusted::new(words.finish()) });
    }
}

/// An event's message, then its fields.
#[derive(Default)]
struct Words {
    message: String,
    fields: String,
}

impl Words {
    fn finish(self) -> String {
        let mut words = self.message + &self.fields;
        words.truncate(words.floor_char_boundary(LONGEST));
        words
    }
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // A string always takes what is written to it.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::{Registry, layer::SubscriberExt};

    use super::*;

    #[test]
    fn the_newest_lines_are_kept_with_their_fields() {
        let before = count();
        tracing::subscriber::with_default(Registry::default().with(Keeper), || {
            tracing::warn!(task = 7, name = "x", "a lease {}", "ended");
            tracing::info!("{}", "y".repeat(5_000));
            for number in 0..MOST {
                tracing::debug!(number, "many");
            }
            tracing::error!("the last one");
        });
        let all = after(before, LogLevel::Trace, 10_000);
        assert!(all.len() <= MOST, "{}", all.len());
        let grave = after(before, LogLevel::Warn, 10);
        assert_eq!(grave.last().map(|row| row.words.raw().to_owned()).as_deref(), Some("the last one"));
        assert_eq!(after(count(), LogLevel::Trace, 10), []);
        assert!(all.iter().all(|row| row.words.raw().len() <= LONGEST));
        let many = all.iter().rev().nth(1).expect("one");
        assert_eq!((many.level, many.words.raw().starts_with("many number=")), (LogLevel::Debug, true));
    }
}
