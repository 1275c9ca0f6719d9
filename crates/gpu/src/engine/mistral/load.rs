//! Loading: finds a model's files, hashes its weights, describes it and hands it to mistral.rs.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use alloy::primitives::{B256, keccak256};
use candle_core::Device;
use cuckoo_protocol::{manifest::ModelManifest, task::Kind};
use mistralrs::{
    DiffusionLoaderType, DiffusionModelBuilder, EmbeddingModelBuilder, GgufModelBuilder, IsqType, MemoryGpuConfig,
    Model, ModelDType, MultimodalLoaderType, MultimodalModelBuilder, NormalLoaderType, PagedAttentionConfig,
    PagedAttentionMetaBuilder, TextModelBuilder, best_device,
};
use mistralrs_core::MemoryUsage;
use tokenizers::Tokenizer;

use crate::{
    engine::{EngineError, MistralConfig, Quantise, ServedModel},
    model::{ModelSource, gguf::Gguf, hash_files, memory::Need, weight_files},
};

/// Another version may choose other tokens, so it is part of a model's identity.
const ENGINE: &str = "mistralrs 0.8.1";

/// Of a model that does not say what its answers take of memory.
const GPU_SLOTS: u32 = 8;

/// Where a model does not say; short enough for any.
const DEFAULT_CONTEXT: u32 = 2_048;

pub(super) struct Loaded {
    pub(super) model: Model,
    pub(super) served: ServedModel,
    /// None of a model that draws: it has several, of its own.
    pub(super) tokenizer: Option<Tokenizer>,
    pub(super) ends: Ends,
    /// Tokens that the model has; the tokeniser may know fewer.
    pub(super) vocabulary: usize,
    /// See [`Described::knows_tools`].
    pub(super) knows_tools: bool,
}

/// Tokens that end answers. mistral.rs has a list of its own, of which is known that it has all that the model's files name, and
/// special ones only.
pub(super) struct Ends {
    named: Vec<u32>,
    special: BTreeSet<u32>,
}

impl Ends {
    fn new(named: Vec<u32>, tokenizer: Option<&Tokenizer>) -> Self {
        let added = tokenizer.map(|tokenizer| tokenizer.get_added_tokens_decoder()).unwrap_or_default();
        Self { named, special: added.into_iter().filter(|(_, token)| token.special).map(|(id, _)| id).collect() }
    }

    /// Those that the model's files name.
    pub(super) fn named(&self) -> &[u32] {
        &self.named
    }

    /// True for a token that nothing can follow.
    pub(super) fn must(&self, id: u32) -> bool {
        self.named.contains(&id)
    }

    /// True for a token that may be the end of an answer.
    pub(super) fn may(&self, id: u32) -> bool {
        self.special.contains(&id) || self.must(id)
    }
}

/// What chat templates call the tools that a model may call.
const TOOLS: &str = "tools";

/// What a source's files say.
struct Described {
    weights: String,
    quantisation: String,
    /// Of a chat's template, or of whatever else makes the model's input of a prompt.
    chat_template: B256,
    /// The template mentions tools.
    knows_tools: bool,
    tokenizer: Option<Tokenizer>,
    ends: Vec<u32>,
    vocabulary: usize,
}

fn failed(what: &Path, error: impl std::fmt::Display) -> EngineError {
    EngineError::Start(format!("{}: {error}", what.display()))
}

