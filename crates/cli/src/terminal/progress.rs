//! Shows steps that take a while.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A step that takes a while. Dropping the value ends the step.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    /// The steps that are shown.
    shown: Arc<AtomicUsize>,
}

impl Progress {
    pub(super) fn start(text: String, is_shown: bool, shown: &Arc<AtomicUsize>) -> Self {
        let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target).with_message(text);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}") {
            bar.set_style(style);
        }
        if is_shown {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        shown.fetch_add(1, Ordering::Relaxed);
        Self { bar, shown: shown.clone() }
    }

    /// Changes the text of the step.
    pub fn set(&self, text: impl Into<String>) {
        self.bar.set_message(text.into());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.shown.fetch_sub(1, Ordering::Relaxed);
        self.bar.finish_and_clear();
    }
}
