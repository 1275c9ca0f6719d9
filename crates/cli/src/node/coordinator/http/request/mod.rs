//! A checked request, and what requests of every kind have in common.

use cuckoo_protocol::task::{ChatMessage, Micros, Sampling};
use serde_json::{Map, Value};

pub(super) use self::fields::check_neutral_values;
use self::{
    fields::{invalid, missing, parse_object, read_integer, read_seed},
    json::{Json, Object},
};
use super::{calls::Offered, error::ApiError, shape::Shape};

pub(super) mod chat;
pub(super) mod embeddings;
mod fields;
mod generation;
mod history;
pub(super) mod images;
mod json;
mod messages;
mod response_format;
mod schema;
pub(super) mod text;
mod tools;

/// A model's name has at most this many bytes.
const MAX_MODEL_BYTES: usize = 256;
/// An application may set at most this time limit, in seconds.
const MAX_TIMEOUT: u64 = 86_400;

/// A checked request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Request {
    pub(super) shape: Shape,
    pub(super) model: String,
    /// Each prompt is a task of its own.
    pub(super) prompts: Vec<Vec<ChatMessage>>,
    /// The parameters of the first answer; each further answer has the next seed.
    pub(super) sampling: Sampling,
    /// The number of answers to every prompt.
    pub(super) n: u32,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    /// The answer comes with the probability of every token.
    pub(super) logprobs: bool,
    /// How many numbers the application says that the model's vectors have.
    pub(super) dimensions: Option<usize>,
    /// The answer begins with its prompt.
    pub(super) echo: bool,
    /// The functions that the answer may call.
    pub(super) offered: Option<Offered>,
    /// The application has not said how many tokens an answer may have: those in `sampling` are the most that it could have.
    pub(super) open: bool,
    /// The application's own time limit, in seconds.
    pub(super) timeout_seconds: Option<u64>,
}

/// The fields of a body that is translated before it is read: each name has one value, and those that are null are left out.
pub(super) fn parse(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    match serde_json::to_value(Json::Object(parse_object(body)?)) {
        Ok(Value::Object(fields)) => Ok(fields),
        // What was read as JSON is written as JSON.
        _ => Ok(Map::new()),
    }
}

/// Reads what every request has; prompts are still missing. `seed` is used when the request has none.
fn read_common(fields: &Object<'_>, shape: Shape, seed: u64) -> Result<Request, ApiError> {
    let sampling = Sampling {
        max_tokens: 0,
        temperature: Micros::ONE,
        top_p: Micros::ONE,
        seed: read_seed(fields)?.unwrap_or(seed),
        ..Sampling::default()
    };
    Ok(Request {
        shape,
        model: read_model(fields)?,
        prompts: vec![],
        sampling,
        n: 1,
        stream: false,
        include_usage: false,
        logprobs: false,
        dimensions: None,
        echo: false,
        offered: None,
        open: false,
        timeout_seconds: read_integer(fields, "timeout_seconds", 1, MAX_TIMEOUT)?,
    })
}

fn read_model(fields: &Object<'_>) -> Result<String, ApiError> {
    match fields.get("model") {
        Some(Json::String(name)) if !name.is_empty() && name.len() <= MAX_MODEL_BYTES => Ok(name.to_string()),
        Some(_) => Err(invalid("model", "`model` is not the name of a model")),
        None => Err(missing("model")),
    }
}

/// Reads the number of answers to every prompt.
fn read_answer_count(fields: &Object<'_>, most: u64) -> Result<u32, ApiError> {
    Ok(read_integer(fields, "n", 1, most)?.map_or(1, |n| n as u32))
}
