//! Journals on real servers, and what becomes of those that earlier versions wrote.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use alloy::primitives::keccak256;
use cuckoo::node::coordinator::journal::{
    Checkpoint, History, Journal, JournalError, Opened, Payer, Server, Standby, Turn,
};
use cuckoo_protocol::{
    Address, B256, TaskId,
    assign::log::{self, Entry, Record},
    coordinator::Event,
    message::{Receipt, Ticket},
    price::Rate,
    task::{self, ChatMessage, ChatRole, FinishReason, Outcome, Pick, ReceiptRecord, Sampling, Task, TaskSpec},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::harness::servers::{Nats, PASSWORD, Postgres, until};

/// The coordinator whose journals these are.
const NODE: Address = Address::repeat_byte(7);
const PAYER: Payer = Payer { chain_id: 31_337, settlement: NODE, coordinator: NODE };

fn id(number: u8) -> TaskId {
    TaskId(B256::repeat_byte(number))
}

fn accepted(number: u8, bytes: usize) -> Event {
    let spec = TaskSpec {
        id: id(number),
        model: "m".into(),
        messages: vec![ChatMessage { role: ChatRole::User, content: "x\n".repeat(bytes / 2) }],
        sampling: Sampling::default(),
        salt: Default::default(),
        pick_salt: Default::default(),
        accepted_at: 1,
        deadline: 2,
        caller: Some("shop".into()),
        idempotency: None,
        rate: Rate::new(700, 1_300).expect("a rate"),
        scored: false,
        streamed: false,
        examine: None,
    };
    task::Event::Accepted { sequence: number.into(), spec: spec.into() }.into()
}

fn revealed(epoch: u64) -> Entry {
    Entry::Revealed { epoch, seed: B256::ZERO }
}

fn server(url: &str) -> Server {
    Server::new(url.parse().expect("a URL"), Some(SecretString::from(PASSWORD)), NODE).expect("a server")
}

fn join(server: &Server, log: &Path) -> Result<Opened, JournalError> {
    Journal::join(server, log, &PAYER, standby(&CancellationToken::new(), || panic!("nobody else is there")))
}

fn standby<F: FnOnce()>(stop: &CancellationToken, waits: F) -> Standby<F> {
    Standby { stop: stop.clone(), waits, address: None, leader: tokio::sync::watch::channel(None).0 }
}

/// What a journal says it is, and what it is at the next opening; who comes second waits.
fn keeps_what_it_is_given(url: &str) {
    let folder = tempfile::tempdir().expect("a directory");
    let log = folder.path().join("assignments.log");
    let server = server(url);
    assert!(!format!("{server:?}").contains(PASSWORD));
    let Opened { mut journal, history, .. } = join(&server, &log).expect("joins");
    assert_eq!(history, History::default());
    let mut whole = Checkpoint::default();
    // One is larger than any message of NATS.
    let events: Vec<_> = (0..40).map(|number| accepted(number, if number == 7 { 3 << 20 } else { 100 })).collect();
    for (at, some) in (0..).zip(events[..30].chunks(10)) {
        some.iter().for_each(|event| drop(whole.apply(event).expect("applies")));
        journal.append(Turn { at, events: some.to_vec(), entries: vec![revealed(at)], checkpoint: None }, vec![], true);
    }
    let before = History { checkpoint: Checkpoint::default(), events: events[..30].to_vec() };
    drop(journal);
    let lines = fs::read_to_string(&log).expect("written");
    assert_eq!(lines.lines().count(), 3);
    // What is not there, or what a power cut left of it, is fetched.
    for left in ["".to_owned(), format!("{}{}\n{}", &lines[..99], "\0".repeat(99), &lines[300..])] {
        fs::write(&log, left).expect("written");
        let Opened { journal, history, .. } = join(&server, &log).expect("joins");
        assert_eq!(history, before);
        assert_eq!(fs::read_to_string(&log).expect("fetched"), lines);
        drop(journal);
    }
    let Opened { mut journal, .. } = join(&server, &log).expect("joins");
    journal.append(Turn { checkpoint: Some(Box::new(whole.clone())), ..Turn::default() }, vec![], true);
    journal.append(Turn { events: events[30..].to_vec(), ..Turn::default() }, vec![], true);
    // Another one waits until this one is gone, and has what it wrote in its last moment.
    let (waits, stop) = (AtomicBool::new(false), CancellationToken::new());
    std::thread::scope(|scope| {
        let second =
            scope.spawn(|| Journal::join(&server, &log, &PAYER, standby(&stop, || waits.store(true, Relaxed))));
        until(|| waits.load(Relaxed));
        assert!(!second.is_finished());
        drop(journal);
        let Opened { journal, history, .. } = second.join().expect("runs").expect("joins");
        assert_eq!(history, History { checkpoint: whole, events: events[30..].to_vec() });
        assert_eq!(journal.since_checkpoint(), 10);
    });
    is_refused_with(&server, &log, folder.path());
}

/// What a server's journal is not opened with: another log, another contract, or while another coordinator has it.
fn is_refused_with(server: &Server, log: &Path, folder: &Path) {
    // A log that does not go on as the server's does is not touched.
    let another = folder.join("another.log");
    let Opened { mut journal, .. } = Journal::open(&folder.join("another.db"), &another, &PAYER).expect("opens");
    let entries = (7..10).map(revealed).collect();
    journal.append(Turn { entries, ..Turn::default() }, vec![], true);
    drop(journal);
    fs::copy(another, log).expect("copied");
    let refused = join(server, log);
    assert!(refused.is_err_and(|error| error.to_string().contains("is not the one of the journal")));
    fs::remove_file(log).expect("removed");
    let replaced = Payer { settlement: Address::repeat_byte(8), ..PAYER };
    let refused = Journal::join(server, log, &replaced, standby(&CancellationToken::new(), || {}));
    assert!(refused.is_err_and(|error| error.to_string().contains("is that of coordinator")));
    let stop = CancellationToken::new();
    let _serving = join(server, log).expect("joins");
    let stopped = Journal::join(server, log, &PAYER, standby(&stop, || stop.cancel()));
    assert!(stopped.is_err_and(|error| error.to_string().contains("another coordinator serves")));
}

#[test]
fn needs_postgres_a_journal_keeps_what_it_is_given() {
    keeps_what_it_is_given(&Postgres::start().url());
}

#[test]
fn needs_nats_a_journal_keeps_what_it_is_given() {
    keeps_what_it_is_given(&Nats::start().url());
}

/// A body and its checksum, behind the one before it.
type Row = (B256, Vec<u8>);

/// A journal as earlier versions wrote it: a record for each event, and a checkpoint with the number of the last one in it.
struct Earlier {
    checkpoint: Vec<Row>,
    /// Those that are in the checkpoint, and those behind it, which have the numbers from `first` on.
    before: Vec<Row>,
    events: Vec<Row>,
    first: i64,
    /// The assignment log.
    lines: Vec<String>,
    /// What all of it leads to.
    state: Checkpoint,
}

fn chained(head: &mut B256, body: Vec<u8>) -> Row {
    *head = keccak256([head.as_slice(), &body].concat());
    (*head, body)
}

fn leased(number: u8, attempt: u32, ticket: u64) -> Event {
    let (drawn, weight, total) = (0, 1, 1);
    let pick = Pick { epoch: 0, sequence: number.into(), seed: B256::ZERO, drawn, weight, total };
    task::Event::Leased { task: id(number), attempt, miner: Address::repeat_byte(1), pick: pick.into(), ticket }.into()
}

fn done(number: u8, attempt: u32) -> Event {
    let receipt = ReceiptRecord {
        chain_id: 31_337,
        settlement: NODE,
        ticket: Ticket::default(),
        ticket_signature: vec![1; 65].into(),
        receipt: Receipt::default(),
        receipt_signature: vec![2; 65].into(),
        salt: B256::ZERO,
        token_ids: vec![7, 8],
    };
    let (finish, scores, prompt) = (FinishReason::Stop, vec![], None);
    let (text, log_probabilities) = ("no\n".into(), vec![]);
    let (prompt_tokens, completion_tokens) = (3, 2);
    let outcome = Outcome {
        text,
        finish,
        stop: None,
        prompt_tokens,
        completion_tokens,
        scores,
        prompt,
        log_probabilities,
        class: String::new(),
        receipt,
    };
    task::Event::Done { task: id(number), attempt, outcome: outcome.into() }.into()
}

impl Earlier {
    fn new() -> Self {
        let cancelled = |number, delivered| task::Event::Cancelled { task: id(number), delivered }.into();
        let first = [accepted(0, 100), accepted(1, 100), leased(1, 1, 5), cancelled(1, 3), accepted(2, 100)];
        let second = [
            leased(2, 1, 6),
            task::Event::Started { task: id(2), attempt: 1 }.into(),
            accepted(3, 700_000),
            done(2, 1),
            leased(3, 1, 7),
            task::Event::Lost { task: id(3), attempt: 1, reason: "it hangs".into() }.into(),
            leased(0, 1, 8),
        ];
        let (mut state, mut head) = (Checkpoint::default(), B256::ZERO);
        let mut record = |state: &mut Checkpoint, event: Event| {
            let body = serde_json::to_vec(&event).expect("JSON");
            state.apply(&event).expect("applies");
            chained(&mut head, body)
        };
        let before: Vec<_> = first.into_iter().map(|event| record(&mut state, event)).collect();
        let summary = json!({
            "payer": PAYER, "number": before.len(), "head": before.last().expect("one").0, "accounts": state.accounts,
            "next_sequence": state.tasks.next_sequence(), "tasks": state.tasks.len(),
        });
        let mut rows = B256::ZERO;
        let tasks = state.tasks.iter().map(|task| serde_json::to_vec::<Task>(task).expect("JSON"));
        let bodies = std::iter::once(summary.to_string().into_bytes()).chain(tasks);
        let checkpoint = bodies.map(|body| chained(&mut rows, body)).collect();
        let first = before.len() as i64 + 1;
        let events = second.into_iter().map(|event| record(&mut state, event)).collect();
        let mut head = B256::ZERO;
        let line = |number: u64| {
            let (text, next) = log::line(&head, &Record { number, at: 1, entry: revealed(number) }).expect("JSON");
            head = next;
            text
        };
        Self { checkpoint, before, events, first, lines: (0..9).map(line).collect(), state }
    }

    /// In a file. Its log's first three lines are known to be in the log's own file.
    fn to_sqlite(&self, path: &Path) {
        let connection = rusqlite::Connection::open(path).expect("opens");
        let tables = "
            CREATE TABLE events (number INTEGER PRIMARY KEY, checksum BLOB NOT NULL, body BLOB NOT NULL) STRICT;
            CREATE TABLE checkpoint (position INTEGER PRIMARY KEY, checksum BLOB NOT NULL, body BLOB NOT NULL) STRICT;
            CREATE TABLE lines (number INTEGER PRIMARY KEY, place INTEGER NOT NULL, lines TEXT NOT NULL) STRICT;";
        connection.execute_batch(tables).expect("made");
        let insert = |sql: &str, values: &[&dyn rusqlite::ToSql]| connection.execute(sql, values).expect("inserted");
        for (checksum, body) in &self.checkpoint {
            insert("INSERT INTO checkpoint (checksum, body) VALUES (?1, ?2)", &[&checksum.as_slice(), body]);
        }
        for (number, (checksum, body)) in (self.first..).zip(&self.events) {
            insert("INSERT INTO events VALUES (?1, ?2, ?3)", &[&number, &checksum.as_slice(), body]);
        }
        for number in [3, 6] {
            let place = self.log(number).len();
            let lines = self.lines[number..number + 3].join("\n");
            insert("INSERT INTO lines VALUES (?1, ?2, ?3)", &[&number, &place, &lines]);
        }
    }

    /// The beginning of its log's file.
    fn log(&self, lines: usize) -> String {
        self.lines[..lines].iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }

    /// On a server, with all lines.
    fn to_postgres(&self, port: u16) {
        let mut client = Postgres::connect(port).expect("connects");
        let schema = format!("cuckoo_{NODE:x}");
        let tables = format!(
            "CREATE SCHEMA {schema};
             SET search_path TO {schema};
             CREATE TABLE events (number BIGINT PRIMARY KEY, checksum BYTEA NOT NULL, body BYTEA NOT NULL);
             CREATE TABLE checkpoint (position BIGINT PRIMARY KEY, checksum BYTEA NOT NULL, body BYTEA NOT NULL);
             CREATE TABLE assignments (number BIGINT PRIMARY KEY, line TEXT NOT NULL);
             CREATE TABLE head (one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one), number BIGINT NOT NULL, checksum BYTEA NOT NULL);"
        );
        client.batch_execute(&tables).expect("made");
        let mut insert = |sql: &str, values: &[&(dyn postgres::types::ToSql + Sync)]| {
            client.execute(sql, values).expect("inserted");
        };
        for (number, (checksum, body)) in (0i64..).zip(&self.checkpoint) {
            insert("INSERT INTO checkpoint VALUES ($1, $2, $3)", &[&number, &checksum.as_slice(), body]);
        }
        for (number, (checksum, body)) in (self.first..).zip(&self.events) {
            insert("INSERT INTO events VALUES ($1, $2, $3)", &[&number, &checksum.as_slice(), body]);
        }
        for (number, line) in (0i64..).zip(&self.lines) {
            insert("INSERT INTO assignments VALUES ($1, $2)", &[&number, line]);
        }
        let (end, (checksum, _)) = (self.end(), self.events.last().expect("one"));
        insert("INSERT INTO head (number, checksum) VALUES ($1, $2)", &[&end, &checksum.as_slice()]);
    }

    /// The number of its last event.
    fn end(&self) -> i64 {
        self.first + self.events.len() as i64 - 1
    }

    /// In a stream, where it was not purged of what is in the checkpoint.
    async fn to_nats(&self, nats: &Nats) {
        let context = nats.client().await;
        let name = format!("{NODE:x}");
        let [journal, assignments] = ["journal", "assignments"].map(|kind| format!("cuckoo.{name}.{kind}"));
        let config = async_nats::jetstream::stream::Config {
            name: format!("cuckoo_{name}_journal"),
            subjects: vec![journal.clone(), assignments.clone()],
            ..Default::default()
        };
        context.create_stream(config).await.expect("made");
        let publish =
            async |subject: &str, kind: &str, first: i64, before: B256, rows: &[Row], part: (usize, usize)| {
                let lines = rows.iter().map(|(_, body)| body.as_slice()).collect::<Vec<_>>().join(&b'\n');
                let (part, parts) = part;
                let size = lines.len().div_ceil(parts).max(1);
                let payload = lines.chunks(size).nth(part).unwrap_or_default().to_vec();
                let mut headers = async_nats::HeaderMap::new();
                let after = rows.last().map(|(checksum, _)| *checksum).unwrap_or_default();
                for (header, value) in [
                    ("Kind", kind.to_owned()),
                    ("Part", part.to_string()),
                    ("Parts", parts.to_string()),
                    ("Writer", "earlier".to_owned()),
                    ("First", first.to_string()),
                    ("Count", rows.len().to_string()),
                    ("Before", format!("{before:x}")),
                    ("After", format!("{after:x}")),
                ] {
                    headers.insert(format!("Cuckoo-{header}"), value);
                }
                let sent = context.publish_with_headers(subject.to_owned(), headers, payload.into()).await;
                sent.expect("sent").await.expect("stored");
            };
        let head = self.before.last().expect("one").0;
        publish(&journal, "leader", 0, B256::ZERO, &[], (0, 1)).await;
        publish(&journal, "events", 1, B256::ZERO, &self.before, (0, 1)).await;
        publish(&journal, "checkpoint", 0, B256::ZERO, &self.checkpoint, (0, 1)).await;
        for part in [0, 1] {
            publish(&journal, "events", self.first, head, &self.events, (part, 2)).await;
        }
        let lines: Vec<_> = self.lines.iter().map(|line| (B256::ZERO, line.clone().into_bytes())).collect();
        publish(&assignments, "lines", 0, B256::ZERO, &lines, (0, 1)).await;
        // A coordinator that was killed while it wrote today's form has left the beginning of a checkpoint.
        publish(&journal, "checkpoint", 0, B256::ZERO, &self.checkpoint, (0, 2)).await;
    }

    /// Checks what was read of it, writes something in today's form, and checks that this is read as well.
    fn goes_on(&self, log: &Path, opened: Opened, again: impl Fn() -> Opened) {
        let Opened { mut journal, history, log: head } = opened;
        assert_eq!(history, History { checkpoint: self.state.clone(), events: vec![] });
        assert_eq!((journal.since_checkpoint(), head.head().entries), (0, 9));
        assert_eq!(fs::read_to_string(log).expect("there"), self.log(9));
        journal.append(
            Turn { events: vec![accepted(9, 10)], entries: vec![revealed(9)], ..Turn::default() },
            vec![],
            true,
        );
        drop(journal);
        let Opened { history, log, .. } = again();
        assert_eq!(history, History { checkpoint: self.state.clone(), events: vec![accepted(9, 10)] });
        assert_eq!(log.head().entries, 10);
    }
}

