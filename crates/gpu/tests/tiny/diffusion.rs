//! A tiny Stable Diffusion with random weights, laid out as diffusers does: one block of each sort, and a tokeniser of single letters.

use std::{fs, path::Path};

use serde_json::{Map, Value, json};

use super::{Weights, save};

/// Channels of the UNet's blocks.
const BLOCKS: [usize; 2] = [32, 64];
/// Channels of the autoencoder's blocks.
const DECODED: usize = 16;
/// Width of the text encoder.
const TEXT: usize = 32;
/// Groups of channels that are normalised together.
const GROUPS: usize = 8;
/// Heads of every attention.
const HEADS: usize = 4;
const TOKENS: usize = 77;

/// Writes one; the same seed gives the same weights. `distilled` is one that needs few steps and no guidance.
#[allow(dead_code, reason = "each test program uses some of them")]
pub(crate) fn write_diffusion(directory: &Path, seed: u64, distilled: bool) {
    save(directory, "model_index.json", json!({"_class_name": "StableDiffusionPipeline"}));
    let spacing = if distilled { "trailing" } else { "leading" };
    save(
        directory,
        "scheduler/scheduler_config.json",
        json!({
            "_class_name": "PNDMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
            "num_train_timesteps": 1000, "prediction_type": "epsilon", "steps_offset": 1, "timestep_spacing": spacing,
        }),
    );
    tokenizer(&directory.join("tokenizer"));
    text_encoder(&directory.join("text_encoder"), seed);
    unet(&directory.join("unet"), seed);
    vae(&directory.join("vae"), seed);
}

/// Letters, each also at the end of a word, as CLIP has them.
fn tokenizer(directory: &Path) {
    let letters = ('a'..='z').chain('0'..='9').chain(".,!?'-".chars());
    let all = letters.flat_map(|letter| [letter.to_string(), format!("{letter}</w>")]);
    let special = ["<|startoftext|>", "<|endoftext|>"].map(str::to_owned);
    let vocabulary = all.chain(["th".to_owned()]).chain(special).zip((0..).map(Value::from));
    let vocabulary: Map<String, Value> = vocabulary.collect();
    save(directory, "vocab.json", Value::Object(vocabulary));
    save(directory, "tokenizer_config.json", json!({"pad_token": "<|endoftext|>"}));
    fs::write(directory.join("merges.txt"), "#version: 0.2\nt h\n").expect("written");
}

fn text_encoder(directory: &Path, seed: u64) {
    save(
        directory,
        "config.json",
        json!({
            "hidden_size": TEXT, "num_hidden_layers": 1, "num_attention_heads": HEADS, "intermediate_size": 64,
            "vocab_size": 96, "hidden_act": "quick_gelu",
        }),
    );
    let mut weights = Weights::new(seed);
    weights.add("text_model.embeddings.token_embedding.weight", &[96, TEXT], 1.0);
    weights.add("text_model.embeddings.position_embedding.weight", &[TOKENS, TEXT], 0.1);
    let layer = "text_model.encoder.layers.0";
    for part in ["q_proj", "k_proj", "v_proj", "out_proj"] {
        weights.scaled(&format!("{layer}.self_attn.{part}"), TEXT, TEXT, true);
    }
    weights.scaled(&format!("{layer}.mlp.fc1"), 64, TEXT, true);
    weights.scaled(&format!("{layer}.mlp.fc2"), TEXT, 64, true);
    for part in ["layer_norm1", "layer_norm2"] {
        weights.norm(&format!("{layer}.{part}"), TEXT);
    }
    weights.norm("text_model.final_layer_norm", TEXT);
    weights.save(&directory.join("model.safetensors"));
}

fn unet(directory: &Path, seed: u64) {
    save(
        directory,
        "config.json",
        json!({
            "in_channels": 4, "out_channels": 4, "block_out_channels": BLOCKS, "layers_per_block": 1,
            "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"], "attention_head_dim": HEADS,
            "cross_attention_dim": TEXT, "norm_num_groups": GROUPS,
        }),
    );
    let mut weights = Weights::new(seed);
    let [narrow, wide] = BLOCKS;
    weights.convolution("conv_in", narrow, 4, 3);
    weights.scaled("time_embedding.linear_1", 4 * narrow, narrow, true);
    weights.scaled("time_embedding.linear_2", 4 * narrow, 4 * narrow, true);
    weights.residual("down_blocks.0.resnets.0", narrow, narrow, Some(4 * narrow));
    weights.attention("down_blocks.0.attentions.0", narrow);
    weights.convolution("down_blocks.0.downsamplers.0.conv", narrow, narrow, 3);
    weights.residual("down_blocks.1.resnets.0", narrow, wide, Some(4 * narrow));
    for resnet in [0, 1] {
        weights.residual(&format!("mid_block.resnets.{resnet}"), wide, wide, Some(4 * narrow));
    }
    weights.attention("mid_block.attentions.0", wide);
    for (resnet, input) in [(0, wide + wide), (1, wide + narrow)] {
        weights.residual(&format!("up_blocks.0.resnets.{resnet}"), input, wide, Some(4 * narrow));
    }
    weights.convolution("up_blocks.0.upsamplers.0.conv", wide, wide, 3);
    for (resnet, input) in [(0, wide + narrow), (1, narrow + narrow)] {
        weights.residual(&format!("up_blocks.1.resnets.{resnet}"), input, narrow, Some(4 * narrow));
        weights.attention(&format!("up_blocks.1.attentions.{resnet}"), narrow);
    }
    weights.norm("conv_norm_out", narrow);
    weights.convolution("conv_out", 4, narrow, 3);
    weights.save(&directory.join("diffusion_pytorch_model.safetensors"));
}

