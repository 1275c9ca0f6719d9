//! Opening a journal in a file, or joining one on a server, with the assignment log beside it.

use std::{path::Path, sync::mpsc, thread, time::Duration};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    chain::{Contents, read_contents},
    entry::{History, JournalEntry, Payer, Queued, Records},
    error::JournalError,
    nats::Nats,
    postgres::Postgres,
    queue::Journal,
    server::{Backend, Server},
    sqlite::Sqlite,
    store::{SharedStore, Store, Stored},
    writer::Writer,
};
use crate::node::{
    coordinator::assignments::{self, AssignmentLog, AssignmentLogError, Line, LogFile},
    disk_space::DiskSpace,
    group_commit::Batches,
};

/// An event waits this long under load, so that a transaction has many.
const GATHER: Duration = Duration::from_millis(2);
/// Events of several tasks at once show load.
const MANY: usize = 8;

/// A journal that is open, with the assignment log beside it, and what is in it.
#[derive(Debug)]
pub struct Opened {
    /// The journal, for events.
    pub journal: Journal,
    /// The assignment log, for what draws depend on.
    pub log: AssignmentLog,
    /// What the journal held when it was opened.
    pub history: History,
}

impl Journal {
    /// Opens or creates a journal in a file, and the assignment log at `log`, and reads all that is in it. Fails if it is not that
    /// of `payer`.
    pub fn open(path: &Path, log: &Path, payer: &Payer) -> Result<Opened, JournalError> {
        let (mut store, mut contents) = Sqlite::open(path, payer)?;
        name_payer(&mut store, &path.display().to_string(), &mut contents, payer, log)?;
        let mut lines = store.lines(path)?;
        if lines.first().is_some_and(|first| first.place > 0) && !log.exists() {
            // It was moved away, and another one begins.
            lines.clear();
            store.forget_lines(u64::MAX >> 1);
        }
        Self::write_to(Box::new(store), contents, payer, LogFile::open(log, lines)?)
    }

    /// Waits until no other coordinator with the same key serves, then opens or creates the journal on a server and reads all that
    /// is in it. The assignment log at `log` becomes what the server has of it. Fails if the journal is not that of `payer`.
    /// `standby` is called once if there is something to wait for. Blocks.
    pub fn join(
        server: &Server,
        log: &Path,
        payer: &Payer,
        stop: &CancellationToken,
        standby: impl FnOnce(),
    ) -> Result<Opened, JournalError> {
        let place = server.to_string();
        let mut store: Box<dyn SharedStore> = match server.backend {
            Backend::Nats => Box::new(Nats::lead(server, stop, standby)?),
            Backend::Postgres => Box::new(Postgres::lead(server, stop, standby)?),
        };
        let failed = |source| JournalError::Server { place: place.clone(), source };
        let Stored { checkpoint, events, lines } = store.read().map_err(failed)?;
        let (checkpoint, events) = (checkpoint.into_iter().map(Ok), events.into_iter().map(Ok));
        let mut contents = read_contents(&place, payer, checkpoint, events)?;
        name_payer(store.as_mut(), &place, &mut contents, payer, log)?;
        let io = |source| AssignmentLogError::File { path: log.to_owned(), source };
        let own = assignments::sound_lines(log).map_err(io)?;
        if lines == 0 && !own.is_empty() {
            // The server is new, and this coordinator is not.
            let batch: Vec<_> = Line::numbered(0, 0, own).map(JournalEntry::Line).collect();
            store.commit(&batch, &mut contents.position).map_err(failed)?;
        } else if lines > 0 {
            // From the last one on that both have.
            let from = lines.min(own.len() as u64).saturating_sub(1);
            let theirs = store.lines(from, lines).map_err(failed)?;
            if !assignments::continue_as(log, own, from as usize, theirs).map_err(io)? {
                return Err(JournalError::OtherLog { path: log.to_owned(), place });
            }
        }
        let log = LogFile::open(log, vec![])?;
        Self::write_to(store, contents, payer, log)
    }

    fn write_to(
        mut store: Box<dyn Store>,
        contents: Contents,
        payer: &Payer,
        file: LogFile,
    ) -> Result<Opened, JournalError> {
        let Contents { history, position, .. } = contents;
        let (sender, receiver) = mpsc::channel::<Queued>();
        let log = file.log(Records(sender.clone()));
        store.forget_lines(file.synced());
        let (publish, synced) = watch::channel(0);
        let disk_space = DiskSpace::default();
        let writer = Writer { store, position, log: file, disk_space: disk_space.clone(), synced: publish };
        let write = move || writer.run(Batches::new(receiver, GATHER, MANY));
        let thread = thread::Builder::new().name("journal".into()).spawn(write);
        let thread =
            thread.map_err(|error| JournalError::Server { place: "thread".into(), source: Box::new(error) })?;
        let since = history.events.len() as u64;
        let (sender, thread, payer) = (Some(sender), Some(thread), *payer);
        let journal = Self { sender, payer, appended: 0, since, synced, disk_space, thread };
        Ok(Opened { journal, log, history })
    }
}

/// Lets a new journal say who pays what it says is owed, unless the assignment log beside it is another coordinator's.
fn name_payer(
    store: &mut dyn Store,
    place: &str,
    contents: &mut Contents,
    payer: &Payer,
    log: &Path,
) -> Result<(), JournalError> {
    if contents.has_payer {
        return Ok(());
    }
    let io = |source| AssignmentLogError::File { path: log.to_owned(), source };
    if let Some((coordinator, chain_id)) = assignments::first_started(log).map_err(io)?
        && (coordinator, chain_id) != (payer.coordinator, payer.chain_id)
    {
        let (path, expected) = (log.to_owned(), Box::new(*payer));
        return Err(JournalError::LogOfAnother { path, coordinator, chain_id, expected });
    }
    let named = store.commit(&[JournalEntry::Checkpoint(Box::default(), *payer)], &mut contents.position);
    named.map_err(|source| JournalError::Server { place: place.to_owned(), source })
}
