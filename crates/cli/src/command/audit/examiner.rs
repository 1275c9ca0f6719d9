//! Engines as miners and as auditors: what is generated, and what the examination of it says.

use std::sync::Arc;

use cuckoo_gpu::{
    Engine, EngineError, EngineSpec, GenerateRequest, ServedModel, SuperviseConfig, Supervised,
    engine::{MistralConfig, OpenAiConfig, Quantise, ScriptedConfig},
    model::ModelSource,
};
use cuckoo_protocol::{
    audit::{Calibrations, Claim, Examined, Findings, assess},
    task::{Examine, Kind},
};
use url::Url;

use crate::{
    node::miner::MinerError,
    terminal::{Error, Result},
};

/// The name of the engine that tests use.
const SCRIPTED: &str = "scripted";

/// Where and how a model is run.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// Its files.
    pub(super) source: ModelSource,
    /// The name under which it is offered, whatever its files are called.
    pub(super) name: String,
    /// Quantise the weights.
    pub(super) quantise: Option<Quantise>,
    /// Use the CPU even where there is a GPU.
    pub(super) cpu: bool,
    /// The server that runs it in place of this program.
    pub(super) server: Option<Url>,
}

impl Run {
    pub(super) fn new(model: &str) -> Result<Self> {
        let server = Url::parse(model).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let source = match model {
            _ if server.is_some() => ModelSource::Hub(model.into()),
            SCRIPTED => ModelSource::Hub(model.into()),
            _ => ModelSource::parse(model).map_err(Error::usage)?,
        };
        let name = if server.is_some() { model.to_owned() } else { source.default_name() };
        Ok(Self { name, source, quantise: None, cpu: false, server })
    }

    fn spec(&self) -> EngineSpec {
        if matches!(&self.source, ModelSource::Hub(name) if name == SCRIPTED) {
            return EngineSpec::Scripted(ScriptedConfig { tokens: 4_096, ..ScriptedConfig::default() });
        }
        let Self { source, name, quantise, cpu, server } = self.clone();
        if let Some(url) = server {
            // Until somebody says which one, its only model is meant.
            let named = matches!(&source, ModelSource::Hub(model) if *model != name);
            let models = if named { vec![(name, Kind::Text)] } else { vec![] };
            return EngineSpec::OpenAi(OpenAiConfig { models, ..OpenAiConfig::new(url) });
        }
        EngineSpec::Mistral(MistralConfig {
            source,
            name: Some(name),
            slots: None,
            expect_weights: None,
            quantise,
            quantise_secretly: None,
            force_cpu: cpu,
            examine_memory: None,
        })
    }

    /// Starts it in a process of its own, which computes with this many threads, or with all that there are.
    pub(super) async fn start(&self, threads: Option<usize>) -> Result<Examiner> {
        let program = std::env::current_exe()?;
        let mut config = SuperviseConfig::new(program, ["engine".into()], self.spec());
        if let Some(threads) = threads {
            config.environment.push(("RAYON_NUM_THREADS".into(), threads.to_string().into()));
        }
        Examiner::new(Arc::new(Supervised::start(config).await.map_err(failed)?))
    }
}

/// An engine with its one model.
#[derive(Clone)]
pub(super) struct Examiner {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) served: ServedModel,
}

impl Examiner {
    pub(super) fn new(engine: Arc<dyn Engine>) -> Result<Self> {
        let served = engine.models().into_iter().next();
        let served = served.ok_or_else(|| Error::unavailable("the engine serves no model"))?;
        if !served.examines {
            return Err(Error::precondition(format!("what `{}` makes cannot be examined", served.manifest.name)));
        }
        Ok(Self { engine, served })
    }

    /// Examines a claimed output; a claim that cannot be examined at all gives the reason.
    pub(super) async fn examine(
        &self,
        request: &GenerateRequest,
        claim: &Claim,
    ) -> Result<std::result::Result<Examined, String>> {
        let examine = Examine::new(self.served.kind, &claim.ids, &claim.text, request.sampling.seed);
        match self.engine.examine(request, &examine).await {
            Ok(examined) => Ok(Ok(examined)),
            Err(error) if error.is_request_fault() => Ok(Err(error.to_string())),
            Err(error) => Err(failed(error)),
        }
    }

    /// Judges a claim by a miner with a device of this class, as auditors do.
    pub(super) async fn judge(
        &self,
        calibrations: &Calibrations,
        class: &str,
        request: &GenerateRequest,
        claim: &Claim,
    ) -> Result<Findings> {
        Ok(match self.examine(request, claim).await? {
            Ok(examined) => self.assess(calibrations, class, request, claim, &examined),
            Err(reason) => Findings::unverified(format!("it cannot be examined: {reason}")),
        })
    }

    /// What an examination says of a claim.
    pub(super) fn assess(
        &self,
        calibrations: &Calibrations,
        class: &str,
        request: &GenerateRequest,
        claim: &Claim,
        examined: &Examined,
    ) -> Findings {
        let ServedModel { manifest, class: own, context_length, .. } = &self.served;
        let family = manifest.family();
        assess(calibrations, &family, class, own, &request.sampling, claim, examined, *context_length)
    }
}

pub(super) fn failed(error: EngineError) -> Error {
    MinerError::from(error).into()
}
