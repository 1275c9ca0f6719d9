//! Which engine runs which models: options that `cuckoo miner` and `cuckoo devnet` share.

use clap::ValueEnum;
use cuckoo_gpu::{
    EngineSpec,
    engine::{Misbehave, MistralConfig, OpenAiConfig, Quantise, ScriptedConfig},
    model::ModelSource,
};
use cuckoo_protocol::task::Kind;
use url::Url;

use super::models;
use crate::terminal::{Error, Result};

/// What runs the models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EngineKind {
    /// mistral.rs, in a watched process of its own
    #[default]
    Mistral,
    /// Any server that speaks OpenAI's API: vLLM, SGLang, llama.cpp
    Openai,
    /// Deterministic words without a model, for tests
    Scripted,
}

/// How weights can be quantised while they are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum QuantiseKind {
    /// 8 bits
    #[value(name = "q8_0")]
    Q8_0,
    /// 4 bits
    #[value(name = "q4_0")]
    Q4_0,
    /// About 6 bits
    #[value(name = "q6_k")]
    Q6K,
    /// About 4 bits
    #[value(name = "q4_k")]
    Q4K,
}

impl From<QuantiseKind> for Quantise {
    fn from(kind: QuantiseKind) -> Self {
        match kind {
            QuantiseKind::Q8_0 => Self::Q8_0,
            QuantiseKind::Q4_0 => Self::Q4_0,
            QuantiseKind::Q6K => Self::Q6K,
            QuantiseKind::Q4K => Self::Q4K,
        }
    }
}

/// Which engine, and with what; shared with `cuckoo devnet`.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Engine options")]
pub struct EngineOptions {
    /// What runs the models
    #[arg(long, value_enum, default_value_t)]
    pub engine: EngineKind,
    /// A model by its name in `miner models list`, a directory with safetensors, a .gguf file, or a name at the hub (mistral);
    /// repeat it for more, each in a process of its own
    #[arg(long, value_name = "PATH|NAME")]
    pub model: Vec<String>,
    /// The name that applications ask for, one for each --model in their order (mistral), or a model to offer (openai, scripted)
    #[arg(long, value_name = "NAME")]
    pub model_name: Vec<String>,
    /// A model to offer that embeds texts (openai, scripted); of files it is seen what they are for
    #[arg(long, value_name = "NAME")]
    pub embedding_model: Vec<String>,
    /// A model to offer that draws images (openai, scripted)
    #[arg(long, value_name = "NAME")]
    pub image_model: Vec<String>,
    /// Quantise the weights while loading them: less memory, another model by its manifest (mistral)
    #[arg(long, value_enum, value_name = "TYPE")]
    pub quantise: Option<QuantiseKind>,
    /// Address of the server (openai)
    #[arg(long, value_name = "URL")]
    pub engine_url: Option<Url>,
    /// Tasks that run at once, of each model (mistral, scripted) or of all (openai) [default: what fits into the
    /// GPU's memory, or 1 on a CPU (mistral); 8 (openai); 4 (scripted)]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub slots: Option<u32>,
    /// Length of an answer in tokens (scripted)
    #[arg(long, value_name = "N")]
    pub scripted_tokens: Option<u32>,
    /// Tokens per second and task, 0 for as fast as possible (scripted)
    #[arg(long, value_name = "N")]
    pub scripted_rate: Option<u32>,
    /// Answer falsely (scripted)
    #[arg(long, hide = true)]
    pub scripted_cheat: bool,
}

impl EngineOptions {
    /// The engines' descriptions, at least one.
    pub fn specs(&self) -> Result<Vec<EngineSpec>> {
        match self.engine {
            EngineKind::Scripted => Ok(self.scripted().into_iter().map(EngineSpec::Scripted).collect()),
            EngineKind::Openai => Ok(vec![EngineSpec::OpenAi(self.openai()?)]),
            EngineKind::Mistral => Ok(self.mistral()?.into_iter().map(EngineSpec::Mistral).collect()),
        }
    }

    /// The models that are named and not found in files, with what they make.
    fn named(&self) -> impl Iterator<Item = (String, Kind)> {
        let of = |names: &[String], kind| names.iter().map(move |name| (name.clone(), kind)).collect::<Vec<_>>();
        let texts = of(&self.model_name, Kind::Text).into_iter();
        texts.chain(of(&self.embedding_model, Kind::Embedding)).chain(of(&self.image_model, Kind::Image))
    }

    fn scripted(&self) -> Vec<ScriptedConfig> {
        let usual = ScriptedConfig {
            slots: self.slots.unwrap_or(ScriptedConfig::default().slots),
            tokens: self.scripted_tokens.unwrap_or(ScriptedConfig::default().tokens),
            tokens_per_second: self.scripted_rate.unwrap_or_default(),
            misbehave: if self.scripted_cheat { Misbehave::OtherWords } else { Misbehave::None },
            ..ScriptedConfig::default()
        };
        let named: Vec<_> = self.named().map(|(name, kind)| ScriptedConfig { name, kind, ..usual.clone() }).collect();
        if named.is_empty() { vec![usual] } else { named }
    }

    fn openai(&self) -> Result<OpenAiConfig> {
        let url = self.engine_url.clone().ok_or_else(|| {
            Error::usage("--engine openai needs the server's address").hint("--engine-url http://127.0.0.1:8000")
        })?;
        let mut config = OpenAiConfig::new(url);
        config.models.extend(self.named());
        config.slots = self.slots.unwrap_or(config.slots);
        Ok(config)
    }

    fn mistral(&self) -> Result<Vec<MistralConfig>> {
        if self.model.is_empty() {
            return Err(Error::usage("--engine mistral needs a model")
                .hint("--model DIRECTORY, --model FILE.gguf or --model ORG/NAME"));
        }
        if !self.embedding_model.is_empty() || !self.image_model.is_empty() {
            let problem =
                "--embedding-model and --image-model name models of a server; what files are for is seen in them";
            return Err(Error::usage(problem).hint("--model DIRECTORY"));
        }
        if !self.model_name.is_empty() && self.model_name.len() != self.model.len() {
            let counts = format!("{} and {}", self.model_name.len(), self.model.len());
            return Err(Error::usage(format_args!("there are {counts} of --model-name and --model"))
                .hint("one --model-name for each --model, in their order, or none"));
        }
        let config = |(index, model): (usize, &String)| {
            let (source, name, expect_weights) = match models::kept(model)? {
                Some((source, record)) => (source, Some(record.name), Some(record.weights)),
                None => (ModelSource::parse(model).map_err(Error::usage)?, None, None),
            };
            Ok(MistralConfig {
                source,
                name: self.model_name.get(index).cloned().or(name),
                slots: self.slots,
                expect_weights,
                quantise: self.quantise.map(Into::into),
                force_cpu: false,
            })
        };
        self.model.iter().enumerate().map(config).collect()
    }
}
