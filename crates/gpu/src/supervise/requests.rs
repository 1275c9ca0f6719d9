//! The parent's book of running requests: who waits for what, and since when.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cuckoo_protocol::{
    audit::Examined,
    task::{Examine, TokenAnswer, TokenQuestion},
};
use futures::StreamExt;
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{config::SuperviseConfig, frames::ToChild};
use crate::engine::{EngineError, GenerateRequest, Generated, TokenStream, guarded};

/// Requests that break off one after the other, none of them to blame, show that the child's engine is done for: its GPU is lost, or
/// the driver's context is broken and stays so.
const MOST_BROKEN: u32 = 3;

/// The book. All methods return at once.
#[derive(Debug, Default)]
pub(super) struct Requests(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    child: Option<Connection>,
    running: HashMap<u64, RunningRequest>,
    examinations: HashMap<u64, oneshot::Sender<Result<Examined, EngineError>>>,
    /// Questions about tokens.
    questions: HashMap<u64, oneshot::Sender<Result<TokenAnswer, EngineError>>>,
    next_id: u64,
    restarts: u64,
    /// Why there is no child.
    absence: Option<String>,
}

impl Book {
    /// Sends the child the frame of a new request, and returns the request's id.
    fn send(&mut self, frame: impl FnOnce(u64) -> ToChild) -> Result<u64, EngineError> {
        let id = self.next_id;
        let gone = || EngineError::Unavailable("the engine's process is being restarted".into());
        let child = self.child.as_ref().ok_or_else(gone)?;
        child.sender.send(frame(id)).map_err(|_| gone())?;
        self.next_id += 1;
        Ok(id)
    }
}

/// The way to the child, while there is one.
#[derive(Debug)]
struct Connection {
    sender: mpsc::UnboundedSender<ToChild>,
    process: Option<u32>,
    /// The child says that its engine works, or since when it does not.
    not_ready_since: Option<Instant>,
    /// Requests that broke off since the last one that ended well.
    broken: u32,
}

impl Connection {
    /// Why the child is of no use.
    fn trouble(&self) -> Option<String> {
        if self.broken >= MOST_BROKEN {
            return Some(format!("{MOST_BROKEN} requests in a row broke off"));
        }
        self.not_ready_since.map(|_| "the engine's inside has died".into())
    }
}

#[derive(Debug)]
struct RunningRequest {
    /// Receives one answer: that the request has its slot, or why it has none.
    started: Option<oneshot::Sender<Result<(), EngineError>>>,
    /// Bounded by the request's own token limit.
    events: mpsc::UnboundedSender<Result<Generated, EngineError>>,
    progress_at: Instant,
    has_token: bool,
}

/// Takes a request out of the book and tells the child to stop it, unless it has ended.
struct Ticket {
    requests: Arc<Requests>,
    id: u64,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut book = self.requests.book();
        let is_open = book.running.remove(&self.id).is_some()
            || book.examinations.remove(&self.id).is_some()
            || book.questions.remove(&self.id).is_some();
        if is_open && let Some(child) = &book.child {
            let _ = child.sender.send(ToChild::Cancel { id: self.id });
        }
    }
}

impl Requests {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn generate(this: &Arc<Self>, request: GenerateRequest) -> Result<TokenStream, EngineError> {
        let (started_sender, started) = oneshot::channel();
        let (events_sender, mut events) = mpsc::unbounded_channel();
        let ticket = {
            let mut book = this.book();
            let id = book.send(|id| ToChild::Generate { id, request })?;
            let entry = RunningRequest {
                started: Some(started_sender),
                events: events_sender,
                progress_at: Instant::now(),
                has_token: false,
            };
            book.running.insert(id, entry);
            Ticket { requests: Arc::clone(this), id }
        };
        started.await.map_err(|_| EngineError::Interrupted("the engine's process was lost".into()))??;
        let stream = futures::stream::poll_fn(move |context| events.poll_recv(context));
        // The ticket lives in the stream: dropping the stream cancels the request.
        Ok(guarded(stream.map(move |item| {
            let _ticket = &ticket;
            item
        })))
    }

    /// Has an output examined. Dropping the future cancels it.
    pub(super) async fn examine(
        this: &Arc<Self>,
        request: GenerateRequest,
        examine: Examine,
    ) -> Result<Examined, EngineError> {
        let (sender, examined) = oneshot::channel();
        let _ticket = {
            let mut book = this.book();
            let id = book.send(|id| ToChild::Examine { id, request, examine })?;
            book.examinations.insert(id, sender);
            Ticket { requests: Arc::clone(this), id }
        };
        examined.await.map_err(|_| EngineError::Interrupted("the engine's process was lost".into()))?
    }

    /// Asks the child about tokens. Dropping the future ends the question.
    pub(super) async fn tell_tokens(
        this: &Arc<Self>,
        model: String,
        question: TokenQuestion,
    ) -> Result<TokenAnswer, EngineError> {
        let (sender, told) = oneshot::channel();
        let _ticket = {
            let mut book = this.book();
            let id = book.send(|id| ToChild::TellTokens { id, model, question })?;
            book.questions.insert(id, sender);
            Ticket { requests: Arc::clone(this), id }
        };
        told.await.map_err(|_| EngineError::Interrupted("the engine's process was lost".into()))?
    }