pub(super) fn load(config: &MistralConfig, kind: Kind) -> Result<Loaded, EngineError> {
    let device = best_device(config.force_cpu).map_err(|error| EngineError::NoGpu(error.to_string()))?;
    let on_cpu = device.is_cpu();
    let (need, memory) = (need(config, kind, on_cpu)?, memory(&device));
    if let Some(Memory { total, free }) = memory {
        need.check(total).map_err(|error| EngineError::Start(error.to_string()))?;
        // What others have taken they may give back.
        need.check(free).map_err(|error| EngineError::NoGpu(error.to_string()))?;
    }
    let free = memory.map(|memory| memory.free);
    let slots = match on_cpu {
        true => 1,
        false => config.slots.or_else(|| need.places(free?)).unwrap_or(GPU_SLOTS).max(1),
    };
    let on = match on_cpu {
        true => On::Cpu,
        false => On::Gpu { slots: slots as usize, kept: usize::try_from(need.kept(free, slots)).unwrap_or(usize::MAX) },
    };

    // Local files are hashed before they are loaded: a wrong one is found in a second. A hub's are there afterwards only.
    let (described, model) = match &config.source {
        ModelSource::Directory(path) if kind == Kind::Image => {
            if config.quantise.is_some() {
                return Err(failed(path, "models that draw are not quantised here; hint: leave out --quantise"));
            }
            let mut described = describe_painter(path, on_cpu)?;
            check(&described.weights, config)?;
            let model = build_painter(path, config, on)?;
            described.chat_template = encoders()?;
            (described, model)
        }
        ModelSource::Directory(path) => {
            let described = describe_directory(path, on_cpu, config.quantise, kind)?;
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
            let described = describe_directory(&hub_snapshot(&hub()?, name)?, on_cpu, config.quantise, kind)?;
            check(&described.weights, config)?;
            (described, model)
        }
    };
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
            chat_template: described.chat_template,
        },
        kind,
        // Images are drawn one after the other.
        slots: if kind == Kind::Image { 1 } else { slots },
        context_length,
        token_ids: kind == Kind::Text,
        log_probabilities: kind == Kind::Text,
    };
    let ends = Ends::new(described.ends, described.tokenizer.as_ref());
    let Described { tokenizer, vocabulary, knows_tools, .. } = described;
    Ok(Loaded { model, served, tokenizer, ends, vocabulary, knows_tools })
}

