//! Which engine runs which models: options that `cuckoo miner` and `cuckoo devnet` share.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use cuckoo_gpu::{
    EngineSpec,
    engine::{ApiKey, Misbehave, MistralConfig, OpenAiConfig, Quantise, ScriptedConfig},
    model::ModelSource,
};
use cuckoo_protocol::task::Kind;
use secrecy::ExposeSecret;
use url::Url;

use super::models;
use crate::{
    host::{env, secrets::given_secret},
    terminal::{Error, Result},
};

/// A kind of engine that runs models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EngineKind {
    /// mistral.rs, supervised in a process of its own
    #[default]
    Mistral,
    /// A server that speaks OpenAI's API, such as vLLM, SGLang or llama.cpp
    Openai,
    /// Deterministic words without a model, for tests
    Scripted,
}

/// A type that weights can be quantised to while they are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum QuantiseKind {
    /// 8 bits per weight
    #[value(name = "q8_0")]
    Q8_0,
    /// 4 bits per weight
    #[value(name = "q4_0")]
    Q4_0,
    /// About 6 bits per weight
    #[value(name = "q6_k")]
    Q6K,
    /// About 4 bits per weight
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

/// The engine and its models; `cuckoo devnet` has the same options.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Engine options")]
pub struct EngineOptions {
    /// Engine that runs the models
    #[arg(long, value_enum, default_value_t)]
    pub engine: EngineKind,
    /// Model to run (mistral): a name from `miner models list`, a directory with safetensors, a .gguf file, or a name on the
    /// Hugging Face hub; repeat it to run several models, each in a process of its own. With openai, the directory from which a vLLM
    /// server with cuckoo's plugin has loaded the model, one for each --model-name in the same order, or of the only model that it lists
    /// [default: the one that the server tells, where it is on this machine (openai)]
    #[arg(long, value_name = "PATH|NAME")]
    pub model: Vec<String>,
    /// Name that applications ask for: one for each --model in the same order (mistral), or the name of a text model to offer
    /// (openai, scripted); repeat it for several models [default: the model's own name (mistral); every model that the server
    /// lists (openai); scripted (scripted)]
    #[arg(long, value_name = "NAME")]
    pub model_name: Vec<String>,
    /// Name of an embedding model to offer (openai, scripted); repeat it for several models. With mistral, the files of --model
    /// show what the model is for
    #[arg(long, value_name = "NAME")]
    pub embedding_model: Vec<String>,
    /// Name of a model to offer that generates images (openai, scripted); repeat it for several models. With mistral, the files
    /// of --model show what the model is for
    #[arg(long, value_name = "NAME")]
    pub image_model: Vec<String>,
    /// Quantise the weights to this type while loading them (mistral): the model takes less memory, and its manifest says that it
    /// is another model [default: load them as they are]
    #[arg(long, value_enum, value_name = "TYPE")]
    pub quantise: Option<QuantiseKind>,
    /// Base URL of the server, with or without /v1 (openai)
    #[arg(long, value_name = "URL")]
    pub engine_url: Option<Url>,
    /// File with the key that the server at --engine-url asks for, or - for stdin (openai)
    #[arg(long, env = env::ENGINE_API_KEY_FILE, value_name = "PATH")]
    pub engine_api_key_file: Option<PathBuf>,
    /// Number of slots, which is how many tasks run at once: for each model (mistral, scripted), or for all models together
    /// (openai) [default: as many as fit into the GPU's memory, or 1 on a CPU (mistral); 8 (openai); 4 (scripted)]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub slots: Option<u32>,
    /// Length of each answer in tokens, where the request allows it (scripted) [default: 24]
    #[arg(long, value_name = "N")]
    pub scripted_tokens: Option<u32>,
    /// Speed of each task in tokens per second (scripted) [default: 0, as fast as possible]
    #[arg(long, value_name = "N")]
    pub scripted_rate: Option<u32>,
    /// Cheat in this way, such as `laundered` or `some_false=20` (scripted)
    #[arg(long, hide = true, value_parser = cheat, value_name = "WAY", num_args = 0..=1, default_missing_value = "other_words")]
    pub scripted_cheat: Option<Misbehave>,
    /// Quantise the weights to this type, and say that they are as they are (mistral)
    #[arg(long, hide = true, value_enum, value_name = "TYPE")]
    pub quantise_secretly: Option<QuantiseKind>,
}

