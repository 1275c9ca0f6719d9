//! Handing a model to mistral.rs, each kind by its own builder.

use std::path::Path;

use mistralrs::{
    DiffusionLoaderType, DiffusionModelBuilder, EmbeddingModelBuilder, GgufModelBuilder, IsqType, MemoryGpuConfig,
    Model, ModelDType, MultimodalLoaderType, MultimodalModelBuilder, NormalLoaderType, PagedAttentionConfig,
    PagedAttentionMetaBuilder, TextModelBuilder,
};

use crate::engine::{
    EngineError, MistralConfig, Quantise,
    language::{failed, json},
};

/// What a model is built for.
#[derive(Clone, Copy)]
pub(super) enum On {
    Cpu,
    /// On GPUs, with this many answers at once, all of which together keep this many tokens.
    Gpu {
        slots: usize,
        kept: usize,
    },
}

impl On {
    /// Sequences at once: on a GPU one for an examination beside all answers.
    const fn sequences(self) -> usize {
        match self {
            Self::Cpu => 1,
            Self::Gpu { slots, .. } => slots + 1,
        }
    }

    const fn data_type(self) -> ModelDType {
        match self {
            Self::Cpu => ModelDType::F32,
            Self::Gpu { .. } => ModelDType::BF16,
        }
    }

    /// The numbers of [`Self::data_type`], in one word.
    pub(super) const fn precision(self) -> &'static str {
        match self {
            Self::Cpu => "f32",
            Self::Gpu { .. } => "bf16",
        }
    }

    /// mistral.rs keeps 4,096 tokens unless it is told otherwise, and ignores requests that do not fit.
    fn paged_attention(self) -> Result<Option<PagedAttentionConfig>, EngineError> {
        let Self::Gpu { kept, .. } = self else { return Ok(None) };
        let memory = MemoryGpuConfig::ContextSize(kept);
        let built = PagedAttentionMetaBuilder::default().with_gpu_memory(memory).build();
        built.map(Some).map_err(|error| EngineError::Start(error.to_string()))
    }
}

/// True for the architectures that mistral.rs knows as taking more than text, and as nothing else.
pub(super) fn takes_images(directory: &Path) -> Result<bool, EngineError> {
    let config = json(&directory.join("config.json"))?;
    let name = config.pointer("/architectures/0").and_then(serde_json::Value::as_str).unwrap_or_default();
    Ok(MultimodalLoaderType::from_causal_lm_name(name).is_ok() && NormalLoaderType::from_causal_lm_name(name).is_err())
}

/// The builders of models that write have the same methods, and no trait for them.
macro_rules! build_writer {
    ($builder:ident, $model:expr, $config:expr, $on:expr) => {{
        let mut builder = $builder::new($model)
            .with_dtype($on.data_type())
            .with_max_num_seqs($on.sequences())
            .with_prefix_cache_n(None);
        if let Some(quantise) = $config.loads() {
            builder = builder.with_isq(quantised(quantise));
        }
        if $config.force_cpu {
            builder = builder.with_force_cpu();
        }
        if let Some(paged) = $on.paged_attention()? {
            builder = builder.with_paged_attn(paged);
        }
        build(builder.build())
    }};
}

pub(super) fn build_text(model: &str, config: &MistralConfig, on: On) -> Result<Model, EngineError> {
    build_writer!(TextModelBuilder, model, config, on)
}

pub(super) fn build_multimodal(model: &str, config: &MistralConfig, on: On) -> Result<Model, EngineError> {
    build_writer!(MultimodalModelBuilder, model, config, on)
}

const fn quantised(quantise: Quantise) -> IsqType {
    match quantise {
        Quantise::Q8_0 => IsqType::Q8_0,
        Quantise::Q4_0 => IsqType::Q4_0,
        Quantise::Q6K => IsqType::Q6K,
        Quantise::Q4K => IsqType::Q4K,
    }
}

pub(super) fn build_embedder(model: &str, config: &MistralConfig, on: On) -> Result<Model, EngineError> {
    let mut builder = EmbeddingModelBuilder::new(model).with_dtype(on.data_type()).with_max_num_seqs(on.sequences());
    if let Some(quantise) = config.loads() {
        builder = builder.with_isq(quantised(quantise));
    }
    if config.force_cpu {
        builder = builder.with_force_cpu();
    }
    build(builder.build())
}

pub(super) fn build_image_model(path: &Path, config: &MistralConfig, on: On) -> Result<Model, EngineError> {
    let mut builder = DiffusionModelBuilder::new(path.to_string_lossy(), DiffusionLoaderType::Flux)
        .with_dtype(on.data_type())
        .with_max_num_seqs(1);
    if config.force_cpu {
        builder = builder.with_force_cpu();
    }
    build(builder.build())
}

pub(super) fn build_gguf(path: &Path, config: &MistralConfig, on: On) -> Result<Model, EngineError> {
    let file = path.file_name().ok_or_else(|| failed(path, "no file name"))?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = GgufModelBuilder::new(directory.to_string_lossy(), vec![file.to_string_lossy()])
        .with_max_num_seqs(on.sequences())
        .with_prefix_cache_n(None);
    if config.force_cpu {
        builder = builder.with_force_cpu();
    }
    if let Some(paged) = on.paged_attention()? {
        builder = builder.with_paged_attn(paged);
    }
    build(builder.build())
}

/// Runs a build on a runtime of its own: on a shared one with several threads, mistral.rs blocks its workers.
fn build<E: std::fmt::Display>(build: impl Future<Output = Result<Model, E>>) -> Result<Model, EngineError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| EngineError::Start(error.to_string()))?;
    runtime.block_on(build).map_err(|error| EngineError::Start(format!("mistral.rs refuses the model: {error:#}")))
}
