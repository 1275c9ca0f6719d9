//! What audits of earlier versions found, in a file beside the journal: their suspensions go on, and the file is put aside.

use std::{collections::BTreeMap, fs, io, path::Path};

use alloy::primitives::{Address, B256};
use cuckoo_protocol::{
    coordinator::{AuditEvent, Event, SUSPENSION},
    task::{Millis, TaskId},
};
use serde::Deserialize;

use crate::host::files;

/// The file of earlier versions.
const FILE: &str = "audits.json";
/// Its name once it was read.
const READ: &str = "audits.json.read";

/// What it says of a miner, as far as it still matters.
#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    suspended_at: Option<Millis>,
    #[serde(default)]
    task: Option<TaskId>,
}

/// The events that the suspensions of a data directory come to, which have not ended by now.
pub(super) fn suspensions(data: &Path, now: Millis) -> io::Result<Vec<Event>> {
    let bytes = match fs::read(data.join(FILE)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(error),
    };
    let records: BTreeMap<Address, Record> = serde_json::from_slice(&bytes).map_err(io::Error::from)?;
    let suspended = records.into_iter().filter_map(|(miner, record)| {
        let at = record.suspended_at.filter(|at| at.saturating_add(SUSPENSION) > now)?;
        let task = record.task.unwrap_or(TaskId(B256::ZERO));
        let why = "its answers stood alone in audits of an earlier version".into();
        let (manifest, contradicted) = (B256::ZERO, vec![]);
        Some(AuditEvent::Confirmed { miner, manifest, task, why, contradicted, at }.into())
    });
    Ok(suspended.collect())
}

/// Puts the file aside, once what it says is in the journal.
pub(super) fn put_aside(data: &Path) -> io::Result<()> {
    match files::rename(&data.join(FILE), &data.join(READ)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        renamed => renamed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspension_goes_on_and_one_that_is_over_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(suspensions(folder.path(), 1).expect("nothing").is_empty());
        let [first, second, third] = [1, 2, 3].map(Address::repeat_byte);
        let record = |at: &str| format!(r#"{{"done":3,"agreed":0,"alone":2,"points":4{at}}}"#);
        let (new, old) = (format!(r#","suspended_at":{}"#, SUSPENSION), r#","suspended_at":5"#);
        let text = format!(r#"{{"{first}":{},"{second}":{},"{third}":{}}}"#, record(&new), record(old), record(""));
        fs::write(folder.path().join(FILE), text).expect("written");
        let events = suspensions(folder.path(), SUSPENSION + 6).expect("reads");
        let [Event::Audit(AuditEvent::Confirmed { miner, at, .. })] = &events[..] else { panic!("{events:?}") };
        assert_eq!((*miner, *at), (first, SUSPENSION));
        put_aside(folder.path()).expect("moves");
        assert!(suspensions(folder.path(), 1).expect("nothing").is_empty());
        put_aside(folder.path()).expect("nothing to move");
        fs::write(folder.path().join(FILE), "no JSON").expect("written");
        assert!(suspensions(folder.path(), 1).is_err(), "it says which miners are suspended");
    }
}