#[test]
fn a_file_of_an_earlier_version_goes_on_in_todays_form() {
    let folder = tempfile::tempdir().expect("a directory");
    let (path, log) = (folder.path().join("journal.db"), folder.path().join("assignments.log"));
    let open = || Journal::open(&path, &log, &PAYER).expect("opens");
    let earlier = Earlier::new();
    earlier.to_sqlite(&path);
    // The file has not got all lines yet.
    fs::write(&log, earlier.log(5)).expect("written");
    earlier.goes_on(&log, open(), open);
    let connection = rusqlite::Connection::open(&path).expect("opens");
    let tables: String = connection
        .query_row("SELECT group_concat(name, ' ' ORDER BY name) FROM sqlite_schema WHERE type = 'table'", [], |row| {
            row.get(0)
        })
        .expect("listed");
    assert_eq!(tables, "checkpoint turns");
    // Earlier versions ask for the number of an event, and refuse a checkpoint without one. The tables that they make before change nothing.
    let summary = "SELECT body FROM checkpoint ORDER BY position LIMIT 1";
    let summary: Vec<u8> = connection.query_row(summary, [], |row| row.get(0)).expect("a checkpoint");
    assert_eq!(serde_json::from_slice::<Value>(&summary).expect("JSON").get("number"), None);
    let tables = "CREATE TABLE events (number INTEGER PRIMARY KEY, checksum BLOB NOT NULL, body BLOB NOT NULL) STRICT";
    connection.execute(tables, []).expect("made");
    drop(connection);
    assert_eq!(open().history.events, [accepted(9, 10)]);
}

