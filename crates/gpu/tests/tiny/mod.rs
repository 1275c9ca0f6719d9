//! Tiny random models with tokenisers of single bytes, written to directories: one that writes, one that
//! sees, one that embeds, one that draws.

use std::{collections::BTreeMap, fs, path::Path};

use safetensors::{Dtype, tensor::TensorView};
use serde_json::json;

mod diffusion;

#[allow(unused_imports, reason = "each test program uses some of them")]
pub(crate) use diffusion::write_diffusion;

const CHAT_TEMPLATE: &str = "{% if tools %}<|im_start|>tools\n{% for tool in tools %}{{ tool | tojson }}\n{% endfor %}<|im_end|>\n\
     {% endif %}{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content']}}\
     {% for call in message.tool_calls %}<tool_call>{{ call.function.name }} {{ call.function.arguments | tojson }}\
     </tool_call>{% endfor %}{{ '<|im_end|>' + '\n' }}{% endfor %}\
     {% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/// The same with parts, some of which are images.
const SEEING_TEMPLATE: &str = "{% for message in messages %}<|im_start|>{{ message.role }}\n\
     {% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}\
     {% if part.type == 'image' %}<image>{% else %}{{ part.text }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}\
     {% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

const SPECIAL: [&str; 3] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
const SEEING_SPECIAL: [&str; 6] =
    [SPECIAL[0], SPECIAL[1], SPECIAL[2], "<fake_token_around_image>", "<image>", "<global-img>"];

/// Tokens of prompt and output together.
pub(crate) const CONTEXT: usize = 512;

const VOCABULARY: usize = 320;
const HIDDEN: usize = 64;
const FEED_FORWARD: usize = 128;
const HEADS: usize = 4;
const KV_HEADS: usize = 2;
const LAYERS: usize = 2;

fn save(directory: &Path, name: &str, value: serde_json::Value) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().expect("a directory")).expect("made");
    fs::write(path, value.to_string()).expect("written");
}

/// Tensors by name: shape, type and bytes.
struct Weights {
    random: Random,
    tensors: BTreeMap<String, (Vec<usize>, Dtype, Vec<u8>)>,
}

impl Weights {
    fn new(seed: u64) -> Self {
        Self { random: Random(seed), tensors: BTreeMap::new() }
    }

    fn add(&mut self, name: impl Into<String>, shape: &[usize], scale: f32) {
        let count = shape.iter().product::<usize>();
        let bytes = (0..count).flat_map(|_| (self.random.next() * scale).to_le_bytes()).collect();
        self.tensors.insert(name.into(), (shape.to_vec(), Dtype::F32, bytes));
    }

    /// Many, and so of half the size and less random.
    fn add_many(&mut self, name: impl Into<String>, shape: &[usize], scale: f32) {
        let some: Vec<_> = (0..4_099).map(|_| ((self.random.next() * scale).to_bits() >> 16) as u16).collect();
        let count = shape.iter().product::<usize>();
        let bytes = some.iter().cycle().take(count).flat_map(|bits| bits.to_le_bytes()).collect();
        self.tensors.insert(name.into(), (shape.to_vec(), Dtype::BF16, bytes));
    }

    fn fill(&mut self, name: impl Into<String>, count: usize, value: f32) {
        self.tensors.insert(name.into(), (vec![count], Dtype::F32, value.to_le_bytes().repeat(count)));
    }

    fn linear(&mut self, name: &str, output: usize, input: usize) {
        self.add(format!("{name}.weight"), &[output, input], 0.05);
        self.fill(format!("{name}.bias"), output, 0.0);
    }

    fn norm(&mut self, name: &str, count: usize) {
        self.fill(format!("{name}.weight"), count, 1.0);
        self.fill(format!("{name}.bias"), count, 0.0);
    }

