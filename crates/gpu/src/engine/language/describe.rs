//! What a model's files say: its weights' hash, its template, its tokeniser.

use std::{fs, path::Path};

use alloy::primitives::{B256, keccak256};
use cuckoo_protocol::task::Kind;
use tokenizers::Tokenizer;

use super::files::{failed, json};
use crate::{
    engine::{EngineError, Quantise},
    model::{hash_files, weight_files},
};

/// What a source's files say.
pub(in crate::engine) struct Described {
    pub(in crate::engine) weights: String,
    pub(in crate::engine) quantisation: String,
    /// The hash of the files that [`hash_descriptions`] reads.
    pub(in crate::engine) files: B256,
    /// The hash of the chat template, or of whatever else turns a prompt into the model's input.
    pub(in crate::engine) chat_template: B256,
    /// The chat template's text; empty where there is none.
    pub(in crate::engine) template: String,
    pub(in crate::engine) tokenizer: Option<Tokenizer>,
    pub(in crate::engine) ends: Vec<u32>,
    pub(in crate::engine) vocabulary: usize,
}

/// What the files in a directory say of a model of this kind.
pub(in crate::engine) fn describe_directory(
    path: &Path,
    quantise: Option<Quantise>,
    kind: Kind,
) -> Result<Described, EngineError> {
    let weights = weight_files(path).and_then(|files| hash_files(&files)).map_err(|error| failed(path, error))?;
    let tokenizer_file = path.join("tokenizer.json");
    let tokenizer = Tokenizer::from_file(&tokenizer_file).map_err(|error| failed(&tokenizer_file, error))?;
    let template = match kind {
        Kind::Embedding => pooling(path)?,
        _ => chat_template(path)?,
    };
    let quantisation = match quantise {
        Some(quantise) => format!("in place {}", quantise.as_str()),
        None => UNQUANTISED.into(),
    };
    let ends = read_ends(path, &tokenizer)?;
    let config = json(&path.join("config.json"))?;
    let size = |config: &serde_json::Value| config["vocab_size"].as_u64().and_then(|size| usize::try_from(size).ok());
    let vocabulary = size(&config).or_else(|| size(&config["text_config"]));
    let vocabulary = vocabulary.unwrap_or_else(|| tokenizer.get_vocab_size(true));
    let tokenizer = Some(tokenizer);
    let chat_template = keccak256(template.clone() + &preprocessing(path)?);
    let files = hash_descriptions(path)?;
    Ok(Described { weights, quantisation, files, chat_template, template, tokenizer, ends, vocabulary })
}

/// The files beside the weights and the chat template that decide what a model says.
const DESCRIPTIONS: [&str; 9] = [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "preprocessor_config.json",
    "processor_config.json",
    "transformer/config.json",
    "vae/config.json",
];

/// A hash over the names of these files and the hashes of their bytes, of those that there are. A changed number of layers, another
/// tokeniser or another token that ends answers is another model under the same weights.
pub(in crate::engine) fn hash_descriptions(directory: &Path) -> Result<B256, EngineError> {
    let mut bytes = vec![];
    for name in DESCRIPTIONS {
        let path = directory.join(name);
        match fs::read(&path) {
            Ok(content) => {
                bytes.extend_from_slice(keccak256(name).as_slice());
                bytes.extend_from_slice(keccak256(content).as_slice());
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&path, error)),
        }
    }
    Ok(keccak256(bytes))
}

/// The word in manifests for weights as they were published.
pub(in crate::engine) const UNQUANTISED: &str = "none";

/// How the vector of a text is made of those of its tokens.
fn pooling(directory: &Path) -> Result<String, EngineError> {
    let modules = directory.join("modules.json");
    let mut text = fs::read_to_string(&modules).map_err(|error| failed(&modules, error))?;
    let listed: Vec<serde_json::Value> = serde_json::from_str(&text).map_err(|error| failed(&modules, error))?;
    for path in listed.iter().filter_map(|module| module["path"].as_str()).filter(|path| !path.is_empty()) {
        if let Ok(config) = fs::read_to_string(directory.join(path).join("config.json")) {
            text.push_str(&config);
        }
    }
    Ok(text)
}

/// The tokens that end an answer, by the tokeniser's configuration and the one for generation, where there is one.
fn read_ends(directory: &Path, tokenizer: &Tokenizer) -> Result<Vec<u32>, EngineError> {
    let named = &json(&directory.join("tokenizer_config.json"))?["eos_token"];
    let named = named.as_str().or_else(|| named["content"].as_str()).and_then(|token| tokenizer.token_to_id(token));
    let id = |value: &serde_json::Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    let mut ends = match &json(&directory.join("generation_config.json"))?["eos_token_id"] {
        serde_json::Value::Array(ids) => ids.iter().filter_map(id).collect(),
        one => id(one).into_iter().collect::<Vec<_>>(),
    };
    ends.extend(named);
    Ok(ends)
}

/// The template's text, from where models keep it: its own file, or the tokeniser's configuration.
fn chat_template(directory: &Path) -> Result<String, EngineError> {
    if let Ok(template) = fs::read_to_string(directory.join("chat_template.jinja")) {
        return Ok(template);
    }
    if let serde_json::Value::String(template) = &json(&directory.join("chat_template.json"))?["chat_template"] {
        return Ok(template.clone());
    }
    let path = directory.join("tokenizer_config.json");
    let text = fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
    let config: serde_json::Value = serde_json::from_str(&text).map_err(|error| failed(&path, error))?;
    match config.get("chat_template") {
        Some(serde_json::Value::String(template)) => Ok(template.clone()),
        // Several templates under names: all of them belong to the identity.
        Some(templates @ serde_json::Value::Array(_)) => Ok(templates.to_string()),
        _ => Err(failed(&path, "no chat_template: only models that chat can be served")),
    }
}

/// How images become the model's input; nothing of a model that takes none.
fn preprocessing(directory: &Path) -> Result<String, EngineError> {
    let mut text = String::new();
    for name in ["preprocessor_config.json", "processor_config.json"] {
        let path = directory.join(name);
        match fs::read_to_string(&path) {
            Ok(config) => text.push_str(&config),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&path, error)),
        }
    }
    Ok(text)
}
