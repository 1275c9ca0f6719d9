//! What chats share with texts that are continued: sampling, stop strings and streams.

use cuckoo_protocol::task::{Micros, Sampling};

use super::{
    super::{error::ApiError, shape::Shape},
    Request,
    fields::{invalid, known_fields, read_boolean, read_number},
    json::{Json, Object},
    read_answer_count, read_common,
};

/// An application may ask for at most this many tokens.
pub(super) const MAX_TOKENS: u64 = 131_072;
/// A request has at most this many stop strings, as OpenAI has it.
const MAX_STOPS: usize = 4;
/// A stop string has at most this many bytes.
const MAX_STOP_BYTES: usize = 256;

/// Reads what chats share with texts that are continued; prompts are still missing.
pub(super) fn read(fields: &Object<'_>, shape: Shape, max_tokens: u64, seed: u64) -> Result<Request, ApiError> {
    let request = read_common(fields, shape, seed)?;
    let sampling = Sampling {
        max_tokens: max_tokens as u32,
        temperature: read_number(fields, "temperature", 0.0, 2.0)?.unwrap_or(Micros::ONE),
        top_p: read_number(fields, "top_p", 0.0, 1.0)?.unwrap_or(Micros::ONE),
        stop: read_stops(fields)?,
        ..request.sampling
    };
    let stream = read_boolean(fields, "stream")?.unwrap_or(false);
    let include_usage = match fields.get("stream_options") {
        None => false,
        Some(_) if !stream => {
            return Err(invalid("stream_options", "`stream_options` is accepted only when `stream` is true"));
        }
        Some(Json::Object(options)) => {
            known_fields("stream_options", options, &["include_usage"])?;
            read_boolean(options, "include_usage")?.unwrap_or(false)
        }
        Some(_) => return Err(invalid("stream_options", "`stream_options` is not an object")),
    };
    Ok(Request { sampling, n: read_answer_count(fields)?, stream, include_usage, ..request })
}

fn read_stops(fields: &Object<'_>) -> Result<Vec<String>, ApiError> {
    let texts = match fields.get("stop") {
        None => return Ok(vec![]),
        Some(Json::String(text)) => vec![text.to_string()],
        Some(Json::Array(texts)) if texts.len() <= MAX_STOPS => texts
            .iter()
            .map(|text| {
                let text = text.as_str().map(str::to_owned);
                text.ok_or_else(|| invalid("stop", "`stop` has an entry that is not a string"))
            })
            .collect::<Result<_, _>>()?,
        Some(_) => {
            let message = format!("`stop` is neither a string nor an array of at most {MAX_STOPS} strings");
            return Err(invalid("stop", message));
        }
    };
    if texts.iter().any(|text| text.is_empty() || text.len() > MAX_STOP_BYTES) {
        return Err(invalid("stop", format!("a stop string must have 1 to {MAX_STOP_BYTES} bytes")));
    }
    Ok(texts)
}