    fn convolution(&mut self, name: &str, output: usize, input: usize, side: usize) {
        let scale = 1.0 / ((input * side * side) as f32).sqrt();
        self.add(format!("{name}.weight"), &[output, input, side, side], scale);
        self.fill(format!("{name}.bias"), output, 0.0);
    }

    /// Writes those of which `belongs` is true.
    fn save_some(&self, path: &Path, belongs: impl Fn(&str) -> bool) {
        let views = self.tensors.iter().filter(|(name, _)| belongs(name)).map(|(name, (shape, dtype, bytes))| {
            (name.as_str(), TensorView::new(*dtype, shape.clone(), bytes).expect("a tensor"))
        });
        fs::create_dir_all(path.parent().expect("a directory")).expect("made");
        safetensors::serialize_to_file(views, None, path).expect("written");
    }

    fn save(&self, path: &Path) {
        self.save_some(path, |_| true);
    }
}

/// Writes a llama; the same seed gives the same weights.
#[allow(dead_code, reason = "each test program uses some of them")]
pub(crate) fn write(directory: &Path, seed: u64) {
    let config = json!({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "tie_word_embeddings": false,
    });
    transformer(directory, config, "model.", seed);
}

/// Writes a Qwen3-Embedding, whose vectors have 64 numbers and a length of one.
#[allow(dead_code, reason = "each test program uses some of them")]
pub(crate) fn write_embedder(directory: &Path, seed: u64) {
    let config = json!({
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "tie_word_embeddings": false,
        "sliding_window": null, "max_window_layers": LAYERS, "use_sliding_window": false,
    });
    transformer(directory, config, "", seed);
    let module = |index: usize, path: &str, kind: &str| json!({"idx": index, "name": index.to_string(), "path": path, "type": format!("sentence_transformers.models.{kind}")});
    let modules =
        [module(0, "", "Transformer"), module(1, "1_Pooling", "Pooling"), module(2, "2_Normalize", "Normalize")];
    save(directory, "modules.json", json!(modules));
    save(
        directory,
        "1_Pooling/config.json",
        json!({
            "word_embedding_dimension": HIDDEN, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": false,
            "pooling_mode_max_tokens": false, "pooling_mode_mean_sqrt_len_tokens": false,
            "pooling_mode_weightedmean_tokens": false, "pooling_mode_lasttoken": true, "include_prompt": true,
        }),
    );
}

/// Places that an image takes in the prompt of a model that sees, with those around it.
#[allow(dead_code, reason = "each test program uses some of them")]
pub(crate) const IMAGE_PLACES: u32 = 4 + 3;

/// Pixels of the sides to which images are scaled.
const SIDE: usize = 32;
const PATCH: usize = 8;
const SIGHT: usize = 32;

/// Writes an Idefics3, as SmolVLM is one.
#[allow(dead_code, reason = "each test program uses some of them")]
pub(crate) fn write_seeing(directory: &Path, seed: u64) {
    write_tokenizer(directory, &SEEING_SPECIAL, SEEING_TEMPLATE);
    let side = json!({"longest_edge": SIDE});
    save(
        directory,
        "preprocessor_config.json",
        json!({
            "do_convert_rgb": true, "do_image_splitting": false, "do_normalize": true, "do_pad": true, "do_rescale": true,
            "do_resize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "rescale_factor": 1.0 / 255.0,
            "resample": 1, "size": side, "max_image_size": side, "image_processor_type": "Idefics3ImageProcessor",
        }),
    );
    let patches = (SIDE / PATCH).pow(2);
    save(directory, "processor_config.json", json!({"image_seq_len": patches / 4}));
    let mut text = language_config();
    text["tie_word_embeddings"] = json!(false);
    save(
        directory,
        "config.json",
        json!({
            "architectures": ["Idefics3ForConditionalGeneration"], "model_type": "idefics3", "image_token_id": 4,
            "scale_factor": 2, "text_config": text, "vision_config": sight_config(),
        }),
    );
    let mut weights = Weights::new(seed);
    weights.language("model.text_model.", true);
    weights.add("model.connector.modality_projection.proj.weight", &[HIDDEN, SIGHT * 4], 0.5);
    weights.sight("model.vision_model");
    weights.save(&directory.join("model.safetensors"));
}

