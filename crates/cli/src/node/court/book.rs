//! What a juror must not forget: its votes with their salts, on disk before the commitments to them leave, and what it found in
//! each case. A vote that is written down is never changed, and a commitment whose salt is lost cannot be revealed.

use std::{
    collections::BTreeMap,
    fmt,
    fs::OpenOptions,
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use alloy::primitives::{Address, B256};
use cuckoo_protocol::court::{Ballot, Book, Vote};
use rusqlite::{Connection, params};

use crate::node::{failpoint, write_ahead_log};

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS ballots (
        court BLOB NOT NULL, juror BLOB NOT NULL, id BLOB NOT NULL, round INTEGER NOT NULL, vote INTEGER NOT NULL,
        salt BLOB NOT NULL, PRIMARY KEY (court, juror, id, round)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS found (
        court BLOB NOT NULL, id BLOB NOT NULL, vote INTEGER NOT NULL, why TEXT NOT NULL, PRIMARY KEY (court, id)
    ) STRICT, WITHOUT ROWID;";

/// What a juror has found by its own examinations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// How it votes: guilty or innocent.
    pub vote: Vote,
    /// Why, in words.
    pub why: String,
}

/// Why the book cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the ballots in {path} cannot be used: {reason}")]
pub struct BallotsError {
    /// The file.
    pub path: PathBuf,
    /// The cause.
    pub reason: String,
}

/// The ballots of one juror before one court, and what it found.
#[derive(Debug)]
pub struct Ballots {
    connection: Connection,
    path: PathBuf,
    court: Address,
    juror: Address,
    found: BTreeMap<B256, Found>,
}

/// The file in a node's data directory.
pub fn path(directory: &Path) -> PathBuf {
    directory.join("ballots.db")
}

impl Ballots {
    /// Opens or creates the file of a data directory, which only its owner can read. Returns with it the book that the ballots of
    /// earlier processes are in.
    pub fn open(directory: &Path, court: Address, juror: Address) -> Result<(Self, Book), BallotsError> {
        let path = path(directory);
        let failed = |error: &dyn fmt::Display| BallotsError { path: path.clone(), reason: error.to_string() };
        create_private(&path).map_err(|error| failed(&error))?;
        let connection = connect(&path).map_err(|error| failed(&error))?;
        let book = read_ballots(&connection, court, juror).map_err(|error| failed(&*error))?;
        let found = read_found(&connection, court).map_err(|error| failed(&*error))?;
        Ok((Self { connection, path, court, juror, found }, book))
    }

    /// What was found in a case.
    pub fn found(&self, id: &B256) -> Option<&Found> {
        self.found.get(id)
    }

    /// Writes a vote down with a salt of its own, on disk and then into the book. Where the book has a ballot already, that one stays.
    pub fn cast(&mut self, book: &mut Book, id: B256, round: u64, vote: Vote) -> Result<(), BallotsError> {
        if book.ballot(id, round).is_some() {
            return Ok(());
        }
        let ballot = Ballot { vote, salt: rand::random::<[u8; 32]>().into() };
        failpoint::point(failpoint::BALLOT_BEFORE);
        let insert = "INSERT INTO ballots (court, juror, id, round, vote, salt) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let (court, juror) = (self.court.as_slice(), self.juror.as_slice());
        let row = params![court, juror, id.as_slice(), number(round), vote.number(), ballot.salt.as_slice()];
        self.connection.execute(insert, row).map_err(|error| self.failed(&error))?;
        failpoint::point(failpoint::BALLOT_AFTER);
        book.write(id, round, ballot);
        Ok(())
    }

    /// Keeps what was found in a case, so that no answer is examined twice.
    pub fn keep(&mut self, id: B256, found: Found) -> Result<(), BallotsError> {
        self.connection
            .execute(
                "INSERT OR REPLACE INTO found (court, id, vote, why) VALUES (?1, ?2, ?3, ?4)",
                params![self.court.as_slice(), id.as_slice(), found.vote.number(), found.why],
            )
            .map_err(|error| self.failed(&error))?;
        self.found.insert(id, found);
        Ok(())
    }

    fn failed(&self, error: &dyn fmt::Display) -> BallotsError {
        BallotsError { path: self.path.clone(), reason: error.to_string() }
    }
}

/// A salt that others can read hides no vote.
fn create_private(path: &Path) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path).map(drop)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    write_ahead_log::write_again(&connection, path)?;
    connection.execute_batch(TABLES)?;
    Ok(connection)
}

