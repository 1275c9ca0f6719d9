//! Reading a chat.

use cuckoo_protocol::task::{MAX_TOP_LOGPROBS, Sampling};

use super::{
    super::{error::ApiError, shape::Shape},
    Request,
    fields::{invalid, parse_body, read_boolean, read_integer},
    generation::{self, MAX_TOKENS, check_alternatives, most_tokens},
    messages, response_format, schema,
    tools::{self, Tools},
};

/// Reads the body of a chat. `seed` is used when the request has none.
pub(in super::super) fn read(body: &[u8], seed: u64) -> Result<Request, ApiError> {
    let fields = parse_body(body, Shape::Chat)?;
    let older = read_integer(&fields, "max_tokens", 1, MAX_TOKENS)?;
    let given = read_integer(&fields, "max_completion_tokens", 1, MAX_TOKENS)?.or(older);
    let top = read_integer(&fields, "top_logprobs", 0, MAX_TOP_LOGPROBS.into())?.unwrap_or_default() as u8;
    let request = generation::read(&fields, Shape::Chat, given, seed)?;
    let logprobs = read_boolean(&fields, "logprobs")?.unwrap_or(false);
    if top > 0 && !logprobs {
        return Err(invalid("top_logprobs", "`top_logprobs` is accepted only where `logprobs` is true"));
    }
    let Tools { message, offered, calls, forced } = tools::read(&fields)?;
    let format = response_format::read(&fields)?;
    let messages = message.into_iter().chain(messages::read(&fields)?).collect();
    let schema = match serde_json::from_str(&format) {
        _ if forced => schema::of_answer(calls, None),
        // The model may call, or else the schema holds.
        Ok(other) if !calls.is_empty() => schema::of_answer(calls, Some(&other)),
        _ => format,
    };
    let top_logprobs = logprobs.then_some(top);
    let max_tokens = given.unwrap_or_else(|| most_tokens(top_logprobs, request.n.into()));
    check_alternatives("top_logprobs", top_logprobs, max_tokens, request.n.into())?;
    let sampling = Sampling { max_tokens: max_tokens as u32, schema, top_logprobs, ..request.sampling };
    Ok(Request { prompts: vec![messages], sampling, logprobs, offered, ..request })
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::task::{ChatRole, Micros};
    use serde_json::{Value, json};

    use super::{
        super::response_format::{ANY_OBJECT, MAX_SCHEMA_BYTES},
        *,
    };

    fn with(field: &str, value: Value) -> Vec<u8> {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        body[field] = value;
        body.to_string().into_bytes()
    }

    #[test]
    fn reads_what_the_official_clients_send() {
        let body = json!({
            "model": "m",
            "messages": [
                {"role": "developer", "content": "be brief"},
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                {"role": "assistant", "content": "c", "refusal": null},
            ],
            "temperature": 0.7, "top_p": null, "seed": -1, "stop": "x", "stream": true,
            "stream_options": {"include_usage": true}, "max_completion_tokens": 9.0, "max_tokens": 5, "n": 1,
        });
        let request = read(body.to_string().as_bytes(), 3).expect("is valid");
        let [messages] = request.prompts.as_slice() else { panic!("one prompt") };
        assert_eq!(messages[0].role, ChatRole::System);
        assert_eq!(messages[1].content, "ab");
        let expected = Sampling {
            max_tokens: 9,
            temperature: Micros(700_000),
            top_p: Micros::ONE,
            seed: u64::MAX,
            stop: vec!["x".into()],
            ..Sampling::default()
        };
        assert_eq!(request.sampling, expected);
        assert!(request.stream && request.include_usage);
    }

    #[test]
    fn what_changes_nothing_is_accepted_and_what_would_is_refused_by_name() {
        let plain = read(&with("user", json!("somebody")), 0).expect("is valid");
        for (field, value) in [
            ("store", json!(false)),
            ("metadata", json!({"run": "7"})),
            ("service_tier", json!("auto")),
            ("modalities", json!(["text"])),
            ("tools", json!([])),
            ("tool_choice", json!("none")),
            ("tool_choice", json!("auto")),
            ("parallel_tool_calls", json!(false)),
            ("stream_options", json!({"include_usage": true, "include_obfuscation": false})),
            ("stream_options", json!({"include_usage": null, "continuous_usage_stats": false})),
            ("stop", json!("")),
            ("stop", json!([""])),
            ("prompt_cache_key", json!("a")),
            ("safety_identifier", json!("a")),
            ("verbosity", json!("medium")),
            ("reasoning_effort", json!("medium")),
            ("length_penalty", json!(1.0)),
            ("functions", json!([])),
            ("function_call", json!("auto")),
        ] {
            let request = read(&with(field, value.clone()), 0).expect(field);
            assert_eq!(request, plain, "{field}: {value}");
        }
        for (field, value) in [
            ("modalities", json!(["text", "audio"])),
            ("service_tier", json!("flex")),
            ("verbosity", json!("low")),
            ("reasoning_effort", json!("high")),
            ("store", json!("yes")),
            ("metadata", json!([])),
            ("functions", json!([{"name": "f"}])),
            ("ignore_eos", json!(true)),
        ] {
            let error = read(&with(field, value), 0).expect_err(field);
            assert_eq!((error.code, error.param.as_deref()), ("unsupported_value", Some(field)));
            assert!(error.message.contains("must be"), "{}", error.message);
        }
    }

    #[test]
    fn all_answers_together_tell_a_bounded_number_of_the_likeliest_tokens() {
        let asked = |max_tokens: u64, n: u64| {
            let mut body: Value = serde_json::from_slice(&with("logprobs", json!(true))).expect("is JSON");
            body["top_logprobs"] = json!(20);
            body["max_tokens"] = json!(max_tokens);
            body["n"] = json!(n);
            read(body.to_string().as_bytes(), 0)
        };
        assert_eq!(asked(50_000, 1).expect("is valid").sampling.top_logprobs, Some(20));
        assert!(asked(3_125, 16).is_ok());
        for (max_tokens, n) in [(50_001, 1), (3_126, 16)] {
            assert_eq!(asked(max_tokens, n).expect_err("too many").param.as_deref(), Some("top_logprobs"));
        }
    }

    #[test]
    fn who_does_not_say_how_long_an_answer_may_be_leaves_it_open() {
        let open = |field: &str, value: Value| {
            let request = read(&with(field, value), 0).expect("is valid");
            (request.open, request.sampling.max_tokens)
        };
        assert_eq!(open("user", json!("somebody")), (true, 131_072));
        assert_eq!(open("max_tokens", Value::Null), (true, 131_072));
        assert_eq!(open("max_tokens", json!(7)), (false, 7));
        assert_eq!(open("max_completion_tokens", json!(7)), (false, 7));
        // The likeliest tokens of all answers together are bounded, and nobody is refused for what was not said.
        let mut body: Value = serde_json::from_slice(&with("logprobs", json!(true))).expect("is JSON");
        (body["top_logprobs"], body["n"]) = (json!(20), json!(16));
        let request = read(body.to_string().as_bytes(), 0).expect("is valid");
        assert_eq!((request.open, request.sampling.max_tokens), (true, 3_125));
    }

    #[test]
    fn calls_and_their_results_become_messages() {
        let call = json!({"id": "a", "type": "function", "function": {"name": "time", "arguments": "{}"}});
        let body = json!({
            "model": "m",
            "messages": [
                {"role": "user", "content": "What time is it?"},
                {"role": "assistant", "content": null, "tool_calls": [call]},
                {"role": "tool", "content": "noon", "tool_call_id": "a"},
            ],
            "tools": [{"type": "function", "function": {"name": "time"}}],
        });
        let request = read(body.to_string().as_bytes(), 3).expect("is valid");
        let [messages] = request.prompts.as_slice() else { panic!("one prompt") };
        let roles: Vec<_> = messages.iter().map(|message| message.role.as_str()).collect();
        assert_eq!(roles, ["tools", "user", "assistant", "calls", "tool"]);
        assert_eq!(messages[3].content, json!([call]).to_string());
        assert!(request.offered.is_some() && request.sampling.schema.is_empty());
    }

    #[test]
    fn schemas_are_taken_as_they_are_and_bounded() {
        let schema_of =
            |format: Value| read(&with("response_format", format), 0).map(|request| request.sampling.schema);
        assert_eq!(schema_of(json!({"type": "text"})).expect("is valid"), "");
        assert_eq!(schema_of(json!({"type": "json_object"})).expect("is valid"), ANY_OBJECT);
        let named = |schema: Value| json!({"type": "json_schema", "json_schema": {"name": "x", "strict": true, "schema": schema}});
        let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
        assert_eq!(schema_of(named(schema.clone())).expect("is valid"), schema.to_string());
        for wrong in [
            json!("json_object"),
            json!({}),
            json!({"type": "xml"}),
            json!({"type": "json_object", "schema": {}}),
            json!({"type": "json_schema"}),
            json!({"type": "json_schema", "json_schema": {"schema": {}}}),
            json!({"type": "json_schema", "json_schema": {"name": 1, "schema": {}}}),
            json!({"type": "json_schema", "json_schema": {"name": "x", "schema": {}, "strict": 1}}),
            json!({"type": "json_schema", "json_schema": {"name": "x", "schema": {}, "description": 1}}),
            named(json!("object")),
            named(json!({"enum": ["x".repeat(MAX_SCHEMA_BYTES)]})),
        ] {
            assert_eq!(schema_of(wrong).expect_err("refused").param.as_deref(), Some("response_format"));
        }
    }

    #[test]
    fn refuses_by_name_what_it_does_not_do() {
        for (field, value) in [
            ("messages", json!([])),
            ("messages", json!("hi")),
            (
                "messages",
                json!([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x"}}]}]),
            ),
            ("messages", json!([{"role": "user"}])),
            ("model", json!(3)),
            ("model", json!("")),
            ("temperature", json!(2.5)),
            ("temperature", json!("hot")),
            ("top_p", json!(-0.1)),
            ("max_tokens", json!(0)),
            ("max_tokens", json!(-5)),
            ("max_tokens", json!(2_147_483_648u64)),
            ("max_tokens", json!(1.5)),
            ("n", json!(17)),
            ("n", json!(0)),
            ("logprobs", json!(2)),
            ("top_logprobs", json!(3)),
            ("top_logprobs", json!(21)),
            ("seed", json!(0.5)),
            ("seed", json!(1e300)),
            ("stop", json!(vec!["a"; 17])),
            ("stop", json!("x".repeat(257))),
            ("stream", json!("yes")),
            ("stream_options", json!({"include_obfuscation": true})),
            ("stream_options", json!({"include_usage": 1})),
            ("tools", json!({})),
            ("tool_choice", json!("required")),
            ("messages", json!([{"role": "assistant", "tool_calls": [{"id": "a", "type": "function"}]}])),
            ("messages", json!([{"role": "user", "content": "x", "tool_calls": [1]}])),
            ("messages", json!([{"role": "tool", "content": 1}])),
            ("api_base", json!("http://169.254.169.254")),
        ] {
            let error = read(&with(field, value.clone()), 0).expect_err(&format!("{field}: {value}"));
            assert_eq!(error.status, 400, "{field}: {value}");
            assert!(error.param.as_deref().is_some_and(|param| param.starts_with(field)), "{field}: {error:?}");
        }
    }

    #[test]
    fn tokens_are_told_where_they_are_asked_for() {
        let of = |fields: Value| {
            let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
            body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
            read(body.to_string().as_bytes(), 0).map(|request| (request.logprobs, request.sampling.top_logprobs))
        };
        assert_eq!(of(json!({"top_logprobs": 0})).expect("is valid"), (false, None));
        assert_eq!(of(json!({"logprobs": false, "top_logprobs": 0})).expect("is valid"), (false, None));
        assert_eq!(of(json!({"logprobs": true})).expect("is valid"), (true, Some(0)));
        assert_eq!(of(json!({"logprobs": true, "top_logprobs": 20})).expect("is valid"), (true, Some(20)));
    }

    #[test]
    fn refuses_what_is_not_json() {
        let deep = "[".repeat(10_000);
        for body in ["", "{", "[]", "nul", "{\"model\": NaN}", "\u{feff}{}", &deep] {
            let error = read(body.as_bytes(), 0).expect_err(body);
            assert_eq!((error.status.as_u16(), error.code), (400, "invalid_json"), "{}", &body[..body.len().min(20)]);
        }
    }
}