#[test]
fn a_conversion_that_is_cut_short_has_happened_or_not() {
    let folder = tempfile::tempdir().expect("a directory");
    let (path, log) = (folder.path().join("journal.db"), folder.path().join("assignments.log"));
    let earlier = Earlier::new();
    earlier.to_sqlite(&path);
    fs::write(&log, earlier.log(5)).expect("written");
    // As long as it is open, all of the conversion is in SQLite's own log.
    let _open = Journal::open(&path, &log, &PAYER).expect("opens");
    let wal = fs::read(path.with_extension("db-wal")).expect("it is open");
    let main = fs::read(&path).expect("read");
    let (mut earlier_form, mut todays) = (0, 0);
    for round in 0..=60 {
        let copy = folder.path().join(format!("{round}.db"));
        fs::write(&copy, &main).expect("written");
        fs::write(copy.with_extension("db-wal"), &wal[..wal.len() * round / 60]).expect("written");
        let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'events'";
        let connection = rusqlite::Connection::open(&copy).expect("opens");
        let count: usize = connection.query_row(tables, [], |row| row.get(0)).expect("counted");
        drop(connection);
        *(if count == 1 { &mut earlier_form } else { &mut todays }) += 1;
        let log = copy.with_extension("log");
        // Lines are in the file before they go from the journal.
        fs::write(&log, earlier.log(if count == 1 { 5 } else { 9 })).expect("written");
        let open = || Journal::open(&copy, &log, &PAYER).expect("opens");
        earlier.goes_on(&log, open(), open);
    }
    assert!(earlier_form > 0 && todays > 0, "{earlier_form} {todays}");
}

