//! Prompts as the UNet reads them: their tokens, and what CLIP's text encoders make of these.

use std::{collections::HashMap, path::Path};

use candle_core::{D, DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{clip::text_model as any, stable_diffusion::clip as sized};
use serde_json::{Value, json};
use tokenizers::Tokenizer;

use super::{
    plan::{Plan, failed},
    weights::load_part,
};
use crate::engine::EngineError;

/// Tokens that the encoders read, with the one that begins a prompt and the one that ends it.
pub(super) const CONTEXT: usize = 77;
/// Pieces of a prompt before tokens are found in them, as CLIP has it.
const PIECES: &str = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

/// What the UNet reads.
#[derive(Clone, Debug)]
pub(super) struct Encoded {
    /// A row for each token.
    pub(super) tokens: Tensor,
    /// The whole prompt, where the UNet reads it.
    pub(super) whole: Option<Tensor>,
}

/// One text encoder with its tokeniser.
#[derive(Debug)]
struct Encoder {
    tokenizer: Tokenizer,
    begin: u32,
    end: u32,
    pad: u32,
    model: Model,
    /// The last layer but one is read, as Stable Diffusion XL does.
    is_early: bool,
    /// Makes the vector of the whole prompt, in the second encoder of Stable Diffusion XL.
    projection: Option<Tensor>,
}

#[derive(Debug)]
enum Model {
    /// Of whatever size, with the activation of the first CLIP.
    Any(any::ClipTextTransformer),
    /// Of one of the sizes that the library knows, which tells of its layers.
    Sized(sized::ClipTextTransformer),
}

/// All encoders of a model.
#[derive(Debug)]
pub(super) struct Encoders(Vec<Encoder>);

impl Encoders {
    pub(super) fn load(directory: &Path, plan: &Plan, device: &Device) -> Result<Self, EngineError> {
        let parts: &[_] = match plan.told {
            None => &[("text_encoder", "tokenizer")],
            Some(_) => &[("text_encoder", "tokenizer"), ("text_encoder_2", "tokenizer_2")],
        };
        let load = |(encoder, tokenizer): &(&str, &str)| {
            Encoder::load(directory, encoder, tokenizer, plan.told.is_some(), device)
        };
        parts.iter().map(load).collect::<Result<_, _>>().map(Self)
    }

    /// Tokens of a prompt, with its beginning and its end.
    pub(super) fn count(&self, prompt: &str) -> Result<u32, EngineError> {
        let counts = self.0.iter().map(|encoder| encoder.tokens(prompt).map(|tokens| tokens.len() + 2));
        let counts = counts.collect::<Result<Vec<_>, _>>()?;
        Ok(u32::try_from(counts.into_iter().max().unwrap_or_default()).unwrap_or(u32::MAX))
    }

    pub(super) fn encode(&self, prompt: &str, device: &Device) -> Result<Encoded, EngineError> {
        let encoded = self.0.iter().map(|encoder| encoder.encode(prompt, device)).collect::<Result<Vec<_>, _>>()?;
        let tokens: Vec<_> = encoded.iter().map(|encoded| &encoded.tokens).collect();
        let tokens = Tensor::cat(&tokens, D::Minus1).map_err(broken)?;
        Ok(Encoded { tokens, whole: encoded.into_iter().find_map(|encoded| encoded.whole) })
    }
}

impl Encoder {
    fn load(
        directory: &Path,
        part: &str,
        tokenizer: &str,
        is_told: bool,
        device: &Device,
    ) -> Result<Self, EngineError> {
        let path = directory.join(part).join("config.json");
        let config = read(&path)?;
        let weights = load_part(directory, part, DType::F32, device)?;
        let projection = weights.get("text_projection.weight").filter(|_| is_told).cloned();
        let model = Model::build(&config, is_told, weights, device).map_err(|error| failed(&path, error))?;
        let (tokenizer, pad) = read_tokenizer(&directory.join(tokenizer))?;
        let id = |name: &str| tokenizer.token_to_id(name).ok_or_else(|| failed(&path, format!("no token `{name}`")));
        let (begin, end) = (id("<|startoftext|>")?, id("<|endoftext|>")?);
        Ok(Self { pad: id(&pad)?, begin, end, tokenizer, model, is_early: is_told, projection })
    }

    fn tokens(&self, prompt: &str) -> Result<Vec<u32>, EngineError> {
        let encoded = self.tokenizer.encode_fast(prompt, false);
        Ok(encoded.map_err(|error| EngineError::Invalid(error.to_string()))?.get_ids().to_vec())
    }

    fn encode(&self, prompt: &str, device: &Device) -> Result<Encoded, EngineError> {
        let mut ids = vec![self.begin];
        ids.extend(self.tokens(prompt)?);
        ids.push(self.end);
        let last = ids.len() - 1;
        // Prompts that are longer were refused.
        ids.resize(CONTEXT, self.pad);
        self.read(&ids, last, device).map_err(broken)
    }

    fn read(&self, ids: &[u32], last: usize, device: &Device) -> candle_core::Result<Encoded> {
        let ids = Tensor::new(ids, device)?.unsqueeze(0)?;
        match &self.model {
            Model::Any(model) => Ok(Encoded { tokens: model.forward_with_mask(&ids, usize::MAX)?, whole: None }),
            Model::Sized(model) if !self.is_early => {
                Ok(Encoded { tokens: model.forward_with_mask(&ids, usize::MAX)?, whole: None })
            }
            Model::Sized(model) => {
                let (all, tokens) = model.forward_until_encoder_layer(&ids, usize::MAX, -2)?;
                let end = all.narrow(1, last, 1)?.squeeze(1)?;
                let whole = self.projection.as_ref().map(|projection| end.matmul(&projection.t()?)).transpose()?;
                Ok(Encoded { tokens, whole })
            }
        }
    }
}

impl Model {
    fn build(
        config: &Value,
        is_early: bool,
        weights: HashMap<String, Tensor>,
        device: &Device,
    ) -> Result<Self, String> {
        let number = |key: &str| config[key].as_u64().and_then(|number| usize::try_from(number).ok());
        let size = || Some((number("hidden_size")?, number("num_hidden_layers")?, config["hidden_act"].as_str()?));
        let unknown = || "this engine has no text encoder of its size".to_owned();
        let (width, layers, activation) = size().ok_or_else(unknown)?;
        let weights = VarBuilder::from_tensors(weights, DType::F32, device);
        let built = match (width, layers, activation) {
            (_, _, "quick_gelu") if !is_early => {
                let of = |key: &str| number(key).ok_or_else(unknown);
                let config = any::ClipTextConfig {
                    vocab_size: of("vocab_size")?,
                    embed_dim: width,
                    activation: any::Activation::QuickGelu,
                    intermediate_size: of("intermediate_size")?,
                    max_position_embeddings: CONTEXT,
                    pad_with: None,
                    num_hidden_layers: layers,
                    num_attention_heads: of("num_attention_heads")?,
                    projection_dim: width,
                };
                any::ClipTextTransformer::new(weights.pp("text_model"), &config).map(Self::Any)
            }
            (768, 12, "quick_gelu") => {
                sized::ClipTextTransformer::new(weights, &sized::Config::sdxl()).map(Self::Sized)
            }
            (1_024, 23, "gelu") => sized::ClipTextTransformer::new(weights, &sized::Config::v2_1()).map(Self::Sized),
            (1_280, 32, "gelu") => sized::ClipTextTransformer::new(weights, &sized::Config::sdxl2()).map(Self::Sized),
            _ => return Err(unknown()),
        };
        built.map_err(|error| error.to_string())
    }
}

/// CLIP's tokeniser, from its own file or put together from its vocabulary as Hugging Face does; and the token that fills a prompt.
fn read_tokenizer(directory: &Path) -> Result<(Tokenizer, String), EngineError> {
    let text = |value: &Value| value.as_str().or_else(|| value["content"].as_str()).map(str::to_owned);
    let config = read(&directory.join("tokenizer_config.json"))?;
    let pad = text(&config["pad_token"]).unwrap_or_else(|| "<|endoftext|>".into());
    let whole = directory.join("tokenizer.json");
    if whole.is_file() {
        return Ok((Tokenizer::from_file(&whole).map_err(|error| failed(&whole, error))?, pad));
    }
    let path = directory.join("merges.txt");
    let merges = std::fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
    let merges: Vec<_> = merges.lines().filter(|line| !line.is_empty() && !line.starts_with("#version")).collect();
    let vocabulary = read(&directory.join("vocab.json"))?;
    let special = |content: &str| {
        json!({
            "id": vocabulary[content], "content": content, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": true,
        })
    };
    let tokenizer = json!({
        "version": "1.0",
        "added_tokens": [special("<|startoftext|>"), special("<|endoftext|>")],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"},
            {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
            {"type": "Lowercase"},
        ]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": PIECES}, "behavior": "Removed", "invert": true},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        ]},
        "model": {
            "type": "BPE", "unk_token": "<|endoftext|>", "end_of_word_suffix": "</w>", "continuing_subword_prefix": "",
            "fuse_unk": false, "vocab": vocabulary, "merges": merges,
        },
    });
    let tokenizer = Tokenizer::from_bytes(tokenizer.to_string()).map_err(|error| failed(directory, error))?;
    Ok((tokenizer, pad))
}

fn read(path: &Path) -> Result<Value, EngineError> {
    let text = std::fs::read_to_string(path).map_err(|error| failed(path, error))?;
    serde_json::from_str(&text).map_err(|error| failed(path, error))
}

fn broken(error: candle_core::Error) -> EngineError {
    EngineError::Interrupted(error.to_string())
}
