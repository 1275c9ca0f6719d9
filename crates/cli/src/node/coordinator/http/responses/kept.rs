//! What is kept of responses beside their tasks: what they say of their requests, in a file for each.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use axum::http::StatusCode;
use cuckoo_protocol::{coordinator::Coordinator, task::TaskId};
use serde_json::{Map, Value};
use tokio::task::spawn_blocking;

use super::super::error::ApiError;
use crate::{host::files, node::coordinator::Shared};

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

/// The error of a response whose file cannot be read.
pub(super) fn unreadable(error: &io::Error) -> ApiError {
    tracing::error!(%error, "what is kept of a response cannot be read");
    let message = "what is kept of the response cannot be read";
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error", "internal_error", message)
}

/// Removes what is kept of a response.
pub(super) async fn delete(shared: &Shared, task: TaskId) -> io::Result<()> {
    let path = path(&shared.data, &task);
    spawn_blocking(move || files::remove(&path)).await.map_err(io::Error::other).flatten()
}

/// Removes the files of responses whose tasks are not kept any more.
pub(in super::super) async fn sweep(shared: &Shared) {
    let directory = directory(&shared.data);
    // The files are listed before the tasks: one that is kept meanwhile is not in the list.
    let swept = match spawn_blocking(move || list(&directory)).await.map_err(io::Error::other).flatten() {
        Ok(files) => {
            let known = |machine: &Coordinator| machine.tasks().iter().map(|task| task.spec.id).collect::<HashSet<_>>();
            let known = shared.handle.read(known).await;
            let mut gone = files.into_iter().filter(move |(task, _)| !known.contains(task));
            let remove = move || gone.try_for_each(|(_, path)| fs::remove_file(path));
            spawn_blocking(remove).await.map_err(io::Error::other).flatten()
        }
        Err(error) => Err(error),
    };
    if let Err(error) = swept {
        tracing::warn!(%error, "responses whose tasks are gone cannot be removed");
    }
}

/// The files of responses, with the tasks that those are of.
fn list(directory: &Path) -> io::Result<Vec<(TaskId, PathBuf)>> {
    let mut files = vec![];
    match fs::read_dir(directory) {
        Ok(entries) => {
            for entry in entries {
                let path = entry?.path();
                let task = path.file_stem().and_then(|name| name.to_str()?.parse::<TaskId>().ok());
                files.extend(task.map(|task| (task, path)));
            }
            Ok(files)
        }
        // Nothing was kept yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(files),
        Err(error) => Err(error),
    }
}
