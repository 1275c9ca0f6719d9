//! The file in which an operator says what models' names stand for.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use alloy::primitives::B256;
use cuckoo_protocol::coordinator::Wanted;
use serde::Deserialize;

/// Why the file does not say what names stand for.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// It cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It is not valid, or has fields that nobody knows.
    #[error("{path} does not say what models' names stand for: {reason}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    models: BTreeMap<String, Model>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    /// The manifest's hash.
    manifest: B256,
    /// Tokens that a miner's context has to hold at least.
    context: Option<u32>,
}

/// Reads the file: a table `models` with a table for each name, which has `manifest` and may have `context`.
pub fn read(path: &Path) -> Result<BTreeMap<String, Wanted>, ModelsError> {
    let text = fs::read_to_string(path).map_err(|source| ModelsError::Unreadable { path: path.to_owned(), source })?;
    let document: Document = toml::from_str(&text)
        .map_err(|error| ModelsError::Toml { path: path.to_owned(), reason: error.to_string() })?;
    let wanted = |model: Model| Wanted { manifest: model.manifest, context: model.context };
    Ok(document.models.into_iter().map(|(name, model)| (name, wanted(model))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_manifests_and_typos_are_errors() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("models.toml");
        let of = |text: &str| {
            fs::write(&path, text).expect("written");
            read(&path).map_err(|error| error.to_string())
        };
        let manifest = B256::repeat_byte(7);
        let text = format!(
            "[models.\"a-1.5b\"]\nmanifest = \"{manifest}\"\ncontext = 4096\n[models.b]\nmanifest = \"{manifest}\"\n"
        );
        let expected = [("a-1.5b", Some(4096)), ("b", None)];
        let expected = expected.map(|(name, context)| (name.to_owned(), Wanted { manifest, context }));
        assert_eq!(of(&text), Ok(expected.into()));
        assert_eq!(of(""), Ok(BTreeMap::new()));
        for wrong in ["[models.a]\nmanifest = \"0x12\"", "[models.a]\ncontext = 5", "[model.a]", "models = 1"] {
            assert!(of(wrong).is_err_and(|error| error.contains("does not say")), "{wrong}");
        }
        assert!(read(&folder.path().join("none")).is_err_and(|error| error.to_string().contains("cannot read")));
    }
}
