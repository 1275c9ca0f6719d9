//! `/v1/models`: what miners offer, and what it costs.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use cuckoo_protocol::{
    Cai, Untrusted,
    coordinator::Coordinator,
    manifest::ModelManifest,
    price::Rate,
    task::{Kind, pool},
};
use serde_json::{Value, json};

use super::{anthropic, error::ApiError};
use crate::node::coordinator::{Shared, gateway::Models, handle::Handle};

/// A model as applications see it, with what its name stands for once that is decided.
pub(super) fn model_object(shared: &Shared, name: &str, kind: Kind, manifest: Option<&ModelManifest>) -> Value {
    let rate = shared.prices.rate(name);
    let batch = shared.prices.batch_rate(name);
    let mut pricing = pricing(kind, rate);
    if batch != rate {
        pricing["batch"] = self::pricing(kind, batch);
    }
    json!({
        "id": name,
        "object": "model",
        "created": shared.started_at / 1000,
        "owned_by": "cuckoo",
        "kind": kind.as_str(),
        "pricing": pricing,
        "manifest": manifest.map(ModelManifest::id),
        "proof": manifest.map(|manifest| manifest.proof.as_str()),
    })
}

fn pricing(kind: Kind, rate: Rate) -> Value {
    let prompt = Cai::from(rate.prompt());
    match kind {
        Kind::Text => json!({"prompt": prompt, "completion": Cai::from(rate.completion()), "per_tokens": 1_000}),
        Kind::Embedding => json!({"prompt": prompt, "per_tokens": 1_000}),
        Kind::Image => json!({"prompt": prompt, "per_tokens": 1_000, "image": Cai::from(rate.image())}),
    }
}

pub(super) async fn models(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Json<Value> {
    let models = read_models(&shared.handle).await;
    if anthropic::is_spoken(&headers) {
        let models: Vec<_> = models.iter().map(|(name, ..)| anthropic::model(name, shared.started_at)).collect();
        return Json(anthropic::list(&models));
    }
    let models = models.iter().map(|(name, kind, manifest)| model_object(&shared, name, *kind, manifest.as_deref()));
    Json(json!({"object": "list", "data": models.collect::<Vec<_>>()}))
}

/// The models that miners offer.
pub(super) async fn read_models(handle: &Handle) -> Models {
    let read = |machine: &Coordinator| {
        let bound: HashMap<_, _> = machine.bindings().iter().map(|(pool, bound)| (pool, &bound.manifest)).collect();
        let models = machine.models().into_iter();
        let model = |(name, kind): (String, Kind)| {
            let manifest = bound.get(pool(kind, &name).as_str()).map(|manifest| (*manifest).clone());
            (name, kind, manifest)
        };
        models.map(model).collect::<Vec<_>>()
    };
    handle.read(read).await
}

pub(super) async fn model(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let models = read_models(&shared.handle).await;
    if let Some((_, kind, manifest)) = models.iter().find(|(model, ..)| *model == name) {
        if anthropic::is_spoken(&headers) {
            return Ok(Json(anthropic::model(&name, shared.started_at)));
        }
        return Ok(Json(model_object(&shared, &name, *kind, manifest.as_deref())));
    }
    let shown = Untrusted::new(name);
    let known: Vec<_> = models.iter().map(|(name, ..)| name.as_str()).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let message = format!("the model `{shown}` does not exist or no miner offers it; available models: {known}");
    Err(ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", "model_not_found", message))
}
