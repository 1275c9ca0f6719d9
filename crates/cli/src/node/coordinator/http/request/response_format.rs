//! Reading `response_format`: the JSON Schema that an answer has to follow.

use cuckoo_protocol::Untrusted;

use super::{
    super::error::ApiError,
    fields::invalid,
    json::{Json, Object},
};

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
pub(super) fn read(fields: &Object<'_>) -> Result<String, ApiError> {
    let format = match fields.get(PARAM) {
        None => return Ok(String::new()),
        Some(Json::Object(format)) => format,
        Some(_) => return Err(wrong("is not an object")),
    };
    match format.get("type").and_then(Json::as_str) {
        Some("text") => only_fields(format, &["type"]).map(|()| String::new()),
        Some("json_object") => only_fields(format, &["type"]).map(|()| ANY_OBJECT.to_owned()),
        Some("json_schema") => {
            only_fields(format, &["type", "json_schema"])?;
            let named = format.get("json_schema").and_then(Json::as_object);
            read_named_schema(named.ok_or_else(|| wrong("has no `json_schema` that is an object"))?)
        }
        _ => Err(wrong("must have a `type` that is one of: text, json_object, json_schema")),
    }
}

/// Reads a schema that has a name.
fn read_named_schema(named: &Object<'_>) -> Result<String, ApiError> {
    only_fields(named, &["name", "description", "schema", "strict"])?;
    // All but the schema is for people and for other servers; it means nothing to this one.
    if !named.get("name").is_some_and(Json::is_string) {
        return Err(wrong("has no `name` that is a string"));
    }
    if named.get("description").is_some_and(|value| !value.is_null() && !value.is_string()) {
        return Err(wrong("has a `description` that is not a string"));
    }
    if named.get("strict").is_some_and(|value| !value.is_null() && !value.is_boolean()) {
        return Err(wrong("has a `strict` that is neither true nor false"));
    }
    let Some(schema @ Json::Object(_)) = named.get("schema") else {
        return Err(wrong("has no `schema` that is an object"));
    };
    let text = schema.to_string();
    if text.len() > MAX_SCHEMA_BYTES {
        let message = format!("has a schema of {} bytes; at most {MAX_SCHEMA_BYTES} are accepted", text.len());
        return Err(wrong(&message));
    }
    Ok(text)
}

fn only_fields(object: &Object<'_>, known: &[&str]) -> Result<(), ApiError> {
    match object.names().find(|name| !known.contains(name)) {
        None => Ok(()),
        Some(unknown) => {
            let shown = Untrusted::new(unknown);
            Err(wrong(&format!("has a field `{shown}`, which is not supported")))
        }
    }
}
