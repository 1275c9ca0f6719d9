//! Reading `response_format`: the JSON Schema that an answer has to follow.

use cuckoo_protocol::Untrusted;
use serde_json::{Map, Value};

use super::{super::error::ApiError, fields::invalid};

/// A schema has at most this many bytes.
pub(super) const MAX_SCHEMA_BYTES: usize = 32 * 1024;
/// The schema that `json_object` stands for.
pub(super) const ANY_OBJECT: &str = r#"{"type":"object"}"#;

const PARAM: &str = "response_format";

fn wrong(message: &str) -> ApiError {
    invalid(PARAM, format!("`{PARAM}` {message}"))
}

/// Reads the JSON Schema that the answer has to follow, which is empty where there is none. Only the model's engine knows
/// whether it can be followed.
pub(super) fn read(fields: &Map<String, Value>) -> Result<String, ApiError> {
    let format = match fields.get(PARAM) {
        None => return Ok(String::new()),
        Some(Value::Object(format)) => format,
        Some(_) => return Err(wrong("is not an object")),
    };
    match format.get("type").and_then(Value::as_str) {
        Some("text") => only_fields(format, &["type"]).map(|()| String::new()),
        Some("json_object") => only_fields(format, &["type"]).map(|()| ANY_OBJECT.to_owned()),
        Some("json_schema") => {
            only_fields(format, &["type", "json_schema"])?;
            let named = format.get("json_schema").and_then(Value::as_object);
            read_named_schema(named.ok_or_else(|| wrong("has no `json_schema` that is an object"))?)
        }
        _ => Err(wrong("must have a `type` that is one of: text, json_object, json_schema")),
    }
}

/// Reads a schema that has a name.
fn read_named_schema(named: &Map<String, Value>) -> Result<String, ApiError> {
    only_fields(named, &["name", "description", "schema", "strict"])?;
    // All but the schema is for people and for other servers; it means nothing to this one.
    let is_absent = |name: &str| named.get(name).is_none_or(Value::is_null);
    if !named.get("name").is_some_and(Value::is_string) {
        return Err(wrong("has no `name` that is a string"));
    }
    if !is_absent("description") && !named["description"].is_string() {
        return Err(wrong("has a `description` that is not a string"));
    }
    if !is_absent("strict") && !named["strict"].is_boolean() {
        return Err(wrong("has a `strict` that is neither true nor false"));
    }
    let Some(schema @ Value::Object(_)) = named.get("schema") else {
        return Err(wrong("has no `schema` that is an object"));
    };
    let text = schema.to_string();
    if text.len() > MAX_SCHEMA_BYTES {
        let message = format!("has a schema of {} bytes; at most {MAX_SCHEMA_BYTES} are accepted", text.len());
        return Err(wrong(&message));
    }
    Ok(text)
}

fn only_fields(object: &Map<String, Value>, known: &[&str]) -> Result<(), ApiError> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            let shown = Untrusted::new(unknown.as_str());
            Err(wrong(&format!("has a field `{shown}`, which is not supported")))
        }
    }
}