const GEMMA_SPECIAL: [&str; 6] =
    [SPECIAL[0], SPECIAL[1], SPECIAL[2], "<start_of_image>", "<end_of_image>", "<image_soft_token>"];

/// The same of a Gemma 3, which has two line breaks on either side of an image.
#[allow(dead_code, reason = "each test program uses some of them")]
pub(crate) const GEMMA_IMAGE_PLACES: u32 = 4 + 2 + 4;

/// Writes a Gemma 3.
#[allow(dead_code, reason = "each test program uses some of them")]
pub(crate) fn write_gemma(directory: &Path, seed: u64) {
    write_tokenizer(directory, &GEMMA_SPECIAL, &SEEING_TEMPLATE.replace("<image>", GEMMA_SPECIAL[3]));
    save(
        directory,
        "preprocessor_config.json",
        json!({
            "image_processor_type": "Gemma3ImageProcessor", "do_convert_rgb": null, "do_normalize": true,
            "do_pan_and_scan": null, "do_rescale": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5],
            "image_std": [0.5, 0.5, 0.5], "rescale_factor": 1.0 / 255.0, "resample": 2,
            "size": {"height": SIDE, "width": SIDE},
        }),
    );
    let places = (SIDE / PATCH).pow(2) / 4;
    save(directory, "processor_config.json", json!({"image_seq_length": places}));
    let mut text = language_config();
    let more = json!({
        "model_type": "gemma3_text", "hidden_activation": "gelu_pytorch_tanh", "query_pre_attn_scalar": HIDDEN / HEADS,
        "sliding_window": 64, "sliding_window_pattern": 2, "tie_word_embeddings": true,
    });
    text.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    save(
        directory,
        "config.json",
        json!({
            "architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3", "text_config": text,
            "boi_token_index": 3, "eoi_token_index": 4, "image_token_index": 5, "mm_tokens_per_image": places,
            "vision_config": sight_config(),
        }),
    );
    let mut weights = Weights::new(seed);
    weights.language("language_model.model.", false);
    for layer in 0..LAYERS {
        for name in ["pre_feedforward_layernorm", "post_feedforward_layernorm"] {
            weights.fill(format!("language_model.model.layers.{layer}.{name}.weight"), HIDDEN, 1.0);
        }
    }
    weights.add("multi_modal_projector.mm_input_projection_weight", &[SIGHT, HIDDEN], 0.5);
    weights.fill("multi_modal_projector.mm_soft_emb_norm.weight", SIGHT, 1.0);
    weights.sight("vision_tower.vision_model");
    weights.save(&directory.join("model.safetensors"));
}

const QWEN_SPECIAL: [&str; 7] =
    [SPECIAL[0], SPECIAL[1], SPECIAL[2], "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"];

