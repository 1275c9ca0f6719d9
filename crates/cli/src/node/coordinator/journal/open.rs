//! Opening a journal in a file, or joining one on a server, with the assignment log beside it.

use std::{
    path::Path,
    sync::{Arc, atomic::AtomicU64},
    thread,
};

use cuckoo_protocol::{coordinator::Checkpoint, status::JournalPlace};
use tokio::sync::watch;

use super::{
    chain::{Position, read_events},
    checkpoint::{read_checkpoint, rows},
    earlier,
    error::{Failure, JournalError},
    handle::Journal,
    leader::Standby,
    nats::Nats,
    postgres::Postgres,
    queue::Queue,
    server::{Backend, Server},
    sqlite::Sqlite,
    store::{SharedStore, Store, Stored},
    turn::{History, Payer},
    writer::Writer,
};
use crate::node::{
    coordinator::assignments::{self, AssignmentLog, AssignmentLogError, Line, LogFile},
    disk_space::DiskSpace,
};

/// A journal that is open, with the assignment log beside it, and what is in it.
#[derive(Debug)]
pub struct Opened {
    /// The journal, for turns.
    pub journal: Journal,
    /// How far the assignment log reaches.
    pub log: AssignmentLog,
    /// What the journal held when it was opened.
    pub history: History,
}

impl Journal {
    /// Opens or creates a journal in a file, and the assignment log at `log`, and reads all that is in it. Fails if it is not that
    /// of `payer`.
    pub fn open(path: &Path, log: &Path, payer: &Payer) -> Result<Opened, JournalError> {
        let mut store = Sqlite::open(path)?;
        let (place, failed) =
            (path.display().to_string(), |source| JournalError::Sqlite { path: path.to_owned(), source });
        let read = Read::from(store.read().map_err(failed)?, &place, payer)?;
        read.check_log(log, payer)?;
        let known = store.count_lines().map_err(failed)?;
        read.check_end(log, &place, known)?;
        let mut lines = store.lines().map_err(failed)?;
        if lines.first().is_some_and(|first| first.place > 0) && !log.exists() {
            // It was moved away, and another one begins.
            store.remove_lines().map_err(failed)?;
            lines.clear();
        }
        // An earlier version's lines are in its file before they are removed from the journal.
        let file = LogFile::open(log, lines)?;
        let (history, position) = read.settle(&mut store, payer).map_err(failed)?;
        Self::write_to((Box::new(store), JournalPlace::File), history, position, payer, file)
    }

    /// Waits until no other coordinator with the same key serves, then opens or creates the journal on a server and reads all that
    /// is in it. The assignment log at `log` becomes what the server has of it. Fails if the journal is not that of `payer`.
    /// `standby` says what else happens meanwhile. Blocks.
    pub fn join(
        server: &Server,
        log: &Path,
        payer: &Payer,
        standby: Standby<impl FnOnce()>,
    ) -> Result<Opened, JournalError> {
        let place = server.to_string();
        let (mut store, kind): (Box<dyn SharedStore>, _) = match server.backend {
            Backend::Nats => (Box::new(Nats::lead(server, standby)?), JournalPlace::Nats),
            Backend::Postgres => (Box::new(Postgres::lead(server, standby)?), JournalPlace::Postgres),
        };
        let failed = |source| JournalError::Server { place: place.clone(), source };
        let read = Read::from(store.read().map_err(failed)?, &place, payer)?;
        read.check_log(log, payer)?;
        let count = store.count_lines().map_err(failed)?;
        if count > 0 {
            read.check_end(log, &place, Some(count))?;
        }
        let (history, mut position) = read.settle(store.as_mut(), payer).map_err(failed)?;
        let io = |source| AssignmentLogError::File { path: log.to_owned(), source };
        let own = assignments::sound_lines(log).map_err(io)?;
        if count == 0 && !own.is_empty() {
            // The server is new, and this coordinator is not.
            let (before, lines) = (position, Line::numbered(0, 0, own).collect::<Vec<_>>());
            let records = position.follow([].iter()).map_err(|error| failed(error.into()))?;
            store.commit(&records, &lines, &before).map_err(failed)?;
        } else if count > 0 {
            // From the last one on that both have.
            let from = count.min(own.len() as u64).saturating_sub(1);
            let theirs = store.lines(from, count).map_err(failed)?;
            if !assignments::continue_as(log, own, from as usize, theirs).map_err(io)? {
                return Err(JournalError::OtherLog { path: log.to_owned(), place });
            }
        }
        let file = LogFile::open(log, vec![])?;
        Self::write_to((store, kind), history, position, payer, file)
    }

