//! The connections that wait for tasks, and what they are told when these end.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use cuckoo_protocol::{
    coordinator::SubmitError,
    task::{State, Task, TaskId},
};
use tokio::sync::oneshot;

use super::journal::Release;

/// Where the ends of a request's tasks are told.
pub(super) type EndReply = oneshot::Sender<Result<Vec<Arc<Task>>, SubmitError>>;

/// The connections that wait for tasks, by the numbers that they have given themselves.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    groups: HashMap<u64, Group>,
    by_task: HashMap<TaskId, Vec<u64>>,
}

/// The tasks of one request.
#[derive(Debug)]
struct Group {
    tasks: Vec<(TaskId, Option<Arc<Task>>)>,
    /// Each task tells its end itself, after what it has generated.
    reads: bool,
    /// Gone once it was used.
    reply: Option<EndReply>,
}

impl Group {
    /// Tells the ends of all tasks, or that of one without a result, if there is something to tell.
    fn tell(&mut self, failed: Option<&Arc<Task>>) -> Option<Release> {
        let ends: Vec<_> = match failed {
            Some(task) => vec![task.clone()],
            None => self.tasks.iter().map(|(_, end)| end.clone()).collect::<Option<_>>()?,
        };
        let reply = self.reply.take()?;
        // The connection may be gone.
        Some(Box::new(move || drop(reply.send(Ok(ends)))))
    }
}

impl Waiters {
    /// Notes that a connection waits for these tasks, some of which may have ended already. Returns what it hears at once.
    pub(super) fn join(
        &mut self,
        waiter: u64,
        tasks: Vec<(TaskId, Option<Arc<Task>>)>,
        reply: Option<EndReply>,
    ) -> Option<Release> {
        let mut group = Group { tasks, reads: reply.is_none(), reply };
        let failed = group.tasks.iter().find_map(|(_, end)| end.clone().filter(|task| !is_done(task)));
        let release = group.tell(failed.as_ref());
        let open: Vec<_> = group.tasks.iter().filter(|(_, end)| end.is_none()).map(|(id, _)| *id).collect();
        if !open.is_empty() {
            self.groups.insert(waiter, group);
        }
        for id in open {
            self.by_task.entry(id).or_default().push(waiter);
        }
        release
    }

    /// A task has ended: what its waiters are told.
    pub(super) fn ended(&mut self, task: &Arc<Task>) -> Vec<Release> {
        let mut releases = vec![];
        for waiter in self.by_task.remove(&task.spec.id).unwrap_or_default() {
            let Entry::Occupied(mut entry) = self.groups.entry(waiter) else { continue };
            let group = entry.get_mut();
            for (id, end) in &mut group.tasks {
                if *id == task.spec.id {
                    *end = Some(task.clone());
                }
            }
            releases.extend(group.tell((!is_done(task)).then_some(task)));
            if group.tasks.iter().all(|(_, end)| end.is_some()) {
                entry.remove();
            }
        }
        releases
    }

    /// A connection waits no more. Returns its tasks that have not ended.
    pub(super) fn leave(&mut self, waiter: u64) -> Vec<TaskId> {
        let Some(group) = self.groups.remove(&waiter) else { return vec![] };
        let open: Vec<_> = group.tasks.into_iter().filter(|(_, end)| end.is_none()).map(|(id, _)| id).collect();
        for id in &open {
            if let Some(waiting) = self.by_task.get_mut(id) {
                waiting.retain(|other| *other != waiter);
                if waiting.is_empty() {
                    self.by_task.remove(id);
                }
            }
        }
        open
    }

    /// True if somebody waits for a task, and all who do read what it generates.
    pub(super) fn all_read(&self, id: &TaskId) -> bool {
        let mut waiting =
            self.by_task.get(id).into_iter().flatten().filter_map(|waiter| self.groups.get(waiter)).peekable();
        waiting.peek().is_some() && waiting.all(|group| group.reads)
    }
}

fn is_done(task: &Task) -> bool {
    matches!(task.state, State::Done { .. })
}

#[cfg(test)]
mod tests {
    use alloy::primitives::B256;

    use super::*;
    use crate::node::coordinator::stream::tests::spec;

    fn task(number: u8, state: State) -> Arc<Task> {
        let spec = Arc::new(spec(number));
        Arc::new(Task {
            sequence: 0,
            spec,
            state,
            attempt: 1,
            faults: 0,
            lost_by: vec![],
            rejected_by: vec![],
            pick: None,
            stopped: None,
        })
    }

    fn id(number: u8) -> TaskId {
        task(number, State::Queued).spec.id
    }

    fn told(receiver: &mut oneshot::Receiver<Result<Vec<Arc<Task>>, SubmitError>>) -> Option<Vec<TaskId>> {
        let ends = receiver.try_recv().ok()?.expect("no error");
        Some(ends.iter().map(|task| task.spec.id).collect())
    }

    #[test]
    fn a_failure_is_told_at_once_and_the_other_tasks_are_taken_back() {
        let mut waiters = Waiters::default();
        let (reply, mut receiver) = oneshot::channel();
        assert!(waiters.join(1, vec![(id(1), None), (id(2), None)], Some(reply)).is_none());
        let releases = waiters.ended(&task(2, State::Expired));
        assert_eq!(told(&mut receiver), None, "nothing is told before it is released");
        releases.into_iter().for_each(|release| release());
        assert_eq!(told(&mut receiver), Some(vec![id(2)]));
        assert_eq!(waiters.leave(1), [id(1)]);
        assert!(waiters.groups.is_empty() && waiters.by_task.is_empty());
        assert_eq!(waiters.leave(1), []);
    }

    #[test]
    fn two_connections_that_wait_for_one_task_are_both_told() {
        let mut waiters = Waiters::default();
        let (reply, mut receiver) = oneshot::channel();
        assert!(waiters.join(1, vec![(id(1), None)], Some(reply)).is_none());
        // A stream tells its end itself.
        for (waiter, task) in [(2, id(1)), (4, id(2))] {
            assert!(waiters.join(waiter, vec![(task, None)], None).is_none());
        }
        assert!(waiters.all_read(&id(2)) && !waiters.all_read(&id(1)) && !waiters.all_read(&TaskId(B256::ZERO)));
        assert_eq!(waiters.leave(4), [id(2)]);
        let (other, mut ended_already) = oneshot::channel();
        let end = task(1, State::Cancelled);
        waiters.join(3, vec![(id(1), Some(end.clone()))], Some(other)).expect("it is told at once")();
        assert_eq!(told(&mut ended_already), Some(vec![id(1)]));
        waiters.ended(&end).into_iter().for_each(|release| release());
        assert_eq!(told(&mut receiver), Some(vec![id(1)]));
        assert!(waiters.groups.is_empty() && waiters.by_task.is_empty());
    }
}