/// Writes a Qwen2.5-VL.
#[allow(dead_code, reason = "each test program uses some of them")]
pub(crate) fn write_qwen_seeing(directory: &Path, seed: u64) {
    const PATCH: usize = 14;
    const TIMES: usize = 2;
    write_tokenizer(directory, &QWEN_SPECIAL, SEEING_TEMPLATE);
    let place = (2 * PATCH).pow(2);
    save(
        directory,
        "preprocessor_config.json",
        json!({
            "image_processor_type": "Qwen2VLImageProcessor", "patch_size": PATCH, "merge_size": 2,
            "temporal_patch_size": TIMES, "min_pixels": 4 * place, "max_pixels": 16 * place,
            "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
        }),
    );
    let mut config = language_config();
    let more = json!({
        "architectures": ["Qwen2_5_VLForConditionalGeneration"], "model_type": "qwen2_5_vl", "tie_word_embeddings": false,
        "use_sliding_window": false, "sliding_window": null, "image_token_id": 5, "video_token_id": 6,
        "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]},
        "vision_config": {
            "depth": 1, "hidden_size": SIGHT, "intermediate_size": 2 * SIGHT, "num_heads": 2, "out_hidden_size": HIDDEN,
            "in_chans": 3, "patch_size": PATCH, "spatial_merge_size": 2, "temporal_patch_size": TIMES,
            "window_size": 4 * PATCH, "fullatt_block_indexes": [0], "hidden_act": "silu",
        },
    });
    config.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    save(directory, "config.json", config);
    let mut weights = Weights::new(seed);
    weights.language("model.", true);
    for layer in 0..LAYERS {
        for (name, heads) in [("q_proj", HEADS), ("k_proj", KV_HEADS), ("v_proj", KV_HEADS)] {
            weights.fill(format!("model.layers.{layer}.self_attn.{name}.bias"), heads * HIDDEN / HEADS, 0.0);
        }
    }
    weights.add("visual.patch_embed.proj.weight", &[SIGHT, 3, TIMES, PATCH, PATCH], 0.03);
    let block = "visual.blocks.0";
    weights.linear(&format!("{block}.attn.qkv"), 3 * SIGHT, SIGHT);
    weights.linear(&format!("{block}.attn.proj"), SIGHT, SIGHT);
    weights.linear(&format!("{block}.mlp.gate_proj"), 2 * SIGHT, SIGHT);
    weights.linear(&format!("{block}.mlp.up_proj"), 2 * SIGHT, SIGHT);
    weights.linear(&format!("{block}.mlp.down_proj"), SIGHT, 2 * SIGHT);
    for name in [format!("{block}.norm1"), format!("{block}.norm2"), "visual.merger.ln_q".into()] {
        weights.fill(format!("{name}.weight"), SIGHT, 1.0);
    }
    weights.linear("visual.merger.mlp.0", 4 * SIGHT, 4 * SIGHT);
    weights.linear("visual.merger.mlp.2", HIDDEN, 4 * SIGHT);
    weights.save(&directory.join("model.safetensors"));
}

fn write_tokenizer(directory: &Path, special: &[&str], chat_template: &str) {
    save(directory, "tokenizer.json", tokenizer(special));
    save(
        directory,
        "tokenizer_config.json",
        json!({
            "bos_token": SPECIAL[0], "eos_token": SPECIAL[2], "unk_token": SPECIAL[0], "pad_token": SPECIAL[2],
            "chat_template": chat_template, "tokenizer_class": "GPT2Tokenizer", "model_max_length": CONTEXT,
        }),
    );
}

fn language_config() -> serde_json::Value {
    json!({
        "vocab_size": VOCABULARY, "hidden_size": HIDDEN, "intermediate_size": FEED_FORWARD, "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "hidden_act": "silu",
        "max_position_embeddings": CONTEXT, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "torch_dtype": "float32",
        "bos_token_id": 0, "eos_token_id": 2, "head_dim": HIDDEN / HEADS,
    })
}

/// A SigLIP.
fn sight_config() -> serde_json::Value {
    json!({
        "hidden_size": SIGHT, "intermediate_size": 2 * SIGHT, "num_hidden_layers": 1, "num_attention_heads": 2,
        "num_channels": 3, "image_size": SIDE, "patch_size": PATCH, "hidden_act": "gelu_pytorch_tanh",
        "layer_norm_eps": 1e-6,
    })
}

fn transformer(directory: &Path, mut config: serde_json::Value, prefix: &str, seed: u64) {
    write_tokenizer(directory, &SPECIAL, CHAT_TEMPLATE);
    let fields = config.as_object_mut().expect("an object");
    fields.extend(language_config().as_object().expect("an object").clone());
    let writes = fields["model_type"] == "llama";
    save(directory, "config.json", config);
    let mut weights = Weights::new(seed);
    weights.language(prefix, writes);
    weights.save(&directory.join("model.safetensors"));
}

