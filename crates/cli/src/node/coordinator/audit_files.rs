//! What audits found, by miner, in a file, and the evidence of differences in files beside it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::time;
use tokio_util::sync::CancellationToken;

use super::{core::audit::Records, shared::Shared};
use crate::host::files;

/// What audits found, by miner.
pub(super) const AUDITS: &str = "audits.json";
/// The folder of documents that show which answer stood alone.
const EVIDENCE: &str = "evidence";
/// How often both are written.
const KEEP_AUDITS: Duration = Duration::from_secs(2);

/// Reads what audits found before. A file that cannot be read is an error, since it says which miners are suspended.
pub(super) fn read_records(path: &Path) -> io::Result<Records> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(io::Error::from),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Records::new()),
        Err(error) => Err(error),
    }
}

/// Writes down what audits find, and the documents that prove it.
pub(super) async fn keep_audits(shared: Arc<Shared>, data: PathBuf, stop: CancellationToken) {
    let write = |records: Records, evidence: Vec<(String, serde_json::Value)>| -> io::Result<()> {
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
        let changes = shared.core().audit_changes();
        if let Some((records, evidence)) = changes
            // The files are small and change rarely.
            && let Err(error) = tokio::task::block_in_place(|| write(records, evidence))
        {
            tracing::error!(%error, "what audits found cannot be written down");
        }
        if stopped {
            return;
        }
    }
}
