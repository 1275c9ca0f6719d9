//! mistral.rs with real models: a tiny random one, and SmolLM2, whose file `CUCKOO_TEST_GGUF` names (`make test` does).

use std::{path::Path, sync::Arc, time::Duration};

use cuckoo_gpu::{
    Engine, EngineError, EngineSpec, GenerateRequest, Supervised,
    audit::execute,
    engine::{MistralConfig, Quantise},
    model::{ModelSource, dequantise, hash_files, weight_files},
    start,
};
use cuckoo_protocol::{
    manifest::Proof,
    task::{ChatMessage, ChatRole, FinishReason, ImageSize, Kind, Micros, kind},
};
use futures::StreamExt;
use tokenizers::Tokenizer;
use tokio::time::{Instant, timeout};

use crate::{
    Output, continuation,
    examine::{all_of, farthest},
    read, request, run, supervise, tiny,
};

pub(crate) fn config(source: ModelSource) -> MistralConfig {
    MistralConfig {
        source,
        name: Some("tiny".into()),
        slots: Some(4),
        expect_weights: None,
        quantise: None,
        quantise_secretly: None,
        force_cpu: true,
        examine_memory: None,
    }
}

pub(crate) struct Tiny {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) directory: tempfile::TempDir,
}

pub(crate) async fn tiny() -> Tiny {
    let directory = tempfile::tempdir().expect("a directory");
    tiny::write(directory.path(), 7);
    let engine =
        start(EngineSpec::Mistral(config(ModelSource::Directory(directory.path().into())))).await.expect("loads");
    Tiny { engine, directory }
}

pub(crate) fn warm(content: &str, max_tokens: u32, seed: u64) -> GenerateRequest {
    let mut request = request("tiny", content, max_tokens);
    request.sampling.temperature = Micros::ONE;
    request.sampling.top_p = Micros(950_000);
    request.sampling.seed = seed;
    request
}

pub(crate) fn tokenizer(directory: &Path) -> Tokenizer {
    Tokenizer::from_file(directory.join("tokenizer.json")).expect("a tokeniser")
}

fn check(output: &Output, tokenizer: &Tokenizer) {
    let finish = output.finish();
    assert_eq!(output.ids.len(), finish.completion_tokens as usize);
    assert_eq!(output.log_probabilities.len(), output.ids.len());
    assert!(output.log_probabilities.iter().all(|&value| value <= 0.0 && value.is_finite()));
    assert_eq!(output.text, tokenizer.decode(&output.ids, true).expect("decodes"));
}

