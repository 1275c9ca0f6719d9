//! The parts of a model at work: a prompt becomes vectors, noise becomes latents step by step, and latents become pixels.

use std::{collections::HashMap, path::Path};

use candle_core::{D, DType, Device, Module, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::stable_diffusion::{
    embeddings::{TimestepEmbedding, Timesteps},
    schedulers::SchedulerConfig,
    unet_2d::UNet2DConditionModel,
    vae::AutoEncoderKL,
};
use cuckoo_protocol::task::{
    ChatMessage, ChatRole, ImageSize, Sampling,
    drawing::{CHANNELS, Latents, MOST_STEPS, SCALE, latent_count},
};

use super::{
    plan::{Plan, Told, failed},
    prompt::{CONTEXT, Encoded, Encoders},
    weights::{coarsen, load_part},
};
use crate::engine::{EngineError, Quantise};

/// Channels of pixels.
const COLOURS: usize = 3;
/// What is added to the vector of a step, by the name of its place in a UNet that is not told anything.
const STEP_BIAS: &str = "time_embedding.linear_2.bias";

/// A model that is loaded.
#[derive(Debug)]
pub(super) struct Pipeline {
    plan: Plan,
    encoders: Encoders,
    unet: HashMap<String, Tensor>,
    vae: AutoEncoderKL,
    device: Device,
    numbers: DType,
}

/// What one image is made by.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) size: ImageSize,
    pub(super) seed: u64,
    pub(super) steps: u32,
    guidance: f64,
    /// With the description.
    with: Guide,
    /// With what is not wanted, where the description is followed more strongly than by itself.
    without: Option<Guide>,
}

/// A UNet and what it reads.
#[derive(Debug)]
struct Guide {
    unet: UNet2DConditionModel,
    tokens: Tensor,
}

impl Pipeline {
    pub(super) fn load(
        directory: &Path,
        device: &Device,
        numbers: DType,
        coarse: Option<Quantise>,
    ) -> Result<Self, EngineError> {
        let plan = Plan::read(directory)?;
        let wrong = |error: candle_core::Error| failed(directory, error);
        let encoders = Encoders::load(directory, &plan, device)?;
        let mut unet = load_part(directory, "unet", numbers, device)?;
        if let Some(quantise) = coarse {
            coarsen(&mut unet, quantise).map_err(wrong)?;
        }
        // Half precision is too little for the autoencoder of Stable Diffusion XL.
        let vae = VarBuilder::from_tensors(load_part(directory, "vae", DType::F32, device)?, DType::F32, device);
        let vae = AutoEncoderKL::new(vae, COLOURS, COLOURS, plan.vae.clone()).map_err(wrong)?;
        let pipeline = Self { plan, encoders, unet, vae, device: device.clone(), numbers };
        // What is missing is found now and not by the first request.
        pipeline.build(None).map_err(wrong)?;
        Ok(pipeline)
    }

    /// Tokens of what is asked.
    pub(super) fn count(&self, messages: &[ChatMessage]) -> Result<u32, EngineError> {
        messages.iter().try_fold(0, |sum, message| Ok(sum + self.encoders.count(&message.content)?))
    }

    /// Refuses what cannot be made.
    pub(super) fn check(&self, messages: &[ChatMessage], sampling: &Sampling) -> Result<(), EngineError> {
        let size = sampling.size;
        if size.pixels() == 0 || !size.width.is_multiple_of(SCALE) || !size.height.is_multiple_of(SCALE) {
            return Err(EngineError::Invalid(format!("an image of {size} is not made of squares of {SCALE} pixels")));
        }
        if sampling.steps > MOST_STEPS {
            return Err(EngineError::Invalid(format!("an image is made in at most {MOST_STEPS} steps")));
        }
        let limit = CONTEXT as u32;
        let tokens = messages.iter().map(|message| self.encoders.count(&message.content));
        match tokens.collect::<Result<Vec<_>, _>>()?.into_iter().find(|tokens| *tokens > limit) {
            Some(tokens) => Err(EngineError::PromptTooLong { tokens, limit }),
            None => Ok(()),
        }
    }

    /// Reads what is asked.
    pub(super) fn prepare(&self, messages: &[ChatMessage], sampling: &Sampling) -> Result<Wanted, EngineError> {
        self.check(messages, sampling)?;
        let size = sampling.size;
        let steps = if sampling.steps == 0 { self.plan.steps } else { sampling.steps };
        let guidance = sampling.guidance.map_or(self.plan.guidance, |guidance| guidance.to_f64());
        let text = |role: ChatRole| messages.iter().find(|message| message.role == role);
        let description = text(ChatRole::Description).map_or("", |message| &message.content);
        let with = self.encoders.encode(description, &self.device)?;
        let without = match text(ChatRole::Unwanted) {
            _ if guidance <= 1.0 => None,
            Some(message) => Some(self.encoders.encode(&message.content, &self.device)?),
            None if self.plan.zeroes_absent => Some(zeroes(&with).map_err(broken)?),
            None => Some(self.encoders.encode("", &self.device)?),
        };
        let guide = |encoded: Encoded| self.guide(encoded, size).map_err(broken);
        let without = without.map(guide).transpose()?;
        Ok(Wanted { size, seed: sampling.seed, steps, guidance, with: guide(with)?, without })
    }

