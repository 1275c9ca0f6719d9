//! One request of an application whose tasks are the leader's, and what the application has been told of them.

use std::{sync::Arc, time::Duration};

use cuckoo_protocol::{
    coordinator::{Limits, Submission, SubmitError},
    task::{Fault, State, Task, TaskId, TaskSpec},
};
use tokio::time::Instant;

use super::{
    frame::{Ask, Asked, Tell, Wanted},
    given::Given,
    line::Outgoing,
};
use crate::node::coordinator::{
    message::Reply,
    stream::{Reading, Stream},
};

/// The time between two tries to have it accepted.
const AGAIN: Duration = Duration::from_millis(250);

/// A task whose answer is read as it comes.
#[derive(Debug)]
struct Read {
    id: TaskId,
    stream: Arc<Stream>,
    given: Given,
    has_ended: bool,
}

/// A request that has not ended.
#[derive(Debug)]
pub(super) struct Request {
    wanted: Wanted,
    /// What is asked. The prompts are kept to its end: answers come without them.
    asked: Arc<Vec<Submission>>,
    limits: Limits,
    /// Gone once it was used.
    reply: Option<Reply>,
    /// The tasks that are accepted.
    tasks: Vec<Read>,
    since: Instant,
    was_sent: bool,
    /// When it is to be sent again.
    again_at: Option<Instant>,
}

impl Request {
    pub(super) fn new(tasks: Vec<Submission>, limits: Limits, reply: Reply) -> Self {
        let wanted = match &reply {
            Reply::Accepted(_) => Wanted::Accepted,
            Reply::Streams(_) => Wanted::Streams,
            Reply::Ended(_) => Wanted::Answers,
        };
        let (asked, tasks, reply, since) = (Arc::new(tasks), vec![], Some(reply), Instant::now());
        Self { wanted, asked, limits, reply, tasks, since, was_sent: false, again_at: None }
    }

    /// Bytes of its prompts.
    pub(super) fn bytes(&self) -> usize {
        self.asked.iter().map(|asked| asked.spec().bytes()).sum()
    }

    /// When it came.
    pub(super) fn since(&self) -> Instant {
        self.since
    }

