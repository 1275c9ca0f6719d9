//! What a model's files say that only mistral.rs runs: quantised ones, and those that draw.

use std::path::{Path, PathBuf};

use alloy::primitives::{B256, keccak256};
use tokenizers::Tokenizer;

use crate::{
    engine::{
        EngineError,
        language::{Described, UNQUANTISED, failed, hash_descriptions, hub_snapshot},
    },
    model::{gguf::Gguf, hash_files, weight_files},
};

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
