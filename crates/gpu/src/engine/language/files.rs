//! A model's files on disk, and where the hub's downloader puts them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::engine::EngineError;

pub(in crate::engine) fn failed(what: &Path, error: impl std::fmt::Display) -> EngineError {
    EngineError::Start(format!("{}: {error}", what.display()))
}

/// What a file says; nothing where there is none.
pub(in crate::engine) fn json(path: &Path) -> Result<serde_json::Value, EngineError> {
    match fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| failed(path, error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(serde_json::Value::Null),
        Err(error) => Err(failed(path, error)),
    }
}

/// Where the downloader puts models: `HF_HOME` or the default cache.
pub(in crate::engine) fn hub() -> Result<PathBuf, EngineError> {
    let home = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    match (home("HF_HOME"), home("HOME")) {
        (Some(cache), _) => Ok(cache.join("hub")),
        (None, Some(home)) => Ok(home.join(".cache/huggingface/hub")),
        (None, None) => Err(EngineError::Start("neither HF_HOME nor HOME is set".into())),
    }
}

/// The directory into which the downloader has put a model.
pub(in crate::engine) fn hub_snapshot(hub: &Path, name: &str) -> Result<PathBuf, EngineError> {
    let repository = hub.join(format!("models--{}", name.replace('/', "--")));
    let reference = repository.join("refs/main");
    let commit = fs::read_to_string(&reference).map_err(|error| failed(&reference, error))?;
    Ok(repository.join("snapshots").join(commit.trim()))
}
