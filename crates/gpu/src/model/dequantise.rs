//! Turns a quantised llama in a GGUF file into half-precision safetensors, which a CPU runs many times faster.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use candle_core::{DType, Device, Tensor};
use serde_json::json;

use super::{
    gguf::{Gguf, GgufError},
    template::with_tools,
    weights::hash_files,
};

/// Grows when the conversion changes, so that an older result is made again.
const VERSION: u32 = 2;

/// The file that says what a directory was made from.
const MARKER: &str = "dequantised.json";

/// Why a model was not converted.
#[derive(Debug, thiserror::Error)]
pub enum DequantiseError {
    /// The GGUF file is at fault.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// The result cannot be written.
    #[error("{path} cannot be written")]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// The reason why it cannot be written.
        source: io::Error,
    },
}

impl From<candle_core::Error> for DequantiseError {
    fn from(error: candle_core::Error) -> Self {
        Self::Gguf(GgufError::Decode(error))
    }
}

/// Converts `gguf` into a model directory at `out`, which appears whole or not at all. Does nothing when `out` was made
/// from the same file already. `progress` is called with the tensors that are done and the number of all tensors.
pub fn dequantise(gguf: &Path, out: &Path, progress: &mut dyn FnMut(usize, usize)) -> Result<(), DequantiseError> {
    let source = hash_files(&[gguf.to_owned()]).map_err(GgufError::Io)?;
    let marker = json!({ "source": source, "version": VERSION }).to_string();
    let is_made = || fs::read_to_string(out.join(MARKER)).is_ok_and(|found| found == marker);
    if is_made() {
        return Ok(());
    }
    let mut partial = out.as_os_str().to_owned();
    partial.push(format!(".{}.partial", std::process::id()));
    let partial = PathBuf::from(partial);
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| DequantiseError::Write { path, source }
    };
    let made = (|| {
        fs::create_dir_all(&partial).map_err(failed(&partial))?;
        convert(gguf, &partial, progress)?;
        fs::write(partial.join(MARKER), &marker).map_err(failed(&partial))?;
        if out.exists() && !is_made() {
            fs::remove_dir_all(out).map_err(failed(out))?;
        }
        match fs::rename(&partial, out) {
            // Another process was faster.
            Err(_) if is_made() => Ok(()),
            renamed => renamed.map_err(failed(out)),
        }
    })();
    if partial.exists() {
        let _ = fs::remove_dir_all(&partial);
    }
    made
}

/// The dimensions that the conversion needs.
struct Shape {
    heads: usize,
    kv_heads: usize,
    layers: usize,
}

fn convert(gguf: &Path, out: &Path, progress: &mut dyn FnMut(usize, usize)) -> Result<(), DequantiseError> {
    let mut gguf = Gguf::open(gguf)?;
    let architecture = gguf.text("general.architecture").unwrap_or_default();
    if architecture != "llama" {
        return Err(
            GgufError::Unsupported(format!("only llama models are converted, and this is `{architecture}`")).into()
        );
    }
    let number = |key: &str| -> Result<usize, GgufError> {
        let value = gguf.number(key).and_then(|value| usize::try_from(value).ok());
        value.filter(|&value| value > 0).ok_or_else(|| GgufError::Missing(key.into()))
    };
    let heads = number("llama.attention.head_count")?;
    let kv_heads = number("llama.attention.head_count_kv").unwrap_or(heads);
    let shape = Shape { heads, kv_heads, layers: number("llama.block_count")? };

    write_json(&out.join("tokenizer.json"), &gguf.tokenizer()?)?;
    write_json(&out.join("tokenizer_config.json"), &tokenizer_config(&gguf)?)?;
    let config = build_config(&gguf, &shape, &number)?;
    write_json(&out.join("config.json"), &config)?;

    let names: Vec<String> = gguf.content.tensor_infos.keys().cloned().collect();
    let mut tensors = HashMap::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        progress(index, names.len());
        let target = target_name(name, shape.layers)?;
        let tensor = gguf.content.tensor(&mut gguf.reader, name, &Device::Cpu)?.dequantize(&Device::Cpu)?;
        let tensor = match () {
            () if name.ends_with(".attn_q.weight") => unpermute(&tensor, shape.heads)?,
            () if name.ends_with(".attn_k.weight") => unpermute(&tensor, shape.kv_heads)?,
            () => tensor,
        };
        tensors.insert(target, tensor.to_dtype(DType::F16)?);
    }
    candle_core::safetensors::save(&tensors, out.join("model.safetensors"))?;
    progress(names.len(), names.len());
    Ok(())
}

fn write_json(path: &Path, value: &serde_json::Value) -> Result<(), DequantiseError> {
    fs::write(path, value.to_string()).map_err(|source| DequantiseError::Write { path: path.to_owned(), source })
}