impl Weights {
    /// A SigLIP.
    fn sight(&mut self, prefix: &str) {
        self.convolution(&format!("{prefix}.embeddings.patch_embedding"), SIGHT, 3, PATCH);
        let patches = (SIDE / PATCH).pow(2);
        self.add(format!("{prefix}.embeddings.position_embedding.weight"), &[patches, SIGHT], 0.5);
        let layer = format!("{prefix}.encoder.layers.0");
        for name in ["q_proj", "k_proj", "v_proj", "out_proj"] {
            self.linear(&format!("{layer}.self_attn.{name}"), SIGHT, SIGHT);
        }
        self.linear(&format!("{layer}.mlp.fc1"), 2 * SIGHT, SIGHT);
        self.linear(&format!("{layer}.mlp.fc2"), SIGHT, 2 * SIGHT);
        for name in [format!("{layer}.layer_norm1"), format!("{layer}.layer_norm2"), format!("{prefix}.post_layernorm")]
        {
            self.norm(&name, SIGHT);
        }
    }

    /// A llama, or with norms of queries and keys and without a head of its own a Qwen3 or Gemma 3.
    fn language(&mut self, prefix: &str, has_head: bool) {
        self.add(format!("{prefix}embed_tokens.weight"), &[VOCABULARY, HIDDEN], 0.5);
        if has_head {
            self.add("lm_head.weight", &[VOCABULARY, HIDDEN], 0.5);
        }
        self.fill(format!("{prefix}norm.weight"), HIDDEN, 1.0);
        let head = HIDDEN / HEADS;
        for layer in 0..LAYERS {
            let layer = format!("{prefix}layers.{layer}");
            for (name, rows, columns) in [
                ("self_attn.q_proj", HEADS * head, HIDDEN),
                ("self_attn.k_proj", KV_HEADS * head, HIDDEN),
                ("self_attn.v_proj", KV_HEADS * head, HIDDEN),
                ("self_attn.o_proj", HIDDEN, HEADS * head),
                ("mlp.gate_proj", FEED_FORWARD, HIDDEN),
                ("mlp.up_proj", FEED_FORWARD, HIDDEN),
                ("mlp.down_proj", HIDDEN, FEED_FORWARD),
            ] {
                self.add(format!("{layer}.{name}.weight"), &[rows, columns], 0.15);
            }
            for name in ["input_layernorm", "post_attention_layernorm"] {
                self.fill(format!("{layer}.{name}.weight"), HIDDEN, 1.0);
            }
            if !has_head {
                for name in ["self_attn.q_norm", "self_attn.k_norm"] {
                    self.fill(format!("{layer}.{name}.weight"), head, 1.0);
                }
            }
        }
    }
}

/// Width of FLUX's own layers, which nobody can choose; hence there are none of them.
const FLUX: usize = 3_072;
/// Width of what its two encoders make of a prompt.
const T5: usize = 32;
const CLIP: usize = 32;
/// Channels of its autoencoder.
const CHANNELS: usize = 16;

/// Writes a FLUX to `directory`, and the encoders that it takes from the hub's cache to below `home`.
#[allow(dead_code, reason = "each test program uses some of them")]
pub(crate) fn write_image_model(directory: &Path, home: &Path, seed: u64) {
    save(
        directory,
        "transformer/config.json",
        json!({
            "in_channels": 64, "pooled_projection_dim": CLIP, "joint_attention_dim": T5, "num_attention_heads": 24,
            "num_layers": 0, "num_single_layers": 0, "guidance_embeds": false,
        }),
    );
    let mut weights = Weights::new(seed);
    for (name, output, input) in [
        ("img_in", FLUX, 64),
        ("txt_in", FLUX, T5),
        ("time_in.in_layer", FLUX, 256),
        ("time_in.out_layer", FLUX, FLUX),
        ("vector_in.in_layer", FLUX, CLIP),
        ("vector_in.out_layer", FLUX, FLUX),
        ("final_layer.linear", 64, FLUX),
        ("final_layer.adaLN_modulation.1", 2 * FLUX, FLUX),
    ] {
        weights.add_many(format!("{name}.weight"), &[output, input], 1.0 / (input as f32).sqrt());
        weights.add_many(format!("{name}.bias"), &[output], 0.0);
    }
    weights.save(&directory.join("flux1-schnell.safetensors"));
    autoencoder(directory, seed);
    let hub = home.join(".cache/huggingface/hub");
    t5(&hub, seed);
    clip(&hub, seed);
}