/// A way to cheat by its name, with a number after `=` where it has one.
pub fn cheat(text: &str) -> std::result::Result<Misbehave, String> {
    let value = match text.split_once('=') {
        Some((name, number)) => {
            let number: u32 = number.parse().map_err(|_| format!("`{number}` is not a number"))?;
            serde_json::json!({ name: number })
        }
        None => text.into(),
    };
    serde_json::from_value(value).map_err(|_| format!("the scripted engine does not know `{text}`"))
}

impl EngineOptions {
    /// What to start: at least one engine.
    pub fn specs(&self) -> Result<Vec<EngineSpec>> {
        match self.engine {
            EngineKind::Scripted => Ok(self.scripted().into_iter().map(EngineSpec::Scripted).collect()),
            EngineKind::Openai => Ok(vec![EngineSpec::OpenAi(self.openai()?)]),
            EngineKind::Mistral => Ok(self.mistral()?.into_iter().map(EngineSpec::Mistral).collect()),
        }
    }

    /// The models that are given by their names alone, each with what it generates.
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
            misbehave: self.scripted_cheat.unwrap_or_default(),
            ..ScriptedConfig::default()
        };
        let named: Vec<_> = self.named().map(|(name, kind)| ScriptedConfig { name, kind, ..usual.clone() }).collect();
        if named.is_empty() { vec![usual] } else { named }
    }

    fn openai(&self) -> Result<OpenAiConfig> {
        let url = self.engine_url.clone().ok_or_else(|| {
            Error::usage("--engine openai needs the URL of the server")
                .hint("such as: --engine-url http://127.0.0.1:8000")
        })?;
        let mut config = OpenAiConfig::new(url);
        let key = self.engine_api_key_file.as_deref().map(given_secret).transpose()?;
        config.api_key = key.map(|key| ApiKey::new(key.expose_secret()));
        config.models.extend(self.named());
        let given = (self.model.len(), self.model_name.len());
        if !matches!(given, (0, _) | (1, 0)) && given.0 != given.1 {
            return Err(Error::usage(format_args!(
                "--model is given {} times and --model-name {} times",
                given.0, given.1
            ))
            .hint("give one --model-name for each --model in the same order, as the server calls them"));
        }
        if let Some(file) = self.model.iter().find(|path| !Path::new(path).is_dir()) {
            return Err(Error::usage(format_args!("--model `{file}` is not a directory")).hint(
                "with --engine openai it is the directory from which the server at --engine-url has loaded the model",
            ));
        }
        config.directories.extend(self.model.iter().map(Into::into));
        config.slots = self.slots.unwrap_or(config.slots);
        Ok(config)
    }

    fn mistral(&self) -> Result<Vec<MistralConfig>> {
        if self.model.is_empty() {
            return Err(Error::usage("--engine mistral needs a model")
                .hint("models that fit this machine: cuckoo miner models suggest")
                .hint(
                    "then name one: --model NAME, --model DIRECTORY, --model FILE.gguf or --model ORGANISATION/NAME",
                ));
        }
        if !self.embedding_model.is_empty() || !self.image_model.is_empty() {
            let problem = "--embedding-model and --image-model do not go with --engine mistral";
            return Err(Error::usage(problem)
                .hint("name every model by its files, which show what it is for: --model DIRECTORY"));
        }
        if !self.model_name.is_empty() && self.model_name.len() != self.model.len() {
            let (names, models) = (self.model_name.len(), self.model.len());
            return Err(Error::usage(format_args!("--model-name is given {names} times and --model {models} times"))
                .hint("give one --model-name for each --model in the same order, or none"));
        }
        let config = |(index, model): (usize, &String)| {
            let config = mistral_config(model, self.model_name.get(index), self.slots, self.quantise)?;
            Ok(MistralConfig { quantise_secretly: self.quantise_secretly.map(Into::into), ..config })
        };
        self.model.iter().enumerate().map(config).collect()
    }
}

/// How mistral.rs runs a model: a name from `miner models list`, files, or a name on the hub; under `name`, if there is one.
pub fn mistral_config(
    model: &str,
    name: Option<&String>,
    slots: Option<u32>,
    quantise: Option<QuantiseKind>,
) -> Result<MistralConfig> {
    let (source, known, expect_weights) = match models::find_model(model)? {
        Some((source, record)) => (source, Some(record.name), Some(record.weights)),
        None => (ModelSource::parse(model).map_err(Error::usage)?, None, None),
    };
    Ok(MistralConfig {
        source,
        name: name.cloned().or(known),
        slots,
        expect_weights,
        quantise: quantise.map(Into::into),
        quantise_secretly: None,
        force_cpu: false,
        examine_memory: None,
    })
}
