//! Where models come from, and the digest that names their weights.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use alloy::primitives::hex;
use cuckoo_protocol::task::Kind;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub mod catalogue;
#[cfg(feature = "mistralrs")]
mod dequantise;
pub mod fetch;
#[cfg(feature = "mistralrs")]
pub mod gguf;
pub mod memory;
pub mod store;

#[cfg(feature = "mistralrs")]
pub use dequantise::{DequantiseError, dequantise};

/// Where a model's files are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelSource {
    /// A directory with `config.json`, `tokenizer.json`, `tokenizer_config.json` and `*.safetensors`.
    Directory(PathBuf),
    /// A quantised model in one file, run as it is.
    Gguf(PathBuf),
    /// `organisation/name` at huggingface.co, fetched when it is not in the local cache.
    Hub(String),
}

impl ModelSource {
    /// What a person means: an existing directory, a `.gguf` file, or else a name at the hub.
    pub fn parse(text: &str) -> Result<Self, ModelSourceError> {
        let path = Path::new(text);
        if path.is_dir() {
            return Ok(Self::Directory(path.into()));
        }
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gguf")) {
            return match path.is_file() {
                true => Ok(Self::Gguf(path.into())),
                false => Err(ModelSourceError(text.into())),
            };
        }
        let allowed = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
        };
        match text.split_once('/') {
            Some((organisation, name)) if allowed(organisation) && allowed(name) => Ok(Self::Hub(text.into())),
            _ => Err(ModelSourceError(text.into())),
        }
    }

    /// What it makes, by the files that only such models have. Of a name at the hub nothing is known before it is fetched: text.
    pub fn kind(&self) -> Kind {
        let Self::Directory(path) = self else { return Kind::Text };
        if path.join("modules.json").is_file() {
            Kind::Embedding
        } else if path.join("transformer/config.json").is_file() && path.join("vae/config.json").is_file() {
            Kind::Image
        } else {
            Kind::Text
        }
    }

    /// The name that it is offered under unless the operator gives another: the last part, in lower case.
    pub fn default_name(&self) -> String {
        let name = match self {
            Self::Directory(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
            Self::Gguf(path) => path.file_stem().map(|name| name.to_string_lossy().into_owned()),
            Self::Hub(name) => name.rsplit('/').next().map(str::to_owned),
        };
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| "model".into()).to_lowercase()
    }
}

/// A text that names no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is neither a model directory, nor a .gguf file, nor a hub name such as `HuggingFaceTB/SmolLM2-135M-Instruct`"
)]
pub struct ModelSourceError(String);

/// The weight files of a model directory, in name order.
pub fn weight_files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "safetensors") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        let message = format!("{} holds no .safetensors file", directory.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, message));
    }
    Ok(files)
}

/// `sha256:<hex>` over the files' bytes, one after the other. For one file it is what `sha256sum` prints.
pub fn hash_files(files: &[PathBuf]) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    for path in files {
        let mut file = File::open(path)?;
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            hasher.update(&buffer[..count]);
        }
    }
    Ok(format!("sha256:{}", hex::encode(hasher.finalize())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_apart() {
        let directory = tempfile::tempdir().expect("a directory");
        let gguf = directory.path().join("Tiny-Q4.GGUF");
        let text = |path: &Path| path.to_str().expect("text").to_owned();
        assert!(ModelSource::parse(&text(&gguf)).is_err());
        std::fs::write(&gguf, b"x").expect("written");
        let source = ModelSource::parse(&text(&gguf)).expect("a file");
        assert_eq!((source.default_name().as_str(), &source), ("tiny-q4", &ModelSource::Gguf(gguf)));
        let source = ModelSource::parse(&text(directory.path())).expect("a directory");
        assert_eq!(source, ModelSource::Directory(directory.path().into()));
        let source = ModelSource::parse("Org/Model-1.5B").expect("a name");
        assert_eq!((source.default_name().as_str(), source), ("model-1.5b", ModelSource::Hub("Org/Model-1.5B".into())));
        for nonsense in ["", "model", "a/b/c", "../x", "/no/such/directory", "o/na me"] {
            assert!(ModelSource::parse(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn the_digest_covers_the_weights_in_name_order() {
        let directory = tempfile::tempdir().expect("a directory");
        assert!(weight_files(directory.path()).is_err());
        for (name, content) in [("b.safetensors", "two"), ("a.safetensors", "one"), ("config.json", "{}")] {
            std::fs::write(directory.path().join(name), content).expect("written");
        }
        let files = weight_files(directory.path()).expect("files");
        let expected = format!("sha256:{}", hex::encode(Sha256::digest("onetwo")));
        assert_eq!(hash_files(&files).expect("a digest"), expected);
    }
}