/// Waits for a slot as a miner's queue would.
pub(crate) async fn patiently(engine: &dyn Engine, request: GenerateRequest) -> Output {
    loop {
        match engine.generate(request.clone()).await {
            Ok(stream) => return read(stream).await,
            Err(EngineError::Busy) => tokio::time::sleep(Duration::from_millis(1)).await,
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn a_model_is_described_by_its_files() {
    let tiny = tiny().await;
    let models = tiny.engine.models();
    let [model] = models.as_slice() else { panic!("{models:?}") };
    assert_eq!((model.slots, model.context_length as usize), (1, tiny::CONTEXT));
    assert!(model.token_ids && model.log_probabilities);
    let files = weight_files(tiny.directory.path()).expect("files");
    assert_eq!(model.manifest.weights, hash_files(&files).expect("a digest"));
    assert_eq!((model.manifest.quantisation.as_str(), model.manifest.engine.as_str()), ("none", "mistralrs 0.8.1"));
    assert_eq!((model.manifest.proof, model.class.as_str(), model.examines), (Proof::Seeded, "cpu-f32", true));

    let mut wrong = config(ModelSource::Directory(tiny.directory.path().into()));
    wrong.expect_weights = Some("sha256:00".into());
    assert!(matches!(
        start(EngineSpec::Mistral(wrong)).await.err(),
        Some(EngineError::Altered { expected, .. }) if expected.contains("sha256:00")
    ));
    // What does not fit is refused before anything is read: its table of tensors says how large it is.
    let huge = tempfile::tempdir().expect("a directory");
    let table = r#"{"a": {"dtype": "BF16", "shape": [1000000, 1000000000], "data_offsets": [0, 1]}}"#;
    let bytes = [&(table.len() as u64).to_le_bytes(), table.as_bytes()].concat();
    std::fs::write(huge.path().join("model.safetensors"), bytes).expect("written");
    let refused = start(EngineSpec::Mistral(config(ModelSource::Directory(huge.path().into())))).await.err();
    assert!(matches!(&refused, Some(EngineError::Start(reason)) if reason.contains("4000000.0 GB")), "{refused:?}");
    let absent = config(ModelSource::Directory("/no/such/model".into()));
    assert!(matches!(start(EngineSpec::Mistral(absent)).await.err(), Some(EngineError::Start(_))));
}

#[tokio::test]
async fn the_output_is_a_function_of_the_request() {
    let tiny = tiny().await;
    let tokenizer = tokenizer(tiny.directory.path());
    let greedy = run(&*tiny.engine, request("tiny", "hello", 48)).await;
    check(&greedy, &tokenizer);
    let mut other_seed = request("tiny", "hello", 48);
    other_seed.sampling.seed = 8;
    assert_eq!(greedy, run(&*tiny.engine, other_seed).await);

    let first = run(&*tiny.engine, warm("hello", 48, 1)).await;
    check(&first, &tokenizer);
    assert_eq!(first, run(&*tiny.engine, warm("hello", 48, 1)).await);
    assert_ne!(first.ids, run(&*tiny.engine, warm("hello", 48, 2)).await.ids);
    assert_ne!(first.ids, greedy.ids);
    // A limit cuts an output and does not change it.
    let short = run(&*tiny.engine, warm("hello", 20, 1)).await;
    assert_eq!((short.ids.as_slice(), short.finish().reason), (&first.ids[..20], FinishReason::Length));
    assert_eq!(short.log_probabilities, first.log_probabilities[..20]);
}

#[tokio::test]
async fn weights_are_quantised_while_they_are_loaded() {
    let tiny = tiny().await;
    let mut quantised = config(ModelSource::Directory(tiny.directory.path().into()));
    quantised.quantise = Some(Quantise::Q8_0);
    let engine = start(EngineSpec::Mistral(quantised)).await.expect("loads");
    let manifest = engine.models()[0].manifest.clone();
    assert_eq!(
        (manifest.quantisation.as_str(), &manifest.weights),
        ("in place q8_0", &tiny.engine.models()[0].manifest.weights)
    );
    let request = warm("tell me more", 40, 1);
    let claim = execute(&*engine, request.clone()).await.expect("an answer");
    let examined = tiny.engine.examine(&request, &all_of(&claim.ids)).await.expect("an examination");
    let off = farthest(&examined, &claim.log_probabilities).1;
    assert!(off > 3e-3, "8 bits are far from 32: {off}");
}

#[tokio::test]
async fn log_probabilities_are_natural() {
    // With 320 nearly equal choices the mean lies near ln(1/320) = -5.8; in decimal logarithms it would be -2.5.
    let tiny = tiny().await;
    let mut hot = warm("hello", 200, 3);
    hot.sampling.temperature = Micros(50_000_000);
    hot.sampling.top_p = Micros::ONE;
    let output = run(&*tiny.engine, hot).await;
    let mean = output.log_probabilities.iter().sum::<f32>() / output.log_probabilities.len() as f32;
    assert!(mean < -5.0, "{mean}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_at_once_give_what_they_give_alone() {
    let tiny = tiny().await;
    // Prompts of equal length: sequences of equal length are the ones that would be decoded together.
    let prompts = ["aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff"];
    let mut alone = Vec::new();
    for prompt in prompts {
        alone.push(run(&*tiny.engine, warm(prompt, 40, 5)).await);
    }
    let together = prompts.map(|prompt| patiently(&*tiny.engine, warm(prompt, 40, 5)));
    assert_eq!(futures::future::join_all(together).await, alone);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_stream_leaves_no_trace() {
    let tiny = tiny().await;
    let expected = run(&*tiny.engine, warm("aaaa", 40, 5)).await;
    for round in 0..20 {
        let mut stream = tiny.engine.generate(warm("bbbb", 400, round)).await.expect("a slot at once");
        for _ in 0..round % 4 {
            let _ = stream.next().await;
        }
        assert!(tiny.engine.generate(warm("cccc", 4, 0)).await.err().is_some_and(|error| error.is_busy()));
        drop(stream);
        // At once, while the dropped sequence may still be in the scheduler.
        assert_eq!(run(&*tiny.engine, warm("aaaa", 40, 5)).await, expected);
    }
    // Futures dropped before they are streams, at different moments.
    for micros in [0, 10, 50, 100, 200, 500, 1_000, 2_000] {
        let generating = tiny.engine.generate(warm("bbbb", 400, 1));
        drop(timeout(Duration::from_micros(micros), generating).await);
    }
    assert_eq!(run(&*tiny.engine, warm("aaaa", 40, 5)).await, expected);
    assert!(tiny.engine.is_ready());
}

#[tokio::test]
async fn stop_texts_and_limits() {
    let tiny = tiny().await;
    let full = run(&*tiny.engine, warm("hello", 60, 1)).await;
    let characters: Vec<char> = full.text.chars().collect();
    let mut stopped = warm("hello", 60, 1);
    // Two characters, so of two tokens at least.
    stopped.sampling.stop = vec![characters[8..10].iter().collect()];
    let output = run(&*tiny.engine, stopped.clone()).await;
    assert_eq!(output.finish().reason, FinishReason::Stop);
    assert!(!output.text.contains(&stopped.sampling.stop[0]));
    assert!(full.text.starts_with(&output.text) && full.ids.starts_with(&output.ids));
    assert!(output.ids.len() < full.ids.len());
    assert_eq!(output.finish().completion_tokens as usize, output.ids.len());
    assert_eq!(output, run(&*tiny.engine, stopped).await);

    let none = run(&*tiny.engine, warm("hello", 0, 1)).await;
    assert_eq!((none.finish().completion_tokens, none.finish().reason), (0, FinishReason::Length));
    let one = run(&*tiny.engine, warm("hello", 1, 1)).await;
    assert_eq!(one.ids, full.ids[..1]);
}

#[tokio::test]
async fn the_context_is_the_limit_of_prompt_and_answer_together() {
    let tiny = tiny().await;
    let error = tiny.engine.generate(request("tiny", &"x".repeat(600), 5)).await.err();
    let Some(EngineError::PromptTooLong { tokens, limit }) = error else { panic!("{error:?}") };
    assert!(tokens > 600 && limit as usize == tiny::CONTEXT);
    let output = run(&*tiny.engine, warm(&"x".repeat(440), 10_000, 1)).await;
    let finish = output.finish();
    assert!((finish.prompt_tokens + finish.completion_tokens) as usize <= tiny::CONTEXT);
    assert_eq!(output.ids.len(), finish.completion_tokens as usize);
}

#[tokio::test]
async fn a_child_process_gives_the_same_bits() {
    let tiny = tiny().await;
    let source = ModelSource::Directory(tiny.directory.path().into());
    let child = Supervised::start(supervise::config(EngineSpec::Mistral(config(source)))).await.expect("starts");
    assert_eq!(child.models(), tiny.engine.models());
    assert_eq!(run(&child, warm("hello", 60, 1)).await, run(&*tiny.engine, warm("hello", 60, 1)).await);
    for round in 0..10 {
        let mut stream = child.generate(warm("bbbb", 400, round)).await.expect("a slot at once");
        let _ = stream.next().await;
    }
    assert_eq!(child.restarts(), 0);
}

/// A chat with everything that tools bring, as a template shows it.
fn chat_with_tools() -> (Vec<ChatMessage>, &'static str) {
    let message = |role, content: &str| ChatMessage { role, content: content.into() };
    let messages = vec![
        message(
            ChatRole::Tools,
            r#"[{"type": "function", "function": {"name": "time", "parameters": {"z": {}, "a": {}, "m": {}, "c": {}, "x": {}}}}]"#,
        ),
        message(ChatRole::User, "noon?"),
        message(ChatRole::Assistant, "I look."),
        message(
            ChatRole::Calls,
            r#"[{"id": "1", "type": "function", "function": {"name": "time", "arguments": "{\"zone\": 1}"}}]"#,
        ),
        message(ChatRole::Tool, r#"{"tool_call_id": "1", "content": "noon"}"#),
    ];
    // Whatever the order of an object's fields was: mistral.rs keeps them in a map whose order is another one in every process,
    // but its templates sort them.
    let shown = "<|im_start|>tools\n\
        {\"type\":\"function\",\"function\":{\"description\":null,\"name\":\"time\",\"parameters\":{\"a\":{},\"c\":{},\"m\":{},\"x\":{},\"z\":{}}}}\n\
        <|im_end|>\n<|im_start|>user\nnoon?<|im_end|>\n\
        <|im_start|>assistant\nI look.<tool_call>time {\"zone\":1}</tool_call><|im_end|>\n\
        <|im_start|>tool\nnoon<|im_end|>\n<|im_start|>assistant\n";
    (messages, shown)
}

/// An image of one colour.
pub(crate) fn png(colour: [u8; 3], width: u32, height: u32) -> String {
    let mut file = vec![];
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().expect("a head");
    writer.write_image_data(&colour.repeat((width * height) as usize)).expect("written");
    drop(writer);
    kind::write_image(&file)
}

/// What the person says before an image, shows and says after it.
pub(crate) fn shown(before: &str, image: &str, after: &str, max_tokens: u32) -> GenerateRequest {
    let part = |role, content: &str| ChatMessage { role, content: content.into() };
    let messages = vec![part(ChatRole::Part, before), part(ChatRole::Image, image), part(ChatRole::User, after)];
    GenerateRequest { messages, ..request("tiny", "", max_tokens) }
}

#[tokio::test]
async fn a_model_that_sees_answers_by_what_it_is_shown() {
    let directory = tempfile::tempdir().expect("a directory");
    tiny::write_seeing(directory.path(), 7);
    sees(&directory, tiny::IMAGE_PLACES, "<image>").await;
}

#[tokio::test]
async fn a_gemma_answers_by_what_it_is_shown() {
    let directory = tempfile::tempdir().expect("a directory");
    tiny::write_gemma(directory.path(), 7);
    sees(&directory, tiny::GEMMA_IMAGE_PLACES, "<start_of_image>").await;
}

/// An image takes this many places in the prompts of the model, and `mark` stands for it in its chat template.
async fn sees(directory: &tempfile::TempDir, places: u32, mark: &str) {
    let source = ModelSource::Directory(directory.path().into());
    let engine = start(EngineSpec::Mistral(config(source))).await.expect("loads");
    let tokenizer = tokenizer(directory.path());
    let tokens = |text: &str| tokenizer.encode_fast(text, false).expect("encodes").len() as u32;

    let (red, blue) = (png([200, 20, 20], 64, 64), png([20, 20, 200], 64, 64));
    let first = run(&*engine, shown("This is", &red, "or is it?", 24)).await;
    check(&first, &tokenizer);
    let rendered = tokens("<|im_start|>user\nThis isor is it?<|im_end|>\n<|im_start|>assistant\n");
    assert_eq!(first.finish().prompt_tokens, rendered + places);
    assert_eq!(run(&*engine, shown("This is", &red, "or is it?", 24)).await, first, "the same again");
    for other in [
        shown("This is", &blue, "or is it?", 24),
        shown("This", &red, " isor is it?", 24),
        shown("This isor is it?", &red, "", 24),
    ] {
        let output = run(&*engine, other).await;
        assert_eq!(output.finish().prompt_tokens, first.finish().prompt_tokens);
        assert_ne!(output.log_probabilities, first.log_probabilities);
    }
    let mut two = shown("This is", &red, "or is it?", 24);
    two.messages.insert(2, two.messages[1].clone());
    assert_eq!(run(&*engine, two).await.finish().prompt_tokens, rendered + 2 * places);
    let long = run(&*engine, shown("This is", &red, "or is it?", 10_000)).await.finish();
    if long.reason == FinishReason::Length {
        assert_eq!(long.prompt_tokens + long.completion_tokens, tiny::CONTEXT as u32);
    }

    let invalid = async |request| match engine.generate(request).await {
        Err(error @ EngineError::Invalid(_)) => error.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it starts"),
    };
    assert!(invalid(shown(&format!("An {mark}"), &red, "is no word", 24)).await.contains(mark));
    assert!(invalid(shown("", &png([0; 3], 8, 8), "", 24)).await.contains("8x8"));
    assert!(invalid(shown("", &red[..red.len() - 32], "", 24)).await.contains("cannot be read"));
    // It is still there, for those who show nothing too.
    let plain = run(&*engine, request("tiny", &format!("An {mark} is no word"), 24)).await;
    check(&plain, &tokenizer);
    assert_eq!(run(&*engine, shown("This is", &red, "or is it?", 24)).await, first);

    let blind = tiny().await.engine;
    let refusal = blind.generate(shown("This is", &red, "or is it?", 24)).await.err();
    assert_eq!(refusal, Some(EngineError::Invalid("this model takes no images".into())));
}

/// See `Sight::of`: what mistral.rs would break off is not begun.
#[tokio::test]
async fn a_qwen_that_sees_answers_about_text_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    tiny::write_qwen_seeing(directory.path(), 7);
    let source = ModelSource::Directory(directory.path().into());
    let engine = start(EngineSpec::Mistral(config(source))).await.expect("loads");
    check(&run(&*engine, request("tiny", "Nothing is shown here", 24)).await, &tokenizer(directory.path()));
    let refusal = engine.generate(shown("This is", &png([0; 3], 64, 64), "or is it?", 24)).await.err();
    assert_eq!(refusal, Some(EngineError::Invalid("this model takes no images".into())));
}

#[tokio::test]
async fn tools_go_where_the_chat_template_has_a_place_for_them() {
    let tiny = tiny().await;
    let (messages, shown) = chat_with_tools();
    let wanted = GenerateRequest { messages, ..warm("", 8, 1) };
    let output = run(&*tiny.engine, wanted.clone()).await;
    let tokens = tokenizer(tiny.directory.path()).encode(shown, false).expect("encodes").len();
    assert_eq!(output.finish().prompt_tokens as usize, tokens);
    assert_eq!(output, run(&*tiny.engine, continuation_of(shown, &wanted)).await, "it is this text");
    let examined = tiny.engine.examine(&wanted, &all_of(&output.ids)).await.expect("examines");
    assert!(examined.positions.iter().all(|position| position.shortfall < 1e-3));

    let path = tiny.directory.path().join("tokenizer_config.json");
    let mut config: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).expect("reads")).expect("JSON");
    config["chat_template"] = "{% for message in messages %}{{ message.content }}{% endfor %}".into();
    std::fs::write(&path, config.to_string()).expect("written");
    let source = ModelSource::Directory(tiny.directory.path().into());
    let engine = start(EngineSpec::Mistral(self::config(source))).await.expect("loads");
    let refused = engine.generate(wanted).await.err().expect("is refused");
    assert!(refused.is_request_fault() && refused.to_string().contains("no place for tools"), "{refused}");
}

fn continuation_of(text: &str, like: &GenerateRequest) -> GenerateRequest {
    let messages = vec![ChatMessage { role: ChatRole::Prompt, content: text.into() }];
    GenerateRequest { messages, ..like.clone() }
}

/// A schema that bounds its answers, so that a model that knows nothing comes to their end.
pub(crate) const BIRD: &str = r#"{
    "type": "object", "additionalProperties": false, "required": ["name", "eggs", "sings"],
    "properties": {
        "name": {"type": "string", "maxLength": 6},
        "eggs": {"type": "integer", "minimum": 0, "maximum": 12},
        "sings": {"type": "boolean"}
    }
}"#;

#[tokio::test]
async fn an_answer_obeys_its_schema_whatever_the_model_would_say() {
    let tiny = tiny().await;
    for seed in 0..4 {
        let mut wanted = warm("bird", 200, seed);
        wanted.sampling.schema = BIRD.into();
        let output = run(&*tiny.engine, wanted.clone()).await;
        let bird: serde_json::Value = serde_json::from_str(&output.text).unwrap_or_else(|_| panic!("{}", output.text));
        assert!(bird["name"].as_str().is_some_and(|name| name.chars().count() <= 6), "{bird}");
        assert!(bird["eggs"].as_u64().is_some_and(|eggs| eggs <= 12) && bird["sings"].is_boolean(), "{bird}");
        assert_eq!((bird.as_object().map(serde_json::Map::len), output.finish().reason), (Some(3), FinishReason::Stop));
        assert_eq!(output, run(&*tiny.engine, wanted.clone()).await, "drawn again, it is the same");
        // An auditor applies the same schema; by another one the tokens could not have been chosen.
        let examined = tiny.engine.examine(&wanted, &all_of(&output.ids)).await.expect("examines");
        let worst = |examined: &cuckoo_protocol::audit::Examined| {
            examined.positions.iter().map(|position| position.shortfall).fold(0.0, f32::max)
        };
        assert!(worst(&examined) < 1e-3, "{}", worst(&examined));
        for (examined, own) in examined.positions.iter().zip(&output.log_probabilities) {
            assert!((examined.log_probability - own).abs() < 1e-3);
        }
        let mut other = wanted;
        other.sampling.schema = r#"{"type": "array"}"#.into();
        let examined = tiny.engine.examine(&other, &all_of(&output.ids)).await.expect("examines");
        assert_eq!(worst(&examined), f32::INFINITY);
    }
}

/// F-A9: what costs the engine time or memory is refused, or cut, and the next request is answered.
#[tokio::test]
async fn fa9_schemas_that_are_bombs() {
    let tiny = tiny().await;
    let deep = (0..90).fold(r#"{"type":"string"}"#.to_owned(), |inner, _| {
        format!(r#"{{"type":"object","properties":{{"a":{inner}}},"required":["a"]}}"#)
    });
    let wide = serde_json::json!({"enum": (0..20_000).map(|number| format!("word {number}")).collect::<Vec<_>>()});
    for bomb in [
        "{".to_owned(),
        r#"{"type": "no such type"}"#.into(),
        r##"{"$ref": "http://127.0.0.1:1/schema.json"}"##.into(),
        r##"{"$ref": "#"}"##.into(),
        r#"{"type": "string", "pattern": "((a{1,100}){1,100}){1,100}"}"#.into(),
        r#"{"type": "string", "pattern": "(x+x+)+y(?=z)"}"#.into(),
        r#"{"allOf": [{"type": "string", "pattern": "(a|b)*a(a|b){200}"}, {"pattern": "(a|b)*b(a|b){200}"}]}"#.into(),
        r#"{"type": "array", "minItems": 1000000000, "items": {"type": "array", "minItems": 1000000000}}"#.into(),
        deep,
        wide.to_string(),
    ] {
        let mut wanted = warm("bomb", 8, 1);
        wanted.sampling.schema = bomb.clone();
        let began = Instant::now();
        let ended = timeout(Duration::from_secs(60), tiny.engine.generate(wanted)).await;
        let ended = ended.unwrap_or_else(|_| panic!("no end: {:.80}", bomb));
        match ended {
            Ok(stream) => drop(read(stream).await),
            Err(error) => assert!(error.is_request_fault(), "{error}: {bomb:.80}"),
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}: {bomb:.80}", began.elapsed());
        assert_eq!(patiently(&*tiny.engine, warm("hello", 8, 1)).await.finish().completion_tokens, 8);
    }
}

pub(crate) fn texts(model: &str, texts: &[&str]) -> GenerateRequest {
    let input = |text: &&str| ChatMessage { role: ChatRole::Input, content: (*text).to_owned() };
    GenerateRequest { messages: texts.iter().map(input).collect(), ..request(model, "", 0) }
}

/// Asks, and leaves in the middle of it. Whether the answer would be there by then makes no difference: nobody looks.
async fn leave(engine: &dyn Engine, request: GenerateRequest) {
    let mut asked = engine.generate(request);
    assert!(futures::poll!(asked.as_mut()).is_pending(), "answered at once");
    tokio::time::sleep(Duration::from_millis(5)).await;
}

#[tokio::test]
async fn a_model_that_embeds_gives_every_text_its_vector() {
    let directory = tempfile::tempdir().expect("a directory");
    tiny::write_embedder(directory.path(), 3);
    let source = ModelSource::Directory(directory.path().into());
    let engine = start(EngineSpec::Mistral(config(source))).await.expect("loads");
    let model = engine.models().remove(0);
    assert_eq!((model.kind, model.slots, model.context_length as usize), (Kind::Embedding, 1, tiny::CONTEXT));
    let output = run(&*engine, texts("tiny", &["a nest", "an egg", "a nest"])).await;
    assert_eq!((output.finish().prompt_tokens, output.finish().completion_tokens), (18, 0));
    let vectors = kind::read_vectors(&output.text, 3).expect("vectors");
    assert_eq!(vectors[0], vectors[2]);
    let product = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(one, other)| one * other).sum::<f32>();
    assert!((product(&vectors[0], &vectors[0]) - 1.0).abs() < 1e-4);
    assert!(product(&vectors[0], &vectors[1]) < 0.999);

    let long = "x".repeat(tiny::CONTEXT + 1);
    let error = engine.generate(texts("tiny", &["short", &long])).await.err();
    assert!(matches!(error, Some(EngineError::PromptTooLong { limit: 512, .. })), "{error:?}");
    for wrong in [texts("tiny", &[""]), request("tiny", "a chat", 9)] {
        assert!(engine.generate(wrong).await.err().is_some_and(|error| error.is_request_fault()));
    }
    // A caller that leaves does not take the engine along, and the slot is free soon after.
    for _ in 0..3 {
        leave(&*engine, texts("tiny", &["text"; 60])).await;
        assert_eq!(
            patiently(&*engine, texts("tiny", &["a nest"])).await.text.lines().next(),
            output.text.lines().next()
        );
    }
    assert!(engine.is_ready());
}

#[tokio::test]
async fn a_model_that_draws_gives_an_image_of_the_size_that_was_asked_for() {
    let directory = tempfile::tempdir().expect("a directory");
    let (model, home) = (directory.path().join("flux"), directory.path().join("home"));
    tiny::write_image_model(&model, &home, 3);
    // The encoders are looked for below the home directory, which only another process can have.
    let mut config = supervise::config(EngineSpec::Mistral(config(ModelSource::Directory(model))));
    config.environment.push(("HOME".into(), home.into()));
    let engine = Supervised::start(config).await.expect("loads");
    let served = engine.models().remove(0);
    assert_eq!((served.kind, served.slots), (Kind::Image, 1));
    assert!(served.manifest.weights.starts_with("sha256:") && !served.manifest.chat_template.is_zero());
    let messages = vec![ChatMessage { role: ChatRole::Description, content: "a nest in spring".into() }];
    let mut wanted = GenerateRequest { messages, ..request("tiny", "", 1) };
    wanted.sampling.size = ImageSize { width: 128, height: 64 };
    let output = run(&engine, wanted.clone()).await;
    assert_eq!(kind::image_size(&output.text), Ok(wanted.sampling.size));
    assert_eq!((output.finish().prompt_tokens, output.finish().completion_tokens), (4, 1));
    leave(&engine, wanted.clone()).await;
    assert!(kind::image_size(&patiently(&engine, wanted).await.text).is_ok());
    assert_eq!(engine.restarts(), 0);
}

pub(crate) fn smollm2() -> std::ffi::OsString {
    std::env::var_os("CUCKOO_TEST_GGUF").expect("CUCKOO_TEST_GGUF names SmolLM2's file; make test sets it")
}

#[tokio::test]
async fn needs_a_model_smollm2_knows_the_capital_of_france() {
    let gguf = smollm2();
    let cache = tempfile::tempdir().expect("a directory");
    let directory = cache.path().join("smollm2");
    let began = Instant::now();
    let mut steps = 0;
    dequantise(Path::new(&gguf), &directory, &mut |done, all| {
        assert!(done <= all);
        steps += 1;
    })
    .expect("converts");
    let converted = began.elapsed();
    dequantise(Path::new(&gguf), &directory, &mut |_, _| panic!("made twice")).expect("is made");
    assert!(steps > 200);
    let mut config = config(ModelSource::Directory(directory.clone()));
    config.name = None;
    let began = Instant::now();
    let engine = start(EngineSpec::Mistral(config)).await.expect("loads");
    let loaded = began.elapsed();
    let model = engine.models().remove(0);
    assert_eq!((model.manifest.name.as_str(), model.context_length), ("smollm2", 8_192));
    let began = Instant::now();
    let output = run(&*engine, request("smollm2", "What is the capital of France?", 48)).await;
    let speed = f64::from(output.finish().completion_tokens) / began.elapsed().as_secs_f64();
    check(&output, &tokenizer(&directory));
    assert!(output.text.contains("Paris"), "{}", output.text);
    assert_eq!(output.finish().reason, FinishReason::Stop, "{}", output.text);
    let output = run(&*engine, continuation("smollm2", "The capital of France is", 8)).await;
    assert!(output.text.starts_with(" Paris"), "{}", output.text);
    assert_eq!(output.finish().prompt_tokens, 5, "the chat template was used");
    if let Some(path) = std::env::var_os("CUCKOO_TEST_FIGURES") {
        let began = Instant::now();
        let mut stream =
            engine.generate(request("smollm2", "Tell me a story about a cuckoo.", 96)).await.expect("starts");
        let first = stream.next().await;
        let (waited, began) = (began.elapsed(), Instant::now());
        let story = read(stream).await;
        let decode = f64::from(story.finish().completion_tokens - 1) / began.elapsed().as_secs_f64();
        let figures = format!(
            "converted {converted:?} loaded {loaded:?} short answer {speed:.1} tok/s first token {waited:?} \
             decode {decode:.1} tok/s\n{model:?}\n{first:?} {story:?}\n",
        );
        std::fs::write(path, figures).expect("written");
    }
}

#[tokio::test]
async fn needs_a_model_smollm2_runs_quantised_as_it_is() {
    let gguf = smollm2();
    let mut config = config(ModelSource::Gguf(gguf.into()));
    config.name = None;
    let engine = start(EngineSpec::Mistral(config)).await.expect("loads");
    let model = engine.models().remove(0);
    assert_eq!(model.manifest.name, "smollm2-135m-instruct.q4_1");
    assert_eq!(model.manifest.quantisation, "gguf q4_1");
    let output = run(&*engine, request(&model.manifest.name, "What is the capital of France?", 24)).await;
    if let Some(path) = std::env::var_os("CUCKOO_TEST_FIGURES") {
        std::fs::write(std::path::Path::new(&path).with_extension("gguf"), format!("{output:?}")).expect("written");
    }
    // No word is asked for: the coarse kernels move a small model's answer.
    assert!(!output.text.is_empty());
    assert_eq!(output.finish().prompt_tokens, 37);
    assert_eq!(output.ids.len(), output.finish().completion_tokens as usize);
}
