//! Which files belong to a model, and where they may lie.

use std::path::{Component, Path, PathBuf};

use super::{diffusers, error::StoreError};

/// Files of a model directory besides the weights.
pub(super) const DESCRIPTIONS: [&str; 13] = [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
    "preprocessor_config.json",
    "processor_config.json",
    "model.safetensors.index.json",
    "modules.json",
    "1_Pooling/config.json",
    "transformer/config.json",
    "vae/config.json",
];

/// A file that belongs to a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) path: String,
    pub(super) bytes: u64,
    /// The file's SHA-256 in hexadecimal, if the origin names it.
    pub(super) sha256: Option<String>,
}

/// A path that a stranger's list names, below a directory and nowhere else.
pub(super) fn below(directory: &Path, path: &str) -> Result<PathBuf, StoreError> {
    let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    match inside && !path.is_empty() {
        true => Ok(directory.join(path)),
        false => Err(StoreError::Path(path.into())),
    }
}

/// What an engine reads, among the files of a model.
pub(super) fn select(names: &[String]) -> Vec<&str> {
    let names = names.iter().map(String::as_str);
    if diffusers::lists_layout(names.clone()) {
        return diffusers::select(names);
    }
    let belongs = |path: &&str| DESCRIPTIONS.contains(path) || (path.ends_with(".safetensors") && !path.contains('/'));
    names.filter(belongs).collect()
}
