//! A recording as it is played: its own clock, which can stand still, run faster, and be set.

use std::time::Duration;

use cuckoo_protocol::task::Millis;
use tokio::time::Instant;

use crate::{
    model::{Feed, Scrub},
    msg::{Msg, Play},
    recording::{Entry, Recording, RecordingError},
    update::take_in_entry,
};

/// How fast a recording can run, as multiples of life.
const SPEEDS: [u32; 7] = [1, 2, 5, 10, 30, 60, 300];

/// A recording that is played.
pub(crate) struct Player {
    recording: Recording,
    /// The recording's time at [`Self::since`].
    at: Millis,
    since: Instant,
    speed: usize,
    is_paused: bool,
}

impl Player {
    pub(crate) fn new(recording: Recording) -> Self {
        Self { recording, at: 0, since: Instant::now(), speed: 0, is_paused: false }
    }

    /// The recording's time.
    pub(crate) fn now(&self) -> Millis {
        if self.is_paused {
            return self.at;
        }
        let passed = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let played = passed.saturating_mul(SPEEDS[self.speed].into());
        self.at.saturating_add(played).min(self.recording.length())
    }

    /// When something has to be shown; none while it stands still.
    pub(crate) fn due(&self) -> Option<Instant> {
        let next = self.recording.next_at().filter(|_| !self.is_paused)?;
        let wait = next.saturating_sub(self.at).div_ceil(SPEEDS[self.speed].into());
        Some(self.since + Duration::from_millis(wait))
    }

    /// What is due by now, at most this much at once, and where the recording then is.
    pub(crate) fn take(&mut self, most: usize) -> Result<Vec<Msg>, RecordingError> {
        let mut due = vec![];
        let now = self.now();
        while due.len() < most && self.recording.next_at().is_some_and(|next| next <= now) {
            let Some((now, entry)) = self.recording.read()? else { break };
            due.push(message(now, entry));
        }
        due.push(Msg::Scrub(self.scrub()));
        Ok(due)
    }

    /// Where the recording is.
    pub(crate) fn scrub(&self) -> Scrub {
        Scrub {
            at: self.now(),
            length: self.recording.length(),
            speed: SPEEDS[self.speed],
            is_paused: self.is_paused || self.recording.next_at().is_none(),
            is_cut: self.recording.is_cut(),
        }
    }

    /// Sets the clock, and what is shown with it.
    pub(crate) fn obey(&mut self, play: Play) -> Result<Vec<Msg>, RecordingError> {
        self.at = self.now();
        self.since = Instant::now();
        let feed = match play {
            Play::Pause => {
                let is_over = self.recording.next_at().is_none();
                self.is_paused = !self.is_paused;
                if is_over {
                    // From the end it begins again.
                    self.is_paused = false;
                    Some(self.seek(0)?)
                } else {
                    None
                }
            }
            Play::Speed(step) => {
                self.speed = self.speed.saturating_add_signed(step as isize).min(SPEEDS.len() - 1);
                None
            }
            Play::Step(step) => {
                self.is_paused = true;
                let shown = self.recording.place().saturating_sub(1);
                let place = shown.saturating_add_signed(step as isize);
                Some(self.seek(self.recording.time_of(place))?)
            }
            Play::Jump(by) => Some(self.seek(self.at.saturating_add_signed(by))?),
            Play::Seek(to) => Some(self.seek(to)?),
        };
        let mut messages: Vec<_> = feed.map(|feed| Msg::Jump(Box::new(feed))).into_iter().collect();
        messages.push(Msg::Scrub(self.scrub()));
        Ok(messages)
    }

    /// Goes to a moment. What is shown then is made of everything before it: the figures over time begin a day before.
    fn seek(&mut self, to: Millis) -> Result<Feed, RecordingError> {
        const REMEMBERED: Millis = 24 * 3_600_000;
        let to = to.min(self.recording.length());
        let last = self.recording.lines_until(to).max(1);
        let first = self.recording.lines_until(to.saturating_sub(REMEMBERED)).saturating_sub(1);
        self.recording.rewind(first);
        let mut feed = Feed::default();
        while self.recording.place() < last {
            let Some((now, entry)) = self.recording.read()? else { break };
            take_in_entry(&mut feed, entry, now);
        }
        self.at = to.max(self.recording.time_of(last - 1));
        feed.now = self.at;
        Ok(feed)
    }
}

fn message(now: Millis, entry: Entry) -> Msg {
    match entry {
        Entry::Snapshot(snapshot) => Msg::Snapshot { snapshot, now },
        Entry::Down(reason) => Msg::SourceDown { reason, now },
        Entry::Same => Msg::Heard { now },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Demo, Model, Palette, Recorder, Source, begin, update, view::to_text};

    fn model() -> Model {
        let mut model = begin(Palette::Plain, true);
        update(&mut model, Msg::Resize { width: 120, height: 40 });
        model
    }

    /// What is on the screen, but for the line that says that it is a recording.
    fn frame(model: &Model) -> String {
        to_text(&Model { scrub: None, ..model.clone() }, 120, 40)
    }

    fn apply(model: &mut Model, messages: Vec<Msg>) {
        for message in messages {
            update(model, message);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_recording_shows_what_the_session_showed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("session");
        let mut recorder = Recorder::new(Demo::new(3), &path).expect("a new file");
        let mut live = model();
        let mut frames = vec![];
        for second in 0..90 {
            let snapshot = recorder.next().await.expect("a snapshot");
            update(&mut live, Msg::Snapshot { snapshot, now: second * 1_000 });
            frames.push(frame(&live));
        }
        drop(recorder);
        let mut player = Player::new(Recording::open(&path).expect("reads"));
        let mut played = model();
        for (second, expected) in frames.iter().enumerate() {
            apply(&mut played, player.take(9).expect("is well"));
            assert_eq!(&frame(&played), expected, "second {second}");
            if let Some(due) = player.due() {
                tokio::time::sleep_until(due).await;
            }
        }
        assert_eq!((player.due(), player.scrub().is_paused), (None, true), "it is over");
        for second in [30, 75, 0, 89] {
            apply(&mut played, player.obey(Play::Seek(second * 1_000)).expect("is well"));
            assert_eq!(frame(&played), frames[second as usize], "second {second}");
        }
        // One step back and one on, and it stands still.
        apply(&mut played, player.obey(Play::Seek(40_000)).expect("is well"));
        apply(&mut played, player.obey(Play::Step(-1)).expect("is well"));
        assert_eq!(frame(&played), frames[39]);
        apply(&mut played, player.obey(Play::Step(1)).expect("is well"));
        assert_eq!(frame(&played), frames[40]);
        assert_eq!((player.due(), played.scrub.map(|scrub| scrub.at)), (None, Some(40_000)));
        // Ten times as fast, ten seconds are one.
        apply(&mut played, player.obey(Play::Pause).expect("is well"));
        apply(&mut played, player.obey(Play::Speed(3)).expect("is well"));
        tokio::time::sleep(Duration::from_secs(1)).await;
        apply(&mut played, player.take(99).expect("is well"));
        assert_eq!(frame(&played), frames[50]);
        assert_eq!(Arc::strong_count(played.live.snapshot.as_ref().expect("one")), 1);
    }
}
