//! A journal on a PostgreSQL server, in a schema of its own. An advisory lock decides who serves. Every transaction moves
//! the head of the journal on from where it was, which keeps out a coordinator that has lost the lock and does not know it. Who serves writes
//! down every second that it does (`pulse`): a session that has not for long is ended by the next one, since a server keeps the lock of a process
//! that is frozen for as long as its machine answers.

mod pulse;
mod session;

use std::{
    thread,
    time::{Duration, Instant},
};

use alloy::primitives::{B256, keccak256};
use cuckoo_protocol::described;
use postgres::{Client, Transaction};

use self::{
    pulse::Pulse,
    session::{connect, schema},
};
use super::{
    chain::{Position, Record},
    checkpoint::CheckpointRow,
    confirmed::{Confirmed, PATIENCE},
    earlier,
    error::{Failure, JournalError, Lost},
    leader::{Leader, Standby},
    server::Server,
    store::{SharedStore, Store, Stored},
};
use crate::node::{coordinator::assignments::Line, disk_space::is_lack_of_space};

/// Without these, what was committed can be gone after a power cut.
const DURABLE: [&str; 3] = ["fsync", "full_page_writes", "synchronous_commit"];
/// A coordinator that has not shown for this long that it is alive is replaced, in seconds.
const FROZEN: i32 = 6;
/// Rows that are sent at once, and bytes of them.
const ROWS: usize = 1_000;
const BYTES: usize = 8 << 20;

pub(super) struct Postgres {
    server: Server,
    client: Client,
    /// This process, among all that ever served.
    writer: String,
    pulse: Pulse,
}

impl Postgres {
    /// Connects, and waits for the lock.
    pub(super) fn lead(server: &Server, standby: Standby<impl FnOnce()>) -> Result<Self, JournalError> {
        let failed = |source: Failure| JournalError::Server { place: server.to_string(), source };
        let (waiting, mut standby) = standby.begin();
        let mut client = Some(connect(server).map_err(failed)?);
        let client = loop {
            let locked = client.as_mut().map_or(Ok(false), |client| lock(client, server));
            match (locked, client.take()) {
                (Ok(true), Some(client)) => break client,
                (Ok(_), same) => client = same,
                (Err(error), _) => tracing::warn!(%error, "the journal's server cannot be reached; trying again"),
            }
            if let Some(standby) = standby.take() {
                standby();
            }
            let is_ended = client.as_mut().is_some_and(|client| {
                end_frozen(client, server).unwrap_or_else(|error| {
                    tracing::debug!(%error, "whether the one that serves is alive cannot be seen");
                    false
                })
            });
            if let Some(client) = &mut client {
                waiting.follow(read_leader(client, server));
            }
            match is_ended {
                // Its session takes a moment to end.
                true => thread::sleep(Duration::from_millis(100)),
                false => waiting.pause()?,
            }
            if client.is_none() {
                client = connect(server).inspect_err(|error| tracing::debug!(%error, "not yet")).ok();
            }
        };
        let mut client = client;
        for setting in DURABLE {
            let row = client.query_one(&format!("SHOW {setting}"), &[]);
            let found: String = row.and_then(|row| row.try_get(0)).map_err(|error| failed(error.into()))?;
            if found != "on" {
                let place = server.to_string();
                return Err(JournalError::NotDurable { place, setting, found, expected: "on" });
            }
        }
        let writer = format!("{:x}", B256::from(rand::random::<[u8; 32]>()));
        let appeared = create(&mut client, server).and_then(|()| appear(&mut client, &writer, &waiting.address()));
        appeared.map_err(|error| failed(error.into()))?;
        let pulse = Pulse::begin(server, &writer).map_err(failed)?;
        waiting.lead(&writer);
        Ok(Self { server: server.clone(), client, writer, pulse })
    }

