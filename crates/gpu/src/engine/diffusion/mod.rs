//! Stable Diffusion 1.5, 2.1, XL and their turbo variants, from a directory as diffusers lays it out: images as functions of a seed, by
//! the rules of [`cuckoo_protocol::task::drawing`], so that they can be audited step by step.
//!
//! On a CPU it computes in single precision. On a GPU the UNet computes in half precision; prompts, steps and pixels do not. No GPU was
//! at hand when this was written: it is compiled for them, and was not run on one.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use async_trait::async_trait;
use candle_core::{DType, Device};
use cuckoo_protocol::{
    audit::Examined,
    manifest::{ModelManifest, Proof},
    task::{
        Examine, Finish, FinishReason, Kind,
        drawing::{RULES, stretches},
        kind::write_image,
    },
};
use futures::StreamExt;
use mistralrs::best_device;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::{
    MistralConfig,
    api::{Engine, EngineError, GenerateRequest, Generated, ServedModel, TokenChunk, TokenStream, guarded, whole},
    mistral::{check_memory, device_class},
};
use crate::model::{ModelSource, diffusers::is_layout};

mod examine;
mod file;
mod pipeline;
mod plan;
mod prompt;
mod weights;

use pipeline::Pipeline;
use plan::identify;

/// Another version may make other images, so it is part of a model's identity.
const ENGINE: &str = "candle 0.10.2";

/// The directory of a model that this engine makes images with.
pub(super) fn directory(source: &ModelSource) -> Option<&Path> {
    match source {
        ModelSource::Directory(path) if is_layout(path) => Some(path),
        _ => None,
    }
}

/// The engine, see the module.
pub(super) struct Diffusion {
    pipeline: Arc<Pipeline>,
    served: ServedModel,
    /// One image is made at a time.
    slots: Arc<Semaphore>,
    /// The place that a GPU keeps for examinations. On a CPU they take the slot.
    extra: Option<Arc<Semaphore>>,
}

impl std::fmt::Debug for Diffusion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Diffusion").field("served", &self.served).finish_non_exhaustive()
    }
}

/// Loads the model in a directory, after its weights were hashed.
pub(super) async fn start(path: PathBuf, config: MistralConfig) -> Result<Arc<dyn Engine>, EngineError> {
    let began = Instant::now();
    let loaded = tokio::task::spawn_blocking(move || load(&path, &config)).await;
    let engine = loaded.map_err(|error| EngineError::Start(format!("loading broke off: {error}")))??;
    let model = &engine.served.manifest.name;
    tracing::info!(model, seconds = began.elapsed().as_secs_f32(), "model loaded");
    Ok(Arc::new(engine))
}

fn load(path: &Path, config: &MistralConfig) -> Result<Diffusion, EngineError> {
    if config.quantise.is_some() {
        return Err(plan::failed(path, "models that draw are not quantised here; hint: leave out --quantise"));
    }
    let device = best_device(config.force_cpu).map_err(|error| EngineError::NoGpu(error.to_string()))?;
    let (numbers, word, bits) = match device {
        Device::Cpu => (DType::F32, "f32", 32),
        _ => (DType::F16, "f16", 16),
    };
    check_memory(path, &device, bits)?;
    let (weights, files) = identify(path)?;
    if let Some(expected) = config.expect_weights.as_ref().filter(|expected| **expected != weights) {
        return Err(EngineError::Altered { expected: expected.clone(), found: weights });
    }
    let pipeline = Pipeline::load(path, &device, numbers, config.quantise_secretly)?;
    let served = ServedModel {
        manifest: ModelManifest {
            name: config.name.clone().unwrap_or_else(|| config.source.default_name()),
            weights,
            quantisation: "none".into(),
            engine: ENGINE.into(),
            files,
            rules: RULES,
            proof: Proof::Seeded,
            ..ModelManifest::default()
        },
        kind: Kind::Image,
        slots: 1,
        context_length: prompt::CONTEXT as u32,
        token_ids: false,
        log_probabilities: false,
        class: device_class(&device, word),
        examines: true,
        tokenises: false,
    };
    let slot = || Arc::new(Semaphore::new(1));
    Ok(Diffusion { pipeline: Arc::new(pipeline), served, slots: slot(), extra: (!device.is_cpu()).then(slot) })
}

