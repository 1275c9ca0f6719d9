//! `cuckoo miner`: the node that runs tasks.

mod bench;
mod check;
mod earnings;
mod models;
mod why;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use clap::{Subcommand, ValueEnum};
use cuckoo_gpu::{
    Engine, EngineError, EngineSpec, SuperviseConfig, Supervised,
    engine::{Misbehave, MistralConfig, MultiEngine, OpenAiConfig, Quantise, ScriptedConfig},
    model::ModelSource,
};
use cuckoo_protocol::{Cai, price::Rate, task::Kind};
use url::Url;

use crate::{
    account::signer,
    command::shared::{node, unit},
    context::Context,
    host::env,
    node::{
        miner::{self, MinerError, credit::Terms},
        service, watchdog,
    },
    terminal::{Error, Result},
};

/// The node that runs tasks
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run until SIGTERM or Ctrl-C, then finish what runs
    Run(Box<Run>),
    /// Whether `run` with the same options would work
    Check(Box<check::Args>),
    /// Measure the engine on this machine, and what it could earn
    Bench(Box<bench::Args>),
    /// What a running one does
    Status(node::StatusArgs),
    /// Have a running one take nothing new, finish what it has, and end
    Drain(node::DrainArgs),
    /// The systemd unit that keeps it running
    #[command(subcommand)]
    Service(unit::Command),
    /// Why it gets the tasks that it gets, or none: by its own state and the coordinators' assignment logs
    Why(why::Args),
    /// What coordinators owe it
    Vouchers(earnings::Kept),
    /// Have coordinators' vouchers paid to the miner's owner; any account may pay the fee
    Redeem(Box<earnings::RedeemArgs>),
    /// Have answered tasks paid that a coordinator has been silent about for too long
    Claim(Box<earnings::ClaimArgs>),
    #[command(subcommand)]
    Models(models::Command),
}

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

#[derive(Debug, clap::Args)]
struct Run {
    #[command(flatten)]
    engine: EngineOptions,
    /// Directory of the record of signatures [default: miner in the data directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Answered tasks of one coordinator that may be without a voucher before the miner stops working for it
    #[arg(long, default_value_t = 256, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    max_unpaid: u16,
    /// Least CAI per 1,000 tokens of the prompt to work for
    #[arg(long, default_value = "0", value_name = "CAI")]
    min_prompt_price: Cai,
    /// Least CAI per 1,000 generated tokens to work for
    #[arg(long, default_value = "0", value_name = "CAI")]
    min_completion_price: Cai,
    /// Where operators and dashboards ask; loopback only
    #[arg(long, default_value = "127.0.0.1:8792", value_name = "ADDRESS")]
    admin_listen: SocketAddr,
    /// End when stdin is closed
    #[arg(long, hide = true)]
    exit_with_parent: bool,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let run = match args.command {
        Command::Run(run) => run,
        Command::Status(args) => return node::MINER.status(args, context).await,
        Command::Drain(args) => return node::MINER.drain(args, context).await,
        Command::Service(command) => return unit::MINER.run(command, context),
        Command::Check(args) => return Box::pin(check::run(*args, context)).await,
        Command::Bench(args) => return Box::pin(bench::run(*args, context)).await,
        Command::Why(args) => return Box::pin(why::run(args, context)).await,
        Command::Vouchers(kept) => return earnings::vouchers(kept, context).await,
        Command::Redeem(args) => return Box::pin(earnings::redeem(*args, context)).await,
        Command::Claim(args) => return Box::pin(earnings::claim(*args, context)).await,
        Command::Models(command) => return models::run(command, context).await,
    };
    service::check_listen("--admin-listen", run.admin_listen, false)?;
    let specs = run.engine.specs()?;
    let network = context.network()?;
    let signer = signer::unlock_key(&context.globals.wallet, &network, context.globals.no_input)?;
    let data = run.data.unwrap_or_else(|| env::data_directory().join("miner"));
    let admin_listen = run.admin_listen;
    let least = Rate::from_amounts(run.min_prompt_price, run.min_completion_price).map_err(Error::usage)?;
    let terms = Terms { max_unpaid: run.max_unpaid.into(), least };
    service::run(run.exit_with_parent, async |cancel, watchdog| {
        let Some(engine) = cancel.run_until_cancelled(watchdog::loading(&watchdog, start(specs))).await else {
            return Ok(());
        };
        let engine = engine.map_err(MinerError::from)?;
        let config = miner::Config { network, signer, data, admin_listen, engine, terms };
        miner::run(config, watchdog, cancel, service::ready).await.map_err(Error::from)
    })
    .await
}

/// Starts the engines, and makes one of them. One that could take the process down with it gets a process of its own.
async fn start(specs: Vec<EngineSpec>) -> Result<Arc<dyn Engine>, EngineError> {
    let mut engines: Vec<Arc<dyn Engine>> = vec![];
    for spec in specs {
        engines.push(match &spec {
            EngineSpec::Mistral(config) => {
                let program = std::env::current_exe().map_err(|error| EngineError::Start(error.to_string()))?;
                let name = config.name.clone().unwrap_or_else(|| config.source.default_name());
                tracing::info!(model = name, "an engine is loading its model");
                Arc::new(Supervised::start(SuperviseConfig::new(program, ["engine".into()], spec)).await?)
            }
            _ => cuckoo_gpu::start(spec).await?,
        });
    }
    match <[_; 1]>::try_from(engines) {
        Ok([only]) => Ok(only),
        Err(engines) => Ok(Arc::new(MultiEngine::new(engines)?)),
    }
}

impl From<MinerError> for Error {
    fn from(error: MinerError) -> Self {
        match error {
            MinerError::Chain(error) => error.into(),
            MinerError::NotRegistered { .. } => Self::precondition(error)
                .hint("register it: cuckoo register miner --node-account NAME --stake 25000 ...; the state of a node: cuckoo register status NODE"),
            MinerError::Engine(ref cause) if matches!(cause, EngineError::Start(_)) => {
                Self::config(&error).hint("check --engine, --model and --engine-url")
            }
            MinerError::Engine(EngineError::NoGpu(_)) => {
                Self::unavailable(error).hint("what nvidia-smi says; a build without `cuda` runs models on the CPU")
            }
            MinerError::Engine(_) => Self::unavailable(error).hint("check that the engine runs: --engine-url"),
            MinerError::Record(_) => Self::config(error).hint("run one miner per key and --data directory"),
            MinerError::Listen { ref source, .. } => {
                Self::failure(format_args!("{error}: {source}")).hint("choose a free address: --admin-listen")
            }
            MinerError::Data { ref source, .. } => Self::failure(format_args!("{error}: {source}")),
            MinerError::Stopped(_) => {
                Self::auth(error).hint("run one miner per key; the newer one goes on working")
            }
        }
    }
}