fn tokenizer_config(gguf: &Gguf) -> Result<serde_json::Value, GgufError> {
    let template =
        gguf.text("tokenizer.chat_template").ok_or_else(|| GgufError::Missing("tokenizer.chat_template".into()))?;
    Ok(json!({
        "bos_token": gguf.token("tokenizer.ggml.bos_token_id"),
        "eos_token": gguf.token("tokenizer.ggml.eos_token_id"),
        "unk_token": gguf.token("tokenizer.ggml.unknown_token_id"),
        "pad_token": gguf.token("tokenizer.ggml.padding_token_id"),
        "chat_template": with_tools(template).unwrap_or_else(|| template.to_owned()),
        "tokenizer_class": "GPT2Tokenizer",
        "model_max_length": gguf.number("llama.context_length"),
    }))
}

fn build_config(
    gguf: &Gguf,
    shape: &Shape,
    number: &dyn Fn(&str) -> Result<usize, GgufError>,
) -> Result<serde_json::Value, GgufError> {
    if gguf.content.tensor_infos.contains_key("rope_freqs.weight") {
        return Err(GgufError::Unsupported("models with scaled rotary frequencies are not converted".into()));
    }
    let epsilon = "llama.attention.layer_norm_rms_epsilon";
    let vocabulary = gguf.texts("tokenizer.ggml.tokens").map(|tokens| tokens.len());
    Ok(json!({
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": vocabulary.ok_or_else(|| GgufError::Missing("tokenizer.ggml.tokens".into()))?,
        "hidden_size": number("llama.embedding_length")?,
        "intermediate_size": number("llama.feed_forward_length")?,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "hidden_act": "silu",
        "max_position_embeddings": number("llama.context_length")?,
        "rms_norm_eps": gguf.float(epsilon).ok_or_else(|| GgufError::Missing(epsilon.into()))?,
        "rope_theta": gguf.float("llama.rope.freq_base").unwrap_or(10_000.0),
        "tie_word_embeddings": !gguf.content.tensor_infos.contains_key("output.weight"),
        "torch_dtype": "float16",
        "bos_token_id": gguf.number("tokenizer.ggml.bos_token_id"),
        "eos_token_id": gguf.number("tokenizer.ggml.eos_token_id"),
    }))
}

/// What the model's own library calls a tensor.
fn target_name(name: &str, layers: usize) -> Result<String, GgufError> {
    let unknown = || GgufError::Unsupported(format!("the tensor `{name}` is not part of a plain llama"));
    let block = match name {
        "token_embd.weight" => return Ok("model.embed_tokens.weight".into()),
        "output_norm.weight" => return Ok("model.norm.weight".into()),
        "output.weight" => return Ok("lm_head.weight".into()),
        _ => name.strip_prefix("blk.").and_then(|rest| rest.strip_suffix(".weight")).ok_or_else(unknown)?,
    };
    let (layer, part) = block.split_once('.').ok_or_else(unknown)?;
    let layer: usize = layer.parse().ok().filter(|&layer| layer < layers).ok_or_else(unknown)?;
    let part = match part {
        "attn_q" => "self_attn.q_proj",
        "attn_k" => "self_attn.k_proj",
        "attn_v" => "self_attn.v_proj",
        "attn_output" => "self_attn.o_proj",
        "ffn_gate" => "mlp.gate_proj",
        "ffn_up" => "mlp.up_proj",
        "ffn_down" => "mlp.down_proj",
        "attn_norm" => "input_layernorm",
        "ffn_norm" => "post_attention_layernorm",
        _ => return Err(unknown()),
    };
    Ok(format!("model.layers.{layer}.{part}.weight"))
}

/// GGUF keeps the rows of queries and keys in another order, for another way to compute rotary embeddings: puts them back.
fn unpermute(tensor: &Tensor, heads: usize) -> candle_core::Result<Tensor> {
    let (rows, columns) = tensor.dims2()?;
    tensor.reshape((heads, rows / heads / 2, 2, columns))?.transpose(1, 2)?.contiguous()?.reshape((rows, columns))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_translated_and_strangers_refused() {
        assert_eq!(target_name("blk.3.attn_q.weight", 4).expect("known"), "model.layers.3.self_attn.q_proj.weight");
        assert_eq!(target_name("output.weight", 4).expect("known"), "lm_head.weight");
        for name in ["blk.4.attn_q.weight", "blk.0.attn_q.bias", "blk.0.ffn_gate_exps.weight", "rope_freqs.weight"] {
            assert!(target_name(name, 4).is_err(), "{name}");
        }
    }

    #[test]
    fn rows_return_to_their_order() {
        // Two heads of four rows each; GGUF interleaves the halves of every head.
        let stored = Tensor::from_vec(vec![0f32, 2., 1., 3., 4., 6., 5., 7.], (8, 1), &Device::Cpu).expect("a tensor");
        let rows = unpermute(&stored, 2).expect("rows").flatten_all().expect("flat").to_vec1::<f32>().expect("values");
        assert_eq!(rows, [0., 1., 2., 3., 4., 5., 6., 7.]);
    }

    #[test]
    fn a_file_that_is_no_gguf_leaves_nothing_behind() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("x.gguf");
        fs::write(&file, b"not a model").expect("written");
        let out = directory.path().join("out");
        let error = dequantise(&file, &out, &mut |_, _| {}).expect_err("refused");
        assert!(matches!(error, DequantiseError::Gguf(_)), "{error}");
        assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 1);
    }
}