    pub(super) fn told(&self, id: u64, told: Result<TokenAnswer, EngineError>) {
        if let Some(waiting) = self.book().questions.remove(&id) {
            let _ = waiting.send(told);
        }
    }

    pub(super) fn examined(&self, id: u64, found: Result<String, EngineError>) {
        if let Some(waiting) = self.book().examinations.remove(&id) {
            let malformed = |error| EngineError::Interrupted(format!("the engine's process sent nonsense: {error}"));
            let _ = waiting.send(found.and_then(|text| Examined::decode(&text).map_err(malformed)));
        }
    }

    /// Ends a request that does not fit into a frame.
    pub(super) fn too_large(&self, id: u64) {
        let error = || EngineError::Invalid("the prompt is too large for an engine in a process of its own".into());
        self.examined(id, Err(error()));
        self.told(id, Err(error()));
        self.event(id, Err(error()));
    }

    pub(super) fn attach(&self, sender: mpsc::UnboundedSender<ToChild>, process: Option<u32>) {
        let mut book = self.book();
        book.child = Some(Connection { sender, process, not_ready_since: None, broken: 0 });
        book.absence = None;
    }

    pub(super) fn set_ready(&self, ready: bool) {
        if let Some(child) = &mut self.book().child {
            child.not_ready_since = (!ready).then(Instant::now);
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.book().child.as_ref().is_some_and(|child| child.trouble().is_none())
    }

    /// Why no request can be taken, while none can.
    pub(super) fn trouble(&self) -> Option<String> {
        let book = self.book();
        match &book.child {
            Some(child) => child.trouble(),
            None => Some(book.absence.clone().unwrap_or_else(|| "the engine's process is being started".into())),
        }
    }

    /// Says why there is no child for longer than its restart takes.
    pub(super) fn absent(&self, why: String) {
        self.book().absence = Some(why);
    }

    pub(super) fn child_id(&self) -> Option<u32> {
        self.book().child.as_ref().and_then(|child| child.process)
    }

    pub(super) fn count_restart(&self) {
        self.book().restarts += 1;
    }

    pub(super) fn restarts(&self) -> u64 {
        self.book().restarts
    }

    pub(super) fn started(&self, id: u64) {
        if let Some(entry) = self.book().running.get_mut(&id) {
            // The wait for a slot is not the model's time.
            entry.progress_at = Instant::now();
            if let Some(started) = entry.started.take() {
                let _ = started.send(Ok(()));
            }
        }
    }

    pub(super) fn event(&self, id: u64, event: Result<Generated, EngineError>) {
        let mut book = self.book();
        let Some(entry) = book.running.get_mut(&id) else { return };
        let more = matches!(event, Ok(Generated::Tokens(_)));
        let broken = match &event {
            Ok(Generated::Tokens(_)) => None,
            Ok(Generated::Finished(_)) => Some(false),
            Err(error) => matches!(error, EngineError::Interrupted(_)).then_some(true),
        };
        entry.progress_at = Instant::now();
        entry.has_token = true;
        if let (Some(started), Err(error)) = (entry.started.take(), &event) {
            let _ = started.send(Err(error.clone()));
        } else {
            let _ = entry.events.send(event);
        }
        if !more {
            book.running.remove(&id);
        }
        if let (Some(broken), Some(child)) = (broken, &mut book.child) {
            child.broken = if broken { child.broken + 1 } else { 0 };
        }
    }

    /// Why the child has to be killed, if it has.
    pub(super) fn overdue(&self, config: &SuperviseConfig) -> Option<String> {
        let book = self.book();
        let now = Instant::now();
        for entry in book.running.values() {
            let limit = if entry.has_token { config.token_timeout } else { config.first_token_timeout };
            if now.duration_since(entry.progress_at) > limit {
                return Some(format!("the engine gave no token for {limit:?}"));
            }
        }
        let child = book.child.as_ref()?;
        let silent = child.not_ready_since.is_some_and(|since| now.duration_since(since) > config.token_timeout);
        if silent || child.broken >= MOST_BROKEN { child.trouble() } else { None }
    }

    /// Closes the way to the child and ends all requests.
    pub(super) fn fail_all(&self, why: String) {
        let mut book = self.book();
        book.child = None;
        let error = EngineError::Interrupted(why.clone());
        book.absence = Some(why);
        for (_, waiting) in book.examinations.drain() {
            let _ = waiting.send(Err(error.clone()));
        }
        for (_, waiting) in book.questions.drain() {
            let _ = waiting.send(Err(error.clone()));
        }
        for (_, mut entry) in book.running.drain() {
            if let Some(started) = entry.started.take() {
                let _ = started.send(Err(error.clone()));
            } else {
                let _ = entry.events.send(Err(error.clone()));
            }
        }
    }
}
