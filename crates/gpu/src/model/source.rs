//! Where a model comes from, as a person names it.

use std::path::{Path, PathBuf};

use cuckoo_protocol::task::Kind;
use serde::{Deserialize, Serialize};

use super::diffusers;

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

    /// What it makes, by the files that only models of that kind have. A name at the hub counts as text, because nothing is known
    /// of it before it is fetched.
    pub fn kind(&self) -> Kind {
        let Self::Directory(path) = self else { return Kind::Text };
        if path.join("modules.json").is_file() {
            Kind::Embedding
        } else if diffusers::is_layout(path)
            || (path.join("transformer/config.json").is_file() && path.join("vae/config.json").is_file())
        {
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
}
