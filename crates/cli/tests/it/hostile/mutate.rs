//! Bodies that nobody would write, made of good ones for every path that takes one. The tests of the sources have this file, too.

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};

/// Values that mean something somewhere, or nothing anywhere.
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
        json!([{"type": "input_text", "text": "a"}, {"type": "function_call_output", "call_id": "a", "output": "x"}]),
        json!({"type": "function", "function": {"name": "f"}}),
        json!({"type": "tool_result", "tool_use_id": "a", "content": "x"}),
        json!({"role": "tool", "content": "x"}),
        json!({"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]}),
        json!({"$ref": "#"}),
        json!(vec![json!("x"); 200]),
    ];
    values.choose(random).cloned().unwrap_or_default()
}

/// Names that mean something at some place.
const NAMES: [&str; 30] = [
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
    "call_id",
    "output",
    "source",
    "thinking",
    "system",
    "include",
    "metadata",
    "strict",
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

/// A body with some changes, the same for the same seed.
pub(crate) fn changed(body: &Value, seed: u64) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut changed = body.clone();
    for _ in 0..random.random_range(1..6) {
        mutate(&mut changed, &mut random);
    }
    let mut bytes = changed.to_string().into_bytes();
    if random.random_bool(0.2) {
        scramble(&mut bytes, &mut random);
    }
    bytes
}

/// The time within which all but one in a hundred are done.
pub(crate) fn p99(mut times: Vec<std::time::Duration>) -> std::time::Duration {
    times.sort_unstable();
    times.get(times.len() * 99 / 100).copied().unwrap_or_default()
}

fn chat() -> Value {
    let call = json!({"id": "a", "type": "function", "function": {"name": "time", "arguments": "{}"}});
    let shown =
        json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "auto"}});
    json!({
        "model": "scripted",
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
        "tools": [{"type": "function", "function": {"name": "time", "strict": true, "parameters": {"type": "object"}}}],
        "tool_choice": "auto", "stop": ["a", "b"], "n": 2, "stream": true, "stream_options": {"include_usage": true},
        "temperature": 0.5, "seed": 3, "metadata": {"a": "b"}, "response_format": {"type": "text"}, "max_tokens": 20,
    })
}

fn response() -> Value {
    json!({
        "model": "scripted",
        "instructions": "Be brief.",
        "input": [
            {"role": "user", "content": [
                {"type": "input_text", "text": "What is this?"},
                {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="},
            ]},
            {"type": "reasoning", "id": "rs_1", "summary": []},
            {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
             "content": [{"type": "output_text", "text": "I look.", "annotations": []}]},
            {"type": "function_call", "id": "fc_1", "call_id": "a", "name": "time", "arguments": "{}", "status": "completed"},
            {"type": "function_call_output", "call_id": "a", "output": [{"type": "input_text", "text": "noon"}]},
        ],
        "tools": [
            {"type": "function", "name": "time", "parameters": {"type": "object"}, "strict": true, "description": null},
            {"type": "custom", "name": "patch"},
        ],
        "tool_choice": "auto", "text": {"format": {"type": "text"}}, "max_output_tokens": 20, "store": false,
        "include": ["message.output_text.logprobs"], "top_logprobs": 1, "metadata": {"a": "b"}, "seed": 3,
    })
}

fn message() -> Value {
    let image =
        json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}});
    json!({
        "model": "scripted",
        "max_tokens": 20,
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "What is this?"}, image]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": ""},
                {"type": "tool_use", "id": "a", "name": "time", "input": {}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "noon"}]},
            ]},
        ],
        "tools": [{"name": "time", "description": "what time it is", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "auto"}, "stop_sequences": ["x"], "thinking": {"type": "adaptive"},
        "metadata": {"user_id": "u"}, "seed": 3, "stream": true,
    })
}

/// A good body for each path that takes one. Those of files are lines.
pub(crate) fn samples() -> [(&'static str, Value); 13] {
    let line_body = json!({"model": "scripted", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5});
    let [chat, response, message] = [chat(), response(), message()];
    let text = json!({
        "model": "scripted", "prompt": ["a", "b"], "suffix": "", "best_of": 1, "logprobs": 0, "stop": "x", "n": 1, "seed": 3,
    });
    let between = json!({"model": "scripted", "prompt": "def f(", "suffix": ")", "max_tokens": 20, "random_seed": 3});
    let embedded =
        json!({"model": "vectors", "input": ["a", "b"], "encoding_format": "base64", "dimensions": 16, "user": "u"});
    let drawn = json!({"model": "pictures", "prompt": "a nest", "size": "64x64", "n": 2, "quality": "auto", "seed": 1});
    let order = json!({
        "input_file_id": "file-1", "endpoint": "/v1/chat/completions", "completion_window": "24h", "metadata": {"a": "b"},
    });
    let tokens = json!({
        "model": "scripted", "messages": [{"role": "user", "content": "hi"}], "tools": [], "add_special_tokens": false,
        "add_generation_prompt": true, "return_token_strs": true,
    });
    [
        ("/v1/completions", text),
        ("/v1/fim/completions", between),
        ("/v1/embeddings", embedded),
        ("/v1/images/generations", drawn),
        ("/v1/responses", response.clone()),
        ("/v1/responses/input_tokens", response),
        ("/v1/messages", message.clone()),
        ("/v1/messages/count_tokens", message),
        ("/v1/chat/completions", chat),
        ("/tokenize", tokens),
        ("/detokenize", json!({"model": "scripted", "tokens": [16, 17, 18]})),
        ("/v1/batches", order),
        ("/v1/files", json!({"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": line_body})),
    ]
}