fn autoencoder(directory: &Path, seed: u64) {
    let channels = [CHANNELS; 4];
    save(
        directory,
        "vae/config.json",
        json!({
            "in_channels": 3, "out_channels": 3, "block_out_channels": channels, "layers_per_block": 1,
            "latent_channels": CHANNELS, "scaling_factor": 0.3611, "shift_factor": 0.1159, "norm_num_groups": 4,
        }),
    );
    let mut weights = Weights::new(seed);
    let residual = |weights: &mut Weights, name: &str| {
        for part in [1, 2] {
            weights.norm(&format!("{name}.norm{part}"), CHANNELS);
            weights.convolution(&format!("{name}.conv{part}"), CHANNELS, CHANNELS, 3);
        }
    };
    for (side, input, output, blocks) in
        [("encoder", 3, 2 * CHANNELS, ("down", "downsample", 1)), ("decoder", CHANNELS, 3, ("up", "upsample", 2))]
    {
        let (direction, scale, count) = blocks;
        weights.convolution(&format!("{side}.conv_in"), CHANNELS, input, 3);
        for level in 0..4 {
            for block in 0..count {
                residual(&mut weights, &format!("{side}.{direction}.{level}.block.{block}"));
            }
            let last = if side == "encoder" { 3 } else { 0 };
            if level != last {
                weights.convolution(&format!("{side}.{direction}.{level}.{scale}.conv"), CHANNELS, CHANNELS, 3);
            }
        }
        for block in [1, 2] {
            residual(&mut weights, &format!("{side}.mid.block_{block}"));
        }
        for part in ["q", "k", "v", "proj_out"] {
            weights.convolution(&format!("{side}.mid.attn_1.{part}"), CHANNELS, CHANNELS, 1);
        }
        weights.norm(&format!("{side}.mid.attn_1.norm"), CHANNELS);
        weights.norm(&format!("{side}.norm_out"), CHANNELS);
        weights.convolution(&format!("{side}.conv_out"), output, CHANNELS, 3);
    }
    weights.save(&directory.join("ae.safetensors"));
}

/// A repository in the hub's cache; where its files are.
fn cached(hub: &Path, name: &str) -> std::path::PathBuf {
    let repository = hub.join(format!("models--{}", name.replace('/', "--")));
    let commit = "0".repeat(40);
    fs::create_dir_all(repository.join("refs")).expect("made");
    fs::write(repository.join("refs/main"), &commit).expect("written");
    let snapshot = repository.join("snapshots").join(commit);
    fs::create_dir_all(&snapshot).expect("made");
    snapshot
}

