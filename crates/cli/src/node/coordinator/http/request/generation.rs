//! What chats share with texts that are continued: sampling, stop strings and streams.

use std::iter;

use cuckoo_protocol::task::{Bias, MAX_BIAS, MAX_BIASES, MAX_PENALTY, Micros, REPETITION, Sampling, SignedMicros};
use serde_json::Number;

use super::{
    super::{error::ApiError, neutral::STREAM_OPTIONS, shape::Shape},
    Request,
    fields::{check_neutral, invalid, known_fields, read_boolean, read_number, whole_number},
    json::{Json, Object},
    read_answer_count, read_common,
};

/// An application may ask for at most this many answers to one prompt.
const MAX_ANSWERS: u64 = 16;
/// An application may ask for at most this many tokens.
pub(super) const MAX_TOKENS: u64 = 131_072;
/// A request has at most this many stop strings: editors that complete code send more than OpenAI's four.
const MAX_STOPS: usize = 16;
/// A stop string has at most this many bytes.
const MAX_STOP_BYTES: usize = 256;
/// The likeliest tokens that all answers to a request may come with: they take several times as much memory as the text.
const MAX_ALTERNATIVES: u64 = 1_000_000;
/// No vocabulary is larger.
const MAX_TOP_K: i128 = 1_000_000;

