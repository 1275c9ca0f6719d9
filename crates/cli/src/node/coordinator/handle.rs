//! What edges hold of the decisions: they ask for tasks, say what has happened, and read the state.

use std::{
    future,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use alloy::primitives::Address;
use cuckoo_protocol::{
    coordinator::{Coordinator, Input, Limits, Session, Submission, SubmitError},
    task::{Task, TaskId, TaskSpec, TokenAnswer, TokenQuestion},
};
use tokio::{sync::oneshot, time};

use super::{
    assignments::{AssignmentLog, Head},
    mailbox::Mailbox,
    message::{Commands, Message, Reply},
    pulse::Pulse,
    stream::Reading,
    tokens::{self, TokenError},
};

/// The way to the decisions. Cheap to clone. Where they have ended nothing is answered any more: the process is about to end.
#[derive(Clone, Debug)]
pub(super) struct Handle {
    mailbox: Arc<Mailbox<Message>>,
    waiters: Arc<AtomicU64>,
    pulse: Arc<Pulse>,
    log: Arc<AssignmentLog>,
}

/// Somebody who waits for tasks. Dropping it takes them back, unless somebody else waits for them or they have ended.
#[derive(Debug)]
pub(super) struct Waiter {
    mailbox: Arc<Mailbox<Message>>,
    number: u64,
    /// There is nothing left to take back.
    is_done: bool,
}

impl Waiter {
    /// The tasks have ended.
    pub(super) fn finish(&mut self) {
        self.is_done = true;
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        if !self.is_done {
            self.mailbox.push(Message::Leave { waiter: self.number });
        }
    }
}

impl Handle {
    pub(super) fn new(mailbox: Arc<Mailbox<Message>>, pulse: Arc<Pulse>, log: AssignmentLog) -> Self {
        Self { mailbox, waiters: Arc::default(), pulse, log: Arc::new(log) }
    }

    #[cfg(test)]
    pub(super) fn mailbox(&self) -> &Mailbox<Message> {
        &self.mailbox
    }

    /// Figures that the decisions keep up to date.
    pub(super) fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// How far the assignment log reaches.
    pub(super) fn log_head(&self) -> Head {
        self.log.head()
    }

    /// Where the assignment log is.
    pub(super) fn log_path(&self) -> &Path {
        self.log.path()
    }

    /// Asks for the tasks of one request, and waits until they are accepted.
    pub(super) async fn accept(&self, specs: Vec<TaskSpec>, limits: Limits) -> Result<Vec<TaskId>, SubmitError> {
        let mut waiter = self.waiter();
        waiter.finish();
        self.submit(&waiter, specs, limits, Reply::Accepted).await
    }

    /// Asks for the tasks of one request, and waits until they are accepted. They are taken back when the waiter is dropped.
    pub(super) async fn streams(
        &self,
        specs: Vec<TaskSpec>,
        limits: Limits,
    ) -> Result<(Waiter, Vec<(TaskId, Reading)>), SubmitError> {
        let waiter = self.waiter();
        let readings = self.submit(&waiter, specs, limits, Reply::Streams).await?;
        Ok((waiter, readings))
    }

    /// Asks for the tasks of one request, and waits for their ends: those of all in their order, or only that of the first one
    /// that ends without a result. They are taken back when nobody waits for this any more.
    pub(super) async fn answers(&self, specs: Vec<TaskSpec>, limits: Limits) -> Result<Vec<Arc<Task>>, SubmitError> {
        let count = specs.len();
        let mut waiter = self.waiter();
        let tasks = self.submit(&waiter, specs, limits, Reply::Ended).await;
        waiter.is_done = tasks.as_ref().map_or(true, |tasks| tasks.len() == count);
        tasks
    }

    async fn submit<T>(
        &self,
        waiter: &Waiter,
        specs: Vec<TaskSpec>,
        limits: Limits,
        reply: fn(oneshot::Sender<Result<T, SubmitError>>) -> Reply,
    ) -> Result<T, SubmitError> {
        let waiter = waiter.number;
        // What a task commits to is hashed here, and not by the thread that decides.
        let tasks = specs.into_iter().map(Submission::from).collect();
        self.ask(|sender| Message::Submit { waiter, tasks, limits, reply: reply(sender) }).await
    }

    fn waiter(&self) -> Waiter {
        Waiter { mailbox: self.mailbox.clone(), number: self.waiters.fetch_add(1, Relaxed), is_done: false }
    }

    /// Reads along with a task, without taking part in the decision whether it goes on. `None` for a task that is not known.
    pub(super) async fn follow(&self, task: TaskId) -> Option<Reading> {
        self.ask(|reply| Message::Follow { task, reply }).await
    }

    /// Takes a task back. Returns false where it has ended already or is unknown.
    pub(super) async fn cancel(&self, task: TaskId) -> bool {
        self.ask(|reply| Message::Cancel { task, reply }).await
    }

    /// Asks a miner about the tokens of a model. Returns the answer, and the tokens that the model's context holds.
    pub(super) async fn ask_tokens(
        &self,
        model: String,
        question: TokenQuestion,
    ) -> Result<(TokenAnswer, u32), TokenError> {
        let (reply, answer) = oneshot::channel();
        self.mailbox.push(Message::AskTokens { model, question, reply });
        match time::timeout(tokens::PATIENCE, answer).await {
            Ok(Ok(answer)) => answer,
            // The miner has left, or says nothing.
            Ok(Err(_)) | Err(_) => Err(TokenError::Silent),
        }
    }

    /// Opens the session of a miner that has logged in.
    pub(super) async fn connect(&self, node: Address, commands: Commands) -> Session {
        self.ask(|reply| Message::Connect { node, commands, reply }).await
    }

    /// Says that something has happened.
    pub(super) fn act(&self, input: Input) {
        self.mailbox.push(Message::Input(input));
    }

    /// Says all that has happened at once, and leaves `messages` empty.
    pub(super) fn act_all(&self, messages: &mut Vec<Message>) {
        self.mailbox.append(messages);
    }

    /// Reads the state as it is.
    pub(super) async fn read<T: Send + 'static>(&self, read: impl FnOnce(&Coordinator) -> T + Send + 'static) -> T {
        self.ask(|reply| {
            Message::Read(Box::new(move |machine| {
                // Nobody may wait for it any more.
                let _ = reply.send(read(machine));
            }))
        })
        .await
    }

    /// Reads tasks, and returns once what was read is durable. What is durable already waits for nothing.
    pub(super) async fn read_tasks(
        &self,
        read: impl FnOnce(&Coordinator) -> Vec<Arc<Task>> + Send + 'static,
    ) -> Vec<Arc<Task>> {
        self.ask(|reply| {
            Message::ReadTasks(Box::new(move |machine| {
                let tasks = read(machine);
                let ids = tasks.iter().map(|task| task.spec.id).collect();
                (ids, Box::new(move || drop(reply.send(tasks))))
            }))
        })
        .await
    }

    /// Reads the state, and returns once it is durable.
    pub(super) async fn read_durable<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Coordinator) -> T + Send + 'static,
    ) -> T {
        self.ask(|reply| {
            Message::ReadDurable(Box::new(move |machine| {
                let value = read(machine);
                Box::new(move || drop(reply.send(value)))
            }))
        })
        .await
    }

    /// Ends the decisions once all that was said before is decided.
    pub(super) fn close(&self) {
        self.mailbox.push(Message::Close);
    }

    async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> T {
        let (sender, receiver) = oneshot::channel();
        self.mailbox.push(message(sender));
        match receiver.await {
            Ok(answer) => answer,
            Err(_) => future::pending().await,
        }
    }
}