#[test]
fn what_is_wrong_with_a_file_of_an_earlier_version_is_said() {
    let folder = tempfile::tempdir().expect("a directory");
    let (path, log) = (folder.path().join("journal.db"), folder.path().join("assignments.log"));
    let refused = |change: &dyn Fn(&mut Earlier), payer: &Payer, sql: &str| {
        let _ = fs::remove_file(&path);
        let mut earlier = Earlier::new();
        change(&mut earlier);
        earlier.to_sqlite(&path);
        rusqlite::Connection::open(&path).and_then(|connection| connection.execute_batch(sql)).expect("changed");
        let error = Journal::open(&path, &log, payer).expect_err("it is refused");
        // All of it stays, for whoever knows what to do.
        let kept = rusqlite::Connection::open(&path).expect("opens");
        let events: usize = kept.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).expect("counted");
        assert!(events > 0);
        error.to_string()
    };
    let same = |_: &mut Earlier| {};
    let other = Payer { settlement: Address::repeat_byte(8), ..PAYER };
    assert!(refused(&same, &other, "").contains("is that of coordinator"));
    assert!(refused(&same, &PAYER, "DELETE FROM checkpoint").contains("does not say which coordinator's"));
    assert!(refused(&same, &PAYER, "DELETE FROM events WHERE number = 8").contains("record 8 is missing"));
    let changed = "UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'hangs', 'stops') AS BLOB)";
    assert!(refused(&same, &PAYER, changed).contains("damaged at record 11: its checksum does not match"));
    let twice = |earlier: &mut Earlier| {
        let mut head = earlier.events.last().expect("one").0;
        let body = serde_json::to_vec(&accepted(0, 100)).expect("JSON");
        earlier.events.push(chained(&mut head, body));
    };
    assert!(refused(&twice, &PAYER, "").contains("damaged at record 13: it contradicts the records before it"));
}

