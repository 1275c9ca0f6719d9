//! The applications that follow a task or wait for it, and how a task is taken back.

use cuckoo_protocol::task::{Event, Millis, State, TaskId};
use tokio::sync::mpsc;

use super::{
    live::{READER_BACKLOG, Update},
    state::Core,
};

impl Core {
    /// Follows a task: the text so far, then more, then [`Update::Ended`].
    pub fn follow(&mut self, id: &TaskId) -> Option<mpsc::Receiver<Update>> {
        let task = self.tasks.get(id)?;
        let (sender, receiver) = mpsc::channel(READER_BACKLOG);
        if let State::Done { outcome, .. } = &task.state {
            // A fresh channel has room for two.
            let _ = sender.try_send(Update::Text(Box::new((outcome.text.clone(), outcome.scores.clone()))));
        }
        if task.state.is_terminal() {
            let _ = sender.try_send(Update::Ended);
            return Some(receiver);
        }
        let live = self.live.entry(*id).or_default();
        if live.delivered.len() < live.text.len() && live.text.starts_with(&live.delivered) {
            live.delivered = live.text.clone();
            live.scores_sent = live.scores.len();
        }
        if !live.delivered.is_empty() {
            let sent = live.scores.get(..live.scores_sent).unwrap_or_default().to_vec();
            let _ = sender.try_send(Update::Text(Box::new((live.delivered.clone(), sent))));
        }
        live.readers.push(sender);
        Some(receiver)
    }

    /// Only the end of a task: [`Update::Ended`].
    pub fn end_of(&mut self, id: &TaskId) -> Option<mpsc::Receiver<Update>> {
        let task = self.tasks.get(id)?;
        let (sender, receiver) = mpsc::channel(1);
        if task.state.is_terminal() {
            let _ = sender.try_send(Update::Ended);
        } else {
            self.live.entry(*id).or_default().awaiting.push(sender);
        }
        Some(receiver)
    }

    /// Notes that an application sees the text as it comes, so that it is paid for even if the task is taken back.
    pub fn show(&mut self, id: &TaskId) {
        if let Some(live) = self.live.get_mut(id) {
            live.seen = true;
        }
    }

    /// Counts one more application that waits. See [`Core::leave`].
    pub fn wait(&mut self, id: &TaskId) {
        self.live.entry(*id).or_default().waiters += 1;
    }

    /// Counts one waiting application less. The last one to leave cancels the task.
    pub fn leave(&mut self, id: &TaskId, now: Millis) {
        let Some(live) = self.live.get_mut(id) else { return };
        live.waiters = live.waiters.saturating_sub(1);
        if live.waiters == 0 {
            self.cancel(id, now);
        }
    }

    /// Takes a task back. Returns false when it has ended already or is unknown.
    pub fn cancel(&mut self, id: &TaskId, now: Millis) -> bool {
        let live = self.live.get(id).filter(|live| live.seen);
        // What was delivered by an earlier attempt is repeated by this one before it goes on.
        let delivered = live.map_or(0, |live| (live.token_ids.len() as u32).max(live.pieces));
        self.apply(Event::Cancelled { task: *id, delivered }, now).is_ok()
    }
}