fn t5(hub: &Path, seed: u64) {
    let special = ["<pad>", "</s>", "<unk>"];
    save(&cached(hub, "EricB/t5_tokenizer"), "t5-v1_1-xxl.tokenizer.json", tokenizer(&special));
    let snapshot = cached(hub, "EricB/t5-v1_1-xxl-enc-only");
    let vocabulary = special.len() + 256;
    save(
        &snapshot,
        "config.json",
        json!({
            "vocab_size": vocabulary, "d_model": T5, "d_kv": 8, "d_ff": 64, "num_layers": 1, "num_heads": 4,
            "relative_attention_num_buckets": 32, "relative_attention_max_distance": 128, "dropout_rate": 0.1,
            "layer_norm_epsilon": 1e-6, "initializer_factor": 1.0, "feed_forward_proj": "gated-gelu",
            "tie_word_embeddings": false, "is_encoder_decoder": false, "use_cache": false, "pad_token_id": 0,
            "eos_token_id": 1, "decoder_start_token_id": 0,
        }),
    );
    let mut weights = Weights::new(seed);
    for name in ["shared.weight", "encoder.embed_tokens.weight"] {
        weights.add(name, &[vocabulary, T5], 0.5);
    }
    let block = "encoder.block.0.layer";
    for part in ["q", "k", "v", "o"] {
        weights.add(format!("{block}.0.SelfAttention.{part}.weight"), &[T5, T5], 0.05);
    }
    weights.add(format!("{block}.0.SelfAttention.relative_attention_bias.weight"), &[32, 4], 0.05);
    for (part, rows, columns) in [("wi_0", 64, T5), ("wi_1", 64, T5), ("wo", T5, 64)] {
        weights.add(format!("{block}.1.DenseReluDense.{part}.weight"), &[rows, columns], 0.05);
    }
    for layer in [0, 1] {
        weights.fill(format!("{block}.{layer}.layer_norm.weight"), T5, 1.0);
    }
    weights.fill("encoder.final_layer_norm.weight", T5, 1.0);
    // Two files, as the real one has.
    let second = |name: &str| name.contains("DenseReluDense");
    weights.save_some(&snapshot.join("t5_xxl-shard-0.safetensors"), |name| !second(name));
    weights.save_some(&snapshot.join("t5_xxl-shard-1.safetensors"), second);
}

fn clip(hub: &Path, seed: u64) {
    let special = ["<|startoftext|>"];
    let snapshot = cached(hub, "openai/clip-vit-large-patch14");
    save(&snapshot, "tokenizer.json", tokenizer(&special));
    let vocabulary = special.len() + 256;
    save(
        &snapshot,
        "config.json",
        json!({"text_config": {
            "vocab_size": vocabulary, "projection_dim": CLIP, "hidden_act": "quick_gelu", "intermediate_size": 64,
            "max_position_embeddings": 77, "num_hidden_layers": 1, "num_attention_heads": 4,
        }}),
    );
    let mut weights = Weights::new(seed);
    weights.add("text_model.embeddings.token_embedding.weight", &[vocabulary, CLIP], 0.5);
    weights.add("text_model.embeddings.position_embedding.weight", &[77, CLIP], 0.05);
    let layer = "text_model.encoder.layers.0";
    for part in ["q_proj", "k_proj", "v_proj", "out_proj"] {
        weights.linear(&format!("{layer}.self_attn.{part}"), CLIP, CLIP);
    }
    weights.linear(&format!("{layer}.mlp.fc1"), 64, CLIP);
    weights.linear(&format!("{layer}.mlp.fc2"), CLIP, 64);
    for part in ["layer_norm1", "layer_norm2"] {
        weights.norm(&format!("{layer}.{part}"), CLIP);
    }
    weights.norm("text_model.final_layer_norm", CLIP);
    weights.save(&snapshot.join("model.safetensors"));
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

fn tokenizer(special: &[&str]) -> serde_json::Value {
    // The characters that stand for the 256 bytes in byte-level tokenisers: printable ones for themselves, others moved up.
    let printable = |byte: u32| matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    let mut moved = 0x100..;
    let alphabet = (0..256u32).map(|byte| {
        let code = if printable(byte) { byte } else { moved.next().expect("endless") };
        char::from_u32(code).expect("a character").to_string()
    });
    let tokens: Vec<String> = special.iter().map(|token| (*token).to_owned()).chain(alphabet).collect();
    let vocabulary: serde_json::Map<String, serde_json::Value> =
        tokens.iter().enumerate().map(|(id, token)| (token.clone(), json!(id))).collect();
    let added = special.iter().enumerate().map(|(id, token)| {
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
