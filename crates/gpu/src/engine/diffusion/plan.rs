//! What a model's directory says of it: how its parts are built, and how its steps go.

use std::path::Path;

use alloy::primitives::{B256, keccak256};
use candle_transformers::models::stable_diffusion::{
    ddim::DDIMSchedulerConfig,
    schedulers::{BetaSchedule, PredictionType, TimestepSpacing},
    unet_2d::{BlockConfig, UNet2DConditionModelConfig},
    vae::AutoEncoderKLConfig,
};
use cuckoo_protocol::task::drawing::CHANNELS;
use serde_json::Value;

use crate::{
    engine::EngineError,
    model::{diffusers, hash_files, weight_files},
};

/// Steps and guidance of a model that was trained to need many steps, as diffusers has them, but for the number of steps, which DDIM needs
/// fewer of.
const USUAL: (u32, f64) = (20, 7.5);
/// The same of one that was distilled to need few (SD-Turbo, SDXL-Turbo): guidance is part of what it has learnt.
const DISTILLED: (u32, f64) = (4, 1.0);

/// A model, see the module.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) unet: UNet2DConditionModelConfig,
    pub(super) vae: AutoEncoderKLConfig,
    /// What latents are divided by before they are decoded.
    pub(super) scaling: f64,
    pub(super) scheduler: DDIMSchedulerConfig,
    /// What the UNet reads beside the prompt's tokens: an image's sizes and the whole prompt. Stable Diffusion XL's alone does.
    pub(super) told: Option<Told>,
    /// A prompt that is not there is nothing, and not an empty text.
    pub(super) zeroes_absent: bool,
    /// In how many steps an image is made where nobody says.
    pub(super) steps: u32,
    /// How strongly it follows its description where nobody says.
    pub(super) guidance: f64,
}

/// What a UNet is told beside the prompt's tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// Numbers that each size is written as.
    pub(super) size: usize,
    /// Numbers of all together.
    pub(super) all: usize,
}

/// A file of the directory, as it is read.
struct Config {
    name: &'static str,
    value: Value,
}

impl Config {
    fn read(directory: &Path, name: &'static str) -> Result<Self, EngineError> {
        let path = directory.join(name);
        let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
        Ok(Self { name, value: serde_json::from_str(&text).map_err(|error| failed(&path, error))? })
    }

    fn refuse(&self, key: &str) -> EngineError {
        let found = &self.value[key];
        EngineError::Start(format!("{}: `{key}` is {found}, which this engine cannot run", self.name))
    }

    /// What stands under a key, read by `read`; `usual` where nothing does.
    fn get<T>(&self, key: &str, usual: T, read: impl FnOnce(&Value) -> Option<T>) -> Result<T, EngineError> {
        match &self.value[key] {
            Value::Null => Ok(usual),
            value => read(value).ok_or_else(|| self.refuse(key)),
        }
    }

    fn number(&self, key: &str, usual: usize) -> Result<usize, EngineError> {
        self.get(key, usual, count)
    }

    fn float(&self, key: &str, usual: f64) -> Result<f64, EngineError> {
        self.get(key, usual, Value::as_f64)
    }

    fn flag(&self, key: &str, usual: bool) -> Result<bool, EngineError> {
        self.get(key, usual, Value::as_bool)
    }

    /// As many numbers as there are blocks, of which one may stand for all.
    fn each(&self, key: &str, usual: usize, blocks: usize) -> Result<Vec<usize>, EngineError> {
        let all = |value: &Value| match value.as_array() {
            Some(values) => values.iter().map(count).collect::<Option<Vec<_>>>().filter(|all| all.len() == blocks),
            None => Some(vec![count(value)?; blocks]),
        };
        self.get(key, vec![usual; blocks], all)
    }

    /// Refuses what is there and has none of these values.
    fn only(&self, key: &str, values: &[Value]) -> Result<(), EngineError> {
        match &self.value[key] {
            Value::Null => Ok(()),
            value if values.contains(value) => Ok(()),
            _ => Err(self.refuse(key)),
        }
    }
}

fn count(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0)
}

