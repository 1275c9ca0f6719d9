//! Applications: they hand tasks in, wait, read along, leave, come back with the same key, and remember what they were told.

use std::{collections::BTreeMap, sync::Arc};

use alloy::primitives::{B256, keccak256};
use cuckoo_protocol::{
    coordinator::{Input, Interest, Limits, SubmitError},
    price::Rate,
    task::{ChatMessage, ChatRole, Idempotency, Micros as Millionths, Sampling, State, Task, TaskId, TaskSpec},
};

use super::{
    gateway::{Message, Reply},
    queue::{MS, SECOND},
    world::{Checked, Happening, World},
};

/// The number of a request.
pub(crate) type RequestId = usize;

/// What an application saw of one of its tasks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    /// The words that it was given.
    text: String,
    /// The end was told.
    is_over: bool,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The content of the prompt.
    content: String,
    model: &'static str,
    caller: Option<String>,
    max_tokens: u32,
    patience: u64,
    number: usize,
    key: Option<u64>,
    pub(crate) interest: Interest,
    limits: Limits,
    scored: bool,
    /// It comes through a replica that follows, so that it outlives the one that leads.
    elsewhere: bool,
    /// Another process leads than when it was accepted.
    pub(crate) has_returned: bool,
    /// How often it may be repeated.
    tries: u32,
    /// The application reads this many times before it falls behind.
    reads: u32,
    /// The connection is open.
    pub(crate) is_open: bool,
    /// It reads along at a task that another request has handed in.
    follows: bool,
    parts: BTreeMap<TaskId, Part>,
}

/// All requests, and what applications were promised.
#[derive(Default)]
pub(crate) struct Apps {
    pub(crate) requests: Vec<Request>,
    /// By idempotency key and place: the task and the body that it was told to stand for.
    keys: BTreeMap<(u64, usize), (TaskId, B256)>,
    /// Tasks that are still to be handed in.
    pub(crate) left: usize,
    next_key: u64,
}

impl Apps {
    /// Applications that hand in about this many tasks.
    pub(crate) fn new(tasks: usize) -> Self {
        Self { left: tasks, ..Self::default() }
    }
}

impl World {
    /// An application makes up a request.
    pub(crate) fn arrive(&mut self) {
        if self.apps.left == 0 {
            return;
        }
        let plan = &self.plan;
        let random = &mut self.random;
        let number = if random.odds(0.06) { random.between(2, 4) as usize } else { 1 };
        let interest = random.one(&[Interest::Nothing, Interest::Answer, Interest::Stream, Interest::Stream]);
        let key = random.odds(0.4).then(|| {
            self.apps.next_key += 1;
            self.apps.next_key
        });
        let cap = plan.bound / 2;
        let request = Request {
            content: format!("{:x}", random.below(1 << 20)),
            model: if plan.models > 1 && random.odds(0.3) { "n" } else { "m" },
            caller: random.odds(0.5).then(|| random.one(&["shop", "desk", "lab"]).to_owned()),
            max_tokens: random.between(1, 16) as u32,
            patience: random.between(4_000, 40_000),
            number,
            key,
            interest,
            limits: Limits {
                max_price: random.odds(0.1).then(|| u128::from(random.below(2 * cap as u64 + 1))),
                budget: random.odds(0.3).then(|| plan.bound * u128::from(random.below(plan.tasks as u64))),
                batch: false,
                open: false,
            },
            scored: random.odds(0.2),
            elsewhere: random.odds(0.3),
            has_returned: false,
            tries: random.below(4) as u32,
            reads: if random.odds(0.03) { random.below(4) as u32 } else { u32::MAX },
            is_open: false,
            follows: false,
            parts: BTreeMap::new(),
        };
        self.apps.left = self.apps.left.saturating_sub(number);
        self.apps.requests.push(request);
        let id = self.apps.requests.len() - 1;
        self.queue.after(0, Happening::Submit { request: id });
        if key.is_some() && self.random.odds(0.1) {
            // The same again at once: a race of two connections, or another body under the same key.
            let mut twin = self.apps.requests[id].clone();
            if self.random.odds(0.3) {
                twin.content.push('!');
            }
            self.apps.requests.push(twin);
            let after = if self.random.odds(0.5) { 0 } else { self.random.below(3 * SECOND) };
            self.queue.after(after, Happening::Submit { request: id + 1 });
        }
        let pause = self.random.below(2 * self.plan.pace);
        self.queue.after(pause, Happening::Arrive);
    }

