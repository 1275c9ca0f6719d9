//! A network as applications see it: OpenAI's client, the shell, receipts, bad requests, the dashboard on a real terminal.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

#[cfg(feature = "mistralrs")]
use crate::harness::tiny;
use crate::harness::{
    chain::{Ran, command},
    network::{Devnet, get},
    screen::{Window, is_given_back},
};
#[cfg(feature = "mistralrs")]
use cuckoo_protocol::task::{ImageSize, kind::image_size};

/// One miner with a model for everything that the API does.
const ALL_KINDS: &[&str] =
    &["--miners", "1", "--model-name", "scripted", "--embedding-model", "vectors", "--image-model", "pictures"];

/// Runs a Python client's script against a network that has a model for everything.
fn run_python(script: &str, base: impl FnOnce(&Devnet) -> String) {
    let python = std::env::var_os("CUCKOO_TEST_PYTHON")
        .expect("CUCKOO_TEST_PYTHON names a Python with the clients; make test sets it");
    let devnet = Devnet::start(ALL_KINDS);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script);
    let output = Command::new(python).arg(script).arg(base(&devnet)).arg("scripted").output().expect("runs");
    assert_eq!(Ran::new(output).expect(0).stdout, "ok\n");
}

#[test]
fn needs_python_the_official_client_gets_an_answer_and_a_stream() {
    run_python("openai_client.py", |devnet| format!("{}/v1", devnet.api()));
}

#[test]
fn needs_python_the_official_client_gets_responses() {
    run_python("openai_responses.py", |devnet| format!("{}/v1", devnet.api()));
}

#[test]
fn needs_python_the_official_client_gets_batches() {
    run_python("openai_batches.py", |devnet| format!("{}/v1", devnet.api()));
}

#[test]
fn needs_python_anthropics_client_gets_messages() {
    run_python("anthropic_client.py", Devnet::api);
}

#[test]
fn needs_node_the_official_javascript_client_gets_an_answer_and_a_stream() {
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    assert!(clients.join("node_modules/openai").exists(), "make test installs the client");
    let devnet = Devnet::start(ALL_KINDS);
    let mut command = Command::new("node");
    command.arg(clients.join("openai_client.mjs")).arg(format!("{}/v1", devnet.api())).arg("scripted");
    assert_eq!(Ran::new(command.output().expect("runs")).expect(0).stdout, "ok\n");
}