impl Plan {
    pub(super) fn read(directory: &Path) -> Result<Self, EngineError> {
        let index = Config::read(directory, diffusers::INDEX)?;
        index.only("_class_name", &["StableDiffusionPipeline".into(), "StableDiffusionXLPipeline".into()])?;
        let (unet, told) = read_unet(&Config::read(directory, "unet/config.json")?)?;
        let (vae, scaling) = read_vae(&Config::read(directory, "vae/config.json")?)?;
        let scheduler = read_scheduler(&Config::read(directory, "scheduler/scheduler_config.json")?)?;
        // Those that were distilled begin at the very last of the steps of their training.
        let is_distilled = matches!(scheduler.timestep_spacing, TimestepSpacing::Trailing);
        let (steps, guidance) = if is_distilled { DISTILLED } else { USUAL };
        let zeroes_absent = told.is_some() && index.flag("force_zeros_for_empty_prompt", true)?;
        Ok(Self { unet, vae, scaling, scheduler, told, zeroes_absent, steps, guidance })
    }
}

fn read_unet(config: &Config) -> Result<(UNet2DConditionModelConfig, Option<Told>), EngineError> {
    for (key, values) in [
        ("in_channels", vec![CHANNELS.into()]),
        ("out_channels", vec![CHANNELS.into()]),
        ("act_fn", vec!["silu".into()]),
        ("class_embed_type", vec![]),
        ("num_class_embeds", vec![]),
        ("encoder_hid_dim", vec![]),
        ("time_cond_proj_dim", vec![]),
        ("addition_embed_type", vec!["text_time".into()]),
        ("dual_cross_attention", vec![false.into()]),
        ("only_cross_attention", vec![false.into()]),
        ("resnet_time_scale_shift", vec!["default".into()]),
        ("mid_block_type", vec!["UNetMidBlock2DCrossAttn".into()]),
    ] {
        config.only(key, &values)?;
    }
    let channels = |value: &Value| value.as_array()?.iter().map(count).collect::<Option<Vec<_>>>();
    let channels = config.get("block_out_channels", vec![320, 640, 1_280, 1_280], channels)?;
    let attends = |value: &Value| {
        let attends = |name: &Value| match name.as_str()? {
            "CrossAttnDownBlock2D" => Some(true),
            "DownBlock2D" => Some(false),
            _ => None,
        };
        value.as_array()?.iter().map(attends).collect::<Option<Vec<_>>>().filter(|all| all.len() == channels.len())
    };
    let attends = config.get("down_block_types", vec![], attends)?;
    // Its name is wrong for good: it is the number of heads.
    let heads = config.each("attention_head_dim", 8, channels.len())?;
    let depths = config.each("transformer_layers_per_block", 1, channels.len())?;
    if attends.is_empty() || channels.is_empty() {
        return Err(config.refuse("down_block_types"));
    }
    let blocks = channels.iter().zip(attends).zip(heads.into_iter().zip(depths));
    let blocks = blocks.map(|((out_channels, attends), (attention_head_dim, depth))| BlockConfig {
        out_channels: *out_channels,
        use_cross_attn: attends.then_some(depth),
        attention_head_dim,
    });
    let told = match config.value["addition_embed_type"].is_string() {
        true => Some(Told {
            size: config.number("addition_time_embed_dim", 256)?,
            all: config.number("projection_class_embeddings_input_dim", 2_816)?,
        }),
        false => None,
    };
    let unet = UNet2DConditionModelConfig {
        center_input_sample: config.flag("center_input_sample", false)?,
        flip_sin_to_cos: config.flag("flip_sin_to_cos", true)?,
        freq_shift: config.float("freq_shift", 0.0)?,
        blocks: blocks.collect(),
        layers_per_block: config.number("layers_per_block", 2)?,
        downsample_padding: config.number("downsample_padding", 1)?,
        mid_block_scale_factor: config.float("mid_block_scale_factor", 1.0)?,
        norm_num_groups: config.number("norm_num_groups", 32)?,
        norm_eps: config.float("norm_eps", 1e-5)?,
        cross_attention_dim: config.number("cross_attention_dim", 1_280)?,
        sliced_attention_size: None,
        use_linear_projection: config.flag("use_linear_projection", false)?,
    };
    Ok((unet, told))
}