    fn guide(&self, encoded: Encoded, size: ImageSize) -> candle_core::Result<Guide> {
        let told = self.plan.told.zip(encoded.whole);
        let told = told.map(|(told, whole)| self.tell(told, &whole, size)).transpose()?;
        Ok(Guide { unet: self.build(told)?, tokens: encoded.tokens.to_dtype(self.numbers)? })
    }

    /// A UNet, which shares its weights with all others. `told` is added to the vector of every step.
    fn build(&self, told: Option<Tensor>) -> candle_core::Result<UNet2DConditionModel> {
        let mut tensors = self.unet.clone();
        if let Some(told) = told
            && let Some(bias) = tensors.get_mut(STEP_BIAS)
        {
            *bias = (&*bias + told.squeeze(0)?)?;
        }
        let weights = VarBuilder::from_tensors(tensors, self.numbers, &self.device);
        let channels = CHANNELS as usize;
        UNet2DConditionModel::new(weights, channels, channels, false, self.plan.unet.clone())
    }

    /// What Stable Diffusion XL's UNet is told: the whole prompt, and that the image is neither scaled nor cut.
    fn tell(&self, told: Told, whole: &Tensor, size: ImageSize) -> candle_core::Result<Tensor> {
        let (width, height) = (size.width as f32, size.height as f32);
        let sizes = Tensor::new(&[height, width, 0.0, 0.0, height, width], &self.device)?;
        let shift = self.plan.unet.freq_shift;
        let sizes = Timesteps::new(told.size, self.plan.unet.flip_sin_to_cos, shift).forward(&sizes)?;
        let all = Tensor::cat(&[whole, &sizes.flatten_all()?.unsqueeze(0)?], D::Minus1)?.to_dtype(self.numbers)?;
        let weights = VarBuilder::from_tensors(self.unet.clone(), self.numbers, &self.device);
        let width = self.unet.get(STEP_BIAS).map_or(0, Tensor::elem_count);
        TimestepEmbedding::new(weights.pp("add_embedding"), told.all, width)?.forward(&all)
    }

    /// The noise that an image begins with.
    pub(super) fn begin(wanted: &Wanted) -> Latents {
        Latents::noise(wanted.seed, latent_count(wanted.size.pixels()) as usize)
    }

    /// Makes one step. `pause` is called in between and may end it.
    pub(super) fn step(
        &self,
        wanted: &Wanted,
        step: u32,
        latents: &Latents,
        pause: &mut dyn FnMut() -> Result<(), EngineError>,
    ) -> Result<Latents, EngineError> {
        let mut scheduler = self.plan.scheduler.build(wanted.steps as usize).map_err(broken)?;
        // There may be one more of them than there are steps.
        let time = scheduler.timesteps().get(step as usize).copied();
        let time = time.ok_or_else(|| EngineError::Interrupted(format!("there is no step {step}")))?;
        let latents = self.tensor(wanted.size, latents).map_err(broken)?;
        let input = latents.to_dtype(self.numbers).and_then(|input| input.to_device(&self.device)).map_err(broken)?;
        let mut see = |guide: &Guide| {
            pause()?;
            let seen = guide.unet.forward(&input, time as f64, &guide.tokens).map_err(broken)?;
            seen.to_dtype(DType::F32).and_then(|seen| seen.to_device(&Device::Cpu)).map_err(broken)
        };
        let without = wanted.without.as_ref().map(&mut see).transpose()?;
        let mut seen = see(&wanted.with)?;
        let mut end = || {
            if let Some(without) = &without {
                seen = (without + ((&seen - without)? * wanted.guidance)?)?;
            }
            scheduler.step(&seen, time, &latents)?.flatten_all()?.to_vec1::<f32>()
        };
        Ok(Latents::round(&end().map_err(broken)?))
    }

    fn tensor(&self, size: ImageSize, latents: &Latents) -> candle_core::Result<Tensor> {
        let shape = (1, CHANNELS as usize, (size.height / SCALE) as usize, (size.width / SCALE) as usize);
        Tensor::from_vec(latents.numbers(), shape, &Device::Cpu)
    }

    /// The pixels of latents: red, green and blue, row by row.
    pub(super) fn decode(&self, size: ImageSize, latents: &Latents) -> Result<Vec<u8>, EngineError> {
        let decode = || {
            let latents = (self.tensor(size, latents)? * (1.0 / self.plan.scaling))?.to_device(&self.device)?;
            let colours = self.vae.decode(&latents)?.to_device(&Device::Cpu)?.squeeze(0)?.permute((1, 2, 0))?;
            ((colours * 127.5)? + 127.5)?.flatten_all()?.to_vec1::<f32>()
        };
        // The cast saturates.
        Ok(decode().map_err(broken)?.into_iter().map(|colour| colour.round() as u8).collect())
    }
}

/// What stands for a prompt that is not there.
fn zeroes(like: &Encoded) -> candle_core::Result<Encoded> {
    Ok(Encoded { tokens: like.tokens.zeros_like()?, whole: like.whole.as_ref().map(Tensor::zeros_like).transpose()? })
}

fn broken(error: candle_core::Error) -> EngineError {
    EngineError::Interrupted(error.to_string())
}
