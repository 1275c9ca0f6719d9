//! Models as this API lists them: `{"type": "model", "id", "display_name", "created_at"}`.

use std::time::{Duration, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderName};
use cuckoo_protocol::task::Millis;
use serde_json::{Value, json};

/// The header by which a request says that it is one of this API, where both APIs have the path.
const VERSION_HEADER: HeaderName = HeaderName::from_static("anthropic-version");

/// Whether a request is one of this API.
pub(in super::super) fn is_spoken(headers: &HeaderMap) -> bool {
    headers.contains_key(VERSION_HEADER)
}

/// A model, offered since the coordinator was started.
pub(in super::super) fn model(name: &str, started_at: Millis) -> Value {
    let created = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_millis(started_at)).to_string();
    json!({"type": "model", "id": name, "display_name": name, "created_at": created})
}

/// All models, on one page.
pub(in super::super) fn list(models: &[Value]) -> Value {
    let id = |model: Option<&Value>| model.map(|model| model["id"].clone());
    json!({"data": models, "has_more": false, "first_id": id(models.first()), "last_id": id(models.last())})
}