    /// Makes changes in one transaction if the journal ends at `before`, and moves its end to `after`.
    fn change(
        &mut self,
        before: &Position,
        after: &Position,
        changes: impl FnOnce(&mut Transaction<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut transaction = self.client.transaction()?;
        let moved = transaction.execute(
            "UPDATE head SET number = $1, checksum = $2 WHERE number = $3 AND checksum = $4",
            &[&after.number, &after.checksum.as_slice(), &before.number, &before.checksum.as_slice()],
        )?;
        if moved != 1 {
            return Err(Lost.into());
        }
        changes(&mut transaction)?;
        Ok(transaction.commit()?)
    }

    /// The same, and again after failures for as long as a server may be away.
    fn insist(
        &mut self,
        before: &Position,
        after: &Position,
        changes: impl Fn(&mut Transaction<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let began = Instant::now();
        let mut changed = self.change(before, after, &changes);
        while let Err(error) = changed {
            // The writer waits for space, and says so.
            if error.is::<Lost>() || is_lack_of_space(error.as_ref()) || began.elapsed() > PATIENCE {
                return Err(error);
            }
            tracing::warn!(error = described(&*error), "the journal cannot be written; trying again");
            thread::sleep(Duration::from_millis(500));
            changed = self.reconnect().and_then(|found| match found {
                // The failure may have come before the commit or after it. A checkpoint does not move the end, and can be written twice.
                _ if found == *before => self.change(before, after, &changes),
                _ if found == *after => Ok(()),
                _ => Err(Lost.into()),
            });
        }
        Ok(())
    }

    /// Connects again; returns where the journal ends.
    fn reconnect(&mut self) -> Result<Position, Failure> {
        self.client = connect(&self.server)?;
        self.client.batch_execute(&format!("SET search_path TO {}", schema(&self.server)))?;
        if !lock(&mut self.client, &self.server)? {
            let writer: String = self.client.query_one("SELECT writer FROM leader", &[])?.try_get(0)?;
            if writer != self.writer {
                return Err(Lost.into());
            }
            // The session that has failed still holds it.
            end_holder(&mut self.client, &self.server, -1)?;
            return Err("another session holds its lock".into());
        }
        let row = self.client.query_one("SELECT number, checksum FROM head", &[])?;
        Ok(Position { number: row.try_get(0)?, checksum: checksum(&row, 1)? })
    }
}

impl Store for Postgres {
    fn confirmed(&self) -> Option<Confirmed> {
        Some(self.pulse.confirmed.clone())
    }

    fn confirm(&mut self) -> Result<(), Failure> {
        self.pulse.confirmed.check()
    }

    fn read(&mut self) -> Result<Stored, Failure> {
        let rows = self.client.query("SELECT checksum, body FROM checkpoint ORDER BY position", &[])?;
        let row = |row: &postgres::Row| Ok(CheckpointRow { checksum: checksum(row, 0)?, body: row.try_get(1)? });
        let checkpoint = rows.iter().map(row).collect::<Result<Vec<_>, postgres::Error>>()?;
        let mut is_earlier = earlier::is_earlier(&checkpoint);
        if checkpoint.is_empty() {
            let found = self.client.query_one("SELECT to_regclass('events') IS NOT NULL", &[])?.try_get(0)?;
            is_earlier = found && self.client.query_one("SELECT EXISTS (SELECT * FROM events)", &[])?.try_get(0)?;
        }
        let table = if is_earlier { "events" } else { "turns" };
        let select = format!("SELECT number, checksum, body FROM {table} ORDER BY number");
        let rows = self.client.query(&select, &[])?;
        let record = |row: &postgres::Row| {
            Ok(Record { number: row.try_get(0)?, checksum: checksum(row, 1)?, body: row.try_get(2)? })
        };
        let records = rows.iter().map(record).collect::<Result<_, postgres::Error>>()?;
        Ok(Stored { is_earlier, checkpoint, records })
    }

    fn commit(&mut self, records: &[Record], lines: &[Line], before: &Position) -> Result<(), Failure> {
        let Some(Record { number, checksum, .. }) = records.last() else { return Ok(()) };
        let after = Position { number: *number, checksum: *checksum };
        self.insist(before, &after, |transaction| {
            write_lines(transaction, lines)?;
            Ok(write_records(transaction, records)?)
        })
    }

    fn replace(&mut self, checkpoint: &[CheckpointRow], through: &Position, end: &Position) -> Result<(), Failure> {
        self.insist(end, end, |transaction| {
            write_checkpoint(transaction, checkpoint)?;
            transaction.execute("DELETE FROM turns WHERE number <= $1", &[&through.number])?;
            Ok(())
        })
    }

    fn convert(&mut self, checkpoint: &[CheckpointRow], end: &Position) -> Result<(), Failure> {
        self.change(end, end, |transaction| {
            write_checkpoint(transaction, checkpoint)?;
            Ok(transaction.batch_execute("DROP TABLE events")?)
        })
    }
}

impl SharedStore for Postgres {
    fn count_lines(&mut self) -> Result<u64, Failure> {
        let count = self.client.query_one("SELECT coalesce(max(number) + 1, 0) FROM assignments", &[])?;
        Ok(count.try_get::<_, i64>(0)?.unsigned_abs())
    }

    fn lines(&mut self, from: u64, count: u64) -> Result<Vec<String>, Failure> {
        let from = i64::try_from(from)?;
        let rows = self.client.query("SELECT line FROM assignments WHERE number >= $1 ORDER BY number", &[&from])?;
        let lines: Vec<_> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        match lines.len() as u64 + from.unsigned_abs() == count {
            true => Ok(lines),
            false => Err("lines of its assignment log are missing".into()),
        }
    }
}

fn create(client: &mut Client, server: &Server) -> Result<(), postgres::Error> {
    let schema = schema(server);
    client.batch_execute(&format!(
        "CREATE SCHEMA IF NOT EXISTS {schema};
         CREATE TABLE IF NOT EXISTS {schema}.turns (number BIGINT PRIMARY KEY, checksum BYTEA NOT NULL, body BYTEA NOT NULL);
         CREATE TABLE IF NOT EXISTS {schema}.checkpoint (position BIGINT PRIMARY KEY, checksum BYTEA NOT NULL, body BYTEA NOT NULL);
         CREATE TABLE IF NOT EXISTS {schema}.assignments (number BIGINT PRIMARY KEY, line TEXT NOT NULL);
         CREATE TABLE IF NOT EXISTS {schema}.head (one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one), number BIGINT NOT NULL, checksum BYTEA NOT NULL);
         CREATE TABLE IF NOT EXISTS {schema}.leader (one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one), writer TEXT NOT NULL, at TIMESTAMPTZ NOT NULL);
         ALTER TABLE {schema}.leader ADD COLUMN IF NOT EXISTS address TEXT NOT NULL DEFAULT '';
         INSERT INTO {schema}.head (number, checksum) VALUES (0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
         SET search_path TO {schema};"
    ))
}

/// Says that the process `writer` serves from now on, and where other replicas reach it.
fn appear(client: &mut Client, writer: &str, address: &str) -> Result<(), postgres::Error> {
    let appear = "INSERT INTO leader (writer, at, address) VALUES ($1, clock_timestamp(), $2) \
         ON CONFLICT (one) DO UPDATE SET writer = excluded.writer, at = excluded.at, address = excluded.address";
    client.execute(appear, &[&writer, &address]).map(drop)
}

fn lock(client: &mut Client, server: &Server) -> Result<bool, Failure> {
    Ok(client.query_one("SELECT pg_try_advisory_lock($1)", &[&lock_key(server)?])?.try_get(0)?)
}

/// Who leads, as far as the server says.
fn read_leader(client: &mut Client, server: &Server) -> Option<Leader> {
    let row = client.query_opt(&format!("SELECT writer, address FROM {}.leader", schema(server)), &[]);
    let row = row.inspect_err(|error| tracing::debug!(%error, "who leads cannot be read")).ok()??;
    Leader::read(row.try_get(0).ok()?, row.try_get(1).ok()?)
}

/// The number of the lock that decides who serves.
fn lock_key(server: &Server) -> Result<i64, Failure> {
    let hash = keccak256(schema(server));
    Ok(i64::from_be_bytes(hash[..8].try_into()?))
}

/// Ends the session of a coordinator that has the lock and has not shown for long that it is alive. True if there was one.
fn end_frozen(client: &mut Client, server: &Server) -> Result<bool, Failure> {
    let is_ended = end_holder(client, server, FROZEN)?;
    if is_ended {
        tracing::warn!("the coordinator that served shows no sign of life; it is replaced");
    }
    Ok(is_ended)
}

/// Ends the session that has the lock, where its coordinator has shown no sign of life for this many seconds. True if there was one.
fn end_holder(client: &mut Client, server: &Server, seconds: i32) -> Result<bool, Failure> {
    let end = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_locks, {}.leader WHERE locktype = 'advisory' AND granted AND objsubid = 1 \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         AND ((classid::bigint << 32) | objid::bigint) = $1 AND pid <> pg_backend_pid() \
         AND at < clock_timestamp() - make_interval(secs => $2::integer)",
        schema(server)
    );
    Ok(!client.query(&end, &[&lock_key(server)?, &seconds])?.is_empty())
}

