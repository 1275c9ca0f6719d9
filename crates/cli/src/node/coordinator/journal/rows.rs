//! The rows of a journal as somebody else may have written them: on a server, every coordinator with the same key does.

use alloy::primitives::B256;

use super::{
    chain::{Position, Record, chain, read_events},
    checkpoint::{CheckpointRow, read_checkpoint},
    error::JournalError,
    turn::{History, Payer},
};

/// Reads the bodies of a checkpoint's rows and of the records after it, whose checksums are right.
pub fn read_rows(payer: &Payer, checkpoint: Vec<Vec<u8>>, records: Vec<Vec<u8>>) -> Result<History, JournalError> {
    let mut checksum = B256::ZERO;
    let row = |body: Vec<u8>| {
        checksum = chain(&checksum, &body);
        CheckpointRow { checksum, body }
    };
    let checkpoint = read_checkpoint("these rows", payer, checkpoint.into_iter().map(row).collect())?;
    let (checkpoint, through, _) = checkpoint.unwrap_or_default();
    let mut position = through;
    let record = |body: Vec<u8>| {
        position = Position { number: position.number.checked_add(1)?, checksum: chain(&position.checksum, &body) };
        Some(Record { number: position.number, checksum: position.checksum, body })
    };
    let records = records.into_iter().map_while(record).collect();
    let (events, _) = read_events("these rows", through, records)?;
    Ok(History { checkpoint, events })
}
