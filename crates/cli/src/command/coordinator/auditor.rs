//! The coordinator's own auditor: the models that it examines answers with, and how it runs them.

use cuckoo_gpu::{
    EngineSpec,
    engine::{OpenAiConfig, ScriptedConfig},
};
use cuckoo_protocol::task::Kind;
use url::Url;

use crate::{
    command::miner::options::{QuantiseKind, mistral_config},
    terminal::{Error, Result},
};

/// The models of the coordinator's own auditor. Their manifests have to be those of the miners: same files, name and quantisation.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct AuditorOptions {
    /// Model that this coordinator examines answers with itself, in a process of its own: a directory with safetensors, a .gguf file,
    /// or a name from `miner models list`; a CPU will do. `scripted` stands for the engine without a model. Repeat it for several
    /// models [default: none; miners examine each other's answers]
    #[arg(long, value_name = "PATH|NAME")]
    auditor: Vec<String>,
    /// Name that applications ask for: one for each --auditor in the same order [default: the model's own name]
    #[arg(long, value_name = "NAME", requires = "auditor")]
    auditor_name: Vec<String>,
    /// Quantise the weights of every --auditor to this type while loading them, as the miners do [default: load them as they are]
    #[arg(long, value_enum, value_name = "TYPE", requires = "auditor")]
    auditor_quantise: Option<QuantiseKind>,
    /// Base URL of a vLLM server with cuckoo's plugin, with or without /v1, which this coordinator examines answers with that miners
    /// with such servers give. Each --auditor is then the directory of a model that the server has [default: none]
    #[arg(long, value_name = "URL", conflicts_with = "auditor_quantise")]
    auditor_url: Option<Url>,
}

/// The engine without a model by what is said after `scripted`: a name, and after it the length of an answer in tokens, or what else it
/// makes. `None` for anything else.
fn scripted(text: &str) -> Option<ScriptedConfig> {
    let mut parts = text.split(':');
    let mut config = ScriptedConfig::default();
    if parts.next() != Some("scripted") {
        return None;
    }
    if let Some(name) = parts.next() {
        config.name = name.into();
    }
    match parts.next() {
        Some("embedding") => config.kind = Kind::Embedding,
        Some(tokens) => config.tokens = tokens.parse().ok()?,
        None => {}
    }
    parts.next().is_none().then_some(config)
}

impl AuditorOptions {
    /// The engines to start, with one place each.
    pub(super) fn specs(&self) -> Result<Vec<EngineSpec>> {
        let Self { auditor, auditor_name, auditor_quantise, auditor_url } = self;
        if !auditor_name.is_empty() && auditor_name.len() != auditor.len() {
            let (names, models) = (auditor_name.len(), auditor.len());
            return Err(Error::usage(format_args!(
                "--auditor-name is given {names} times and --auditor {models} times"
            ))
            .hint("give one --auditor-name for each --auditor in the same order, or none"));
        }
        if let Some(url) = auditor_url {
            let mut config = OpenAiConfig::new(url.clone());
            config.models.extend(auditor_name.iter().map(|name| (name.clone(), Kind::Text)));
            config.directories.extend(auditor.iter().map(Into::into));
            return Ok(vec![EngineSpec::OpenAi(config)]);
        }
        let spec = |(index, model): (usize, &String)| {
            let name = auditor_name.get(index);
            if let Some(config) = scripted(model) {
                return Ok(EngineSpec::Scripted(ScriptedConfig {
                    name: name.cloned().unwrap_or(config.name),
                    ..config
                }));
            }
            Ok(EngineSpec::Mistral(mistral_config(model, name, Some(1), *auditor_quantise)?))
        };
        auditor.iter().enumerate().map(spec).collect()
    }
}

#[cfg(test)]
mod tests {
    use cuckoo_gpu::engine::Quantise;

    use super::*;

    #[test]
    fn an_auditor_runs_its_models_as_miners_do_under_the_same_names() {
        let options = AuditorOptions {
            auditor: vec!["birds/tiny".into(), "scripted:other:9".into()],
            auditor_name: vec!["small".into(), "fake".into()],
            auditor_quantise: Some(QuantiseKind::Q4K),
            auditor_url: None,
        };
        let specs = options.specs().expect("specs");
        let [EngineSpec::Mistral(first), EngineSpec::Scripted(second)] = &specs[..] else { panic!("{specs:?}") };
        assert_eq!((first.name.as_deref(), first.quantise, first.slots), (Some("small"), Some(Quantise::Q4K), Some(1)));
        assert_eq!((second.name.as_str(), second.tokens), ("fake", 9));
        let few = AuditorOptions { auditor_name: vec!["small".into()], ..options.clone() };
        assert!(few.specs().is_err());
        let url: Url = "http://127.0.0.1:8000".parse().expect("an address");
        let specs = AuditorOptions { auditor_url: Some(url.clone()), ..options }.specs().expect("specs");
        let [EngineSpec::OpenAi(server)] = &specs[..] else { panic!("{specs:?}") };
        assert_eq!((&server.url, server.models.len(), server.directories.len()), (&url, 2, 2));
    }
}
