//! What audits found, by miner, in a file, and the evidence of differences in files beside it.

use std::{
    fs, io, mem,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cuckoo_protocol::coordinator::Records;
use serde_json::Value;
use tokio::time;
use tokio_util::sync::CancellationToken;

use super::shared::Shared;
use crate::host::files;

/// What audits found, by miner.
pub(super) const AUDITS: &str = "audits.json";
/// The folder of documents that show which answer stood alone.
const EVIDENCE: &str = "evidence";
/// How often both are written.
const KEEP_AUDITS: Duration = Duration::from_secs(2);

/// What audits find, until it is written down.
#[derive(Debug, Default)]
pub(super) struct Findings(Mutex<Found>);

#[derive(Debug, Default)]
struct Found {
    /// The records are not those in the file.
    has_changed: bool,
    /// Documents by name.
    evidence: Vec<(String, Value)>,
}

impl Findings {
    /// Notes that the records have changed.
    pub(super) fn change(&self) {
        self.found().has_changed = true;
    }

    /// Adds a document that shows which answer stood alone.
    pub(super) fn add(&self, name: String, document: Value) {
        self.found().evidence.push((name, document));
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads what audits found before. A file that cannot be read is an error, since it says which miners are suspended.
pub(super) fn read_records(path: &Path) -> io::Result<Records> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Records::new()),
        Err(error) => Err(error),
    }
}

/// Writes down what audits find, and the documents that prove it.
pub(super) async fn keep_audits(shared: Arc<Shared>, findings: Arc<Findings>, data: PathBuf, stop: CancellationToken) {
    let write = |records: Records, evidence: Vec<(String, Value)>| -> io::Result<()> {
        let folder = data.join(EVIDENCE);
        if !evidence.is_empty() {
            fs::create_dir_all(&folder)?;
        }
        for (name, document) in evidence {
            files::replace(&folder.join(name), document.to_string().as_bytes())?;
        }
        files::replace(&data.join(AUDITS), &serde_json::to_vec_pretty(&records)?)
    };
    loop {
        let stopped = stop.run_until_cancelled(time::sleep(KEEP_AUDITS)).await.is_none();
        let Found { has_changed, evidence } = mem::take(&mut *findings.found());
        if has_changed || !evidence.is_empty() {
            let records = shared.handle.read(|machine| machine.records().clone()).await;
            // The files are small and change rarely.
            if let Err(error) = tokio::task::block_in_place(|| write(records, evidence)) {
                tracing::error!(%error, "what audits found cannot be written down");
            }
        }
        if stopped {
            return;
        }
    }
}