    /// A request reaches the coordinator, or finds nobody.
    pub(crate) fn submit(&mut self, id: RequestId) {
        if self.gateway.process.is_none() {
            return self.try_again(id);
        }
        let now = self.coordinator_clock();
        let request = &mut self.apps.requests[id];
        request.is_open = true;
        let request = request.clone();
        let body = request.body();
        let tasks = (0..request.number).map(|place| {
            let spec = TaskSpec {
                id: TaskId(self.random.bytes()),
                model: request.model.into(),
                messages: vec![ChatMessage { role: ChatRole::User, content: request.content.clone() }],
                sampling: Sampling {
                    max_tokens: request.max_tokens,
                    temperature: Millionths(0),
                    top_p: Millionths::ONE,
                    seed: place as u64,
                    ..Sampling::default()
                },
                salt: self.random.bytes(),
                pick_salt: B256::ZERO,
                accepted_at: now,
                deadline: now + request.patience,
                caller: request.caller.clone(),
                idempotency: request.key.map(|key| Idempotency { key: key_of(key, place), body }),
                rate: Rate::default(),
                scored: request.scored,
                streamed: request.interest == Interest::Stream,
                examine: None,
            };
            spec.into()
        });
        let tasks = tasks.collect();
        let input = Input::Submit { tasks, limits: request.limits, interest: request.interest };
        self.census.requests += 1;
        self.post(Message::Input(input, Reply::Submit(id)));
        if request.interest != Interest::Nothing && self.random.odds(0.08) {
            let after = self.random.below(4 * SECOND);
            self.queue.after(after, Happening::Leave { request: id });
        }
    }

    fn try_again(&mut self, id: RequestId) {
        let request = &mut self.apps.requests[id];
        if request.tries > 0 {
            request.tries -= 1;
            let after = self.random.between(100 * MS, 2 * SECOND);
            self.queue.after(after, Happening::Submit { request: id });
        }
    }

    /// The connection of every request breaks: the coordinator is gone.
    pub(crate) fn lose_requests(&mut self) {
        for id in 0..self.apps.requests.len() {
            let request = &mut self.apps.requests[id];
            if request.waits_elsewhere() {
                request.has_returned = true;
                continue;
            }
            let lost = std::mem::replace(&mut request.is_open, false);
            request.parts.values_mut().for_each(|part| part.text.clear());
            let is_unanswered = !request.follows && request.parts.values().any(|part| !part.is_over);
            if lost && (is_unanswered || request.parts.is_empty()) {
                self.try_again(id);
            }
        }
    }

    /// An application is told that its tasks are accepted.
    pub(crate) fn accepted(&mut self, id: RequestId, tasks: &[TaskId]) -> Checked {
        self.census.accepted += tasks.len() as u64;
        let request = &mut self.apps.requests[id];
        if let Some(key) = request.key {
            let body = request.body();
            for (place, task) in tasks.iter().enumerate() {
                let known = self.apps.keys.entry((key, place)).or_insert((*task, body));
                let before = self.check.live.tasks.get(&known.0);
                // A task that was taken back leaves its key to the next one.
                if known.0 != *task && before.is_some_and(|task| task.state == State::Cancelled) {
                    *known = (*task, body);
                }
                let known = *known;
                if known != (*task, body) {
                    return Err(format!("the idempotency key {key} stands for {known:?}, and now for {task} {body}"));
                }
            }
        }
        let request = &mut self.apps.requests[id];
        if tasks.len() != request.number {
            return Err(format!("{} tasks were accepted for a request of {}", tasks.len(), request.number));
        }
        if !request.is_open {
            self.drop_waiter(id, tasks);
            return Ok(());
        }
        for task in tasks {
            request.parts.entry(*task).or_default();
        }
        let interest = request.interest;
        for task in tasks {
            match interest {
                Interest::Nothing => self.look_later(id, *task),
                Interest::Answer => {}
                Interest::Stream => self.read(id, *task)?,
            }
            if self.random.odds(0.03) {
                let after = self.random.below(3 * SECOND);
                self.queue.after(after, Happening::Follow { task: *task });
            }
            if self.random.odds(0.04) {
                let after = self.random.below(3 * SECOND);
                self.queue.after(after, Happening::Cancel { request: id, task: *task });
            }
        }
        Ok(())
    }

