//! What a model's files say: its weights' hash, its template, its tokeniser.

use std::{
    fs,
    path::{Path, PathBuf},
};

use alloy::primitives::{B256, keccak256};
use cuckoo_protocol::task::Kind;
use tokenizers::Tokenizer;

use super::files::{failed, hub_snapshot, json};
use crate::{
    engine::{EngineError, Quantise},
    model::{gguf::Gguf, hash_files, weight_files},
};

/// What a source's files say.
pub(super) struct Described {
    pub(super) weights: String,
    pub(super) quantisation: String,
    /// The hash of the files that [`hash_descriptions`] reads.
    pub(super) files: B256,
    /// The hash of the chat template, or of whatever else turns a prompt into the model's input.
    pub(super) chat_template: B256,
    /// The chat template's text; empty where there is none.
    pub(super) template: String,
    pub(super) tokenizer: Option<Tokenizer>,
    pub(super) ends: Vec<u32>,
    pub(super) vocabulary: usize,
}

pub(super) fn describe_directory(
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
fn hash_descriptions(directory: &Path) -> Result<B256, EngineError> {
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
const UNQUANTISED: &str = "none";

pub(super) fn describe_image_model(path: &Path) -> Result<Described, EngineError> {
    let weights = weight_files(path).and_then(|files| hash_files(&files)).map_err(|error| failed(path, error))?;
    Ok(Described {
        weights,
        quantisation: UNQUANTISED.into(),
        files: hash_descriptions(path)?,
        chat_template: B256::ZERO,
        template: String::new(),
        tokenizer: None,
        ends: vec![],
        vocabulary: 0,
    })
}

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

/// The encoders of a prompt that FLUX is built with: mistral.rs fetches these files, whatever the model's own are.
const ENCODERS: [(&str, &[&str]); 3] = [
    ("EricB/t5_tokenizer", &["t5-v1_1-xxl.tokenizer.json"]),
    ("EricB/t5-v1_1-xxl-enc-only", &["config.json", "t5_xxl-shard-0.safetensors", "t5_xxl-shard-1.safetensors"]),
    ("openai/clip-vit-large-patch14", &["config.json", "model.safetensors", "tokenizer.json"]),
];

/// A hash over their files.
pub(super) fn encoders() -> Result<B256, EngineError> {
    // For these it looks at the home directory alone.
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let hub = home.ok_or_else(|| EngineError::Start("HOME is not set".into()))?.join(".cache/huggingface/hub");
    let mut files = vec![];
    for (name, needed) in ENCODERS {
        let snapshot = hub_snapshot(&hub, name)?;
        files.extend(needed.iter().map(|file| snapshot.join(file)));
    }
    let digest = hash_files(&files).map_err(|error| failed(&hub, error))?;
    Ok(keccak256(digest))
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

pub(super) fn describe_gguf(path: &Path) -> Result<Described, EngineError> {
    let weights = hash_files(&[path.to_owned()]).map_err(|error| failed(path, error))?;
    let gguf = Gguf::open(path).map_err(|error| failed(path, error))?;
    let template = gguf.text("tokenizer.chat_template").ok_or_else(|| failed(path, "no chat template in the file"))?;
    let decoder = gguf.decoder().map_err(|error| failed(path, error))?.to_string();
    let tokenizer = Tokenizer::from_bytes(decoder).map_err(|error| failed(path, error))?;
    // The type that most tensors have is what the file is named after.
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    for tensor in gguf.content.tensor_infos.values().filter(|tensor| tensor.shape.rank() > 1) {
        *counts.entry(format!("{:?}", tensor.ggml_dtype).to_lowercase()).or_default() += 1;
    }
    let kind = counts.into_iter().max_by_key(|(_, count)| *count).map_or_else(|| "unknown".into(), |(kind, _)| kind);
    let end = gguf.number("tokenizer.ggml.eos_token_id").and_then(|id| u32::try_from(id).ok());
    Ok(Described {
        weights,
        quantisation: format!("gguf {kind}"),
        // All of it is in the one file that the weights' hash covers.
        files: B256::ZERO,
        chat_template: keccak256(template),
        template: template.to_owned(),
        vocabulary: tokenizer.get_vocab_size(true),
        tokenizer: Some(tokenizer),
        ends: end.into_iter().collect(),
    })
}