/// Tells a document's reader what nobody knows who has the document alone.
fn tell_what_is_known(document: &mut Value) {
    // The names of models are known to nobody who only has the document.
    for (schema, model) in [
        ("ChatRequest", "scripted"),
        ("TextRequest", "scripted"),
        ("EmbeddingRequest", "vectors"),
        ("ImageRequest", "pictures"),
        ("ResponseRequest", "scripted"),
        ("MessageRequest", "scripted"),
        ("CountRequest", "scripted"),
        ("FimRequest", "scripted"),
        ("TokenizeRequest", "scripted"),
        ("DetokenizeRequest", "scripted"),
    ] {
        document["components"]["schemas"][schema]["properties"]["model"] = json!({ "const": model });
    }
    // Nor is the length of a model's vectors.
    let embedded = &mut document["components"]["schemas"]["EmbeddingRequest"]["properties"];
    embedded["dimensions"] = json!({"enum": [16, null]});
    // Nor is it known which function a request has, of which another part names one.
    let choice = &mut document["components"]["schemas"]["ChatRequest"]["properties"]["tool_choice"]["oneOf"];
    choice.as_array_mut().expect("choices").retain(|choice| choice["type"] != "object");
    // Nor that all messages together have at most sixteen images.
    let schemas = &mut document["components"]["schemas"];
    schemas["ChatRequest"]["properties"]["messages"]["maxItems"] = json!(4);
    schemas["ResponseRequest"]["properties"]["input"]["oneOf"][1]["maxItems"] = json!(4);
    schemas["ResponseRequest"]["properties"]["tool_choice"]["oneOf"].as_array_mut().expect("choices").truncate(2);
    // Nor which responses are kept.
    schemas["ResponseRequest"]["properties"]["previous_response_id"] = json!({ "type": "null" });
    let items = schemas["ResponseItem"]["oneOf"].as_array_mut().expect("items");
    items.retain(|item| item["properties"]["type"]["const"] != "item_reference");
    // Nor what is an image.
    let image = schemas["MessageImage"]["properties"]["source"]["properties"].as_object_mut().expect("properties");
    image.insert("data".into(), json!({ "const": "iVBORw0KGgo=" }));
    // Nor that the last message is not the model's.
    let messages = &mut schemas["MessageRequest"]["properties"]["messages"];
    let (any, user) = (messages["items"].clone(), messages["items"]["oneOf"][0].clone());
    *messages = json!({"type": "array", "minItems": 3, "maxItems": 3, "prefixItems": [any, any, user]});
    schemas["MessageRequest"]["properties"]["tool_choice"]["oneOf"].as_array_mut().expect("choices").truncate(2);
    // Nor what goes with another part of `include`, and what a model of images knows.
    schemas["ResponseRequest"]["properties"]["top_logprobs"] = json!({"enum": [0, null]});
    for parameter in ["quality", "num_inference_steps", "guidance_scale", "negative_prompt"] {
        schemas["ImageRequest"]["properties"][parameter] = json!({ "type": "null" });
    }
    let contents = schemas["Message"]["oneOf"].as_array_mut().expect("roles").iter_mut();
    for content in contents.filter_map(|role| role["properties"]["content"]["anyOf"].as_array_mut()) {
        content.iter_mut().filter(|kind| kind["type"] == "array").for_each(|parts| parts["maxItems"] = json!(4));
    }
    // Nor that two numbers have to be equal, and that all answers together are at most 64.
    schemas["TextRequest"]["properties"]["best_of"] = json!({ "type": "null" });
    schemas["TextRequest"]["properties"]["prompt"]["oneOf"][1]["maxItems"] = json!(4);
    // Items and tools are read as for an answer, and are tried there.
    let mut counted = schemas["ResponseRequest"].clone();
    counted["properties"]["input"] = json!({"type": "string"});
    counted["properties"]["tools"] = json!({"enum": [[], null]});
    schemas["CountedResponse"] = counted;
    // Nor how many images there may be in all messages together: counting them is tried with the document as it is.
    document["paths"].as_object_mut().expect("paths").remove("/v1/messages/count_tokens");
    let body = &mut document["paths"]["/v1/responses/input_tokens"]["post"]["requestBody"];
    body["content"]["application/json"]["schema"] = json!({"$ref": "#/components/schemas/CountedResponse"});
}