    fn look_later(&mut self, id: RequestId, task: TaskId) {
        let after = self.random.between(200 * MS, 6 * SECOND);
        self.queue.after(after, Happening::Look { request: id, task });
    }

    /// An application asks how a task stands.
    pub(crate) fn look(&mut self, id: RequestId, task: TaskId) {
        if self.gateway.process.is_some() {
            self.post(Message::See(id, task));
        } else {
            self.look_later(id, task);
        }
    }

    /// How a task stands.
    pub(crate) fn seen(&mut self, id: RequestId, task: TaskId, seen: Option<Arc<Task>>) -> Checked {
        let seen = seen.ok_or_else(|| format!("task {task} was accepted and is unknown"))?;
        if seen.state.is_terminal() {
            self.tell(Input::Fetched { task });
            self.apps.requests[id].parts.entry(task).or_default().is_over = true;
        } else if self.census.looks < u64::MAX {
            self.census.looks += 1;
            self.look_later(id, task);
        }
        Ok(())
    }

    /// A connection begins to read a task.
    pub(crate) fn read(&mut self, id: RequestId, task: TaskId) -> Checked {
        let Some(process) = &mut self.gateway.process else { return Ok(()) };
        let Some(stream) = process.streams.get_mut(&task) else { return Ok(()) };
        stream.readers.insert(id);
        let Some(words) = stream.output.catch_up() else { return Ok(()) };
        // What it was given before another process led is not given again.
        let known = self.apps.requests[id].text(&task);
        match words.0.strip_prefix(known).map(str::to_owned) {
            Some(words) => self.words(id, task, &words),
            None if known.starts_with(&words.0) => Ok(()),
            None => self.differs(id, task),
        }
    }

    /// Another connection reads along.
    pub(crate) fn follow(&mut self, task: TaskId) -> Checked {
        let Some(process) = &self.gateway.process else { return Ok(()) };
        if process.machine.task(&task).is_none_or(|task| task.state.is_terminal()) {
            return Ok(());
        }
        let Some(mut request) = self.apps.requests.iter().find(|request| request.parts.contains_key(&task)).cloned()
        else {
            return Ok(());
        };
        request.parts = [(task, Part::default())].into();
        request.follows = true;
        request.has_returned = false;
        request.is_open = true;
        request.tries = 0;
        self.apps.requests.push(request);
        self.tell(Input::Follow { task });
        if let Some(process) = &mut self.gateway.process {
            process.streams.entry(task).or_default();
        }
        self.read(self.apps.requests.len() - 1, task)
    }

    /// Words for a reader.
    pub(crate) fn words(&mut self, id: RequestId, task: TaskId, words: &str) -> Checked {
        let request = &mut self.apps.requests[id];
        if !request.is_open {
            return Ok(());
        }
        let part =
            request.parts.get_mut(&task).ok_or_else(|| format!("words of {task} for somebody who did not ask"))?;
        if part.is_over {
            return Err(format!("words of {task} after its end"));
        }
        part.text.push_str(words);
        self.census.words += 1;
        request.reads = request.reads.saturating_sub(1);
        if request.reads == 0 {
            self.fall_behind(id, task);
        }
        Ok(())
    }

    /// A reader is too slow and is dropped. Where nobody is left who waits, the task is taken back.
    fn fall_behind(&mut self, id: RequestId, task: TaskId) {
        let follows = self.apps.requests[id].follows;
        let Some(process) = &mut self.gateway.process else { return };
        let Some(stream) = process.streams.get_mut(&task) else { return };
        let waited = stream.waiting.remove(&id);
        stream.readers.remove(&id);
        let delivered = stream.output.tokens();
        let is_deserted = stream.waiting.is_empty() && stream.readers.is_empty();
        if is_deserted && waited {
            self.tell(Input::Deserted { task, delivered });
        } else if waited && !follows {
            self.tell(Input::Leave { task, delivered });
        }
    }