type Failure = Box<dyn std::error::Error>;

fn read_ballots(connection: &Connection, court: Address, juror: Address) -> Result<Book, Failure> {
    let mut select = connection.prepare("SELECT id, round, vote, salt FROM ballots WHERE court = ?1 AND juror = ?2")?;
    let mut rows = select.query([court.as_slice(), juror.as_slice()])?;
    let mut book = Book::default();
    while let Some(row) = rows.next()? {
        let round = u64::try_from(row.get::<_, i64>(1)?)?;
        book.write(word(row.get(0)?)?, round, Ballot { vote: vote(row.get(2)?)?, salt: word(row.get(3)?)? });
    }
    Ok(book)
}

fn read_found(connection: &Connection, court: Address) -> Result<BTreeMap<B256, Found>, Failure> {
    let mut select = connection.prepare("SELECT id, vote, why FROM found WHERE court = ?1")?;
    let mut rows = select.query([court.as_slice()])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        found.insert(word(row.get(0)?)?, Found { vote: vote(row.get(1)?)?, why: row.get(2)? });
    }
    Ok(found)
}

fn word(bytes: Vec<u8>) -> Result<B256, Failure> {
    B256::try_from(bytes.as_slice()).map_err(|_| "a word is not 32 bytes long".into())
}

fn vote(number: u8) -> Result<Vote, Failure> {
    Vote::from_number(number).ok_or_else(|| format!("there is no vote with the number {number}").into())
}

/// SQLite's integers are signed; a case has at most 65,535 draws.
fn number(round: u64) -> i64 {
    i64::try_from(round).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    const COURT: Address = Address::repeat_byte(0xcc);
    const JUROR: Address = Address::repeat_byte(1);
    const CASE: B256 = B256::repeat_byte(7);

    fn open(directory: &Path) -> (Ballots, Book) {
        Ballots::open(directory, COURT, JUROR).expect("opens")
    }

    /// Casts a vote, and returns the ballot that counts.
    fn cast((ballots, book): &mut (Ballots, Book), round: u64, vote: Vote) -> Ballot {
        ballots.cast(book, CASE, round, vote).expect("written");
        book.ballot(CASE, round).expect("a ballot").clone()
    }

    #[test]
    fn a_vote_is_there_after_a_restart_and_never_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut opened = open(folder.path());
        assert_eq!(opened.1.ballot(CASE, 1), None);
        let first = cast(&mut opened, 1, Vote::Guilty);
        assert_eq!(cast(&mut opened, 1, Vote::Innocent), first);
        let second = cast(&mut opened, 2, Vote::Guilty);
        assert_ne!(first.salt, second.salt, "a salt is used once");
        drop(opened);
        let mut opened = open(folder.path());
        assert_eq!((opened.1.ballot(CASE, 1), opened.1.ballot(CASE, 2)), (Some(&first), Some(&second)));
        assert_eq!(cast(&mut opened, 1, Vote::Unavailable), first);
    }

    #[test]
    fn a_vote_belongs_to_one_court_and_one_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let ballot = cast(&mut open(folder.path()), 1, Vote::Innocent);
        for (court, juror) in [(Address::repeat_byte(2), JUROR), (COURT, Address::repeat_byte(2))] {
            let mut other = Ballots::open(folder.path(), court, juror).expect("opens");
            assert_eq!(other.1.ballot(CASE, 1), None);
            assert_ne!(cast(&mut other, 1, Vote::Innocent).salt, ballot.salt);
        }
        assert_eq!(open(folder.path()).1.ballot(CASE, 1), Some(&ballot));
    }

    #[test]
    fn what_was_found_is_there_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let found = Found { vote: Vote::Guilty, why: "3 of 24 tokens".into() };
        open(folder.path()).0.keep(CASE, found.clone()).expect("written");
        assert_eq!(open(folder.path()).0.found(&CASE), Some(&found));
    }

    #[test]
    fn nobody_else_can_read_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut opened = open(folder.path());
        cast(&mut opened, 1, Vote::Guilty);
        for entry in fs::read_dir(folder.path()).expect("reads") {
            let file = entry.expect("an entry");
            let mode = file.metadata().expect("reads").permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{:?}", file.path());
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_an_error_and_not_an_empty_book() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(path(folder.path()), "this is not a database, and long enough to be seen as such".repeat(9))
            .expect("written");
        let error = Ballots::open(folder.path(), COURT, JUROR).expect_err("refused").to_string();
        assert!(error.contains("ballots.db"), "{error}");
    }
}