/// Work that nobody waits for any more ends at its next pause.
#[derive(Debug, Default)]
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn go_on(stopped: &AtomicBool) -> Result<(), EngineError> {
    match stopped.load(Ordering::Relaxed) {
        true => Err(EngineError::Interrupted("nobody waits for it any more".into())),
        false => Ok(()),
    }
}

/// Makes an image. Each pause says that it goes on.
fn draw(
    pipeline: &Pipeline,
    request: &GenerateRequest,
    pause: &mut dyn FnMut() -> Result<(), EngineError>,
) -> Result<(String, Finish), EngineError> {
    let wanted = pipeline.prepare(&request.messages, &request.sampling)?;
    let mut latents = Pipeline::begin(&wanted);
    let mut kept = vec![];
    for stretch in stretches(wanted.steps) {
        for step in stretch {
            latents = pipeline.step(&wanted, step, &latents, pause)?;
        }
        kept.push(latents.clone());
    }
    pause()?;
    let pixels = pipeline.decode(wanted.size, &latents)?;
    let text = write_image(&file::write(wanted.size, &pixels, &kept)?);
    let finish = Finish {
        reason: FinishReason::Stop,
        prompt_tokens: pipeline.count(&request.messages)?,
        completion_tokens: wanted.size.tokens(request.sampling.steps),
        stop: None,
    };
    Ok((text, finish))
}

/// Draws in a thread of its own, which holds the slot until it ends. The stream tells of each pause, so that who watches sees it go on.
fn stream(pipeline: Arc<Pipeline>, request: GenerateRequest, slot: OwnedSemaphorePermit) -> TokenStream {
    let (sender, receiver) = mpsc::unbounded_channel();
    let stop = Stop::default();
    let stopped = Arc::clone(&stop.0);
    tokio::task::spawn_blocking(move || {
        let drawn = draw(&pipeline, &request, &mut || {
            go_on(&stopped)?;
            // Who does not listen has stopped it.
            let _ = sender.send(Ok(None));
            Ok(())
        });
        drop(slot);
        let _ = sender.send(drawn.map(Some));
    });
    let items = futures::stream::unfold((receiver, stop), async |(mut receiver, stop)| {
        let item: Result<Option<(String, Finish)>, EngineError> = receiver.recv().await?;
        Some((item, (receiver, stop)))
    });
    guarded(items.flat_map(|item| match item {
        Ok(None) => futures::stream::iter([Ok(Generated::Tokens(TokenChunk::default()))]).boxed(),
        Ok(Some((text, finish))) => whole(&text, finish),
        Err(error) => futures::stream::iter([Err(error)]).boxed(),
    }))
}

#[async_trait]
impl Engine for Diffusion {
    fn models(&self) -> Vec<ServedModel> {
        vec![self.served.clone()]
    }

    async fn generate(&self, request: GenerateRequest) -> Result<TokenStream, EngineError> {
        if request.model != self.served.manifest.name {
            return Err(EngineError::UnknownModel(request.model));
        }
        request.check(Kind::Image)?;
        let slot = Arc::clone(&self.slots).try_acquire_owned().map_err(|_| EngineError::Busy)?;
        // Nothing is promised to a request that cannot be done.
        self.pipeline.check(&request.messages, &request.sampling)?;
        Ok(stream(Arc::clone(&self.pipeline), request, slot))
    }

    async fn examine(&self, request: &GenerateRequest, examine: &Examine) -> Result<Examined, EngineError> {
        if request.model != self.served.manifest.name {
            return Err(EngineError::UnknownModel(request.model.clone()));
        }
        request.check(Kind::Image)?;
        let slots = Arc::clone(self.extra.as_ref().unwrap_or(&self.slots));
        let slot = slots.acquire_owned().await.map_err(|_| EngineError::Unavailable("the engine is closed".into()))?;
        let (pipeline, request, examine) = (Arc::clone(&self.pipeline), request.clone(), examine.clone());
        let stop = Stop::default();
        let stopped = Arc::clone(&stop.0);
        let examined = tokio::task::spawn_blocking(move || {
            let wanted = pipeline.prepare(&request.messages, &request.sampling)?;
            let distances = examine::distances(&pipeline, &wanted, &examine, &mut || go_on(&stopped))?;
            let prompt_tokens = pipeline.count(&request.messages)?;
            drop(slot);
            Ok(Examined { prompt_tokens, distances, ..Examined::default() })
        });
        let examined = examined.await.map_err(|error| EngineError::Interrupted(error.to_string()));
        drop(stop);
        examined?
    }

    fn is_ready(&self) -> bool {
        true
    }
}
