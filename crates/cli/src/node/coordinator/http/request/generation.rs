//! What chats share with texts that are continued: sampling, stop strings and streams.

use std::iter;

use cuckoo_protocol::task::{Micros, Sampling};

use super::{
    super::{error::ApiError, neutral::STREAM_OPTIONS, shape::Shape},
    Request,
    fields::{check_neutral, invalid, known_fields, read_boolean, read_number},
    json::{Json, Object},
    read_answer_count, read_common,
};

/// An application may ask for at most this many tokens.
pub(super) const MAX_TOKENS: u64 = 131_072;
/// A request has at most this many stop strings: editors that complete code send more than OpenAI's four.
const MAX_STOPS: usize = 16;
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
        Some(Json::Object(options)) => {
            let neutral = STREAM_OPTIONS.iter().map(|option| option.name);
            known_fields("stream_options", options, &iter::once("include_usage").chain(neutral).collect::<Vec<_>>())?;
            check_neutral("stream_options.", options, &STREAM_OPTIONS)?;
            match options.get("include_usage") {
                None | Some(Json::Null) => false,
                // An answer that comes whole has its usage always.
                Some(Json::Bool(wanted)) => *wanted && stream,
                Some(_) => {
                    let param = "stream_options.include_usage";
                    return Err(invalid(param, format!("`{param}` is neither true nor false")));
                }
            }
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
    if texts.iter().any(|text| text.len() > MAX_STOP_BYTES) {
        return Err(invalid("stop", format!("a stop string has more than {MAX_STOP_BYTES} bytes")));
    }
    // No answer ends at an empty text.
    Ok(texts.into_iter().filter(|text| !text.is_empty()).collect())
}
