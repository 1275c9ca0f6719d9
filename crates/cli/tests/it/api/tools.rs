//! What models write beside words, as an application sees it: calls of tools in each family's form, and thoughts.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::harness::network::Devnet;

const ONE_MINER: &[&str] = &["--miners", "1"];

fn tool(name: &str, parameters: &Value) -> Value {
    json!({"type": "function", "function": {"name": name, "parameters": parameters}})
}

fn weather() -> Value {
    tool("weather", &json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}))
}

/// The scripted engine answers with what follows `echo: `.
async fn ask(devnet: &Devnet, http: &Client, says: &str, more: &Value) -> Value {
    let mut body = devnet.chat(&format!("echo: {says}"));
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let answer = devnet.post(http, "/v1/chat/completions", &body).await;
    assert_eq!(answer.status(), StatusCode::OK, "{says}");
    answer.json().await.expect("JSON")
}

/// The deltas of a streamed answer, put together, and its end: what it thinks, what it says, its calls, why it ended, and usage.
async fn stream(devnet: &Devnet, http: &Client, says: &str, more: &Value) -> (String, String, Value, Value, Value) {
    let mut body = devnet.chat(&format!("echo: {says}"));
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body["stream"] = json!(true);
    body["stream_options"] = json!({"include_usage": true});
    let text = devnet.post(http, "/v1/chat/completions", &body).await.text().await.expect("a stream");
    let (mut thought, mut words, mut calls, mut finish, mut usage) =
        (String::new(), String::new(), json!([]), Value::Null, Value::Null);
    for event in text.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]") {
        let event: Value = serde_json::from_str(event).expect("JSON");
        let choice = &event["choices"][0];
        thought.push_str(choice["delta"]["reasoning_content"].as_str().unwrap_or_default());
        words.push_str(choice["delta"]["content"].as_str().unwrap_or_default());
        for (into, from) in [
            (&mut calls, &choice["delta"]["tool_calls"]),
            (&mut finish, &choice["finish_reason"]),
            (&mut usage, &event["usage"]),
        ] {
            if !from.is_null() {
                *into = from.clone();
            }
        }
    }
    (thought, words, calls, finish, usage)
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_read_in_every_family_s_form_whole_and_streamed() {
    let devnet = Devnet::start(ONE_MINER);
    let http = Client::new();
    let tools = json!({"tools": [weather()]});
    for (says, thought, words) in [
        (
            "<think>\nLet me see.\n</think>\n\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>",
            "Let me see.",
            "",
        ),
        (
            "I look. <tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n</tool_call>",
            "",
            "I look.",
        ),
        ("[TOOL_CALLS]weather[ARGS]{\"city\": \"Paris\"}", "", ""),
        ("[weather(city=\"Paris\")]", "", ""),
        ("{\"name\": \"weather\", \"parameters\": {\"city\": \"Paris\"}}", "", ""),
        (
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>weather<｜tool▁sep｜>{\"city\": \"Paris\"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
            "",
            "",
        ),
        (
            "<|channel|>analysis<|message|>Let me see.<|end|><|start|>assistant<|channel|>commentary to=functions.weather <|constrain|>json<|message|>{\"city\":\"Paris\"}<|call|>",
            "Let me see.",
            "",
        ),
    ] {
        let answer = ask(&devnet, &http, says, &tools).await;
        let message = &answer["choices"][0]["message"];
        assert_eq!(answer["choices"][0]["finish_reason"], "tool_calls", "{says}: {answer}");
        assert_eq!(message["content"].as_str().unwrap_or_default(), words, "{says}");
        assert_eq!(message["reasoning_content"].as_str().unwrap_or_default(), thought, "{says}");
        let call = &message["tool_calls"][0]["function"];
        assert_eq!((&call["name"], &call["arguments"]), (&json!("weather"), &json!("{\"city\":\"Paris\"}")), "{says}");
        let (streamed_thought, streamed, calls, finish, _) = stream(&devnet, &http, says, &tools).await;
        assert_eq!((streamed_thought.as_str(), streamed.as_str()), (thought, words), "{says}");
        assert_eq!((&calls[0]["function"], finish), (call, json!("tool_calls")), "{says}");
    }
    // Without tools nothing is a call.
    let answer = ask(&devnet, &http, "[weather(city=\"Paris\")]", &json!({})).await;
    assert_eq!(answer["choices"][0]["message"]["content"], "[weather(city=\"Paris\")]");
}

#[tokio::test(flavor = "multi_thread")]
async fn thoughts_are_shown_apart_counted_and_part_of_what_the_receipt_proves() {
    let devnet = Devnet::start(ONE_MINER);
    let http = Client::new();
    let says = "<think>\none two three\n</think>\n\nfour five six";
    let answer = ask(&devnet, &http, says, &json!({})).await;
    let message = &answer["choices"][0]["message"];
    assert_eq!(
        (&message["reasoning_content"], &message["content"]),
        (&json!("one two three"), &json!("four five six"))
    );
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    let thought = answer["usage"]["completion_tokens_details"]["reasoning_tokens"].as_u64().expect("a number");
    assert!((2..5).contains(&thought), "{answer}");
    let (streamed, words, _, finish, usage) = stream(&devnet, &http, says, &json!({})).await;
    assert_eq!((streamed.as_str(), words.as_str(), finish), ("one two three", "four five six", json!("stop")));
    assert_eq!(usage["completion_tokens_details"], answer["usage"]["completion_tokens_details"]);
    // With the tokens one by one they are counted, and all of them are shown.
    let scored = ask(&devnet, &http, says, &json!({"logprobs": true})).await;
    let tokens = scored["choices"][0]["logprobs"]["content"].as_array().expect("tokens");
    let text: String = tokens.iter().map(|token| token["token"].as_str().expect("a text")).collect();
    assert_eq!(text, says);
    assert_eq!(scored["usage"]["completion_tokens_details"]["reasoning_tokens"], 2, "{scored}");

    // An answer that is cut off within a thought says so.
    let cut = ask(&devnet, &http, says, &json!({"max_tokens": 2})).await;
    let choice = &cut["choices"][0];
    assert_eq!((&choice["message"]["content"], &choice["finish_reason"]), (&json!(""), &json!("length")), "{cut}");
    assert_eq!(cut["usage"]["completion_tokens_details"]["reasoning_tokens"], cut["usage"]["completion_tokens"]);

    // The receipt is of the text as the model wrote it.
    let ran = devnet.run(&["task", "run", &format!("echo: {says}"), "--json"]).expect(0).data();
    assert_eq!((&ran["text"], &ran["reasoning"]), (&json!("four five six"), &json!("one two three")));
    let receipt = format!("{}/v1/tasks/{}/receipt", devnet.api(), ran["task"].as_str().expect("an id"));
    let receipt = crate::harness::network::get(&http, &receipt).await;
    assert_eq!(receipt["text"], says);
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_go_with_a_schema_and_may_refer_to_their_own_definitions() {
    let devnet = Devnet::start(ONE_MINER);
    let http = Client::new();
    let slot = json!({"type": "object", "properties": {"when": {"$ref": "#/$defs/Slot"}}, "$defs": {"Slot": {"enum": ["now"]}}});
    let schema = json!({"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object", "properties": {"answer": {"type": "string"}}}}});
    let both = json!({"tools": [tool("book", &slot)], "response_format": schema});
    let called = ask(&devnet, &http, "{\"name\": \"book\", \"arguments\": {\"when\": \"now\"}}", &both).await;
    assert_eq!(called["choices"][0]["message"]["tool_calls"][0]["function"]["name"], "book", "{called}");
    let (_, words, calls, finish, _) = stream(&devnet, &http, "{\"answer\": \"it is noon\"}", &both).await;
    assert_eq!((words.as_str(), calls, finish), ("{\"answer\": \"it is noon\"}", json!([]), json!("stop")));
    let forced = json!({"tools": [tool("book", &slot)], "tool_choice": "required"});
    let mut body = devnet.chat("Book a slot");
    body.as_object_mut().expect("an object").extend(forced.as_object().expect("an object").clone());
    let answer: Value = devnet.post(&http, "/v1/chat/completions", &body).await.json().await.expect("JSON");
    assert_eq!(answer["choices"][0]["finish_reason"], "tool_calls", "{answer}");

    let search = json!({"model": "scripted", "messages": [], "tools": [{"type": "web_search"}]});
    let refused = devnet.post(&http, "/v1/chat/completions", &search).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let refused: Value = refused.json().await.expect("JSON");
    let message = refused["error"]["message"].as_str().expect("a text");
    assert!(message.contains("is a `web_search`, which no miner runs"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_of_a_strict_tool_follow_its_schema_or_are_no_call() {
    let devnet = Devnet::start(ONE_MINER);
    let http = Client::new();
    let loose = json!({"tools": [weather()]});
    let mut strict = loose.clone();
    strict["tools"][0]["function"]["strict"] = json!(true);
    let wrong = "<tool_call>{\"name\": \"weather\", \"arguments\": {\"town\": \"Paris\"}}</tool_call>";
    let right = wrong.replace("town", "city");
    for (says, tools, calls) in [(wrong, &loose, 1), (wrong, &strict, 0), (right.as_str(), &strict, 1)] {
        let finish = if calls == 1 { "tool_calls" } else { "stop" };
        let answer = ask(&devnet, &http, says, tools).await;
        let choice = &answer["choices"][0];
        assert_eq!(choice["message"]["tool_calls"].as_array().map_or(0, Vec::len), calls, "{answer}");
        assert_eq!(choice["finish_reason"], finish, "{answer}");
        let (_, words, called, end, _) = stream(&devnet, &http, says, tools).await;
        assert_eq!((called.as_array().map_or(0, Vec::len), end), (calls, json!(finish)), "{says}");
        if calls == 0 {
            assert_eq!((choice["message"]["content"].as_str(), words.as_str()), (Some(says), says));
        }
    }
}

/// Whether a call is required does not end with the first result.
#[tokio::test(flavor = "multi_thread")]
async fn a_required_call_is_made_after_a_result_too() {
    let devnet = Devnet::start(ONE_MINER);
    let http = Client::new();
    let call = json!({"id": "a", "type": "function", "function": {"name": "weather", "arguments": "{}"}});
    let mut body = devnet.chat("How is it in Paris?");
    let messages = body["messages"].as_array_mut().expect("messages");
    messages.push(json!({"role": "assistant", "tool_calls": [call]}));
    messages.push(json!({"role": "tool", "tool_call_id": "a", "content": "sunny"}));
    body["tools"] = json!([weather(), tool("time", &json!({"type": "object"}))]);
    let named = json!({"type": "function", "function": {"name": "time"}});
    for (choice, called) in [(json!("required"), "weather"), (named, "time")] {
        body["tool_choice"] = choice;
        let answer: Value = devnet.post(&http, "/v1/chat/completions", &body).await.json().await.expect("JSON");
        let message = &answer["choices"][0]["message"];
        assert_eq!(message["tool_calls"][0]["function"]["name"], called, "{answer}");
    }
}
