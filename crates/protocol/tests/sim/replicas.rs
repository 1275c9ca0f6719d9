//! Requests that came through another replica: they outlive the process that leads, and wait again at the next with what they were given.

use std::sync::Arc;

use cuckoo_protocol::{
    coordinator::{Input, Interest},
    task::{Millis, State, Task, TaskId},
};

use super::{
    apps::RequestId,
    gateway::{Message, Reply},
    queue::SECOND,
    turns::{Doing, Release},
    world::{Checked, Happening, World},
};

impl World {
    /// Another process leads: those that wait elsewhere find it in their own time.
    pub(crate) fn call_back(&mut self) {
        let generation = self.gateway.generation;
        for request in 0..self.apps.requests.len() {
            if self.apps.requests[request].waits_elsewhere() {
                let after = self.random.below(3 * SECOND);
                self.queue.after(after, Happening::Return { generation, request });
            }
        }
    }

    /// A request waits again.
    pub(crate) fn return_to(&mut self, generation: u32, request: RequestId) {
        if generation == self.gateway.generation && self.apps.requests[request].waits_elsewhere() {
            self.post(Message::Return(request));
        }
    }

    /// The coordinator hears of that.
    pub(crate) fn come_back(&mut self, request: RequestId, now: Millis, doing: &mut Doing) -> Checked {
        let asked = &self.apps.requests[request];
        if !asked.waits_elsewhere() {
            return Ok(());
        }
        let (interest, given) = (asked.interest, asked.given());
        self.census.returns += 1;
        for (task, text) in &given {
            let input = Input::Return { task: *task, interest };
            self.input(input, Reply::Nobody, now, doing)?;
            let Some(process) = &mut self.gateway.process else { return Ok(()) };
            match process.machine.task(task) {
                None => return Err(format!("{task} was accepted, and is unknown to the process that leads now")),
                Some(known) if known.state.is_terminal() => {}
                Some(_) => process.streams.entry(*task).or_default().output.resume(text, 0),
            }
        }
        let tasks: Vec<_> = given.into_iter().map(|(task, _)| task).collect();
        let ended = self.expect_end(request, interest, &tasks);
        doing.releases.push(Release::Returned(request, tasks));
        doing.releases.extend(ended);
        Ok(())
    }

    /// It is told what comes from now on.
    pub(crate) fn returned(&mut self, request: RequestId, tasks: &[TaskId]) -> Checked {
        if !self.apps.requests[request].is_open {
            self.drop_waiter(request, tasks);
            return Ok(());
        }
        if self.apps.requests[request].interest != Interest::Stream {
            return Ok(());
        }
        tasks.iter().try_for_each(|task| self.read(request, *task))
    }

    /// Words that do not go on from what an application was given before another process led: it is told that. Only false answers differ.
    pub(crate) fn differs(&mut self, request: RequestId, task: TaskId) -> Checked {
        if self.peers.iter().all(|peer| peer.temper.is_honest()) {
            return Err(format!("{task} goes on differently after another process leads, and nobody lies"));
        }
        self.census.differences += 1;
        self.apps.requests[request].is_open = false;
        self.drop_waiter(request, &[task]);
        Ok(())
    }

    /// Whether the end of a task does not go on from what was given.
    pub(crate) fn is_other(&self, request: RequestId, task: &Arc<Task>) -> bool {
        let request = &self.apps.requests[request];
        match &task.state {
            State::Done { outcome, .. } => {
                request.has_returned && !outcome.text.starts_with(request.text(&task.spec.id))
            }
            _ => false,
        }
    }
}
