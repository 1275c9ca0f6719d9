//! A tiny random llama with a tokeniser of single bytes, written to a directory.

use std::{collections::HashMap, fs, path::Path};

use candle_core::{Device, Tensor};
use serde_json::json;

const CHAT_TEMPLATE: &str = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + \
     '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

const SPECIAL: [&str; 3] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];

/// Tokens of prompt and output together.
pub(crate) const CONTEXT: usize = 512;

const VOCABULARY: usize = 320;
const HIDDEN: usize = 64;
const FEED_FORWARD: usize = 128;
const HEADS: usize = 4;
const KV_HEADS: usize = 2;
const LAYERS: usize = 2;

/// Writes the model; the same seed gives the same weights.
pub(crate) fn write(directory: &Path, seed: u64) {
    let save = |name: &str, value: serde_json::Value| {
        fs::write(directory.join(name), value.to_string()).expect("written");
    };
    save("tokenizer.json", tokenizer());
    save(
        "tokenizer_config.json",
        json!({
            "bos_token": SPECIAL[0], "eos_token": SPECIAL[2], "unk_token": SPECIAL[0], "pad_token": SPECIAL[2],
            "chat_template": CHAT_TEMPLATE, "tokenizer_class": "GPT2Tokenizer", "model_max_length": CONTEXT,
        }),
    );
    save(
        "config.json",
        json!({
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": VOCABULARY, "hidden_size": HIDDEN,
            "intermediate_size": FEED_FORWARD, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
            "num_key_value_heads": KV_HEADS, "hidden_act": "silu", "max_position_embeddings": CONTEXT,
            "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": false, "torch_dtype": "float32",
            "bos_token_id": 0, "eos_token_id": 2, "head_dim": HIDDEN / HEADS,
        }),
    );
    let mut random = Random(seed);
    let mut weights = HashMap::new();
    let mut add = |name: &str, shape: &[usize], scale: f32| {
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| random.next() * scale).collect();
        weights.insert(name.to_owned(), Tensor::from_vec(values, shape, &Device::Cpu).expect("a tensor"));
    };
    add("model.embed_tokens.weight", &[VOCABULARY, HIDDEN], 0.5);
    add("lm_head.weight", &[VOCABULARY, HIDDEN], 0.5);
    let head = HIDDEN / HEADS;
    for layer in 0..LAYERS {
        for (name, rows, columns) in [
            ("self_attn.q_proj", HEADS * head, HIDDEN),
            ("self_attn.k_proj", KV_HEADS * head, HIDDEN),
            ("self_attn.v_proj", KV_HEADS * head, HIDDEN),
            ("self_attn.o_proj", HIDDEN, HEADS * head),
            ("mlp.gate_proj", FEED_FORWARD, HIDDEN),
            ("mlp.up_proj", FEED_FORWARD, HIDDEN),
            ("mlp.down_proj", HIDDEN, FEED_FORWARD),
        ] {
            add(&format!("model.layers.{layer}.{name}.weight"), &[rows, columns], 0.15);
        }
    }
    let norms = (0..LAYERS)
        .flat_map(|layer| {
            ["input_layernorm", "post_attention_layernorm"].map(|name| format!("model.layers.{layer}.{name}.weight"))
        })
        .chain(["model.norm.weight".to_owned()]);
    for name in norms {
        weights.insert(name, Tensor::ones(HIDDEN, candle_core::DType::F32, &Device::Cpu).expect("a tensor"));
    }
    candle_core::safetensors::save(&weights, directory.join("model.safetensors")).expect("written");
}

/// Roughly normal numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f32 {
        (0..4).map(|_| self.uniform() - 0.5).sum::<f32>() * 1.7
    }

    fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 24) as f32
    }
}

fn tokenizer() -> serde_json::Value {
    // The characters that stand for the 256 bytes in byte-level tokenisers: printable ones for themselves, others moved up.
    let printable = |byte: u32| matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    let mut moved = 0x100..;
    let alphabet = (0..256u32).map(|byte| {
        let code = if printable(byte) { byte } else { moved.next().expect("endless") };
        char::from_u32(code).expect("a character").to_string()
    });
    let tokens: Vec<String> = SPECIAL.map(str::to_owned).into_iter().chain(alphabet).collect();
    let vocabulary: serde_json::Map<String, serde_json::Value> =
        tokens.iter().enumerate().map(|(id, token)| (token.clone(), json!(id))).collect();
    let added = SPECIAL.iter().enumerate().map(|(id, token)| {
        json!({
            "id": id, "content": token, "special": true,
            "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
        })
    });
    let byte_level = json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true });
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added.collect::<Vec<_>>(), "normalizer": null,
        "pre_tokenizer": byte_level, "post_processor": null, "decoder": byte_level,
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
            "fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": vocabulary, "merges": [],
        },
    })
}
