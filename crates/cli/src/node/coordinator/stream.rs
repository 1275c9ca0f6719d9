//! The output of one task: the link adds what its miner generates, and readers are given it without a word to the decisions.

use std::{
    collections::VecDeque,
    future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use cuckoo_protocol::{
    coordinator::{Output, Words},
    task::{State as TaskState, Task, TaskSpec},
    wire,
};

/// Pieces of text, or tokens where they are shown, that one reader may leave unread before it is cut off.
const BACKLOG: usize = 1024;

/// The output of one task that a miner has, or that somebody reads.
#[derive(Debug, Default)]
pub(super) struct Stream {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The output of an attempt; that of attempt 0, which nobody makes, while the task waits.
    output: Output,
    readers: Vec<Reader>,
    next_reader: u64,
    ended: Option<Arc<Task>>,
}

/// Somebody who reads along.
#[derive(Debug)]
struct Reader {
    number: u64,
    /// What it has not taken yet.
    unread: VecDeque<Words>,
    /// Pieces of text in it, or tokens where they are shown.
    pieces: usize,
    /// It was too slow, and is given nothing more.
    is_cut: bool,
    waker: Option<Waker>,
}

/// What became of a piece of output.
#[derive(Debug, PartialEq)]
pub(super) enum Pushed {
    /// It is of an attempt that is over.
    Late,
    /// It was added; the attempt has this many tokens now.
    Added { tokens: u32 },
    /// It was added, and with it the last reader was found to be too slow.
    Deserted,
    /// The miner sent what nobody asked for.
    Broken(&'static str),
    /// Readers were given something else already.
    Diverged(&'static str),
}

/// What a reader is given.
#[derive(Clone, Debug)]
pub(super) enum Update {
    /// More text, and the tokens that it came with where the task is scored.
    Text(Words),
    /// The task has ended.
    Ended(Arc<Task>),
    /// The reader was too slow, and nothing more comes.
    Cut,
}

impl Stream {
    /// The stream of a task that has ended.
    fn ended(task: Arc<Task>) -> Self {
        let state = State { ended: Some(task), ..State::default() };
        Self { state: Mutex::new(state) }
    }

    /// From now on it takes the output of this attempt.
    pub(super) fn begin(&self, attempt: u32) {
        self.state().output.restart(attempt);
    }

    /// Readers were given this text and this many scores by a process that led before.
    pub(super) fn resume(&self, text: &str, scores: usize) {
        self.state().output.resume(text, scores);
    }

    /// Gives readers what the replica that leads has passed on.
    pub(super) fn give(&self, words: &Words) {
        self.state().readers.iter_mut().for_each(|reader| reader.give(words.clone()));
    }

    /// Cuts the readers off.
    pub(super) fn cut(&self) {
        for reader in &mut self.state().readers {
            reader.is_cut = true;
            reader.wake();
        }
    }

    /// The task waits: what an earlier attempt has generated is void, apart from what readers were given.
    pub(super) fn interrupt(&self) {
        self.begin(0);
    }

    /// Adds a piece of an attempt's output, and passes it on to the readers.
    pub(super) fn push(&self, attempt: u32, spec: &TaskSpec, chunk: wire::Chunk) -> Pushed {
        let mut state = self.state();
        if state.output.attempt() != attempt || state.ended.is_some() {
            return Pushed::Late;
        }
        if let Err(reason) = state.output.push(spec, chunk) {
            return Pushed::Broken(reason);
        }
        if state.readers.iter().all(|reader| reader.is_cut) {
            // Nobody is given anything, so that a later attempt is free to say something else.
            return Pushed::Added { tokens: state.output.tokens() };
        }
        match state.pass_on() {
            Err(reason) => Pushed::Diverged(reason),
            Ok(()) if state.readers.iter().all(|reader| reader.is_cut) => Pushed::Deserted,
            Ok(()) => Pushed::Added { tokens: state.output.tokens() },
        }
    }

    /// Reads the output of an attempt, unless that is over.
    pub(super) fn with_output<T>(&self, attempt: u32, read: impl FnOnce(&Output) -> T) -> Option<T> {
        let state = self.state();
        (state.output.attempt() == attempt && state.ended.is_none()).then(|| read(&state.output))
    }

    /// Tokens that the current attempt has generated.
    pub(super) fn tokens(&self) -> u32 {
        self.state().output.tokens()
    }

    /// True while somebody reads along, however slowly.
    pub(super) fn has_readers(&self) -> bool {
        !self.state().readers.is_empty()
    }

    /// Tells the readers how the task has ended.
    pub(super) fn end(&self, task: Arc<Task>) {
        let mut state = self.state();
        state.ended = Some(task);
        state.readers.iter_mut().for_each(Reader::wake);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Gives the readers what is new.
    fn pass_on(&mut self) -> Result<(), &'static str> {
        if let Some(words) = self.output.fresh()? {
            self.readers.iter_mut().for_each(|reader| reader.give(words.clone()));
        }
        Ok(())
    }
}

impl Reader {
    fn give(&mut self, words: Words) {
        if self.is_cut {
            return;
        }
        self.is_cut = self.pieces >= BACKLOG;
        if !self.is_cut {
            // A miner that falls behind sends many tokens at once.
            self.pieces += words.1.len().max(1);
            self.unread.push_back(words);
        }
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// A reader's end of a stream. Dropping it ends the reading.
#[derive(Debug)]
pub(super) struct Reading {
    stream: Arc<Stream>,
    number: u64,
}

impl Reading {
    /// Reads along from here on, with what readers were given before.
    pub(super) fn of(stream: Arc<Stream>) -> Self {
        let number = {
            let mut state = stream.state();
            let number = state.next_reader;
            state.next_reader += 1;
            let unread: VecDeque<_> = state.output.catch_up().into_iter().collect();
            state.readers.push(Reader { number, pieces: unread.len(), unread, is_cut: false, waker: None });
            number
        };
        Self { stream, number }
    }

    /// The whole answer of a task that has ended.
    pub(super) fn of_ended(task: Arc<Task>) -> Self {
        let words = match &task.state {
            TaskState::Done { outcome, .. } => Some(Words(outcome.text.clone(), outcome.scores.clone())),
            _ => None,
        };
        let reading = Self::of(Arc::new(Stream::ended(task)));
        for reader in &mut reading.stream.state().readers {
            reader.unread.extend(words.clone());
        }
        reading
    }

    /// What is new, once there is something. The last update is the end, or that the reader was cut off.
    pub(super) async fn next(&mut self) -> Update {
        future::poll_fn(|context| {
            let mut state = self.stream.state();
            let ended = state.ended.clone();
            let Some(reader) = state.readers.iter_mut().find(|reader| reader.number == self.number) else {
                return Poll::Ready(Update::Cut);
            };
            if let Some(words) = reader.unread.pop_front() {
                if reader.unread.is_empty() {
                    reader.pieces = 0;
                }
                return Poll::Ready(Update::Text(words));
            }
            match ended {
                _ if reader.is_cut => Poll::Ready(Update::Cut),
                Some(task) => Poll::Ready(Update::Ended(task)),
                None => {
                    reader.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.stream.state().readers.retain(|reader| reader.number != self.number);
    }
}

#[cfg(test)]
pub(super) mod tests;