    fn write_to(
        (mut store, place): (Box<dyn Store>, JournalPlace),
        history: History,
        position: Position,
        payer: &Payer,
        file: LogFile,
    ) -> Result<Opened, JournalError> {
        let log = file.log();
        store.forget_lines(file.synced());
        let (publish, synced) = watch::channel(0);
        let (disk_space, queue) = (DiskSpace::default(), Arc::new(Queue::default()));
        let (commits, commit_microseconds) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        let confirmed = store.confirmed();
        let writer = Writer {
            store,
            position,
            payer: *payer,
            log: file,
            disk_space: disk_space.clone(),
            synced: publish,
            commits: commits.clone(),
            commit_microseconds: commit_microseconds.clone(),
            making: None,
        };
        let write = {
            let queue = queue.clone();
            move || writer.run(&queue)
        };
        let thread = thread::Builder::new().name("journal".into()).spawn(write);
        let thread = thread.map_err(JournalError::Thread)?;
        let since = history.events.len() as u64;
        let journal = Self {
            queue,
            appended: 0,
            since,
            synced,
            commits,
            commit_microseconds,
            place,
            disk_space,
            confirmed,
            thread: Some(thread),
        };
        Ok(Opened { journal, log, history })
    }
}

/// What was read of a journal, and what is still to be done before it is written to.
enum Read {
    /// This and where it ends, and the lines of the assignment log up to its checkpoint.
    Current(History, Position, Option<u64>),
    /// Nothing, and it does not say yet whose it is.
    New,
    /// An earlier version wrote it: the state that it leads to, and where it ends.
    Earlier(Checkpoint, Position),
}

impl Read {
    fn from(stored: Stored, place: &str, payer: &Payer) -> Result<Self, JournalError> {
        let Stored { is_earlier, checkpoint, records } = stored;
        if is_earlier {
            let (state, end) = earlier::read_state(place, payer, checkpoint, records)?;
            return Ok(Self::Earlier(state, end));
        }
        let Some((checkpoint, through, lines)) = read_checkpoint(place, payer, checkpoint)? else {
            let no_payer = || JournalError::NoPayer { place: place.to_owned() };
            return records.is_empty().then_some(Self::New).ok_or_else(no_payer);
        };
        let (events, end) = read_events(place, through, records)?;
        Ok(Self::Current(History { checkpoint, events }, end, lines))
    }

    /// A new journal is not put beside the assignment log of another coordinator.
    fn check_log(&self, log: &Path, payer: &Payer) -> Result<(), JournalError> {
        let io = |source| AssignmentLogError::File { path: log.to_owned(), source };
        if matches!(self, Self::New)
            && let Some((coordinator, chain_id)) = assignments::first_started(log).map_err(io)?
            && (coordinator, chain_id) != (payer.coordinator, payer.chain_id)
        {
            let (path, expected) = (log.to_owned(), Box::new(*payer));
            return Err(JournalError::LogOfAnother { path, coordinator, chain_id, expected });
        }
        Ok(())
    }

    /// A line is in the log's file only when it is durable in the journal: one more there than the journal knows of, by its records or by
    /// its checkpoint, shows that the end of the journal is lost. Storage that ends at the first damaged page does not show it.
    fn check_end(&self, log: &Path, place: &str, known: Option<u64>) -> Result<(), JournalError> {
        let Self::Current(_, _, lines) = self else { return Ok(()) };
        let Some(known) = known.max(*lines) else { return Ok(()) };
        let io = |source| AssignmentLogError::File { path: log.to_owned(), source };
        let found = assignments::count_lines(log).map_err(io)?;
        if found <= known {
            return Ok(());
        }
        Err(JournalError::LostEnd { place: place.to_owned(), path: log.to_owned(), found, known })
    }

    /// Lets a new journal say who pays what it says is owed, and puts one of an earlier version into today's form.
    fn settle(self, store: &mut (impl Store + ?Sized), payer: &Payer) -> Result<(History, Position), Failure> {
        match self {
            Self::Current(history, end, _) => Ok((history, end)),
            Self::New => {
                let (history, end) = (History::default(), Position::default());
                store.replace(&rows(&history.checkpoint, *payer, end, None)?, &end, &end)?;
                Ok((history, end))
            }
            Self::Earlier(checkpoint, end) => {
                store.convert(&rows(&checkpoint, *payer, end, None)?, &end)?;
                tracing::info!(
                    tasks = checkpoint.tasks.len(),
                    "the journal is one of an earlier version; it is converted"
                );
                Ok((History { checkpoint, events: vec![] }, end))
            }
        }
    }
}
