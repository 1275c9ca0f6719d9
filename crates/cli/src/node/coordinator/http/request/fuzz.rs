//! Bodies that nobody would write: whatever is done to a good one, it is read or refused as the request's fault, and what was read can
//! be put together as a chat.

use cuckoo_protocol::task::{Kind, chat::Conversation};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};

use super::{super::error::ApiError, Request, chat, embeddings, images, text};

/// Bodies for each endpoint.
const ROUNDS: u64 = 10_000;

fn any(random: &mut StdRng) -> Value {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("text"),
        json!("\u{0}\u{202e}\u{1f600}"),
        json!("x".repeat(5_000)),
        json!("auto"),
        json!("data:image/png;base64,iVBORw0KGgo="),
        json!("data:;base64,=%%3D"),
        json!([]),
        json!({}),
        json!([[1, 2], []]),
        json!([{"type": "text", "text": "a"}]),
        json!({"type": "function", "function": {"name": "f"}}),
        json!({"role": "tool", "content": "x"}),
        json!({"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]}),
        json!({"$ref": "#"}),
        json!(vec![json!("x"); 200]),
    ];
    values.choose(random).cloned().unwrap_or_default()
}

/// Names that mean something at some place.
const NAMES: [&str; 22] = [
    "role",
    "content",
    "type",
    "text",
    "image_url",
    "url",
    "detail",
    "tool_calls",
    "tool_call_id",
    "function_call",
    "function",
    "name",
    "arguments",
    "id",
    "refusal",
    "stop",
    "n",
    "stream_options",
    "tools",
    "tool_choice",
    "response_format",
    "input",
];

/// Changes a value somewhere, the deeper the less often.
fn mutate(value: &mut Value, random: &mut StdRng) {
    let deeper = random.random_bool(0.8);
    match value {
        Value::Array(items) if deeper && !items.is_empty() => {
            let place = random.random_range(0..items.len());
            match random.random_range(0..8) {
                0 => drop(items.remove(place)),
                1 => items.insert(place, any(random)),
                2 => items.push(items[place].clone()),
                _ => mutate(&mut items[place], random),
            }
        }
        Value::Object(fields) if deeper && !fields.is_empty() => {
            let names: Vec<_> = fields.keys().cloned().collect();
            let name = names.choose(random).cloned().unwrap_or_default();
            match random.random_range(0..8) {
                0 => drop(fields.remove(&name)),
                1 => drop(fields.insert(NAMES.choose(random).copied().unwrap_or_default().to_owned(), any(random))),
                _ => mutate(&mut fields[&name], random),
            }
        }
        value => *value = any(random),
    }
}

/// Changes some bytes of a body, which may then not even be text.
fn scramble(body: &mut Vec<u8>, random: &mut StdRng) {
    for _ in 0..random.random_range(1..4) {
        let place = random.random_range(0..=body.len());
        match random.random_range(0..3) {
            0 => body.truncate(place),
            1 => body.insert(place, random.random()),
            _ => {
                if let Some(byte) = body.get_mut(place) {
                    *byte ^= 1 << random.random_range(0..8);
                }
            }
        }
    }
}

fn check(body: &Value, read: fn(&[u8], u64) -> Result<Request, ApiError>) {
    read(body.to_string().as_bytes(), 0).expect("the body itself is good");
    let (mut good, mut bad) = (0, 0);
    for seed in 0..ROUNDS {
        let mut random = StdRng::seed_from_u64(seed);
        let mut changed = body.clone();
        for _ in 0..random.random_range(1..6) {
            mutate(&mut changed, &mut random);
        }
        let mut bytes = changed.to_string().into_bytes();
        if random.random_bool(0.2) {
            scramble(&mut bytes, &mut random);
        }
        let shown = || String::from_utf8_lossy(&bytes).chars().take(2_000).collect::<String>();
        match read(&bytes, seed) {
            Ok(request) => {
                good += 1;
                assert!(!request.prompts.is_empty(), "{}", shown());
                for prompt in &request.prompts {
                    assert!(Kind::of(prompt).is_some(), "{seed}: {}", shown());
                    assert!(Conversation::new(prompt).is_ok(), "{seed}: {}", shown());
                }
            }
            Err(error) => {
                bad += 1;
                assert_eq!((error.status.as_u16(), error.kind), (400, "invalid_request_error"), "{seed}: {}", shown());
                assert!(!error.message.is_empty() && error.message.len() < 10_000, "{seed}: {}", error.message.len());
            }
        }
    }
    assert!(good > 100 && bad > 1_000, "{good} read and {bad} refused: both have to be tried");
}

#[test]
fn chats_are_read_or_refused() {
    let call = json!({"id": "a", "type": "function", "function": {"name": "time", "arguments": "{}"}});
    let shown =
        json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "auto"}});
    let body = json!({
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "What is this?"}, shown, {"type": "text", "text": "Say."}]},
            {"role": "assistant", "content": null, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "a", "content": "noon"},
            {"role": "assistant", "content": "x", "function_call": {"name": "f", "arguments": {}}},
            {"role": "function", "name": "f", "content": {"a": [1]}},
            {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
            {"role": "user", "content": "Go on."},
        ],
        "tools": [{"type": "function", "function": {"name": "time", "parameters": {"type": "object"}}}],
        "tool_choice": "auto", "stop": ["a", "b"], "n": 2, "stream": true, "stream_options": {"include_usage": true},
        "temperature": 0.5, "seed": 3, "metadata": {"a": "b"}, "response_format": {"type": "text"},
    });
    check(&body, chat::read);
}

#[test]
fn texts_are_read_or_refused() {
    let body =
        json!({"model": "m", "prompt": ["a", "b"], "suffix": "", "best_of": 1, "logprobs": 0, "stop": "x", "n": 1});
    check(&body, text::read);
}

#[test]
fn texts_to_embed_are_read_or_refused() {
    check(
        &json!({"model": "m", "input": ["a", "b"], "encoding_format": "base64", "dimensions": 16, "user": "u"}),
        embeddings::read,
    );
}

#[test]
fn descriptions_of_images_are_read_or_refused() {
    check(
        &json!({"model": "m", "prompt": "a nest", "size": "64x64", "n": 2, "quality": "auto", "seed": 1}),
        images::read,
    );
}