/// Reads a checksum. One of the wrong length reads as zero, which no record has.
fn checksum(row: &postgres::Row, index: usize) -> Result<B256, postgres::Error> {
    Ok(B256::try_from(row.try_get::<_, &[u8]>(index)?).unwrap_or_default())
}

fn write_records(transaction: &mut Transaction<'_>, records: &[Record]) -> Result<(), postgres::Error> {
    for records in portions(records, |record| record.body.len()) {
        let numbers: Vec<_> = records.iter().map(|record| record.number).collect();
        let checksums: Vec<_> = records.iter().map(|record| record.checksum.as_slice()).collect();
        let bodies: Vec<_> = records.iter().map(|record| record.body.as_slice()).collect();
        transaction.execute(
            "INSERT INTO turns SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[])",
            &[&numbers, &checksums, &bodies],
        )?;
    }
    Ok(())
}

fn write_checkpoint(transaction: &mut Transaction<'_>, checkpoint: &[CheckpointRow]) -> Result<(), postgres::Error> {
    transaction.execute("DELETE FROM checkpoint", &[])?;
    let numbered: Vec<_> = (0i64..).zip(checkpoint).collect();
    for rows in portions(&numbered, |(_, row)| row.body.len()) {
        let places: Vec<_> = rows.iter().map(|(place, _)| *place).collect();
        let checksums: Vec<_> = rows.iter().map(|(_, row)| row.checksum.as_slice()).collect();
        let bodies: Vec<_> = rows.iter().map(|(_, row)| row.body.as_slice()).collect();
        transaction.execute(
            "INSERT INTO checkpoint SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[])",
            &[&places, &checksums, &bodies],
        )?;
    }
    Ok(())
}

fn write_lines(transaction: &mut Transaction<'_>, lines: &[Line]) -> Result<(), Failure> {
    let numbered = lines.iter().map(|line| Ok((i64::try_from(line.number)?, line.text.as_str())));
    let numbered = numbered.collect::<Result<Vec<_>, std::num::TryFromIntError>>()?;
    for lines in portions(&numbered, |(_, line)| line.len()) {
        let (numbers, lines): (Vec<_>, Vec<_>) = lines.iter().copied().unzip();
        let insert = "INSERT INTO assignments SELECT * FROM unnest($1::bigint[], $2::text[])";
        transaction.execute(insert, &[&numbers, &lines])?;
    }
    Ok(())
}

/// In parts that fit into memory and into a message.
fn portions<T>(mut items: &[T], length: impl Fn(&T) -> usize) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = |item: &&T| {
            bytes += length(item);
            bytes <= BYTES
        };
        // At least one, however large it is.
        let count = items.iter().take(ROWS).take_while(fits).count().max(1).min(items.len());
        let (portion, rest) = items.split_at(count);
        items = rest;
        (!portion.is_empty()).then_some(portion)
    })
}