    /// Since when it waits to be accepted.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        self.again_at.map(|_| self.since)
    }

    /// Whether it is to be sent again now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.again_at.is_some_and(|at| at <= now)
    }

    /// Sends it to the replica that leads now.
    pub(super) fn send(&mut self, number: u64, outgoing: &Outgoing) {
        let given = |read: &mut Read| {
            read.given.repeat();
            (read.id, read.given.words().clone())
        };
        let given: Vec<_> = self.tasks.iter_mut().map(given).collect();
        let tasks = if given.is_empty() { self.asked.clone() } else { Arc::default() };
        let asked = Asked { wanted: self.wanted, tasks, limits: self.limits, given, again: self.was_sent };
        (self.was_sent, self.again_at) = (true, None);
        outgoing.say(&Ask::Open(number, Box::new(asked)));
    }

    /// Takes in what the leader says. True if that was the end. `is_settling` while the miners of a leader that took over may still be
    /// on their way back.
    pub(super) fn told(&mut self, tell: Tell, is_settling: bool) -> bool {
        match tell {
            Tell::Accepted(_, ids) => self.accepted(ids),
            Tell::Words(_, index, words) => {
                let Some(read) = self.tasks.get_mut(index as usize).filter(|read| !read.has_ended) else {
                    return false;
                };
                match read.given.take(words) {
                    Ok(Some(words)) => read.stream.give(&words),
                    Ok(None) => {}
                    Err(error) => self.fail(index as usize, &error.to_string()),
                }
                self.has_ended()
            }
            Tell::Ended(_, index, task) => {
                self.end(index as usize, *task);
                self.has_ended()
            }
            Tell::Cut(_, index) => {
                if let Some(read) = self.tasks.get_mut(index as usize) {
                    read.stream.cut();
                    read.has_ended = true;
                }
                self.has_ended()
            }
            Tell::Answers(_, tasks) => {
                // A failure comes alone, and is that of any of the tasks.
                let is_whole = tasks.len() == self.asked.len();
                let place = |index: usize, task: &Task| {
                    let own = || self.asked.iter().position(|asked| asked.spec().id == task.spec.id);
                    if is_whole { index } else { own().unwrap_or_default() }
                };
                let tasks = tasks.into_iter().enumerate();
                let tasks = tasks.map(|(index, task)| Arc::new(self.with_prompt(place(index, &task), task))).collect();
                if let Some(Reply::Ended(reply)) = self.reply.take() {
                    // The connection may be gone.
                    let _ = reply.send(Ok(tasks));
                }
                true
            }
            Tell::Refused(_, error) => self.refused(error, is_settling),
            Tell::Head(..) | Tell::Part(..) | Tell::Done(..) | Tell::Frame(..) | Tell::Gone(..) => false,
        }
    }

    fn accepted(&mut self, ids: Vec<TaskId>) -> bool {
        match self.reply.take() {
            Some(Reply::Accepted(reply)) => {
                // The connection may be gone.
                let _ = reply.send(Ok(ids));
                true
            }
            Some(Reply::Streams(reply)) => {
                let read = |id: TaskId| Read { id, stream: Arc::default(), given: Given::default(), has_ended: false };
                self.tasks = ids.into_iter().map(read).collect();
                let readings = self.tasks.iter().map(|read| (read.id, Reading::of(read.stream.clone()))).collect();
                let _ = reply.send(Ok(readings));
                self.has_ended()
            }
            // It was accepted by another leader.
            other => {
                self.reply = other;
                false
            }
        }
    }

    /// A task has ended.
    fn end(&mut self, index: usize, task: Task) {
        let task = self.with_prompt(index, task);
        let Some(read) = self.tasks.get_mut(index).filter(|read| !read.has_ended) else { return };
        if !read.given.fits(&task) {
            return self.fail(index, &super::given::Differs.to_string());
        }
        read.has_ended = true;
        read.stream.end(Arc::new(task));
    }

    /// A task ends here, for this reason.
    fn fail(&mut self, index: usize, reason: &str) {
        let (Some(read), Some(asked)) = (self.tasks.get_mut(index), self.asked.get(index)) else { return };
        if read.has_ended {
            return;
        }
        read.has_ended = true;
        read.stream.end(Arc::new(Task {
            sequence: 0,
            spec: Arc::new(TaskSpec { id: read.id, ..asked.spec().clone() }),
            state: State::Failed { fault: Fault::Network, reason: reason.to_owned() },
            attempt: 0,
            faults: 0,
            lost_by: vec![],
            rejected_by: vec![],
            pick: None,
            stopped: None,
        }));
    }

    fn has_ended(&self) -> bool {
        !self.tasks.is_empty() && self.tasks.iter().all(|read| read.has_ended)
    }

    /// The task with the prompt that this replica has kept.
    fn with_prompt(&self, index: usize, mut task: Task) -> Task {
        if let Some(asked) = self.asked.get(index) {
            Arc::make_mut(&mut task.spec).messages.clone_from(&asked.spec().messages);
        }
        task
    }

    /// It is not accepted: tried again where that may pass, or told.
    fn refused(&mut self, error: SubmitError, is_settling: bool) -> bool {
        let may_pass = match error {
            SubmitError::Draining => true,
            SubmitError::NoMiners | SubmitError::UnknownModel { .. } | SubmitError::DiskFull => is_settling,
            _ => false,
        };
        if may_pass {
            self.again_at = Some(Instant::now() + AGAIN);
            return false;
        }
        self.refuse(error);
        true
    }

    /// It ends without a result.
    pub(super) fn refuse(&mut self, error: SubmitError) {
        let reason = error.to_string();
        // The connection may be gone.
        match self.reply.take() {
            Some(Reply::Accepted(reply)) => drop(reply.send(Err(error))),
            Some(Reply::Streams(reply)) => drop(reply.send(Err(error))),
            Some(Reply::Ended(reply)) => drop(reply.send(Err(error))),
            None => (0..self.tasks.len()).for_each(|index| self.fail(index, &reason)),
        }
    }
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::coordinator::Words;
    use tokio::sync::oneshot;

    use super::*;
    use crate::node::coordinator::stream::{Update, tests::spec};

    fn words(text: &str) -> Words {
        Words(text.into(), vec![])
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_goes_on_under_another_leader_where_it_was() {
        let (reply, mut accepted) = oneshot::channel();
        let spec = spec(1);
        let id = spec.id;
        let mut request = Request::new(vec![spec.into()], Limits::default(), Reply::Streams(reply));
        let (_hears, outgoing, _writing) = crate::node::coordinator::replicas::line::open(tokio::io::duplex(1).0);
        request.send(2, &outgoing);
        assert!(!request.told(Tell::Refused(2, SubmitError::Draining), false), "another leader comes");
        assert!(request.is_due(Instant::now() + AGAIN));
        request.send(2, &outgoing);
        assert!(!request.told(Tell::Accepted(2, vec![id]), false));
        let mut readings = accepted.try_recv().expect("is told").expect("is accepted");
        assert!(!request.told(Tell::Words(2, 0, words("one ")), false));
        // Another leader repeats what was given.
        request.send(2, &outgoing);
        for tell in [Tell::Accepted(2, vec![id]), Tell::Words(2, 0, words("one ")), Tell::Words(2, 0, words("two"))] {
            assert!(!request.told(tell, true));
        }
        let mut read = String::new();
        for _ in 0..2 {
            let Update::Text(Words(text, _)) = readings[0].1.next().await else { panic!("it goes on") };
            read += &text;
        }
        assert_eq!(read, "one two");
        request.send(2, &outgoing);
        assert!(request.told(Tell::Words(2, 0, words("other")), true), "it ends where it differs");
        let Update::Ended(task) = readings[0].1.next().await else { panic!("it ends") };
        assert!(matches!(&task.state, State::Failed { reason, .. } if reason.contains("differently")));
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_pass_is_tried_again_only_while_miners_may_be_on_their_way() {
        for (error, is_settling, is_over) in [
            (SubmitError::NoMiners, true, false),
            (SubmitError::NoMiners, false, true),
            (SubmitError::IdempotencyConflict, true, true),
        ] {
            let (reply, mut answer) = oneshot::channel();
            let mut request = Request::new(vec![spec(1).into()], Limits::default(), Reply::Ended(reply));
            assert_eq!(request.told(Tell::Refused(2, error.clone()), is_settling), is_over);
            assert_eq!(answer.try_recv().ok().and_then(Result::err), is_over.then_some(error));
        }
    }
}
