//! What tokens texts and chats have, told by miners without an answer.

use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::harness::network::Devnet;

const TWO_KINDS: &[&str] = &["--miners", "2", "--model-name", "scripted", "--embedding-model", "vectors"];

async fn ask(devnet: &Devnet, http: &Client, path: &str, body: &Value) -> (StatusCode, Value) {
    let answer = devnet.post(http, path, body).await;
    (answer.status(), answer.json().await.expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_tokens_are_told_as_an_answer_counts_and_they_cost_nothing() {
    let devnet = Devnet::start(TWO_KINDS);
    let http = Client::new();
    let said = async |path: &str, body: &Value| {
        let (status, body) = ask(&devnet, &http, path, body).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    };
    let tools = json!([{"type": "function", "function": {"name": "time", "description": "What time it is"}}]);
    let messages =
        json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "echo: what a day it is"}]);
    let chat = json!({"model": "scripted", "messages": messages, "tools": tools});
    let told = said("/tokenize", &chat).await;
    let answered = said("/v1/chat/completions", &chat).await;
    assert_eq!(told["count"], answered["usage"]["prompt_tokens"]);
    assert_eq!(told["tokens"].as_array().map(Vec::len), told["count"].as_u64().map(|count| count as usize));
    assert_eq!((&told["token_strs"], &told["max_model_len"]), (&Value::Null, &json!(8_192)));

    let text = json!({"model": "scripted", "prompt": "the cuckoo sings", "return_token_strs": true, "add_special_tokens": false});
    let told = said("/tokenize", &text).await;
    assert_eq!(told["token_strs"], json!(["the", " cuckoo", " sings"]));
    let back = said("/detokenize", &json!({"model": "scripted", "tokens": told["tokens"]})).await;
    assert_eq!(back, json!({"prompt": "the cuckoo sings"}));

    let asked =
        json!({"model": "scripted", "system": "Be brief.", "messages": [{"role": "user", "content": "How many?"}]});
    let counted = said("/v1/messages/count_tokens", &asked).await;
    let mut answered = asked.clone();
    answered["max_tokens"] = json!(5);
    assert_eq!(counted["input_tokens"], said("/v1/messages", &answered).await["usage"]["input_tokens"]);
    let asked = json!({"model": "scripted", "instructions": "Be brief.", "input": "How many?"});
    let counted = said("/v1/responses/input_tokens", &asked).await;
    assert_eq!(counted["input_tokens"], said("/v1/responses", &asked).await["usage"]["input_tokens"]);

    // Three answers were paid, and no question.
    let tasks = crate::harness::network::get(&http, &format!("{}/v1/tasks", devnet.api())).await;
    assert_eq!(tasks["data"].as_array().map(Vec::len), Some(3), "{tasks}");
    // Many questions at once are answered or refused, and none gets stuck.
    let many = futures::future::join_all((0..64).map(|_| ask(&devnet, &http, "/tokenize", &text))).await;
    assert!(many.iter().any(|(status, _)| *status == StatusCode::OK));
    assert!(many.iter().all(|(status, _)| [StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE].contains(status)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_tell_is_refused_with_the_reason() {
    let devnet = Devnet::start(TWO_KINDS);
    let http = Client::new();
    let long = "a ".repeat(600_000);
    for (path, body, status, code) in [
        ("/tokenize", json!({"model": "other", "prompt": "a"}), 404, "model_not_found"),
        ("/tokenize", json!({"model": "vectors", "prompt": "a"}), 400, "wrong_kind_of_model"),
        ("/tokenize", json!({"model": "scripted"}), 400, "missing_parameter"),
        ("/tokenize", json!({"model": "scripted", "prompt": long}), 413, "prompt_too_large"),
        ("/detokenize", json!({"model": "scripted", "tokens": [-1]}), 400, "invalid_value"),
        ("/detokenize", json!({"model": "scripted", "tokens": "a"}), 400, "invalid_value"),
        (
            "/v1/responses/input_tokens",
            json!({"model": "scripted", "input": "a", "previous_response_id": "resp_1"}),
            404,
            "previous_response_not_found",
        ),
    ] {
        let (answered, body) = ask(&devnet, &http, path, &body).await;
        assert_eq!((answered.as_u16(), body["error"]["code"].as_str()), (status, Some(code)), "{path}: {body}");
    }
    let (status, body) = ask(
        &devnet,
        &http,
        "/v1/messages/count_tokens",
        &json!({"model": "other", "messages": [{"role": "user", "content": "a"}]}),
    )
    .await;
    assert_eq!((status.as_u16(), &body["error"]["type"]), (404, &json!("not_found_error")), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_between_two_texts_is_filled_and_its_receipt_covers_both() {
    let devnet = Devnet::start(TWO_KINDS);
    let http = Client::new();
    let body = json!({"model": "scripted", "prompt": "def f(", "suffix": "):", "max_tokens": 6, "seed": 1});
    let (status, filled) = ask(&devnet, &http, "/v1/completions", &body).await;
    assert_eq!(status, StatusCode::OK, "{filled}");
    let mut other = body.clone();
    other["suffix"] = json!("x):");
    let (_, other) = ask(&devnet, &http, "/v1/completions", &other).await;
    assert_ne!(filled["choices"][0]["text"], other["choices"][0]["text"], "what stands behind it counts");
    let (status, chat) = ask(&devnet, &http, "/v1/fim/completions", &body).await;
    assert_eq!((status, &chat["object"]), (StatusCode::OK, &json!("chat.completion")), "{chat}");
    assert_eq!(chat["choices"][0]["message"]["content"], filled["choices"][0]["text"]);
    let task = filled["cuckoo"]["tasks"][0].as_str().expect("a task");
    let url = format!("{}/v1/tasks/{task}/evidence", devnet.api());
    let begin = Instant::now();
    let evidence = loop {
        let answer = http.get(&url).send().await.expect("answers");
        if answer.status() == StatusCode::OK {
            break answer.json::<Value>().await.expect("JSON");
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{}", answer.status());
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let messages = evidence["messages"].as_array().expect("messages");
    assert_eq!(
        messages.iter().map(|message| message["role"].as_str()).collect::<Vec<_>>(),
        [Some("prompt"), Some("suffix")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn images_count_as_typical_ones_and_what_goes_on_from_a_response_is_counted_with_it() {
    let devnet = Devnet::start(&["--miners", "1"]);
    let http = Client::new();
    let png = "iVBORw0KGgo=";
    let count = async |path: &str, body: &Value| {
        let answer = devnet.post(&http, path, body).await;
        let (status, body) = (answer.status(), answer.json::<Value>().await.expect("JSON"));
        assert_eq!(status, StatusCode::OK, "{body}");
        body["input_tokens"].as_u64().expect("a number")
    };
    let says = |content: Value| json!({"model": "scripted", "messages": [{"role": "user", "content": content}]});
    let text = json!({"type": "text", "text": "What is this?"});
    let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png}});
    let plain = count("/v1/messages/count_tokens", &says(json!([text]))).await;
    for images in 1..3 {
        let blocks = [vec![text.clone()], vec![image.clone(); images]].concat();
        let shown = count("/v1/messages/count_tokens", &says(json!(blocks))).await;
        let own = shown - plain - 1_024 * images as u64;
        // A message's frame for each part at most.
        assert!(own <= 3 * images as u64 + 3, "{images} images: {shown}, and {plain} without");
    }
    let shown = json!([{"role": "user", "content": [
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "image_url": format!("data:image/png;base64,{png}")},
    ]}]);
    assert!(count("/v1/responses/input_tokens", &json!({"model": "scripted", "input": shown})).await > 1_024);

    let first = json!({"model": "scripted", "input": "echo: one two three"});
    let first: Value = devnet.post(&http, "/v1/responses", &first).await.json().await.expect("JSON");
    let next = json!({"model": "scripted", "input": "And then?"});
    let alone = count("/v1/responses/input_tokens", &next).await;
    let mut on = next.clone();
    on["previous_response_id"] = first["id"].clone();
    assert!(count("/v1/responses/input_tokens", &on).await >= alone + 7);
    on["previous_response_id"] = json!("resp_0");
    let unknown = devnet.post(&http, "/v1/responses/input_tokens", &on).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}
