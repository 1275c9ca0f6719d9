//! What edges hold of the decisions: they ask for tasks, say what has happened, and read the state.

use std::{
    future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use alloy::primitives::Address;
use cuckoo_protocol::{
    coordinator::{Coordinator, Input, Interest, Limits, Session, Submission, SubmitError, Words},
    task::{Task, TaskId, TokenAnswer, TokenQuestion},
};
use tokio::{
    sync::{mpsc, oneshot},
    time,
};

use super::{
    mailbox::Mailbox,
    message::{Commands, Message, Reply},
    pulse::Pulse,
    stream::Reading,
    tokens::{self, TokenError},
};

/// Where the decisions are.
#[derive(Clone, Debug)]
enum Way {
    /// In this process.
    Here(Arc<Mailbox<Message>>),
    /// In that of the replica that leads: who passes on what is asked has the other end.
    There(mpsc::UnboundedSender<Message>),
}

impl Way {
    fn push(&self, message: Message) {
        match self {
            Self::Here(mailbox) => mailbox.push(message),
            // It ends with the process.
            Self::There(sender) => drop(sender.send(message)),
        }
    }
}

/// The way to the decisions. Cheap to clone. Where they have ended nothing is answered any more: the process is about to end.
#[derive(Clone, Debug)]
pub(super) struct Handle {
    way: Way,
    waiters: Arc<AtomicU64>,
    pulse: Arc<Pulse>,
}

/// Somebody who waits for tasks. Dropping it takes them back, unless somebody else waits for them or they have ended.
#[derive(Debug)]
pub(super) struct Waiter {
    way: Way,
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
            self.way.push(Message::Leave { waiter: self.number });
        }
    }
}

impl Handle {
    pub(super) fn new(mailbox: Arc<Mailbox<Message>>, pulse: Arc<Pulse>) -> Self {
        Self { way: Way::Here(mailbox), waiters: Arc::default(), pulse }
    }

    /// The way to the decisions of another process. Nothing of them can be read through it.
    pub(super) fn elsewhere(sender: mpsc::UnboundedSender<Message>) -> Self {
        Self { way: Way::There(sender), waiters: Arc::default(), pulse: Arc::default() }
    }

    /// Whether the decisions are in this process, so that they can be read.
    pub(super) fn is_here(&self) -> bool {
        matches!(self.way, Way::Here(_))
    }

    #[cfg(test)]
    pub(super) fn mailbox(&self) -> &Mailbox<Message> {
        match &self.way {
            Way::Here(mailbox) => mailbox,
            Way::There(_) => panic!("it is not here"),
        }
    }

    /// Figures that the decisions keep up to date.
    pub(super) fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// Asks for the tasks of one request, and waits until they are accepted.
    pub(super) async fn accept(
        &self,
        tasks: Vec<impl Into<Submission>>,
        limits: Limits,
    ) -> Result<Vec<TaskId>, SubmitError> {
        let mut waiter = self.waiter();
        waiter.finish();
        self.submit(&waiter, tasks, limits, Reply::Accepted).await
    }

    /// Asks for the tasks of one request, and waits until they are accepted. They are taken back when the waiter is dropped.
    pub(super) async fn streams(
        &self,
        tasks: Vec<impl Into<Submission>>,
        limits: Limits,
    ) -> Result<(Waiter, Vec<(TaskId, Reading)>), SubmitError> {
        let waiter = self.waiter();
        let readings = self.submit(&waiter, tasks, limits, Reply::Streams).await?;
        Ok((waiter, readings))
    }

    /// Asks for the tasks of one request, and waits for their ends: those of all in their order, or only that of the first one
    /// that ends without a result. They are taken back when nobody waits for this any more.
    pub(super) async fn answers(
        &self,
        tasks: Vec<impl Into<Submission>>,
        limits: Limits,
    ) -> Result<Vec<Arc<Task>>, SubmitError> {
        let count = tasks.len();
        let mut waiter = self.waiter();
        let tasks = self.submit(&waiter, tasks, limits, Reply::Ended).await;
        waiter.is_done = tasks.as_ref().map_or(true, |tasks| tasks.len() == count);
        tasks
    }

    /// Waits again for tasks that were accepted earlier, with what their readers were given by then, as [`Handle::streams`] does.
    pub(super) async fn resume_streams(
        &self,
        tasks: Vec<(TaskId, Words)>,
    ) -> Result<(Waiter, Vec<(TaskId, Reading)>), SubmitError> {
        let waiter = self.waiter();
        let readings = self.resume(&waiter, tasks, Interest::Stream, Reply::Streams).await?;
        Ok((waiter, readings))
    }

    /// The same for [`Handle::answers`].
    pub(super) async fn resume_answers(&self, tasks: Vec<TaskId>) -> Result<Vec<Arc<Task>>, SubmitError> {
        let count = tasks.len();
        let mut waiter = self.waiter();
        let tasks = tasks.into_iter().map(|id| (id, Words::default())).collect();
        let tasks = self.resume(&waiter, tasks, Interest::Answer, Reply::Ended).await;
        waiter.is_done = tasks.as_ref().map_or(true, |tasks| tasks.len() == count);
        tasks
    }

    async fn resume<T>(
        &self,
        waiter: &Waiter,
        tasks: Vec<(TaskId, Words)>,
        interest: Interest,
        reply: fn(oneshot::Sender<Result<T, SubmitError>>) -> Reply,
    ) -> Result<T, SubmitError> {
        let waiter = waiter.number;
        self.ask(|sender| Message::Resume { waiter, tasks, interest, reply: reply(sender) }).await
    }

    async fn submit<T>(
        &self,
        waiter: &Waiter,
        tasks: Vec<impl Into<Submission>>,
        limits: Limits,
        reply: fn(oneshot::Sender<Result<T, SubmitError>>) -> Reply,
    ) -> Result<T, SubmitError> {
        let waiter = waiter.number;
        // What a task commits to is hashed here, and not by the thread that decides.
        let tasks = tasks.into_iter().map(Into::into).collect();
        self.ask(|sender| Message::Submit { waiter, tasks, limits, reply: reply(sender) }).await
    }

    fn waiter(&self) -> Waiter {
        Waiter { way: self.way.clone(), number: self.waiters.fetch_add(1, Relaxed), is_done: false }
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
        self.way.push(Message::AskTokens { model, question, reply });
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
        self.way.push(Message::Input(input));
    }

    /// Says all that has happened at once, and leaves `messages` empty.
    pub(super) fn act_all(&self, messages: &mut Vec<Message>) {
        match &self.way {
            Way::Here(mailbox) => mailbox.append(messages),
            Way::There(_) => messages.drain(..).for_each(|message| self.way.push(message)),
        }
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
        self.way.push(Message::Close);
    }

    async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> T {
        let (sender, receiver) = oneshot::channel();
        self.way.push(message(sender));
        match receiver.await {
            Ok(answer) => answer,
            Err(_) => future::pending().await,
        }
    }
}
