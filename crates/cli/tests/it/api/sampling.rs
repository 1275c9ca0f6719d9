//! The rules of sampling, and what is told of tokens, as applications ask for them.

use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::harness::network::{Devnet, get};

async fn post(devnet: &Devnet, path: &str, body: &Value) -> Value {
    let answer = devnet.post(&Client::new(), path, body).await;
    let status = answer.status();
    let answer: Value = answer.json().await.expect("JSON");
    assert_eq!(status, 200, "{answer}");
    answer
}

/// A chat about this, with these parameters.
async fn chat(devnet: &Devnet, content: &str, parameters: Value) -> Value {
    let mut body = devnet.chat(content);
    body.as_object_mut().expect("an object").extend(parameters.as_object().expect("an object").clone());
    post(devnet, "/v1/chat/completions", &body).await["choices"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rule_changes_the_answer_and_an_audit_repeats_it() {
    let devnet = Devnet::start(&["--miners", "1", "--audits", "--auditor"]);
    let http = Client::new();
    let content = "echo: a a a a a a a a a a a a";
    let plain = chat(&devnet, content, json!({})).await["message"]["content"].clone();
    assert_eq!(plain, "a a a a a a a a a a a a");
    let neutral = json!({
        "frequency_penalty": 0, "presence_penalty": 0.0, "repetition_penalty": 1, "logit_bias": {}, "top_k": -1,
        "min_p": 0, "n": 1, "stop": [], "stream_options": {"include_usage": false},
    });
    assert_eq!(chat(&devnet, content, neutral).await["message"]["content"], plain);
    for (asked, changes) in [
        (json!({"frequency_penalty": 2}), true),
        (json!({"frequency_penalty": 2, "presence_penalty": -2, "repetition_penalty": 1.5}), true),
        // The token that ends an answer.
        (json!({"logit_bias": {"2": 100}}), true),
        (json!({"top_k": 5, "min_p": 0.1, "top_p": 0.9}), false),
    ] {
        let answer = chat(&devnet, content, asked.clone()).await["message"]["content"].clone();
        assert_eq!(answer != plain, changes, "{asked}: {answer}");
    }
    let many = chat(&devnet, content, json!({"n": 16})).await;
    assert_eq!(many["index"], 0);
    // The auditor finds nothing wrong with any of them.
    let begin = Instant::now();
    loop {
        let row = get(&http, &format!("{}/audits", devnet.admin())).await["miners"][0].clone();
        assert_eq!(row["gross"].as_u64().unwrap_or_default(), 0, "{row}");
        // All of them are examined, for the miner is new.
        if row["examined"].as_u64() >= Some(22) {
            assert_eq!(row["clean"], row["examined"], "{row}");
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "{row}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut wrong = devnet.chat("x");
    wrong["frequency_penalty"] = 3.into();
    let refused = devnet.post(&http, "/v1/chat/completions", &wrong).await;
    assert_eq!(refused.status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_come_with_their_bytes_and_what_else_was_likely() {
    let devnet = Devnet::start(&["--miners", "1"]);
    let asked = json!({"logprobs": true, "top_logprobs": 3});
    let choice = chat(&devnet, "echo: Grüße an alle", asked).await;
    let tokens = choice["logprobs"]["content"].as_array().expect("tokens").clone();
    assert_eq!(tokens.len(), 4);
    assert_eq!((&tokens[0]["token"], &tokens[0]["bytes"]), (&json!("Grüße "), &json!("Grüße ".as_bytes())));
    for token in &tokens {
        let top = token["top_logprobs"].as_array().expect("tokens");
        let values: Vec<_> = top.iter().map(|other| other["logprob"].as_f64().expect("a number")).collect();
        assert!(top.len() == 3 && values.is_sorted_by(|one, next| one >= next), "{token}");
    }
    let plain = chat(&devnet, "echo: Grüße an alle", json!({"logprobs": true})).await;
    assert_eq!(plain["logprobs"]["content"][1]["top_logprobs"], json!([]));
    assert_eq!(plain["logprobs"]["content"][1]["logprob"], tokens[1]["logprob"]);
    // A stream has the same tokens.
    let mut body = devnet.chat("echo: Grüße an alle");
    body.as_object_mut().expect("an object").extend([
        ("stream".to_owned(), true.into()),
        ("logprobs".to_owned(), true.into()),
        ("top_logprobs".to_owned(), 3.into()),
    ]);
    let stream = devnet.post(&Client::new(), "/v1/chat/completions", &body).await.text().await.expect("a text");
    let events = stream.lines().filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok());
    let streamed: Vec<_> = events
        .filter_map(|event| Some(event["choices"][0]["logprobs"]["content"].as_array()?.clone()))
        .flatten()
        .collect();
    assert_eq!(streamed, tokens);
}

/// What lm-eval asks to find out how likely a text is, with token ids and without.
#[tokio::test(flavor = "multi_thread")]
async fn an_evaluation_reads_how_likely_a_prompt_is() {
    let devnet = Devnet::start(&["--miners", "1"]);
    for (prompt, max_tokens) in [(json!([[100, 200, 300], [400, 500]]), 1), (json!(["one two", "so"]), 0)] {
        let body = json!({
            "model": "scripted", "prompt": prompt, "max_tokens": max_tokens, "logprobs": 1, "seed": 1234,
            "echo": true, "temperature": 0,
        });
        let answer = post(&devnet, "/v1/completions", &body).await;
        let choices = answer["choices"].as_array().expect("choices");
        assert_eq!(choices.len(), 2);
        for (choice, prompt) in choices.iter().zip(prompt.as_array().expect("prompts")) {
            let logprobs = &choice["logprobs"];
            let list = |name: &str| logprobs[name].as_array().unwrap_or_else(|| panic!("{name}: {choice}")).clone();
            let (tokens, values, top) = (list("tokens"), list("token_logprobs"), list("top_logprobs"));
            // The scripted engine's prompts begin with three tokens of a frame where they are texts.
            let expected = match prompt {
                Value::Array(ids) => ids.len(),
                text => 3 + text.as_str().expect("a text").split(' ').count(),
            };
            assert_eq!([tokens.len(), values.len(), top.len()], [expected + max_tokens; 3], "{choice}");
            assert_eq!((&values[0], &top[0]), (&Value::Null, &Value::Null));
            for (value, top) in values.iter().zip(&top).skip(1) {
                let values: Vec<_> = top.as_object().expect("tokens").values().filter_map(Value::as_f64).collect();
                let value = value.as_f64().expect("a number");
                assert!(value <= 0.0 && values.contains(&value) && (1..=2).contains(&values.len()), "{choice}");
            }
            let text: String = tokens.iter().filter_map(Value::as_str).collect();
            assert_eq!(choice["text"], text, "{choice}");
            if let Some(prompt) = prompt.as_str() {
                assert_eq!(choice["text"], prompt);
            }
            assert_eq!(choice["finish_reason"], "length");
        }
        assert_eq!(answer["usage"]["completion_tokens"], 2 * max_tokens);
    }
    // Without probabilities an echo is known before the answer is, and can be streamed.
    let body = json!({"model": "scripted", "prompt": "echo: yes", "echo": true});
    assert_eq!(post(&devnet, "/v1/completions", &body).await["choices"][0]["text"], "echo: yesyes");
    let body = json!({"model": "scripted", "prompt": "echo: yes", "echo": true, "stream": true});
    let stream = devnet.post(&Client::new(), "/v1/completions", &body).await.text().await.expect("a text");
    let events = stream.lines().filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok());
    let text: String = events.filter_map(|event| Some(event["choices"][0]["text"].as_str()?.to_owned())).collect();
    assert_eq!(text, "echo: yesyes");
    let tasks = get(&Client::new(), &format!("{}/v1/tasks", devnet.api())).await;
    assert!(tasks["data"].as_array().expect("tasks").iter().all(|task| task["state"] == "done"), "{tasks}");
}

/// Without a limit, a model that thinks for long comes to its answer.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_a_limit_goes_on_to_its_end() {
    let devnet = Devnet::start(&["--miners", "1", "--scripted-tokens", "3000"]);
    let http = Client::new();
    let messages = json!([{"role": "user", "content": "a long story"}]);
    let chat = json!({"model": "scripted", "messages": messages, "seed": 1});
    let response = json!({"model": "scripted", "input": "a long story", "seed": 1});
    for (path, body, tokens) in [
        ("/v1/chat/completions", chat.clone(), "/usage/completion_tokens"),
        ("/v1/responses", response, "/usage/output_tokens"),
    ] {
        let answer: Value = devnet.post(&http, path, &body).await.json().await.expect("JSON");
        assert_eq!(answer.pointer(tokens), Some(&json!(3_000)), "{path}");
    }
    // What may be spent bounds it, and nobody is refused for what was not said.
    let little = http.post(format!("{}/v1/chat/completions", devnet.api())).header("x-cuckoo-max-price", "0.5");
    let answer = little.json(&chat).send().await.expect("answers");
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.expect("JSON");
    let tokens = answer["usage"]["completion_tokens"].as_u64().expect("a number");
    assert!((600..2_000).contains(&tokens) && answer["choices"][0]["finish_reason"] == "length", "{answer}");
}
