//! A journal in a stream of NATS JetStream. A key that expires decides who serves, and every message says behind which one it
//! belongs, which keeps out a coordinator that has lost the key and does not know it.
//!
//! JetStream acknowledges what its cluster has, and syncs a server's disk later by default: a server that is alone needs
//! `sync_interval: always` (from version 2.10 on) for what it has acknowledged to survive a power cut.

mod key;

use std::{
    thread,
    time::{Duration, Instant},
};

use alloy::primitives::B256;
use async_nats::{
    HeaderMap,
    jetstream::{
        Context,
        consumer::pull::OrderedConfig,
        message::PublishMessage,
        stream::{self, LastRawMessageErrorKind, Stream},
    },
};
use bytes::Bytes;
use futures::StreamExt;
use tokio::runtime::Runtime;

use self::key::Key;
use super::{
    chain::{Position, Record, chain},
    checkpoint::CheckpointRow,
    confirmed::{Confirmed, PATIENCE},
    earlier,
    error::{Failure, JournalError, Lost},
    leader::Standby,
    server::Server,
    store::{SharedStore, Store, Stored},
};
use crate::node::{coordinator::assignments::Line, disk_space::is_lack_of_space};

/// Bytes of one message at most; servers take a megabyte by default.
const PART: usize = 512 * 1024;
/// The kind of message with which a session begins to write.
const LEADER: &str = "leader";
/// Messages that are on their way at once.
const WINDOW: usize = 256;

/// What messages are: parts of groups.
mod header {
    /// `leader`, `turn`, `checkpoint` or `lines`. Earlier versions wrote `events`, one to a line, in place of turns.
    pub(super) const KIND: &str = "Cuckoo-Kind";
    /// The part's number in its group, and their number.
    pub(super) const PART: &str = "Cuckoo-Part";
    pub(super) const PARTS: &str = "Cuckoo-Parts";
    /// The session that wrote it.
    pub(super) const WRITER: &str = "Cuckoo-Writer";
    /// Number of the record, or of the line that is first.
    pub(super) const FIRST: &str = "Cuckoo-First";
    /// Lines of its body.
    pub(super) const COUNT: &str = "Cuckoo-Count";
    /// Checksums before and after the group.
    pub(super) const BEFORE: &str = "Cuckoo-Before";
    pub(super) const AFTER: &str = "Cuckoo-After";
}

pub(super) struct Nats {
    context: Context,
    stream: Stream,
    key: Key,
    journal: String,
    assignments: String,
    /// This process, among all that ever wrote.
    writer: String,
    /// Sequence of the last message.
    last: u64,
    /// The same when the checkpoint that is being made was begun.
    begun: u64,
    /// For the connection, which lives between calls, too.
    runtime: Runtime,
}

struct Message {
    subject: String,
    headers: HeaderMap,
    payload: Bytes,
}

/// What belongs together: a record, a checkpoint, or lines of the assignment log. The latter two are one to a line.
#[derive(Debug, Default)]
struct Group {
    kind: String,
    first: u64,
    count: u64,
    before: B256,
    after: B256,
    body: Vec<u8>,
}