/// Schemathesis makes valid and invalid requests from the description of the API, `examples` for each operation. No answer may be a
/// server's error, and each has to be as described. The checks in `without` are left out.
fn run_schemathesis(devnet: &Devnet, document: &Value, examples: &str, without: &str) {
    let python = std::env::var_os("CUCKOO_TEST_PYTHON").expect("make test sets CUCKOO_TEST_PYTHON");
    let path = devnet.home().join("openapi.json");
    std::fs::write(&path, document.to_string()).expect("written");
    let mut command = Command::new(Path::new(&python).with_file_name("schemathesis"));
    command.current_dir(devnet.home()).arg("run").arg(path).args(["--url", &devnet.api()]);
    command.args([
        "--max-examples",
        examples,
        "--generation-deterministic",
        "--no-color",
        "--output-sanitize",
        "false",
    ]);
    command.args(["--exclude-checks", without]);
    let ran = Ran::new(command.output().expect("runs"));
    assert!(ran.code == 0, "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn needs_python_answers_are_as_the_openapi_document_says() {
    let devnet = Devnet::start(ALL_KINDS);
    let mut document = get(&Client::new(), &format!("{}/openapi.json", devnet.api())).await;
    tell_what_is_known(&mut document);
    // An application that allows less than the price is refused.
    for path in [
        "/v1/tasks",
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/fim/completions",
        "/v1/embeddings",
        "/v1/images/generations",
        "/v1/responses",
        "/v1/messages",
    ] {
        let parameters = document["paths"][path]["post"]["parameters"].as_array_mut().expect("parameters");
        parameters.retain(|parameter| parameter["name"] != "x-cuckoo-max-price");
    }
    // A task that is taken back stays readable.
    run_schemathesis(&devnet, &document, "40", "use_after_free");
}

/// The document as it is: what it cannot say of a request may be refused, and everything else holds.
#[tokio::test(flavor = "multi_thread")]
async fn needs_python_the_document_as_it_is_describes_every_answer() {
    let devnet = Devnet::start(ALL_KINDS);
    let document = get(&Client::new(), &format!("{}/openapi.json", devnet.api())).await;
    run_schemathesis(&devnet, &document, "10", "use_after_free,positive_data_acceptance");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_comes_with_a_receipt_that_anyone_can_verify() {
    let devnet = Devnet::start(&[]);
    let ran = devnet.run(&["task", "run", "Tell me about nests", "--seed", "3"]).expect(0);
    assert!(ran.stdout.split(' ').count() > 5, "{ran:?}");
    let ran = ran.says("by miner-").says("its share of the eligible stake was").says("is valid: both signatures");
    let json = devnet.run(&["task", "run", "Tell me about nests", "--seed", "3", "--json"]).expect(0).data();
    assert_eq!(json["text"].as_str().map(str::trim_end), Some(ran.stdout.trim_end()));

    let http = Client::new();
    let answer = http.get(format!("{}/metrics", devnet.admin())).send().await.expect("answers");
    let metrics = answer.text().await.expect("text");
    for line in [
        "cuckoo_tasks_total{state=\"done\"} 2",
        "cuckoo_leases_total 2",
        "cuckoo_miners{state=\"connected\"} 3",
        "cuckoo_chain_readable 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}: {metrics}");
    }
    assert!(metrics.contains("cuckoo_time_to_first_token_seconds_count 2"), "{metrics}");
    // The dashboard for Grafana shows nothing that there is not; only what has not happened yet may be missing.
    let dashboard = include_str!("../../../grafana/coordinator.json");
    let shown =
        dashboard.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).filter(|name| name.starts_with("cuckoo_"));
    let missing: Vec<_> = shown.filter(|name| !metrics.contains(&format!("\n{name}"))).collect();
    assert_eq!(missing, ["cuckoo_retries_total", "cuckoo_audits_total", "cuckoo_suspensions_total"]);
    assert!(metrics.lines().any(|line| line == "cuckoo_escrow_cai 10000"), "{metrics}");
    // The listener for applications has nothing for operators.
    assert_eq!(http.get(format!("{}/metrics", devnet.api())).send().await.expect("answers").status(), 404);
    let task = json["task"].as_str().expect("an id");
    let mut receipt = get(&http, &format!("{}/v1/tasks/{task}/receipt", devnet.api())).await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    let path = file.path().display().to_string();
    std::fs::write(file.path(), receipt.to_string()).expect("written");
    let verified = devnet.run(&["audit", "receipt", &path, "--json"]).expect(0).data();
    assert_eq!(verified["receipt"], json["receipt"]["receipt"]);
    receipt["text"] = json!("something else");
    std::fs::write(file.path(), receipt.to_string()).expect("written");
    devnet.run(&["audit", "receipt", &path]).expect(8).says("the output differs");
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_and_images_are_tasks_like_others_with_receipts_and_prices() {
    let directory = tempfile::tempdir().expect("a directory");
    let prices = directory.path().join("prices.toml");
    std::fs::write(&prices, "[vectors]\nprompt = \"2\"\n[pictures]\nimage = \"0.5\"\n").expect("written");
    let devnet = Devnet::start(&[ALL_KINDS, &["--prices", prices.to_str().expect("text")]].concat());
    let http = Client::new();
    let models = get(&http, &format!("{}/v1/models", devnet.api())).await;
    let kind = |name: &str| {
        let models = models["data"].as_array().expect("models");
        models.iter().find(|model| model["id"] == name).expect("listed")["kind"].clone()
    };
    assert_eq!([kind("scripted"), kind("vectors"), kind("pictures")], ["text", "embedding", "image"]);

    let texts = vec!["one two three"; 65];
    let answer = devnet.post(&http, "/v1/embeddings", &json!({"model": "vectors", "input": texts})).await;
    let header = |answer: &reqwest::Response, name: &str| {
        answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    // 65 texts of six tokens each.
    assert_eq!((answer.status(), header(&answer, "x-cuckoo-cost").as_str()), (StatusCode::OK, "0.78cai"));
    let tasks: Vec<_> = header(&answer, "x-cuckoo-task").split(", ").map(str::to_owned).collect();
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!((body["data"].as_array().map(Vec::len), body["usage"]["prompt_tokens"].as_u64()), (Some(65), Some(390)));
    assert_eq!(tasks.len(), 2, "{tasks:?}");

    let wanted = json!({"model": "pictures", "prompt": "a nest", "size": "64x64"});
    let answer = devnet.post(&http, "/v1/images/generations", &wanted).await;
    assert_eq!((answer.status(), header(&answer, "x-cuckoo-cost").as_str()), (StatusCode::OK, "0.5cai"));
    let image = header(&answer, "x-cuckoo-task");
    let cap = http.post(format!("{}/v1/images/generations", devnet.api())).header("x-cuckoo-max-price", "0.4");
    assert_eq!(cap.json(&wanted).send().await.expect("answers").status(), StatusCode::PAYMENT_REQUIRED);

    // What is delivered is what the receipt commits to, whatever it is.
    for task in tasks.iter().chain([&image]) {
        let mut receipt = get(&http, &format!("{}/v1/tasks/{task}/receipt", devnet.api())).await;
        let path = directory.path().join("receipt.json");
        let shown = path.to_str().expect("text");
        std::fs::write(&path, receipt.to_string()).expect("written");
        devnet.run(&["audit", "receipt", shown]).expect(0).says("miner-1 signed this answer");
        receipt["text"] = json!(receipt["text"].as_str().expect("an output").to_lowercase());
        std::fs::write(&path, receipt.to_string()).expect("written");
        devnet.run(&["audit", "receipt", shown]).expect(8).says("the output differs");
    }
    // The shell asks for text, of which there is one model.
    devnet.run(&["task", "run", "hello"]).expect(0);
    let status = devnet.run(&["coordinator", "status", "--connect", &devnet.admin()]).expect(0);
    assert!(status.stdout.contains("vectors (embedding)"), "{status:?}");
    // A model that does something else is named, and costs nothing.
    let answer = devnet.post(&http, "/v1/embeddings", &json!({"model": "scripted", "input": "x"})).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let error: Value = answer.json().await.expect("JSON");
    assert_eq!(error["error"]["message"], "the model `scripted` makes text and not embedding");
    // Every draw can be made again, whatever was drawn for.
    let log = devnet.data().join("coordinator-1/assignments.log").display().to_string();
    let report = devnet.run(&["audit", "assignments", &log, "--chain", "--json"]).expect(0).data();
    assert_eq!(report["picks"], 4, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_get_openais_error_shape_and_lose_nothing() {
    let devnet = Devnet::start(&["--miners", "1", "--scripted-tokens", "30", "--scripted-rate", "20"]);
    let http = Client::new();
    let good = devnet.post(&http, "/v1/tasks", &devnet.chat("in the meantime")).await;
    assert_eq!(good.status(), StatusCode::ACCEPTED);
    let good: Value = good.json().await.expect("JSON");

    let chat = format!("{}/v1/chat/completions", devnet.api());
    let with = |field: &str, value: Value| {
        let mut body = devnet.chat("hello");
        body[field] = value;
        body.to_string()
    };
    for (body, status, code) in [
        (with("model", json!("gpt-9")), 404, "model_not_found"),
        (with("messages", json!([])), 400, "invalid_value"),
        (with("max_tokens", json!(-1)), 400, "invalid_value"),
        (with("no_such_parameter", json!(1)), 400, "unsupported_parameter"),
        ("{\"model\": ".to_owned(), 400, "invalid_json"),
        (with("messages", json!([{"role": "user", "content": "x".repeat(33 << 20)}])), 413, "body_too_large"),
    ] {
        let begins = body[..body.len().min(120)].to_owned();
        let answer =
            http.post(&chat).header("content-type", "application/json").body(body).send().await.expect("answers");
        assert_eq!(answer.status().as_u16(), status, "{begins}");
        let error: Value = answer.json().await.expect("JSON");
        assert_eq!(error["error"]["code"], code, "{begins}: {error}");
        for field in ["message", "type", "param"] {
            assert!(error["error"].get(field).is_some(), "{error}");
        }
        assert!(!error["error"]["message"].as_str().expect("text").is_empty());
    }
    let nowhere = get(&http, &format!("{}/v1/nowhere", devnet.api())).await;
    assert_eq!(nowhere["error"]["code"], "not_found");
    devnet.run(&["task", "run", "hello", "--model", "gpt-9"]).expect(3).says("does not exist");
    devnet.run(&["task", "run", "hello", "--temperature", "9"]).expect(2);

    let begin = Instant::now();
    loop {
        let task = get(&http, &format!("{}/v1/tasks/{}", devnet.api(), good["id"].as_str().expect("an id"))).await;
        if task["state"] == "done" {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{task}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[test]
fn the_dashboard_shows_the_network_and_leaves_the_terminal_as_it_was() {
    let devnet = Devnet::start(&[]);
    devnet.run(&["task", "run", "hello"]).expect(0);
    let home = tempfile::tempdir().expect("a directory");
    let once =
        || Ran::new(command(home.path(), &["tui", "--once", "--connect", &devnet.admin()]).output().expect("runs"));
    // On a machine with much to do the chain may be slow to answer for a moment, which is trouble, and 3.
    let begin = Instant::now();
    let mut plain = once();
    while plain.code == 3 && begin.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(300));
        plain = once();
    }
    let plain = plain.expect(0);
    assert!(plain.stdout.contains("miner-1") && !plain.stdout.contains('\u{1b}'), "{}", plain.stdout);

    for (columns, rows, keys, expected) in
        [(160, 48, "3", &["miner-1", "miner-2", "miner-3"][..]), (80, 24, "2", &["✓ done", "scripted"])]
    {
        let mut window = Window::open(&["tui", "--connect", &devnet.admin()], home.path(), &[], (columns, rows));
        window.press(keys);
        window.until(|screen| expected.iter().all(|text| screen.contents().contains(text)));
        assert!(window.screen().alternate_screen());
        window.press("q");
        assert!(window.ended().success());
        window.until(is_given_back);
    }
}

/// What `make demo` does, with its model.
#[cfg(feature = "mistralrs")]
#[test]
fn needs_a_model_the_demonstration_answers_with_a_verified_receipt() {
    let model =
        std::env::var("CUCKOO_TEST_MODEL").expect("CUCKOO_TEST_MODEL names SmolLM2's directory; make test sets it");
    let home = tempfile::tempdir().expect("a directory");
    let arguments = [
        "devnet",
        "--port",
        "0",
        "--model",
        &model,
        "--model-name",
        "smollm2",
        "--ask",
        "What is the capital of France?",
    ];
    let output = command(home.path(), &arguments)
        .env("CUCKOO_ANVIL", crate::harness::chain::anvil_program())
        .output()
        .expect("runs");
    let ran = Ran::new(output).expect(0);
    assert!(ran.stdout.contains("Paris"), "{ran:?}");
    ran.says("its share of the eligible stake was").says("is valid: both signatures");
}

/// Four models in four processes of one miner: the real SmolLM2, and small ones in the form of SmolVLM, Qwen3-Embedding and FLUX.
#[cfg(feature = "mistralrs")]
#[tokio::test(flavor = "multi_thread")]
async fn needs_a_model_a_miner_with_four_models_answers_sees_embeds_and_draws() {
    let model = std::env::var("CUCKOO_TEST_MODEL").expect("CUCKOO_TEST_MODEL names SmolLM2's directory");
    let home = tempfile::tempdir().expect("a directory");
    let [seeing, embedder, painter] = ["nest-vlm", "nest-embedding", "nest-flux"].map(|name| home.path().join(name));
    tiny::write_seeing(&seeing, 3);
    tiny::write_embedder(&embedder, 3);
    tiny::write_image_model(&painter, home.path(), 3);
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    let (seeing, embedder, painter) = (text(&seeing), text(&embedder), text(&painter));
    let models = ["--model", &model, "--model", &seeing, "--model", &embedder, "--model", &painter];
    let devnet = Devnet::launch(home.path(), &home.path().join("network"), &[&["--miners", "1"], &models[..]].concat());
    let http = Client::new();
    let listed = get(&http, &format!("{}/v1/models", devnet.api())).await;
    let listed = listed["data"].as_array().expect("models");
    let mut listed: Vec<_> = listed.iter().map(|model| (model["id"].as_str(), model["kind"].as_str())).collect();
    listed.sort_unstable();
    let smollm2 = Path::new(&model).file_name().and_then(|name| name.to_str()).expect("a name");
    let expected = [("nest-embedding", "embedding"), ("nest-flux", "image"), ("nest-vlm", "text"), (smollm2, "text")];
    assert_eq!(listed, expected.map(|(name, kind)| (Some(name), Some(kind))));
    let ask = async |path: &str, body: Value| {
        let answer = devnet.post(&http, path, &body).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}: {}", answer.text().await.unwrap_or_default());
        answer.json::<Value>().await.expect("JSON")
    };
    let question = json!([{"role": "user", "content": "What is the capital of France?"}]);
    let chat = json!({"model": smollm2, "messages": question, "temperature": 0, "max_tokens": 24});
    let embed = json!({"model": "nest-embedding", "input": ["a nest", "an egg", "a nest"]});
    let draw = json!({"model": "nest-flux", "prompt": "a nest", "size": "128x64"});
    let (said, embedded, drawn) = tokio::join!(
        ask("/v1/chat/completions", chat),
        ask("/v1/embeddings", embed),
        ask("/v1/images/generations", draw)
    );
    let said = &said["choices"][0]["message"]["content"];
    assert!(said.as_str().is_some_and(|said| said.contains("Paris")), "{said}");
    let vectors = &embedded["data"];
    assert_eq!(vectors[0]["embedding"], vectors[2]["embedding"]);
    assert_eq!(vectors[0]["embedding"].as_array().map(Vec::len), Some(64));
    let image = drawn["data"][0]["b64_json"].as_str().expect("an image");
    assert_eq!(image_size(image), Ok(ImageSize { width: 128, height: 64 }));

    // What one model has drawn another one is shown.
    let look = |model: &str, image: &str| {
        let url = format!("data:image/png;base64,{image}");
        let parts = json!([{"type": "text", "text": "Whose"}, {"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "is it?"}]);
        json!({"model": model, "messages": [{"role": "user", "content": parts}], "temperature": 0, "max_tokens": 24, "logprobs": true})
    };
    let seen = ask("/v1/chat/completions", look("nest-vlm", image)).await;
    // The template's text, one token for each byte, and the image.
    let rendered = "<>user\nWhoseis it?<>\n<>assistant\n".len() as u32 - 3;
    assert_eq!(seen["usage"]["prompt_tokens"], json!(rendered + tiny::IMAGE_PLACES));
    let again = ask("/v1/chat/completions", look("nest-vlm", image)).await;
    assert_eq!(seen["choices"], again["choices"]);
    let blank = "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAAG0lEQVR42u3BgQAAAADDoPlT3+AEVQEAAAB8AxBAAAG9PLePAAAAAElFTkSuQmCC";
    let other = ask("/v1/chat/completions", look("nest-vlm", blank)).await;
    assert_ne!(seen["choices"], other["choices"]);
    let file = text(&home.path().join("nest.png"));
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, image).expect("base64");
    std::fs::write(&file, bytes).expect("written");
    let shown = ["task", "run", "Whose is it?", "--model", "nest-vlm", "--image", &file];
    devnet.run(&shown).expect(0).says("receipt");
    let none = format!("{seeing}/config.json");
    for (file, code, says) in [(&seeing, 3, "cannot read the image"), (&none, 2, "is not a PNG")] {
        devnet.run(&[&shown[..6], &[file.as_str()]].concat()).expect(code).says(says);
    }
    let blind = devnet.post(&http, "/v1/chat/completions", &look(smollm2, image)).await;
    assert_eq!(blind.status(), StatusCode::BAD_REQUEST);
    assert!(blind.text().await.expect("a body").contains("takes no images"));
}

#[cfg(feature = "mistralrs")]
#[test]
fn needs_a_model_false_answers_for_a_real_model_are_found_and_honest_ones_are_not() {
    let model =
        std::env::var("CUCKOO_TEST_MODEL").expect("CUCKOO_TEST_MODEL names a model's directory; make test does");
    let home = tempfile::tempdir().expect("a directory");
    let run = |arguments: &[&str]| {
        let few = ["--answers", "2", "--tokens", "24", "--miners", "2", "--longest", "0"];
        let arguments = [&["audit", "model", "--model", &model], &few[..], arguments].concat();
        Ran::new(command(home.path(), &arguments).output().expect("runs"))
    };
    let ran = run(&["--json"]);
    // Two answers are too few for the command's own goals, which are about single audits.
    assert!(matches!(ran.code, 0 | 8), "{ran:?}");
    let measured = ran.envelope()["data"].clone();
    let rows = measured["detections"].as_array().expect("rows");
    for row in rows.iter().filter(|row| row["miners"] != 0) {
        let confirmed = match row["execution"].as_str() {
            Some("honest") => {
                assert_eq!((&row["at_once"], &row["suspected"]), (&json!(0), &json!(0)), "{row}");
                0
            }
            // How often such an answer differs at all is up to its tokens.
            Some("quantised8_laundered" | "one_in_twenty") => continue,
            _ => 2,
        };
        assert_eq!((&row["confirmed"], &row["miners"]), (&json!(confirmed), &json!(2)), "{row}");
    }
    assert_eq!((rows.len(), &measured["class"]), (20, &json!("cpu-f32")));
    // The exit code is that of the goals, and each that was missed is named.
    let goals = measured["goals"].as_array().expect("goals");
    let missed: Vec<_> = goals.iter().filter(|goal| goal["is_met"] == false).collect();
    assert_eq!((ran.code == 0, goals.len() > 12), (missed.is_empty(), true), "{goals:?}");
    let said = ran.envelope()["errors"].to_string();
    assert!(missed.iter().all(|goal| said.contains(goal["what"].as_str().expect("words"))), "{said}");
    let honest = goals.iter().find(|goal| goal["what"] == "honest").expect("a goal");
    assert_eq!((&honest["is_met"], &honest["goal"]), (&json!(true), &json!("none found")));
    run(&["--temperature", "0"]).expect(2).says("0.1 to 2");
    run(&["--prompts", "/no/such/file"]).expect(1).says("/no/such/file");
}

#[test]
fn honest_answers_are_measured_some_at_once_and_found_honest_by_what_is_known() {
    let home = tempfile::tempdir().expect("a directory");
    let arguments = ["audit", "calibrate", "scripted", "--answers", "48", "--tokens", "16", "--at-once", "4", "--json"];
    let ran = Ran::new(command(home.path(), &arguments).output().expect("runs")).expect(0);
    let measured = ran.data();
    // All the kinds of questions were asked, each as often.
    assert_eq!(measured["answers"], json!(48), "{measured}");
    assert!(ran.stderr.contains("0 answers found false at once, and the highest e-value is"), "{}", ran.stderr);
    let many = ["audit", "calibrate", "scripted", "--answers", "48", "--at-once", "5"];
    let ran = Ran::new(command(home.path(), &many).output().expect("runs"));
    ran.expect(3).says("scripted answers 4 at once here, and not 5");
}