/// Reads what chats share with texts that are continued; prompts are still missing. `given` is how many tokens an answer may have,
/// where the application says it.
pub(super) fn read(fields: &Object<'_>, shape: Shape, given: Option<u64>, seed: u64) -> Result<Request, ApiError> {
    let request = read_common(fields, shape, seed)?;
    let sampling = Sampling {
        max_tokens: given.unwrap_or(MAX_TOKENS) as u32,
        temperature: read_number(fields, "temperature", 0.0, 2.0)?.unwrap_or(Micros::ONE),
        top_p: read_number(fields, "top_p", 0.0, 1.0)?.unwrap_or(Micros::ONE),
        top_k: read_top_k(fields)?,
        min_p: read_number(fields, "min_p", 0.0, 1.0)?.unwrap_or_default(),
        frequency_penalty: read_penalty(fields, "frequency_penalty")?,
        presence_penalty: read_penalty(fields, "presence_penalty")?,
        repetition_penalty: read_number(fields, "repetition_penalty", REPETITION.0, REPETITION.1)?
            .unwrap_or(Micros::ONE),
        logit_bias: read_biases(fields)?,
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
    let n = read_answer_count(fields, MAX_ANSWERS)?;
    Ok(Request { sampling, n, stream, include_usage, open: given.is_none(), ..request })
}

/// The most tokens that each of these answers may have where the application does not say it: the likeliest tokens of all have to be
/// few enough.
pub(super) fn most_tokens(top: Option<u8>, answers: u64) -> u64 {
    let each = u64::from(top.unwrap_or_default()).saturating_mul(answers);
    MAX_ALTERNATIVES.checked_div(each).map_or(MAX_TOKENS, |most| most.min(MAX_TOKENS))
}

/// Refuses, by the name of the field that asks for them, more of the likeliest tokens than a request may have.
pub(super) fn check_alternatives(name: &str, top: Option<u8>, max_tokens: u64, answers: u64) -> Result<(), ApiError> {
    let all = u64::from(top.unwrap_or_default()).saturating_mul(max_tokens).saturating_mul(answers);
    if all <= MAX_ALTERNATIVES {
        return Ok(());
    }
    let message = format!(
        "`{name}` asks for up to {all} of the likeliest tokens in all answers; at most {MAX_ALTERNATIVES} are told; \
         hint: ask for fewer, or for less with `max_tokens`"
    );
    Err(invalid(name, message))
}

/// Reads how many of the likeliest tokens are kept. -1 is another word for all of them.
fn read_top_k(fields: &Object<'_>) -> Result<u32, ApiError> {
    let Some(value) = fields.get("top_k") else { return Ok(0) };
    match whole_number(value) {
        Some(-1) => Ok(0),
        Some(count @ 0..=MAX_TOP_K) => Ok(count as u32),
        _ => Err(invalid("top_k", format!("`top_k` is not an integer from -1 to {MAX_TOP_K}"))),
    }
}

fn read_penalty(fields: &Object<'_>, name: &str) -> Result<SignedMicros, ApiError> {
    let Some(value) = fields.get(name) else { return Ok(SignedMicros(0)) };
    read_logits(value, MAX_PENALTY)
        .ok_or_else(|| invalid(name, format!("`{name}` is not a number from -{MAX_PENALTY} to {MAX_PENALTY}")))
}

fn read_logits(value: &Json<'_>, most: f64) -> Option<SignedMicros> {
    value.as_number().and_then(Number::as_f64).filter(|value| value.abs() <= most).and_then(SignedMicros::from_f64)
}

/// Reads what is added to the logits of some tokens, in the order of their ids. What changes nothing is left out.
fn read_biases(fields: &Object<'_>) -> Result<Vec<Bias>, ApiError> {
    let Some(value) = fields.get("logit_bias") else { return Ok(vec![]) };
    let entries = value.as_object().ok_or_else(|| invalid("logit_bias", "`logit_bias` is not an object"))?;
    let bias = |(id, value): (&str, &Json<'_>)| {
        let id = id.parse().ok().filter(|_| id.bytes().all(|byte| byte.is_ascii_digit()));
        Some(Bias { id: id?, logits: read_logits(value, MAX_BIAS)? })
    };
    let biases: Option<Vec<_>> = entries.entries().map(bias).collect();
    let mut biases = biases.ok_or_else(|| {
        let message = format!(
            "`logit_bias` has an entry that is not a token's id with a number from -{MAX_BIAS} to {MAX_BIAS}; \
             hint: {{\"50256\": -100}}"
        );
        invalid("logit_bias", message)
    })?;
    if biases.len() > MAX_BIASES {
        let message = format!("`logit_bias` has {} tokens; at most {MAX_BIASES} are accepted", biases.len());
        return Err(invalid("logit_bias", message));
    }
    biases.retain(|bias| bias.logits != SignedMicros(0));
    biases.sort_unstable_by_key(|bias| bias.id);
    match biases.windows(2).find(|pair| pair[0].id == pair[1].id) {
        Some(pair) => Err(invalid("logit_bias", format!("`logit_bias` has the token {} twice", pair[0].id))),
        None => Ok(biases),
    }
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
        return Err(invalid("stop", format!("a stop string must have at most {MAX_STOP_BYTES} bytes")));
    }
    // An empty one stops nothing.
    Ok(texts.into_iter().filter(|text| !text.is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(field: &str, value: &Value) -> Result<Sampling, ApiError> {
        let body = json!({"model": "m", "prompt": "a", field: value}).to_string();
        super::super::text::read(body.as_bytes(), 0).map(|request| request.sampling)
    }

    #[test]
    fn what_changes_nothing_is_as_if_it_was_not_said() {
        let plain = of("user", &json!("me")).expect("is valid");
        for (field, value) in [
            ("frequency_penalty", json!(0)),
            ("presence_penalty", json!(-0.0)),
            ("repetition_penalty", json!(1)),
            ("top_k", json!(0)),
            ("top_k", json!(-1)),
            ("top_k", json!(0.0)),
            ("min_p", json!(0.0)),
            ("logit_bias", json!({})),
            ("logit_bias", json!({"5": 0})),
            ("best_of", json!(1)),
            ("stop", json!("")),
            ("stop", json!([""])),
            ("stream_options", json!({"include_usage": true, "include_obfuscation": false})),
        ] {
            assert_eq!(of(field, &value).expect(field), plain, "{field}: {value}");
        }
    }

    #[test]
    fn the_rules_of_sampling_are_read_within_their_bounds() {
        let sampling = of("frequency_penalty", &json!(-1.25)).expect("is valid");
        assert_eq!(sampling.frequency_penalty, SignedMicros(-1_250_000));
        assert_eq!(of("presence_penalty", &json!(2)).expect("is valid").presence_penalty, SignedMicros(2_000_000));
        assert_eq!(of("repetition_penalty", &json!(1.1)).expect("is valid").repetition_penalty, Micros(1_100_000));
        assert_eq!(of("top_k", &json!(40)).expect("is valid").top_k, 40);
        assert_eq!(of("min_p", &json!(0.05)).expect("is valid").min_p, Micros(50_000));
        let biases = of("logit_bias", &json!({"7": -100, "5": 0.5})).expect("is valid").logit_bias;
        assert_eq!(
            biases.iter().map(|bias| (bias.id, bias.logits.0)).collect::<Vec<_>>(),
            [(5, 500_000), (7, -100_000_000)]
        );
        assert_eq!(of("stop", &json!(vec!["x"; 16])).expect("is valid").stop.len(), 16);
        let many: serde_json::Map<_, _> = (0..=1_024).map(|id: u32| (id.to_string(), 1.into())).collect();
        for (field, value) in [
            ("frequency_penalty", json!(2.1)),
            ("presence_penalty", json!("much")),
            ("repetition_penalty", json!(0)),
            ("repetition_penalty", json!(2.5)),
            ("top_k", json!(-2)),
            ("top_k", json!(1.5)),
            ("min_p", json!(1.5)),
            ("logit_bias", json!([])),
            ("logit_bias", json!({"the": 1})),
            ("logit_bias", json!({"+5": 1})),
            ("logit_bias", json!({"5": 101})),
            ("logit_bias", json!({"5": 1, "05": 1})),
            ("logit_bias", json!(many)),
            ("best_of", json!(2)),
            ("stop", json!(vec!["x"; 17])),
            ("stream_options", json!({"include_all": true})),
        ] {
            let error = of(field, &value).expect_err(field);
            assert!(error.param.is_some_and(|param| param.starts_with(field)), "{field}: {value}");
        }
    }
}
