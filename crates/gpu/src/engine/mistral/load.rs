//! Loading: finds a model's files, hashes its weights, describes it and hands it to mistral.rs.

use std::{fs, io, path::Path};

use candle_core::Device;
use cuckoo_protocol::{
    manifest::{ModelManifest, Proof},
    task::{Kind, sampler::RULES},
};
use mistralrs::{Model, best_device};
use mistralrs_core::MemoryUsage;
use tokenizers::Tokenizer;

use super::{
    build::{On, build_embedder, build_gguf, build_image_model, build_multimodal, build_text, takes_images},
    describe::{describe_gguf, describe_image_model, encoders},
};
use crate::{
    device::cuda_architectures,
    engine::{
        EngineError, MistralConfig, ServedModel,
        language::{Described, Ends, describe_directory, failed, hub, hub_snapshot},
    },
    model::{ModelSource, gguf::Gguf, memory::Need},
};

/// Another version may choose other tokens, so it is part of a model's identity.
const ENGINE: &str = "mistralrs 0.8.1";

/// The slots on a GPU of a model that does not say how much memory its answers take.
const GPU_SLOTS: u32 = 8;

/// Bytes of logits in one examination, a row of the whole vocabulary for each token: a CPU's memory is mostly free, a GPU's is not.
const EXAMINE_ON_CPU: u64 = 2 << 30;
const EXAMINE_ON_GPU: u64 = 512 << 20;

/// The context length of a model that does not say; it is short enough for every model.
const DEFAULT_CONTEXT: u32 = 2_048;

pub(super) struct Loaded {
    pub(super) model: Model,
    pub(super) served: ServedModel,
    /// `None` for a model that draws images: it has several tokenisers of its own.
    pub(super) tokenizer: Option<Tokenizer>,
    pub(super) ends: Ends,
    /// Tokens that the model has; the tokeniser may know fewer.
    pub(super) vocabulary: usize,
    /// The chat template's text.
    pub(super) template: String,
    /// True on a CPU, where sequences run one at a time.
    pub(super) on_cpu: bool,
    /// Bytes that the logits of one examination may take.
    pub(super) examine_memory: usize,
}

pub(super) fn load(config: &MistralConfig, kind: Kind) -> Result<Loaded, EngineError> {
    let device = best_device(config.force_cpu).map_err(|error| EngineError::NoGpu(error.to_string()))?;
    let on_cpu = device.is_cpu();
    let need = estimate_need(config, kind, on_cpu)?;
    let memory = measure_memory(&device);
    if let Some(Memory { total, free }) = memory {
        need.check(total).map_err(|error| EngineError::Start(error.to_string()))?;
        // What others have taken they may give back.
        need.check(free).map_err(|error| EngineError::NoGpu(error.to_string()))?;
    }
    let free = memory.map(|memory| memory.free);
    let slots = match on_cpu {
        true => 1,
        false => config.slots.or_else(|| need.slots(free?)).unwrap_or(GPU_SLOTS).max(1),
    };
    let on = match on_cpu {
        true => On::Cpu,
        false => On::Gpu { slots: slots as usize, kept: usize::try_from(need.kept(free, slots)).unwrap_or(usize::MAX) },
    };

    let (described, model) = describe_and_build(config, kind, on)?;
    let context_length = model.max_sequence_length().ok().flatten();
    let context_length = context_length.and_then(|length| u32::try_from(length).ok()).unwrap_or(DEFAULT_CONTEXT);
    // What is not kept cannot be read.
    let context_length = match on {
        On::Gpu { kept, .. } if kind == Kind::Text => context_length.min(u32::try_from(kept).unwrap_or(u32::MAX)),
        _ => context_length,
    };
    let served = ServedModel {
        manifest: ModelManifest {
            name: config.name.clone().unwrap_or_else(|| config.source.default_name()),
            weights: described.weights,
            quantisation: described.quantisation,
            engine: ENGINE.into(),
            files: described.files,
            chat_template: described.chat_template,
            rules: if kind == Kind::Text { RULES } else { 0 },
            proof: if kind == Kind::Image { Proof::None } else { Proof::Seeded },
            deterministic: false,
        },
        kind,
        // Images are drawn one after the other.
        slots: if kind == Kind::Image { 1 } else { slots },
        context_length,
        token_ids: kind == Kind::Text,
        log_probabilities: kind == Kind::Text,
        class: device_class(&device, on.precision()),
        examines: kind != Kind::Image,
        tokenises: kind == Kind::Text,
    };
    let ends = Ends::new(described.ends, described.tokenizer.as_ref());
    let Described { tokenizer, vocabulary, template, .. } = described;
    let examine_memory = config.examine_memory.unwrap_or(if on_cpu { EXAMINE_ON_CPU } else { EXAMINE_ON_GPU });
    let examine_memory = usize::try_from(examine_memory).unwrap_or(usize::MAX);
    Ok(Loaded { model, served, tokenizer, ends, vocabulary, template, on_cpu, examine_memory })
}

