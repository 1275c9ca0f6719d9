//! GGUF files: their metadata, and a `tokenizer.json` made from it.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader},
    path::Path,
};

use candle_core::quantized::gguf_file::{Content, Value};
use serde_json::json;

/// Why a GGUF file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    /// It cannot be opened.
    #[error("the GGUF file cannot be read")]
    Io(#[from] io::Error),
    /// It is damaged, or of a kind that is not known.
    #[error("the GGUF file does not decode")]
    Decode(#[from] candle_core::Error),
    /// Something that is needed is absent or has another type.
    #[error("the GGUF file has no usable `{0}`")]
    Missing(String),
    /// It is whole but of a kind that cannot be handled.
    #[error("{0}")]
    Unsupported(String),
}

/// A GGUF file's header, and the file to read tensors from.
pub struct Gguf {
    /// The header.
    pub content: Content,
    /// The file.
    pub reader: BufReader<File>,
}

/// Token types in `tokenizer.ggml.token_type` that stand for control and not for text.
const CONTROL: i32 = 3;

impl Gguf {
    /// Reads the header.
    pub fn open(path: &Path) -> Result<Self, GgufError> {
        let mut reader = BufReader::new(File::open(path)?);
        let content = Content::read(&mut reader)?;
        Ok(Self { content, reader })
    }

    fn metadata(&self) -> &HashMap<String, Value> {
        &self.content.metadata
    }

    /// A text in the metadata.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.metadata().get(key) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// An unsigned number in the metadata.
    pub fn number(&self, key: &str) -> Option<u64> {
        match self.metadata().get(key)? {
            Value::U8(value) => Some((*value).into()),
            Value::U16(value) => Some((*value).into()),
            Value::U32(value) => Some((*value).into()),
            Value::U64(value) => Some(*value),
            Value::I32(value) => u64::try_from(*value).ok(),
            Value::I64(value) => u64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// A float in the metadata; one of single precision as the decimal that it was written from.
    pub fn float(&self, key: &str) -> Option<f64> {
        match self.metadata().get(key)? {
            Value::F32(value) => value.to_string().parse().ok(),
            Value::F64(value) => Some(*value),
            _ => None,
        }
    }

    /// Texts in the metadata.
    pub fn texts(&self, key: &str) -> Option<Vec<&str>> {
        let Value::Array(values) = self.metadata().get(key)? else { return None };
        values.iter().map(|value| if let Value::String(text) = value { Some(text.as_str()) } else { None }).collect()
    }

    fn token_types(&self) -> Vec<i32> {
        match self.metadata().get("tokenizer.ggml.token_type") {
            Some(Value::Array(values)) => values.iter().map(|value| value.to_i32().unwrap_or(0)).collect(),
            _ => Vec::new(),
        }
    }

    /// The token with the id that the metadata gives under `key`.
    pub fn token(&self, key: &str) -> Option<&str> {
        let id = usize::try_from(self.number(key)?).ok()?;
        self.texts("tokenizer.ggml.tokens")?.get(id).copied()
    }

    /// A `tokenizer.json` that encodes and decodes as the model's own tokenizer does. Byte-level BPE only, and only the
    /// splitting rules that are known here: a wrong split would make a worse model and no error.
    pub fn tokenizer(&self) -> Result<serde_json::Value, GgufError> {
        let kind = self.text("tokenizer.ggml.model").unwrap_or_default();
        if kind != "gpt2" {
            return Err(GgufError::Unsupported(format!(
                "the tokenizer `{kind}` cannot be converted: only byte-level BPE can"
            )));
        }
        let byte_level =
            json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true });
        let rules = match self.text("tokenizer.ggml.pre").unwrap_or("default") {
            "smollm" => json!([{ "type": "Digits", "individual_digits": true }, byte_level]),
            "gpt-2" | "default" => json!([byte_level]),
            other => {
                return Err(GgufError::Unsupported(format!(
                    "the splitting rule `{other}` is not known; hint: use the model's safetensors instead"
                )));
            }
        };
        let merges = self
            .texts("tokenizer.ggml.merges")
            .ok_or_else(|| GgufError::Missing("tokenizer.ggml.merges".into()))?
            .into_iter()
            .map(|merge| merge.split_once(' ').ok_or_else(|| GgufError::Missing("tokenizer.ggml.merges".into())))
            .collect::<Result<Vec<_>, _>>()?;
        let pre_tokenizer = json!({ "type": "Sequence", "pretokenizers": rules });
        self.tokenizer_file(&json!(merges), &pre_tokenizer, &byte_level)
    }

    /// A `tokenizer.json` that only decodes.
    pub fn decoder(&self) -> Result<serde_json::Value, GgufError> {
        let byte_level =
            json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true });
        let sentence_piece = json!({ "type": "Sequence", "decoders": [
            { "type": "Replace", "pattern": { "String": "▁" }, "content": " " },
            { "type": "ByteFallback" },
            { "type": "Fuse" },
            { "type": "Strip", "content": " ", "start": 1, "stop": 0 },
        ]});
        let decoder = if self.text("tokenizer.ggml.model") == Some("gpt2") { byte_level } else { sentence_piece };
        self.tokenizer_file(&json!([]), &serde_json::Value::Null, &decoder)
    }

    fn tokenizer_file(
        &self,
        merges: &serde_json::Value,
        pre_tokenizer: &serde_json::Value,
        decoder: &serde_json::Value,
    ) -> Result<serde_json::Value, GgufError> {
        let missing = || GgufError::Missing("tokenizer.ggml.tokens".into());
        let tokens = self.texts("tokenizer.ggml.tokens").ok_or_else(missing)?;
        let vocabulary: serde_json::Map<String, serde_json::Value> =
            tokens.iter().enumerate().map(|(id, &token)| (token.to_owned(), json!(id))).collect();
        let types = self.token_types();
        let special = tokens.iter().enumerate().filter(|&(id, _)| types.get(id) == Some(&CONTROL));
        let added: Vec<serde_json::Value> = special
            .map(|(id, token)| {
                json!({
                    "id": id, "content": token, "special": true,
                    "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
                })
            })
            .collect();
        Ok(json!({
            "version": "1.0",
            "truncation": null,
            "padding": null,
            "added_tokens": added,
            "normalizer": null,
            "pre_tokenizer": pre_tokenizer,
            "post_processor": null,
            "decoder": decoder,
            "model": {
                "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                "vocab": vocabulary, "merges": merges,
            },
        }))
    }
}
