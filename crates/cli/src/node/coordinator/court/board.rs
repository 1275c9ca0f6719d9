//! The board: bundles of evidence that were handed in for open cases, in a file of bounded size, until their cases are closed.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alloy::primitives::{B256, keccak256};
use cuckoo_protocol::{evidence::EvidenceError, message::Domain};
use rusqlite::{Connection, OptionalExtension, params};

use crate::node::{
    court::board::{self, Listed},
    evidence::{self, StoreError},
    write_ahead_log,
};

/// Bytes that one case takes at most, compressed.
const MOST_OF_CASE: u64 = 256 << 20;
// Answers to images, which do not become shorter, can be evidence too.
const _: () = assert!(MOST_OF_CASE >= 2 * evidence::LONGEST);

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS handed (
        dispute BLOB NOT NULL, receipt BLOB NOT NULL, size INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (dispute, receipt)
    ) STRICT;";

/// Why a bundle is not taken.
#[derive(Debug, thiserror::Error)]
pub(in crate::node::coordinator) enum BoardError {
    /// It does not open the receipt.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// All the room for it is taken.
    #[error("the board has no room for more evidence of this case")]
    Full,
    /// The file cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The bundles of a coordinator's board: those that its own evidence has, and those that were handed in. Its calls wait for the disk.
#[derive(Debug)]
pub(in crate::node::coordinator) struct Board {
    /// The data directory.
    data: PathBuf,
    path: PathBuf,
    domain: Domain,
    /// Bytes that all cases take at most, compressed.
    most_bytes: u64,
    connection: Mutex<Connection>,
}

impl Board {
    /// Opens or creates the file of a data directory, which is to take at most about this many bytes.
    pub(in crate::node::coordinator) fn open(data: &Path, domain: Domain, most_bytes: u64) -> Result<Self, StoreError> {
        let path = data.join("board.db");
        let open = || {
            let connection = Connection::open(&path)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.busy_timeout(Duration::from_secs(5))?;
            write_ahead_log::write_again(&connection, &path)?;
            connection.execute_batch(TABLES)?;
            Ok(connection)
        };
        let connection = open().map_err(|source| StoreError::File { path: path.clone(), source })?;
        Ok(Self { data: data.to_owned(), path, domain, most_bytes, connection: Mutex::new(connection) })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_file(&self, source: rusqlite::Error) -> StoreError {
        StoreError::File { path: self.path.clone(), source }
    }

    /// The bundle of a case's receipt: the coordinator's own, or one that was handed in.
    pub(in crate::node::coordinator) fn read(
        &self,
        case: &B256,
        receipt: &B256,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(bundle) = evidence::read_receipt(&self.data, receipt)? {
            return Ok(Some(bundle));
        }
        let query = "SELECT body FROM handed WHERE dispute = ?1 AND receipt = ?2";
        let keys = [case.as_slice(), receipt.as_slice()];
        let body = self.connection().query_row(query, keys, |row| row.get::<_, Vec<u8>>(0)).optional();
        body.map_err(|error| self.in_file(error))?.map(|body| evidence::decompress(&body)).transpose()
    }

    /// Which of a case's receipts have bundles here.
    pub(in crate::node::coordinator) fn list(&self, case: &B256, receipts: &[B256]) -> Result<Vec<Listed>, StoreError> {
        let mut listed = vec![];
        for receipt in receipts {
            if let Some(bundle) = self.read(case, receipt)? {
                listed.push(Listed { receipt: *receipt, bundle: keccak256(bundle) });
            }
        }
        Ok(listed)
    }

    /// Takes a bundle of a case's receipt, once it is verified. The first one stays: all of a receipt say the same.
    pub(in crate::node::coordinator) fn take(
        &self,
        case: &B256,
        receipt: &B256,
        bundle: &[u8],
    ) -> Result<(), BoardError> {
        board::check(bundle, *receipt, &self.domain)?;
        let body = evidence::compress(bundle).map_err(StoreError::from)?;
        match self.add(case, receipt, &body).map_err(|error| self.in_file(error))? {
            true => Ok(()),
            false => Err(BoardError::Full),
        }
    }

    /// Writes a bundle down, as it is compressed; false where there is no room for it.
    fn add(&self, case: &B256, receipt: &B256, body: &[u8]) -> rusqlite::Result<bool> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        let size = |query: &str, keys: &[&[u8]]| {
            let sum = format!("SELECT coalesce(sum(size), 0) FROM handed {query}");
            let sum = transaction.query_row(&sum, rusqlite::params_from_iter(keys), |row| row.get::<_, i64>(0));
            sum.map(|sum| sum.unsigned_abs() + body.len() as u64)
        };
        if size("WHERE dispute = ?1", &[case.as_slice()])? > MOST_OF_CASE || size("", &[])? > self.most_bytes {
            return Ok(false);
        }
        let insert = "INSERT OR IGNORE INTO handed (dispute, receipt, size, body) VALUES (?1, ?2, ?3, ?4)";
        transaction.execute(insert, params![case.as_slice(), receipt.as_slice(), body.len(), body])?;
        transaction.commit()?;
        Ok(true)
    }