impl Nats {
    /// Connects, and waits for the key.
    pub(super) fn lead(server: &Server, standby: Standby<impl FnOnce()>) -> Result<Self, JournalError> {
        let failed = |source: Failure| JournalError::Server { place: server.to_string(), source };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("journal-nats")
            .enable_all()
            .build()
            .map_err(|error| failed(error.into()))?;
        let (context, lease) = runtime.block_on(key::connect(server)).map_err(failed)?;
        if server.replicas == 1 {
            tracing::warn!(
                "one server of NATS keeps the journal: what it has acknowledged survives a power cut of its machine only with \
                 `sync_interval: always` in its configuration, which this coordinator cannot see"
            );
        }
        let writer = format!("{:x}", B256::from(rand::random::<[u8; 32]>()));
        let (waiting, mut standby) = standby.begin();
        let value = waiting.key(&writer);
        let key = loop {
            match runtime.block_on(lease.take(&value)) {
                Ok(Some(key)) => break key,
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "the journal's server cannot be reached; trying again"),
            }
            if let Some(standby) = standby.take() {
                standby();
            }
            waiting.follow(runtime.block_on(lease.leader()));
            waiting.pause()?;
        };
        runtime.spawn(key.hold());
        let name = server.name();
        let (journal, assignments) = (format!("cuckoo.{name}.journal"), format!("cuckoo.{name}.assignments"));
        let config = stream::Config {
            name: format!("cuckoo_{name}_journal"),
            subjects: vec![journal.clone(), assignments.clone()],
            storage: stream::StorageType::File,
            num_replicas: server.replicas,
            ..stream::Config::default()
        };
        let opened = async {
            let stream = context.get_or_create_stream(config).await?;
            let last = stream.get_info().await?.state.last_sequence;
            Ok((stream, last))
        };
        let (stream, last) = runtime.block_on(opened).map_err(failed)?;
        let mut store = Self { context, stream, key, journal, assignments, writer, last, begun: last, runtime };
        // From here on a coordinator that served before, and still thinks that it does, cannot write.
        let leader = store.messages(&store.journal, &Group { kind: LEADER.into(), ..Group::default() });
        store.runtime.block_on(store.publish(&leader, last)).map_err(failed)?;
        store.last += leader.len() as u64;
        waiting.lead(&store.writer);
        Ok(store)
    }

    /// A group as it travels.
    fn messages(&self, subject: &str, group: &Group) -> Vec<Message> {
        let limit = PART.min(self.context.client().server_info().max_payload / 2).max(1);
        let body = Bytes::copy_from_slice(&group.body);
        let parts = body.len().div_ceil(limit).max(1);
        let message = |part: usize| {
            let mut headers = HeaderMap::new();
            headers.insert(header::KIND, group.kind.as_str());
            headers.insert(header::WRITER, self.writer.as_str());
            headers.insert(header::PART, part.to_string());
            headers.insert(header::PARTS, parts.to_string());
            headers.insert(header::FIRST, group.first.to_string());
            headers.insert(header::COUNT, group.count.to_string());
            headers.insert(header::BEFORE, format!("{:x}", group.before));
            headers.insert(header::AFTER, format!("{:x}", group.after));
            let payload = body.slice(part * limit..body.len().min((part + 1) * limit));
            Message { subject: subject.to_owned(), headers, payload }
        };
        (0..parts).map(message).collect()
    }

    /// A record as it travels.
    fn turn(&self, record: &Record, before: B256) -> Vec<Message> {
        let Record { number, checksum, body } = record;
        let (kind, first, count) = ("turn".to_owned(), number.unsigned_abs(), 1);
        self.messages(&self.journal, &Group { kind, first, count, before, after: *checksum, body: body.clone() })
    }

    /// Lines of the assignment log as they travel.
    fn lines_of(&self, lines: &[Line]) -> Vec<Message> {
        let Some(Line { number: first, .. }) = lines.first() else { return vec![] };
        let body = lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n").into_bytes();
        let (kind, first, count) = ("lines".to_owned(), *first, lines.len() as u64);
        self.messages(&self.assignments, &Group { kind, first, count, body, ..Group::default() })
    }

    /// A checkpoint as it travels.
    fn checkpoint(&self, rows: &[CheckpointRow]) -> Vec<Message> {
        // JSON on one line, as serde writes it.
        let body = rows.iter().map(|row| row.body.as_slice()).collect::<Vec<_>>().join(&b'\n');
        let (kind, count) = ("checkpoint".to_owned(), rows.len() as u64);
        let after = rows.last().map(|row| row.checksum).unwrap_or_default();
        self.messages(&self.journal, &Group { kind, count, after, body, ..Group::default() })
    }

    /// Writes messages behind the one with sequence `last`. Each but the first also names the one before it: where somebody else
    /// has taken the first one's place, the second one would otherwise be in its own.
    async fn publish(&self, messages: &[Message], last: u64) -> Result<(), Failure> {
        let (mut last, mut before) = (last, None::<String>);
        for window in messages.chunks(WINDOW) {
            let mut acknowledgements = vec![];
            for Message { subject, headers, payload } in window {
                let message = PublishMessage::build().headers(headers.clone()).payload(payload.clone());
                let mut message = message.expected_last_sequence(last);
                if let Some(before) = &before {
                    message = message.expected_last_message_id(before);
                }
                last += 1;
                let id = format!("{}-{last}", self.writer);
                acknowledgements.push(self.context.send_publish(subject.clone(), message.message_id(&id)).await?);
                before = Some(id);
            }
            for acknowledgement in acknowledgements {
                acknowledgement.await?;
            }
        }
        Ok(())
    }

    /// How many of `count` messages behind `self.last` have arrived, after a failure that left this unknown.
    async fn arrived(&self, count: usize) -> Result<usize, Failure> {
        let last = self.stream.get_info().await?.state.last_sequence;
        let arrived = last.checked_sub(self.last).and_then(|arrived| usize::try_from(arrived).ok());
        let arrived = arrived.filter(|arrived| *arrived <= count).ok_or(Lost)?;
        if arrived > 0 {
            let newest = self.stream.get_raw_message(last).await?;
            if newest.headers.get(header::WRITER).is_none_or(|writer| writer.as_str() != self.writer) {
                return Err(Lost.into());
            }
        }
        Ok(arrived)
    }

    /// All groups of a subject, in order. A group whose end never came is left out.
    async fn groups(&self, subject: &str) -> Result<Vec<Group>, Failure> {
        match self.stream.get_last_raw_message_by_subject(subject).await {
            Ok(_) => {}
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => return Ok(vec![]),
            Err(error) => return Err(error.into()),
        }
        let config = OrderedConfig { filter_subject: subject.to_owned(), ..OrderedConfig::default() };
        let mut messages = self.stream.create_consumer(config).await?.messages().await?;
        let (mut groups, mut open) = (vec![], Group::default());
        let mut next = 0;
        while let Some(message) = messages.next().await {
            let message = message?;
            let text = |name| {
                message.headers.as_ref().and_then(|headers| headers.get(name)).map_or("", |value| value.as_str())
            };
            let number =
                |name| text(name).parse::<u64>().map_err(|_| format!("the header {name} of a message is missing"));
            let (part, parts) = (number(header::PART)?, number(header::PARTS)?);
            if part == 0 {
                let (kind, first, count) =
                    (text(header::KIND).to_owned(), number(header::FIRST)?, number(header::COUNT)?);
                let (before, after) = (text(header::BEFORE).parse()?, text(header::AFTER).parse()?);
                (open, next) = (Group { kind, first, count, before, after, body: vec![] }, 0);
            }
            if part != next {
                return Err(format!("part {next} of a message is missing").into());
            }
            open.body.extend_from_slice(&message.payload);
            next += 1;
            if next == parts {
                groups.push(std::mem::take(&mut open));
            }
            if message.info()?.pending == 0 {
                break;
            }
        }
        Ok(groups)
    }

    /// Writes messages, and again after failures for as long as a server may be away.
    fn insist(&mut self, messages: &[Message]) -> Result<(), Failure> {
        let (began, mut arrived) = (Instant::now(), 0);
        while let Err(error) = self.runtime.block_on(self.publish(&messages[arrived..], self.last + arrived as u64)) {
            // The writer waits for space, and says so. What has arrived of this by then is found when it is written again.
            if is_lack_of_space(error.as_ref()) {
                return Err(error);
            }
            tracing::warn!(%error, "the journal cannot be written; trying again");
            arrived = loop {
                thread::sleep(Duration::from_millis(500));
                match self.runtime.block_on(self.arrived(messages.len())) {
                    Ok(arrived) => break arrived,
                    Err(error) if error.is::<Lost>() || began.elapsed() > PATIENCE => return Err(error),
                    Err(_) => {}
                }
            };
            if began.elapsed() > PATIENCE {
                return Err(error);
            }
        }
        self.last += messages.len() as u64;
        Ok(())
    }

    /// Removes what came before the message with this sequence and is not of the assignment log.
    fn purge(&self, before: u64) {
        let purge = self.stream.purge().filter(self.journal.as_str()).sequence(before);
        if let Err(error) = self.runtime.block_on(async { purge.await }) {
            tracing::warn!(%error, "messages that the journal no longer needs cannot be removed from it");
        }
    }
}