    /// An application hangs up.
    pub(crate) fn leave(&mut self, id: RequestId) {
        let request = &mut self.apps.requests[id];
        if !std::mem::replace(&mut request.is_open, false) {
            return;
        }
        request.tries = 0;
        let tasks: Vec<_> = request.parts.keys().copied().collect();
        self.drop_waiter(id, &tasks);
    }

    /// A connection that waited for tasks is gone.
    pub(crate) fn drop_waiter(&mut self, id: RequestId, tasks: &[TaskId]) {
        for &task in tasks {
            let Some(process) = &mut self.gateway.process else { return };
            let Some(stream) = process.streams.get_mut(&task) else { continue };
            stream.readers.remove(&id);
            if stream.waiting.remove(&id) {
                let delivered = stream.output.tokens();
                self.tell(Input::Leave { task, delivered });
            }
        }
    }

    /// An application takes a task back.
    pub(crate) fn cancel(&mut self, id: RequestId, task: TaskId) {
        let Some(process) = &self.gateway.process else { return };
        let delivered = process.streams.get(&task).map_or(0, |stream| stream.output.tokens());
        self.post(Message::Input(Input::Cancel { task, delivered }, Reply::Cancel(id, task)));
    }

    /// An application is told whether its task was taken back.
    pub(crate) fn cancelled(&mut self, _id: RequestId, task: TaskId, done: bool) -> Checked {
        self.census.cancelled += u64::from(done);
        let state = self.gateway.disk.replayed.tasks.get(&task).map(|task| task.state.clone());
        match state {
            Some(State::Cancelled) if done => Ok(()),
            Some(state) if !done && state.is_terminal() => Ok(()),
            state => Err(format!("taking {task} back was answered with {done}, and on the disk it is {state:?}")),
        }
    }

    /// A request is refused.
    pub(crate) fn refused(&mut self, id: RequestId, error: &SubmitError) -> Checked {
        *self
            .census
            .refused
            .entry(format!("{error:?}").split([' ', '{']).next().unwrap_or_default().into())
            .or_default() += 1;
        let request = &self.apps.requests[id];
        if let SubmitError::IdempotencyConflict = error {
            let body = request.body();
            let key = request.key.ok_or("a request without a key has a conflict")?;
            let others = self.apps.requests.iter().any(|other| other.key == Some(key) && other.body() != body);
            return if others { Ok(()) } else { Err(format!("key {key} conflicts with itself")) };
        }
        self.apps.requests[id].is_open = false;
        self.try_again(id);
        Ok(())
    }

    /// The end of a task is told to somebody who waits for it.
    pub(crate) fn ended(&mut self, id: RequestId, task: &Arc<Task>) -> Checked {
        let request = &self.apps.requests[id];
        if !request.is_open {
            return Ok(());
        }
        if self.is_other(id, task) {
            return self.differs(id, task.spec.id);
        }
        let request = &mut self.apps.requests[id];
        let part = request.parts.entry(task.spec.id).or_default();
        part.is_over = true;
        self.census.answers += 1;
        if let State::Done { outcome, .. } = &task.state
            && !outcome.text.starts_with(&part.text)
        {
            return Err(format!(
                "a reader of {} was given {:?}, and the answer is {:?}",
                task.spec.id, part.text, outcome.text
            ));
        }
        Ok(())
    }
}

impl Request {
    /// Whether it goes on although the coordinator has died: somebody waits at another replica for tasks that were accepted.
    pub(crate) fn waits_elsewhere(&self) -> bool {
        let waits = self.elsewhere && self.is_open && !self.follows && self.interest != Interest::Nothing;
        waits && self.parts.values().any(|part| !part.is_over)
    }

    /// The tasks that have not ended, with what was given of them.
    pub(crate) fn given(&self) -> Vec<(TaskId, String)> {
        let open = self.parts.iter().filter(|(_, part)| !part.is_over);
        open.map(|(task, part)| (*task, part.text.clone())).collect()
    }

    /// What was given of a task.
    pub(crate) fn text(&self, task: &TaskId) -> &str {
        self.parts.get(task).map_or("", |part| &part.text)
    }

    fn body(&self) -> B256 {
        keccak256(self.content.as_bytes())
    }
}

fn key_of(key: u64, place: usize) -> B256 {
    keccak256([key.to_be_bytes(), (place as u64).to_be_bytes()].concat())
}