    /// Forgets what was handed in for all cases but these.
    pub(in crate::node::coordinator) fn retain(&self, open: &[B256]) -> Result<(), StoreError> {
        let connection = self.connection();
        let forget = || {
            let mut query = connection.prepare("SELECT DISTINCT dispute FROM handed")?;
            let known: Vec<Vec<u8>> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            for case in known.iter().filter(|known| !open.iter().any(|open| open.as_slice() == &known[..])) {
                connection.execute("DELETE FROM handed WHERE dispute = ?1", [case])?;
            }
            Ok(())
        };
        forget().map_err(|error| self.in_file(error))
    }
}

#[cfg(test)]
mod tests {
    use alloy::{
        primitives::Address,
        signers::{SignerSync, local::PrivateKeySigner},
    };
    use cuckoo_protocol::{
        evidence::Bundle,
        manifest::ModelManifest,
        message::{Receipt, Ticket, signature_bytes},
        task::{ReceiptRecord, Sampling, audit_commitment, output_commitment, prompt_commitment},
    };

    use super::*;

    fn domain() -> Domain {
        Domain::new(31_337, Address::repeat_byte(0xcc))
    }

    /// A bundle that verifies; its text is this many bytes that do not become shorter.
    fn bundle(number: u8, length: usize) -> Bundle {
        let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).expect("a key");
        let (salt, domain) = (B256::repeat_byte(number), domain());
        let words =
            (0..length.div_ceil(64)).map(|at| alloy::hex::encode(keccak256([number as usize, at].map(|n| n as u8))));
        let text: String = words.collect();
        let (manifest, sampling) = (ModelManifest::default(), Sampling::default());
        let ticket = Ticket {
            coordinator: key.address(),
            miner: key.address(),
            model: manifest.id(),
            promptCommitment: prompt_commitment(&salt, &[]),
            parameters: sampling.hash(),
            ..Ticket::default()
        };
        let receipt = Receipt {
            ticket: domain.digest(&ticket),
            outputCommitment: output_commitment(&salt, &[], &text),
            auditCommitment: audit_commitment("", &[]),
            ..Receipt::default()
        };
        let sign = |digest: B256| signature_bytes(&key.sign_hash_sync(&digest).expect("signs"));
        let record = ReceiptRecord {
            chain_id: 31_337,
            settlement: domain.contract(),
            ticket_signature: sign(domain.digest(&ticket)),
            receipt_signature: sign(domain.digest(&receipt)),
            ticket,
            receipt,
            salt,
            token_ids: vec![],
        };
        Bundle { record, text, manifest, messages: vec![], sampling, log_probabilities: vec![], class: String::new() }
    }

    fn open(folder: &Path, most_bytes: u64) -> Board {
        Board::open(folder, domain(), most_bytes).expect("opens")
    }

    const CASE: B256 = B256::repeat_byte(0xca);

    #[test]
    fn what_is_handed_in_is_there_until_its_case_is_closed() {
        let folder = tempfile::tempdir().expect("a folder");
        let board = open(folder.path(), 1 << 20);
        let one = bundle(1, 100);
        let (receipt, bytes) = (one.record.hash(), one.encode());
        assert_eq!(board.read(&CASE, &receipt).expect("reads"), None);
        board.take(&CASE, &receipt, &bytes).expect("is taken");
        board.take(&CASE, &receipt, &bytes).expect("a second time");
        drop(board);
        let board = open(folder.path(), 1 << 20);
        assert_eq!(board.read(&CASE, &receipt).expect("reads"), Some(bytes));
        let listed = board.list(&CASE, &[receipt, B256::ZERO]).expect("lists");
        assert_eq!(listed, [Listed { receipt, bundle: one.id() }]);
        let other = B256::repeat_byte(1);
        assert_eq!(board.read(&other, &receipt).expect("reads"), None, "it is of another case");
        board.retain(&[CASE]).expect("forgets");
        assert!(board.read(&CASE, &receipt).expect("reads").is_some());
        board.retain(&[other]).expect("forgets");
        assert!(board.read(&CASE, &receipt).expect("reads").is_none());
    }

    #[test]
    fn only_what_opens_the_receipt_is_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let board = open(folder.path(), 1 << 20);
        let good = bundle(1, 100);
        let receipt = good.record.hash();
        let mut changed = good.clone();
        changed.text.push('!');
        let mut elsewhere = good.clone();
        elsewhere.record.chain_id = 1;
        let spoiled = [&good.encode()[..], b" "].concat();
        for bytes in [changed.encode(), elsewhere.encode(), spoiled, bundle(2, 100).encode(), b"{}".to_vec(), vec![]] {
            assert!(matches!(board.take(&CASE, &receipt, &bytes), Err(BoardError::Evidence(_))));
        }
        assert!(board.list(&CASE, &[receipt]).expect("lists").is_empty());
        board.take(&CASE, &receipt, &good.encode()).expect("is taken");
    }

    #[test]
    fn what_is_handed_in_takes_bounded_room_and_the_coordinators_own_takes_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let board = open(folder.path(), 20_000);
        let taken = (0..8u8).filter(|number| {
            let bundle = bundle(*number, 8_000);
            match board.take(&CASE, &bundle.record.hash(), &bundle.encode()) {
                Ok(()) => true,
                Err(BoardError::Full) => false,
                Err(error) => panic!("{error}"),
            }
        });
        let taken = taken.count();
        assert!((1..8).contains(&taken), "{taken}");
        let own = bundle(99, 8_000);
        let store = evidence::Store::start(folder.path(), 1 << 20).expect("starts");
        store.queue().add(evidence::Answer::Signed(Box::new(own.clone())));
        drop(store);
        assert_eq!(board.read(&CASE, &own.record.hash()).expect("reads"), Some(own.encode()));
    }
}