impl Store for Nats {
    fn read(&mut self) -> Result<Stored, Failure> {
        let (mut stored, mut events) = (Stored::default(), vec![]);
        for Group { kind, first, before, after, body, .. } in self.runtime.block_on(self.groups(&self.journal))? {
            let number = i64::try_from(first)?;
            if kind == "turn" {
                stored.records.push(Record { number, checksum: chain(&before, &body), body });
                if stored.records.last().is_none_or(|record| record.checksum != after) {
                    return Err(format!("the checksum of the record {number} does not match").into());
                }
                continue;
            }
            let mut checksum = before;
            let mut lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| {
                checksum = chain(&checksum, line);
                (checksum, line.to_vec())
            });
            match kind.as_str() {
                "events" => {
                    let record = |(number, (checksum, body))| Record { number, checksum, body };
                    events.extend((number..).zip(lines).map(record));
                }
                "checkpoint" => {
                    stored.checkpoint = lines.map(|(checksum, body)| CheckpointRow { checksum, body }).collect();
                    events.clear();
                }
                _ => {
                    lines.next();
                }
            }
            if checksum != after {
                return Err(format!("the checksum of the {kind} from {first} on does not match").into());
            }
        }
        stored.is_earlier = !events.is_empty() || earlier::is_earlier(&stored.checkpoint);
        if stored.is_earlier {
            stored.records = events;
        }
        Ok(stored)
    }

    fn commit(&mut self, records: &[Record], lines: &[Line], before: &Position) -> Result<(), Failure> {
        // Before the leases that follow from them.
        let mut messages = self.lines_of(lines);
        let mut before = before.checksum;
        for record in records {
            messages.extend(self.turn(record, before));
            before = record.checksum;
        }
        self.insist(&messages)
    }

    fn confirmed(&self) -> Option<Confirmed> {
        Some(self.key.confirmed.clone())
    }

    fn confirm(&mut self) -> Result<(), Failure> {
        if self.key.is_anew()
            && let Ok(info) = self.runtime.block_on(self.stream.get_info())
        {
            if info.state.last_sequence != self.last {
                return Err(Lost.into());
            }
            self.key.is_as_before();
        }
        self.key.confirmed.check()
    }

    fn begin_checkpoint(&mut self) {
        self.begun = self.last;
    }

    fn replace(&mut self, checkpoint: &[CheckpointRow], _through: &Position, _end: &Position) -> Result<(), Failure> {
        self.insist(&self.checkpoint(checkpoint))?;
        self.purge(self.begun + 1);
        Ok(())
    }

    fn convert(&mut self, checkpoint: &[CheckpointRow], _end: &Position) -> Result<(), Failure> {
        let begun = self.last;
        self.insist(&self.checkpoint(checkpoint))?;
        self.purge(begun + 1);
        Ok(())
    }
}

impl SharedStore for Nats {
    fn count_lines(&mut self) -> Result<u64, Failure> {
        let groups = self.runtime.block_on(self.groups(&self.assignments))?;
        Ok(groups.last().map_or(0, |group| group.first + group.count))
    }

    fn lines(&mut self, from: u64, count: u64) -> Result<Vec<String>, Failure> {
        let mut lines = vec![];
        for Group { first, body, .. } in self.runtime.block_on(self.groups(&self.assignments))? {
            let numbered = (first..).zip(std::str::from_utf8(&body)?.lines());
            lines.extend(numbered.filter(|(number, _)| *number >= from).map(|(_, line)| line.to_owned()));
        }
        match lines.len() as u64 + from == count {
            true => Ok(lines),
            false => Err("lines of its assignment log are missing".into()),
        }
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        // The next one need not wait for the key to expire.
        self.runtime.block_on(self.key.leave());
    }
}