fn vae(directory: &Path, seed: u64) {
    let channels = [DECODED; 4];
    save(
        directory,
        "config.json",
        json!({
            "latent_channels": 4, "block_out_channels": channels, "layers_per_block": 1,
            "norm_num_groups": GROUPS, "scaling_factor": 0.18215,
        }),
    );
    let mut weights = Weights::new(seed);
    for (side, input, output, blocks) in
        [("encoder", 3, 8, ("down_blocks", "downsamplers", 1)), ("decoder", 4, 3, ("up_blocks", "upsamplers", 2))]
    {
        let (name, scale, resnets) = blocks;
        weights.convolution(&format!("{side}.conv_in"), DECODED, input, 3);
        for block in 0..4 {
            for resnet in 0..resnets {
                weights.residual(&format!("{side}.{name}.{block}.resnets.{resnet}"), DECODED, DECODED, None);
            }
            if block < 3 {
                weights.convolution(&format!("{side}.{name}.{block}.{scale}.0.conv"), DECODED, DECODED, 3);
            }
        }
        for resnet in [0, 1] {
            weights.residual(&format!("{side}.mid_block.resnets.{resnet}"), DECODED, DECODED, None);
        }
        let attention = format!("{side}.mid_block.attentions.0");
        weights.norm(&format!("{attention}.group_norm"), DECODED);
        for part in ["to_q", "to_k", "to_v", "to_out.0"] {
            weights.scaled(&format!("{attention}.{part}"), DECODED, DECODED, true);
        }
        weights.norm(&format!("{side}.conv_norm_out"), DECODED);
        weights.convolution(&format!("{side}.conv_out"), output, DECODED, 3);
    }
    weights.convolution("quant_conv", 8, 8, 1);
    weights.convolution("post_quant_conv", 4, 4, 1);
    weights.save(&directory.join("diffusion_pytorch_model.safetensors"));
}

impl Weights {
    /// A layer whose output is about as large as its input.
    fn scaled(&mut self, name: &str, output: usize, input: usize, has_bias: bool) {
        self.add(format!("{name}.weight"), &[output, input], 1.0 / (input as f32).sqrt());
        if has_bias {
            self.fill(format!("{name}.bias"), output, 0.0);
        }
    }

    fn residual(&mut self, name: &str, input: usize, output: usize, time: Option<usize>) {
        self.norm(&format!("{name}.norm1"), input);
        self.convolution(&format!("{name}.conv1"), output, input, 3);
        self.norm(&format!("{name}.norm2"), output);
        self.convolution(&format!("{name}.conv2"), output, output, 3);
        if let Some(time) = time {
            self.scaled(&format!("{name}.time_emb_proj"), output, time, true);
        }
        if input != output {
            self.convolution(&format!("{name}.conv_shortcut"), output, input, 1);
        }
    }

    /// A transformer of one block, which reads the image and the prompt.
    fn attention(&mut self, name: &str, channels: usize) {
        self.norm(&format!("{name}.norm"), channels);
        self.convolution(&format!("{name}.proj_in"), channels, channels, 1);
        self.convolution(&format!("{name}.proj_out"), channels, channels, 1);
        let block = format!("{name}.transformer_blocks.0");
        for (attention, read) in [("attn1", channels), ("attn2", TEXT)] {
            self.scaled(&format!("{block}.{attention}.to_q"), channels, channels, false);
            self.scaled(&format!("{block}.{attention}.to_k"), channels, read, false);
            self.scaled(&format!("{block}.{attention}.to_v"), channels, read, false);
            self.scaled(&format!("{block}.{attention}.to_out.0"), channels, channels, true);
        }
        self.scaled(&format!("{block}.ff.net.0.proj"), 8 * channels, channels, true);
        self.scaled(&format!("{block}.ff.net.2"), channels, 4 * channels, true);
        for norm in ["norm1", "norm2", "norm3"] {
            self.norm(&format!("{block}.{norm}"), channels);
        }
    }
}
