//! Answers in parts: the items of `/v1/responses` and the blocks of `/v1/messages`, whole and streamed.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::harness::network::Devnet;

const ONE_MINER: &[&str] = &["--miners", "1"];

async fn post(devnet: &Devnet, http: &Client, path: &str, body: &Value) -> Value {
    let answer = devnet.post(http, path, body).await;
    let (status, body) = (answer.status(), answer.json::<Value>().await.expect("JSON"));
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

/// The events of a streamed answer.
async fn events(devnet: &Devnet, http: &Client, path: &str, body: &Value) -> Vec<Value> {
    let mut body = body.clone();
    body["stream"] = json!(true);
    let text = devnet.post(http, path, &body).await.text().await.expect("a stream");
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).expect("JSON")).collect()
}

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().expect("a type")).collect()
}

/// What codex sends with its defaults, but for the texts.
fn codex(says: &str) -> Value {
    let parameters =
        json!({"type": "object", "properties": {"target": {"type": "string"}}, "additionalProperties": false});
    let function = |name: &str| json!({"type": "function", "name": name, "description": "", "strict": false, "parameters": parameters});
    json!({
        "model": "scripted",
        "input": [
            {"type": "message", "id": "msg_4e35", "role": "developer", "content": [{"type": "input_text", "text": "You are an agent."}]},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "echo: what an agent is told first"}]},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": format!("echo: {says}")}]},
        ],
        "tools": [
            function("exec_command"),
            {"type": "namespace", "name": "multi_agent_v1", "description": "Helpers.", "tools": [function("close_agent")]},
            {"type": "custom", "name": "apply_patch", "description": "", "format": {"type": "grammar", "syntax": "lark", "definition": "start: /.+/"}},
            {"type": "local_shell"},
            {"type": "web_search", "external_web_access": false},
        ],
        "tool_choice": "auto",
        "parallel_tool_calls": true,
        "reasoning": {"summary": "auto"},
        "store": false,
        "include": ["reasoning.encrypted_content"],
        "prompt_cache_key": "01a2",
        "client_metadata": {"session_id": "01a2"},
        "seed": 1,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_of_every_kind_are_called_in_the_form_in_which_they_were_offered() {
    let devnet = Devnet::start(ONE_MINER);
    let http = Client::new();
    let call = |name: &str, arguments: &Value| {
        format!("<tool_call>{}</tool_call>", json!({"name": name, "arguments": arguments}))
    };
    for (says, item, event) in [
        (
            call("exec_command", &json!({"target": "a"})),
            json!({"type": "function_call", "name": "exec_command", "arguments": r#"{"target":"a"}"#}),
            Some(("response.function_call_arguments.done", "arguments", r#"{"target":"a"}"#)),
        ),
        (
            call("multi_agent_v1__close_agent", &json!({"target": "a"})),
            json!({"type": "function_call", "namespace": "multi_agent_v1", "name": "close_agent"}),
            Some(("response.function_call_arguments.done", "name", "close_agent")),
        ),
        (
            call("apply_patch", &json!({"input": "*** Begin Patch"})),
            json!({"type": "custom_tool_call", "name": "apply_patch", "input": "*** Begin Patch"}),
            Some(("response.custom_tool_call_input.done", "input", "*** Begin Patch")),
        ),
        (
            call("local_shell", &json!({"command": ["ls"]})),
            json!({"type": "local_shell_call", "status": "completed"}),
            None,
        ),
    ] {
        let whole = post(&devnet, &http, "/v1/responses", &codex(&says)).await;
        let [made] = whole["output"].as_array().expect("items").as_slice() else { panic!("one item: {whole}") };
        for (name, value) in item.as_object().expect("an object") {
            assert_eq!(&made[name], value, "{name}: {made}");
        }
        assert_eq!(whole["tools"].as_array().map(Vec::len), Some(4), "nobody searches the web: {whole}");
        let streamed = events(&devnet, &http, "/v1/responses", &codex(&says)).await;
        let done = streamed.iter().find(|event| event["type"] == "response.output_item.done").expect("an item");
        let (mut one, mut other) = (made.clone(), done["item"].clone());
        for item in [&mut one, &mut other] {
            // Another task has other ids.
            item.as_object_mut().expect("an object").retain(|name, _| name != "id" && name != "call_id");
        }
        assert_eq!(one, other);
        if let Some((kind, name, value)) = event {
            let event = streamed.iter().find(|event| event["type"] == kind).expect(kind);
            assert_eq!(event[name], value);
        }

        // What came of it goes back as it is.
        let output =
            if made["type"] == "custom_tool_call" { "custom_tool_call_output" } else { "function_call_output" };
        let mut next = codex("nothing");
        let input = next["input"].as_array_mut().expect("items");
        input.extend([made.clone(), json!({"type": output, "call_id": made["call_id"], "output": "noon"})]);
        let told = post(&devnet, &http, "/v1/responses", &next).await;
        assert_eq!(told["output"][0]["content"][0]["text"], "It says: noon", "{told}");
    }
    let mut search = codex("a");
    search["tools"] = json!([{"type": "web_search"}]);
    let refused = devnet.post(&http, "/v1/responses", &search).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    let refused: Value = refused.json().await.expect("JSON");
    assert_eq!(refused["error"]["param"], "tools[0]", "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn thoughts_are_items_and_blocks_of_their_own() {
    let devnet = Devnet::start(ONE_MINER);
    let http = Client::new();
    let says = "echo: <think>\none two three\n</think>\n\nfour five";
    let asked = json!({"model": "scripted", "input": says, "seed": 1});
    let whole = post(&devnet, &http, "/v1/responses", &asked).await;
    let items = whole["output"].as_array().expect("items");
    assert_eq!(
        items.iter().map(|item| item["type"].as_str()).collect::<Vec<_>>(),
        [Some("reasoning"), Some("message")]
    );
    assert_eq!(items[0]["content"], json!([{"type": "reasoning_text", "text": "one two three"}]));
    assert_eq!(items[1]["content"][0]["text"], "four five");
    assert!(whole["usage"]["output_tokens_details"]["reasoning_tokens"].as_u64() > Some(1), "{whole}");
    let streamed = events(&devnet, &http, "/v1/responses", &asked).await;
    let mut order = kinds(&streamed);
    order.dedup();
    assert_eq!(
        order,
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.reasoning_text.delta",
            "response.reasoning_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    let of = |kind: &str, field: &str| -> String {
        streamed.iter().filter(|event| event["type"] == kind).filter_map(|event| event[field].as_str()).collect()
    };
    assert_eq!(of("response.reasoning_text.delta", "delta"), of("response.reasoning_text.done", "text"));
    let last = &streamed.last().expect("an end")["response"];
    let texts = |response: &Value| [0, 1].map(|index| response["output"][index]["content"].clone());
    assert_eq!(texts(last), texts(&whole));
    // Its items are found by their ids, the thought too.
    let again = json!({"model": "scripted", "input": [
        {"type": "item_reference", "id": items[0]["id"]}, {"type": "item_reference", "id": items[1]["id"]},
        {"role": "user", "content": "echo: and so"},
    ]});
    let again = post(&devnet, &http, "/v1/responses", &again).await;
    assert_eq!(again["output"][0]["content"][0]["text"], "and so");

    let mut asked = json!({"model": "scripted", "max_tokens": 50, "messages": [{"role": "user", "content": says}]});
    let content = async |asked: &Value| post(&devnet, &http, "/v1/messages", asked).await["content"].clone();
    assert_eq!(content(&asked).await, json!([{"type": "text", "text": "four five"}]), "nobody asked for thoughts");
    asked["thinking"] = json!({"type": "enabled", "budget_tokens": 1024});
    let blocks = content(&asked).await;
    assert_eq!((&blocks[0]["type"], &blocks[0]["thinking"]), (&json!("thinking"), &json!("one two three")));
    assert_eq!(blocks[1]["text"], "four five");
    let streamed = events(&devnet, &http, "/v1/messages", &asked).await;
    let deltas: Vec<_> = streamed.iter().filter_map(|event| event["delta"]["type"].as_str()).collect();
    let mut order = deltas.clone();
    order.dedup();
    assert_eq!(order, ["thinking_delta", "signature_delta", "text_delta"]);
    let thought: String = streamed.iter().filter_map(|event| event["delta"]["thinking"].as_str()).collect();
    assert_eq!(thought, "one two three");
    asked["thinking"] = json!({"type": "adaptive", "display": "omitted"});
    let blocks = content(&asked).await;
    assert_eq!((&blocks[0]["type"], &blocks[0]["thinking"]), (&json!("thinking"), &json!("")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stop_text_that_ended_an_answer_is_named() {
    let devnet = Devnet::start(ONE_MINER);
    let http = Client::new();
    let ask = |stops: Value| {
        json!({"model": "scripted", "max_tokens": 50, "stop_sequences": stops,
        "messages": [{"role": "user", "content": "echo: one two three four"}]})
    };
    for (stops, reason, stop) in [
        (json!(["nothing", "three"]), "stop_sequence", json!("three")),
        (json!(["three", "two"]), "stop_sequence", json!("two")),
        (json!(["five"]), "end_turn", Value::Null),
    ] {
        let whole = post(&devnet, &http, "/v1/messages", &ask(stops.clone())).await;
        assert_eq!((&whole["stop_reason"], &whole["stop_sequence"]), (&json!(reason), &stop), "{stops}");
        let streamed = events(&devnet, &http, "/v1/messages", &ask(stops)).await;
        let delta = &streamed.iter().find(|event| event["type"] == "message_delta").expect("an end")["delta"];
        assert_eq!((&delta["stop_reason"], &delta["stop_sequence"]), (&json!(reason), &stop));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tokens_of_a_response_come_with_its_text() {
    let devnet = Devnet::start(ONE_MINER);
    let http = Client::new();
    let asked = json!({"model": "scripted", "input": "echo: <think>\nhm\n</think>\n\none two three", "seed": 1,
        "include": ["message.output_text.logprobs"], "top_logprobs": 2});
    let whole = post(&devnet, &http, "/v1/responses", &asked).await;
    let part = &whole["output"][1]["content"][0];
    let text = |tokens: &Value| -> String {
        let tokens = tokens.as_array().expect("tokens").iter();
        tokens.map(|token| token["token"].as_str().expect("a text")).collect()
    };
    assert_eq!(part["text"], "one two three");
    assert!(text(&part["logprobs"]).ends_with("one two three"), "{part}");
    assert_eq!(part["logprobs"][0]["top_logprobs"].as_array().map(Vec::len), Some(2), "{part}");
    assert_eq!(whole["top_logprobs"], 2);
    let kept = crate::harness::network::get(
        &http,
        &format!("{}/v1/responses/{}", devnet.api(), whole["id"].as_str().expect("an id")),
    )
    .await;
    assert_eq!(&kept["output"][1]["content"][0], part);
    let streamed = events(&devnet, &http, "/v1/responses", &asked).await;
    let deltas = streamed.iter().filter(|event| event["type"] == "response.output_text.delta");
    let tokens: String = deltas.map(|event| text(&event["logprobs"])).collect();
    assert_eq!(tokens, text(&part["logprobs"]));
    let plain = post(&devnet, &http, "/v1/responses", &json!({"model": "scripted", "input": "echo: one"})).await;
    assert_eq!(plain["output"][0]["content"][0]["logprobs"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_listed_in_the_form_of_the_api_that_is_spoken() {
    let devnet = Devnet::start(ONE_MINER);
    let http = Client::new();
    let get = async |path: &str| -> Value {
        let request = http.get(format!("{}{path}", devnet.api())).header("anthropic-version", "2023-06-01");
        request.send().await.expect("answers").json().await.expect("JSON")
    };
    let list = get("/v1/models").await;
    assert_eq!(
        (&list["has_more"], &list["first_id"], &list["last_id"]),
        (&json!(false), &json!("scripted"), &json!("scripted"))
    );
    let model = &list["data"][0];
    assert_eq!((&model["type"], &model["display_name"]), (&json!("model"), &json!("scripted")));
    let created = model["created_at"].as_str().expect("a time");
    assert!(created.starts_with("20") && created.ends_with('Z'), "{created}");
    assert_eq!(&get("/v1/models/scripted").await, model);
    let unknown = get("/v1/models/other").await;
    assert_eq!((&unknown["type"], &unknown["error"]["type"]), (&json!("error"), &json!("not_found_error")));
    let list = crate::harness::network::get(&http, &format!("{}/v1/models", devnet.api())).await;
    assert_eq!(list["object"], "list");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_answer_cost_is_said_whole_and_streamed() {
    let devnet = Devnet::start(ONE_MINER);
    let http = Client::new();
    let said = json!([{"role": "user", "content": "echo: one two three"}]);
    for (path, body, end) in [
        (
            "/v1/responses",
            json!({"model": "scripted", "input": "echo: one two three", "seed": 1}),
            "response.completed",
        ),
        ("/v1/messages", json!({"model": "scripted", "messages": said, "max_tokens": 9, "seed": 1}), "message_delta"),
    ] {
        let answer = devnet.post(&http, path, &body).await;
        let header = answer.headers()["x-cuckoo-cost"].to_str().expect("a text").to_owned();
        let whole: Value = answer.json().await.expect("JSON");
        assert!(header.ends_with("cai") && !header.starts_with("0cai"), "{header}");
        assert_eq!(whole["cuckoo"]["cost"], header, "{path}: {whole}");
        let streamed = events(&devnet, &http, path, &body).await;
        let last = streamed.iter().find(|event| event["type"] == end).expect(end);
        let proofs = if end == "message_delta" { &last["cuckoo"] } else { &last["response"]["cuckoo"] };
        assert_eq!(proofs["cost"], header, "{path}: {last}");
        let task = format!("{}/v1/tasks/{}", devnet.api(), proofs["tasks"][0].as_str().expect("an id"));
        let task = crate::harness::network::get(&http, &task).await;
        assert_eq!(task["state"], "done", "{task}");
        assert_eq!(proofs["receipts"].as_array().map(Vec::len), Some(1), "{last}");
    }
}