fn read_vae(config: &Config) -> Result<(AutoEncoderKLConfig, f64), EngineError> {
    config.only("latent_channels", &[CHANNELS.into()])?;
    config.only("shift_factor", &[])?;
    let channels = |value: &Value| value.as_array()?.iter().map(count).collect::<Option<Vec<_>>>();
    // An image has 8 times as many rows and columns as its latents: that is three times twice as many.
    let channels = |value: &Value| channels(value).filter(|channels| channels.len() == 4);
    let vae = AutoEncoderKLConfig {
        block_out_channels: config.get("block_out_channels", vec![128, 256, 512, 512], channels)?,
        layers_per_block: config.number("layers_per_block", 2)?,
        latent_channels: CHANNELS as usize,
        norm_num_groups: config.number("norm_num_groups", 32)?,
        use_quant_conv: config.flag("use_quant_conv", true)?,
        use_post_quant_conv: config.flag("use_post_quant_conv", true)?,
    };
    Ok((vae, config.float("scaling_factor", 0.182_15)?))
}

/// The schedule of the noise that the model was trained with. Whatever scheduler the file names, steps are those of DDIM without noise:
/// the rules of [`cuckoo_protocol::task::drawing`] have no other.
fn read_scheduler(config: &Config) -> Result<DDIMSchedulerConfig, EngineError> {
    config.only("rescale_betas_zero_snr", &[false.into()])?;
    config.only("trained_betas", &[])?;
    let usual = DDIMSchedulerConfig::default();
    let schedule = |value: &Value| match value.as_str()? {
        "linear" => Some(BetaSchedule::Linear),
        "scaled_linear" => Some(BetaSchedule::ScaledLinear),
        _ => None,
    };
    let prediction = |value: &Value| match value.as_str()? {
        "epsilon" => Some(PredictionType::Epsilon),
        "v_prediction" => Some(PredictionType::VPrediction),
        _ => None,
    };
    let spacing = |value: &Value| match value.as_str()? {
        "leading" => Some(TimestepSpacing::Leading),
        "trailing" => Some(TimestepSpacing::Trailing),
        // What leads is what diffusers' own schedulers of these models have where they are not told.
        "linspace" => Some(TimestepSpacing::Leading),
        _ => None,
    };
    let offset = |value: &Value| value.as_u64().and_then(|offset| usize::try_from(offset).ok());
    config.only("num_train_timesteps", &[1_000.into()])?;
    Ok(DDIMSchedulerConfig {
        beta_start: config.float("beta_start", usual.beta_start)?,
        beta_end: config.float("beta_end", usual.beta_end)?,
        beta_schedule: config.get("beta_schedule", usual.beta_schedule, schedule)?,
        eta: 0.0,
        steps_offset: config.get("steps_offset", 1, offset)?,
        prediction_type: config.get("prediction_type", PredictionType::Epsilon, prediction)?,
        train_timesteps: 1_000,
        timestep_spacing: config.get("timestep_spacing", TimestepSpacing::Leading, spacing)?,
    })
}

/// The digest of all weights, and a hash over the names of all other files and the hashes of their bytes: a changed schedule, tokeniser or
/// number of blocks is another model under the same weights.
pub(super) fn identify(directory: &Path) -> Result<(String, B256), EngineError> {
    let weights = weight_files(directory).and_then(|files| hash_files(&files));
    let weights = weights.map_err(|error| failed(directory, error))?;
    let mut bytes = vec![];
    for name in diffusers::descriptions(directory).map_err(|error| failed(directory, error))? {
        let path = directory.join(&name);
        let content = std::fs::read(&path).map_err(|error| failed(&path, error))?;
        bytes.extend_from_slice(keccak256(name).as_slice());
        bytes.extend_from_slice(keccak256(content).as_slice());
    }
    Ok((weights, keccak256(bytes)))
}

pub(super) fn failed(what: &Path, error: impl std::fmt::Display) -> EngineError {
    EngineError::Start(format!("{}: {error}", what.display()))
}