/// Local files are hashed before they are loaded: a wrong one is found in a second. A hub's are there afterwards only.
fn describe_and_build(config: &MistralConfig, kind: Kind, on: On) -> Result<(Described, Model), EngineError> {
    let on_cpu = matches!(on, On::Cpu);
    Ok(match &config.source {
        ModelSource::Directory(path) if kind == Kind::Image => {
            if config.quantise.is_some() {
                return Err(failed(path, "models that draw are not quantised here; hint: leave out --quantise"));
            }
            let mut described = describe_image_model(path)?;
            check(&described.weights, config)?;
            let model = build_image_model(path, config, on)?;
            described.chat_template = encoders()?;
            (described, model)
        }
        ModelSource::Directory(path) => {
            let described = describe_directory(path, config.quantise, kind)?;
            check(&described.weights, config)?;
            let sees = kind == Kind::Text && takes_images(path)?;
            let path = path.to_string_lossy();
            let model = match kind {
                Kind::Embedding => build_embedder(&path, config, on)?,
                _ if sees => build_multimodal(&path, config, on)?,
                _ => build_text(&path, config, on)?,
            };
            (described, model)
        }
        ModelSource::Gguf(path) if config.quantise.is_some() => {
            return Err(failed(path, "it is quantised as it is; hint: leave out --quantise"));
        }
        ModelSource::Gguf(path) => {
            let described = describe_gguf(path)?;
            check(&described.weights, config)?;
            if on_cpu {
                tracing::warn!("quantised models are slow and imprecise on a CPU; hint: dequantise the file first");
            }
            (described, build_gguf(path, config, on)?)
        }
        ModelSource::Hub(name) => {
            let model = build_text(name, config, on)?;
            let described = describe_directory(&hub_snapshot(&hub()?, name)?, config.quantise, kind)?;
            check(&described.weights, config)?;
            (described, model)
        }
    })
}

/// What a model takes of memory, as far as its files say; nothing of one that is still to be fetched, or of those that draw.
fn estimate_need(config: &MistralConfig, kind: Kind, on_cpu: bool) -> Result<Need, EngineError> {
    let bits = match config.loads() {
        Some(quantise) => quantise.bits(),
        None if on_cpu => 32,
        None => 16,
    };
    let kept = if on_cpu { 4 } else { 2 };
    match &config.source {
        ModelSource::Directory(path) if kind != Kind::Image => {
            Need::of_directory(path, bits, kept).map_err(|error| failed(path, error))
        }
        ModelSource::Gguf(path) => {
            let bytes = fs::metadata(path).map_err(|error| failed(path, error))?.len();
            let file = Gguf::open(path).map_err(|error| failed(path, error))?;
            Ok(Need::of_gguf(&file, bytes, kept))
        }
        // A model that was fetched before is there. One that was not is not an error.
        ModelSource::Hub(name) => {
            let Ok(path) = hub_snapshot(&hub()?, name) else { return Ok(Need::default()) };
            match Need::of_directory(&path, bits, kept) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Need::default()),
                need => need.map_err(|error| failed(&path, error)),
            }
        }
        ModelSource::Directory(_) => Ok(Need::default()),
    }
}

/// What calibrations of audits are kept by beside the model: the device, and the numbers that it computes with.
pub(in crate::engine) fn device_class(device: &Device, numbers: &str) -> String {
    if device.is_cpu() {
        return format!("cpu-{numbers}");
    }
    if device.is_metal() {
        return format!("metal-{numbers}");
    }
    let attention = if cfg!(feature = "flash-attn") { "-flash" } else { "" };
    format!("cuda-{}-{numbers}{attention}", cuda_architectures().unwrap_or_else(|| "unknown".into()))
}

/// Bytes of a device.
#[derive(Clone, Copy)]
struct Memory {
    total: u64,
    free: u64,
}

/// The memory of the devices that mistral.rs spreads a model over: all GPUs that it sees. The operating system gives a CPU's
/// memory back when it is needed; on a GPU, what an earlier engine of this miner took stays taken.
fn measure_memory(device: &Device) -> Option<Memory> {
    let others = (1..).map_while(|ordinal| if device.is_cuda() { Device::new_cuda(ordinal).ok() } else { None });
    let mut all = Memory { total: 0, free: 0 };
    for device in std::iter::once(device.clone()).chain(others) {
        let total = MemoryUsage.get_total_memory(&device).ok()?;
        let free = if device.is_cpu() { total } else { MemoryUsage.get_memory_available(&device).ok()? };
        all = Memory { total: all.total + total as u64, free: all.free + free as u64 };
    }
    Some(all)
}

/// Refuses a directory's model that does not fit into the devices' memory with this many bits for each parameter.
pub(in crate::engine) fn check_memory(path: &Path, device: &Device, bits: u64) -> Result<(), EngineError> {
    let need = Need::of_directory(path, bits, 0).map_err(|error| failed(path, error))?;
    let Some(Memory { total, free }) = measure_memory(device) else { return Ok(()) };
    need.check(total).map_err(|error| EngineError::Start(error.to_string()))?;
    need.check(free).map_err(|error| EngineError::NoGpu(error.to_string()))
}

fn check(weights: &str, config: &MistralConfig) -> Result<(), EngineError> {
    match &config.expect_weights {
        Some(expected) if expected != weights => {
            Err(EngineError::Altered { found: weights.to_owned(), expected: expected.clone() })
        }
        _ => Ok(()),
    }
}
