//! What is kept of responses beside their tasks: what they say of their requests, in a file for each.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use cuckoo_protocol::task::TaskId;
use serde_json::{Map, Value};
use tokio::task::spawn_blocking;

use crate::{host::files, node::coordinator::Shared};

/// After this many responses the files of those whose tasks are gone are removed.
const SWEEP: u32 = 1_000;

/// Responses since files were removed last.
static SINCE_SWEEP: AtomicU32 = AtomicU32::new(0);

fn directory(data: &Path) -> PathBuf {
    data.join("responses")
}

fn path(data: &Path, task: &TaskId) -> PathBuf {
    directory(data).join(format!("{:x}.json", task.0))
}

/// Keeps what a response says of its request. A response that cannot be kept cannot be fetched later, which is no reason to fail it.
pub(super) async fn keep(shared: &Shared, task: TaskId, echo: Map<String, Value>) {
    let data = shared.data.clone();
    let written = spawn_blocking(move || write(&data, &task, &echo)).await.map_err(io::Error::other).flatten();
    if let Err(error) = written {
        tracing::warn!(%error, "a response cannot be kept");
    }
    if SINCE_SWEEP.fetch_add(1, Relaxed) + 1 >= SWEEP {
        SINCE_SWEEP.store(0, Relaxed);
        sweep(shared).await;
    }
}

fn write(data: &Path, task: &TaskId, echo: &Map<String, Value>) -> io::Result<()> {
    files::replace(&path(data, task), &serde_json::to_vec(echo)?)
}

/// What a response says of its request; `None` where it was not kept, or was deleted.
pub(super) async fn read(shared: &Shared, task: TaskId) -> io::Result<Option<Map<String, Value>>> {
    let path = path(&shared.data, &task);
    match tokio::fs::read(&path).await {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes what is kept of a response.
pub(super) async fn delete(shared: &Shared, task: TaskId) -> io::Result<()> {
    tokio::fs::remove_file(path(&shared.data, &task)).await
}

/// Removes the files of responses whose tasks are not kept any more.
async fn sweep(shared: &Shared) {
    let kept =
        shared.handle.read(|machine| machine.tasks().iter().map(|task| task.spec.id).collect::<HashSet<_>>()).await;
    let directory = directory(&shared.data);
    let swept = spawn_blocking(move || -> io::Result<()> {
        for entry in fs::read_dir(&directory)? {
            let path = entry?.path();
            let task = path.file_stem().and_then(|name| name.to_str()?.parse::<TaskId>().ok());
            if task.is_some_and(|task| !kept.contains(&task)) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    });
    if let Err(error) = swept.await.map_err(io::Error::other).flatten() {
        tracing::warn!(%error, "responses whose tasks are gone cannot be removed");
    }
}
