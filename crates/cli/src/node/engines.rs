//! Starts engines: those of a miner, and of a coordinator that examines answers itself.

use std::sync::Arc;

use cuckoo_gpu::{Engine, EngineError, EngineSpec, SuperviseConfig, Supervised, engine::MultiEngine};

/// Starts the engines, and joins several into one. An engine that could crash this process runs in a process of its own.
pub async fn start(specs: Vec<EngineSpec>) -> Result<Arc<dyn Engine>, EngineError> {
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