/// What a model takes of memory, as far as its files say; nothing of one that is still to be fetched, or of those that draw.
fn need(config: &MistralConfig, kind: Kind, on_cpu: bool) -> Result<Need, EngineError> {
    let bits = match config.quantise {
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
        // One that was fetched before is there; one that was not is no error.
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

/// Bytes of a device.
#[derive(Clone, Copy)]
struct Memory {
    total: u64,
    free: u64,
}

/// Of the devices that mistral.rs spreads a model over: all GPUs that it sees. The operating system gives a CPU's memory back when
/// it is needed; a GPU's is taken by whoever came before, such as another engine of this miner.
fn memory(device: &Device) -> Option<Memory> {
    let others = (1..).map_while(|ordinal| if device.is_cuda() { Device::new_cuda(ordinal).ok() } else { None });
    let mut all = Memory { total: 0, free: 0 };
    for device in std::iter::once(device.clone()).chain(others) {
        let total = MemoryUsage.get_total_memory(&device).ok()?;
        let free = if device.is_cpu() { total } else { MemoryUsage.get_memory_available(&device).ok()? };
        all = Memory { total: all.total + total as u64, free: all.free + free as u64 };
    }
    Some(all)
}

/// What a model is built for.
#[derive(Clone, Copy)]
enum On {
    Cpu,
    /// With so many answers at once, of which so many tokens are kept, all together.
    Gpu {
        slots: usize,
        kept: usize,
    },
}

impl On {
    const fn slots(self) -> usize {
        match self {
            Self::Cpu => 1,
            Self::Gpu { slots, .. } => slots,
        }
    }

    const fn data_type(self) -> ModelDType {
        match self {
            Self::Cpu => ModelDType::F32,
            Self::Gpu { .. } => ModelDType::BF16,
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

fn check(weights: &str, config: &MistralConfig) -> Result<(), EngineError> {
    match &config.expect_weights {
        Some(expected) if expected != weights => {
            Err(EngineError::Start(format!("the weights are {weights} and not {expected}, as they should be")))
        }
        _ => Ok(()),
    }
}

fn describe_directory(
    path: &Path,
    on_cpu: bool,
    quantise: Option<Quantise>,
    kind: Kind,
) -> Result<Described, EngineError> {
    let weights = weight_files(path).and_then(|files| hash_files(&files)).map_err(|error| failed(path, error))?;
    let tokenizer_file = path.join("tokenizer.json");
    let tokenizer = Tokenizer::from_file(&tokenizer_file).map_err(|error| failed(&tokenizer_file, error))?;
    let template = match kind {
        Kind::Embedding => pooling(path)?,
        _ => chat_template(path)?,
    };
    let quantisation = match quantise {
        Some(quantise) => format!("in place {}", quantise.as_str()),
        None => precision(on_cpu).into(),
    };
    let ends = ends(path, &tokenizer)?;
    let config = json(&path.join("config.json"))?;
    let size = |config: &serde_json::Value| config["vocab_size"].as_u64().and_then(|size| usize::try_from(size).ok());
    let vocabulary = size(&config).or_else(|| size(&config["text_config"]));
    let vocabulary = vocabulary.unwrap_or_else(|| tokenizer.get_vocab_size(true));
    let (tokenizer, knows_tools) = (Some(tokenizer), template.contains(TOOLS));
    let chat_template = keccak256(template + &preprocessing(path)?);
    Ok(Described { weights, quantisation, chat_template, knows_tools, tokenizer, ends, vocabulary })
}

const fn precision(on_cpu: bool) -> &'static str {
    if on_cpu { "f32" } else { "bf16" }
}

fn describe_painter(path: &Path, on_cpu: bool) -> Result<Described, EngineError> {
    let weights = weight_files(path).and_then(|files| hash_files(&files)).map_err(|error| failed(path, error))?;
    Ok(Described {
        weights,
        quantisation: precision(on_cpu).into(),
        chat_template: B256::ZERO,
        knows_tools: false,
        tokenizer: None,
        ends: vec![],
        vocabulary: 0,
    })
}

/// How the vector of a text is made of those of its tokens.
fn pooling(directory: &Path) -> Result<String, EngineError> {
    let modules = directory.join("modules.json");
    let mut text = fs::read_to_string(&modules).map_err(|error| failed(&modules, error))?;
    let listed: Vec<serde_json::Value> = serde_json::from_str(&text).map_err(|error| failed(&modules, error))?;
    for path in listed.iter().filter_map(|module| module["path"].as_str()).filter(|path| !path.is_empty()) {
        if let Ok(config) = fs::read_to_string(directory.join(path).join("config.json")) {
            text.push_str(&config);
        }
    }
    Ok(text)
}

/// The encoders of a prompt that FLUX is built with: mistral.rs fetches these files, whatever the model's own are.
const ENCODERS: [(&str, &[&str]); 3] = [
    ("EricB/t5_tokenizer", &["t5-v1_1-xxl.tokenizer.json"]),
    ("EricB/t5-v1_1-xxl-enc-only", &["config.json", "t5_xxl-shard-0.safetensors", "t5_xxl-shard-1.safetensors"]),
    ("openai/clip-vit-large-patch14", &["config.json", "model.safetensors", "tokenizer.json"]),
];

/// A hash over their files.
fn encoders() -> Result<B256, EngineError> {
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

/// What a file says; nothing where there is none.
fn json(path: &Path) -> Result<serde_json::Value, EngineError> {
    match fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map_err(|error| failed(path, error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(serde_json::Value::Null),
        Err(error) => Err(failed(path, error)),
    }
}

/// The tokens that end an answer, by the tokeniser's configuration and the one for generation, where there is one.
fn ends(directory: &Path, tokenizer: &Tokenizer) -> Result<Vec<u32>, EngineError> {
    let named = &json(&directory.join("tokenizer_config.json"))?["eos_token"];
    let named = named.as_str().or_else(|| named["content"].as_str()).and_then(|token| tokenizer.token_to_id(token));
    let id = |value: &serde_json::Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    let mut ends = match &json(&directory.join("generation_config.json"))?["eos_token_id"] {
        serde_json::Value::Array(ids) => ids.iter().filter_map(id).collect(),
        one => id(one).into_iter().collect::<Vec<_>>(),
    };
    ends.extend(named);
    Ok(ends)
}

/// The template's text, from where models keep it: its own file, or the tokeniser's configuration.
fn chat_template(directory: &Path) -> Result<String, EngineError> {
    if let Ok(template) = fs::read_to_string(directory.join("chat_template.jinja")) {
        return Ok(template);
    }
    if let serde_json::Value::String(template) = &json(&directory.join("chat_template.json"))?["chat_template"] {
        return Ok(template.clone());
    }
    let path = directory.join("tokenizer_config.json");
    let text = fs::read_to_string(&path).map_err(|error| failed(&path, error))?;
    let config: serde_json::Value = serde_json::from_str(&text).map_err(|error| failed(&path, error))?;
    match config.get("chat_template") {
        Some(serde_json::Value::String(template)) => Ok(template.clone()),
        // Several templates under names: all of them belong to the identity.
        Some(templates @ serde_json::Value::Array(_)) => Ok(templates.to_string()),
        _ => Err(failed(&path, "no chat_template: only models that chat can be served")),
    }
}

/// How images become the model's input; nothing of a model that takes none.
fn preprocessing(directory: &Path) -> Result<String, EngineError> {
    let mut text = String::new();
    for name in ["preprocessor_config.json", "processor_config.json"] {
        let path = directory.join(name);
        match fs::read_to_string(&path) {
            Ok(config) => text.push_str(&config),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&path, error)),
        }
    }
    Ok(text)
}

fn describe_gguf(path: &Path) -> Result<Described, EngineError> {
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
        knows_tools: template.contains(TOOLS),
        chat_template: keccak256(template),
        vocabulary: tokenizer.get_vocab_size(true),
        tokenizer: Some(tokenizer),
        ends: end.into_iter().collect(),
    })
}

/// Where the downloader puts models: `HF_HOME` or the default cache.
fn hub() -> Result<PathBuf, EngineError> {
    let home = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    match (home("HF_HOME"), home("HOME")) {
        (Some(cache), _) => Ok(cache.join("hub")),
        (None, Some(home)) => Ok(home.join(".cache/huggingface/hub")),
        (None, None) => Err(EngineError::Start("neither HF_HOME nor HOME is set".into())),
    }
}

/// Where it has put one.
fn hub_snapshot(hub: &Path, name: &str) -> Result<PathBuf, EngineError> {
    let repository = hub.join(format!("models--{}", name.replace('/', "--")));
    let reference = repository.join("refs/main");
    let commit = fs::read_to_string(&reference).map_err(|error| failed(&reference, error))?;
    Ok(repository.join("snapshots").join(commit.trim()))
}

/// The builders of models that write have the same methods, and no trait for them.
macro_rules! build_writer {
    ($builder:ident, $model:expr, $config:expr, $on:expr) => {{
        let mut builder =
            $builder::new($model).with_dtype($on.data_type()).with_max_num_seqs($on.slots()).with_prefix_cache_n(None);
        if let Some(quantise) = $config.quantise {
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

fn build_text(model: &str, config: &MistralConfig, on: On) -> Result<Model, EngineError> {
    build_writer!(TextModelBuilder, model, config, on)
}

fn build_multimodal(model: &str, config: &MistralConfig, on: On) -> Result<Model, EngineError> {
    build_writer!(MultimodalModelBuilder, model, config, on)
}

/// True for the architectures that mistral.rs knows as taking more than text, and as nothing else.
fn takes_images(directory: &Path) -> Result<bool, EngineError> {
    let config = json(&directory.join("config.json"))?;
    let name = config.pointer("/architectures/0").and_then(serde_json::Value::as_str).unwrap_or_default();
    Ok(MultimodalLoaderType::from_causal_lm_name(name).is_ok() && NormalLoaderType::from_causal_lm_name(name).is_err())
}

const fn quantised(quantise: Quantise) -> IsqType {
    match quantise {
        Quantise::Q8_0 => IsqType::Q8_0,
        Quantise::Q4_0 => IsqType::Q4_0,
        Quantise::Q6K => IsqType::Q6K,
        Quantise::Q4K => IsqType::Q4K,
    }
}

fn build_embedder(model: &str, config: &MistralConfig, on: On) -> Result<Model, EngineError> {
    let mut builder = EmbeddingModelBuilder::new(model).with_dtype(on.data_type()).with_max_num_seqs(on.slots());
    if let Some(quantise) = config.quantise {
        builder = builder.with_isq(quantised(quantise));
    }
    if config.force_cpu {
        builder = builder.with_force_cpu();
    }
    build(builder.build())
}

fn build_painter(path: &Path, config: &MistralConfig, on: On) -> Result<Model, EngineError> {
    let mut builder = DiffusionModelBuilder::new(path.to_string_lossy(), DiffusionLoaderType::Flux)
        .with_dtype(on.data_type())
        .with_max_num_seqs(1);
    if config.force_cpu {
        builder = builder.with_force_cpu();
    }
    build(builder.build())
}

fn build_gguf(path: &Path, config: &MistralConfig, on: On) -> Result<Model, EngineError> {
    let file = path.file_name().ok_or_else(|| failed(path, "no file name"))?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = GgufModelBuilder::new(directory.to_string_lossy(), vec![file.to_string_lossy()])
        .with_max_num_seqs(on.slots())
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