#[test]
fn needs_postgres_a_journal_of_an_earlier_version_goes_on_in_todays_form() {
    let postgres = Postgres::start();
    let folder = tempfile::tempdir().expect("a directory");
    let log = folder.path().join("assignments.log");
    let (earlier, server) = (Earlier::new(), server(&postgres.url()));
    earlier.to_postgres(postgres.port);
    // The transaction fails at its end: nothing has changed.
    let mut client = Postgres::connect(postgres.port).expect("connects");
    let schema = format!("cuckoo_{NODE:x}");
    client.batch_execute(&format!("CREATE VIEW {schema}.mine AS SELECT * FROM {schema}.events")).expect("made");
    let failed = join(&server, &log).expect_err("the table is needed");
    assert!(failed.to_string().contains("cannot be opened"), "{failed}");
    client.batch_execute(&format!("DROP VIEW {schema}.mine")).expect("removed");
    let open = || join(&server, &log).expect("joins");
    earlier.goes_on(&log, open(), open);
    let gone = client.query_one(&format!("SELECT to_regclass('{schema}.events') IS NULL"), &[]).expect("answers");
    assert!(gone.get::<_, bool>(0));
}

#[test]
fn needs_nats_a_journal_of_an_earlier_version_goes_on_in_todays_form() {
    let nats = Nats::start();
    let folder = tempfile::tempdir().expect("a directory");
    let log = folder.path().join("assignments.log");
    let (earlier, server) = (Earlier::new(), server(&nats.url()));
    Runtime::new().expect("a runtime").block_on(earlier.to_nats(&nats));
    let open = || join(&server, &log).expect("joins");
    earlier.goes_on(&log, open(), open);
}
