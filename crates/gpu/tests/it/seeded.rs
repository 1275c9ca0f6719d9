//! vLLM with our plugin behind a URL: found out, sampled by our rules, and examined as the built-in engine's answers are.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use cuckoo_gpu::{
    Engine, EngineError, EngineSpec, GenerateRequest, Generated, audit::execute, engine::OpenAiConfig, model, start,
};
use cuckoo_protocol::{
    audit::{Claim, Examined},
    manifest::{ModelManifest, Proof},
    task::{Bias, ChatMessage, ChatRole, Examine, FinishReason, Kind, Micros, Sampling, SignedMicros, sampler::RULES},
};
use futures::StreamExt;

use crate::{
    continuation, request, run, tiny,
    vllm::{CONTEXT, Model, Vllm},
};

/// A server with our plugin, the directory of its model, and an engine for it.
struct World {
    directory: tempfile::TempDir,
    server: Vllm,
    engine: Arc<dyn Engine>,
}

fn config(server: &Vllm) -> OpenAiConfig {
    let mut config = OpenAiConfig::new(server.url().parse().expect("an address"));
    config.idle_timeout_s = 5;
    config
}

async fn world() -> World {
    let directory = tempfile::tempdir().expect("a directory");
    tiny::write(directory.path(), 7);
    let server = Vllm::start(Model::of(directory.path(), "m")).await;
    let engine = start(EngineSpec::OpenAi(config(&server))).await.expect("connects");
    World { directory, server, engine }
}

fn warm(content: &str, max_tokens: u32, seed: u64) -> GenerateRequest {
    let mut request = request("m", content, max_tokens);
    (request.sampling.temperature, request.sampling.seed) = (Micros::ONE, seed);
    request
}

fn all_of(claim: &Claim) -> Examine {
    Examine { ids: claim.ids.clone(), seed: 5, ..Examine::default() }
}

async fn examined(engine: &dyn Engine, request: &GenerateRequest, claim: &Claim) -> Examined {
    engine.examine(request, &all_of(claim)).await.expect("an examination")
}

/// The largest shortfall, and the largest difference to the claimed log-probabilities.
fn farthest(examined: &Examined, claim: &Claim) -> (f32, f32) {
    let places = examined.places.clone().unwrap_or_else(|| (0..claim.ids.len() as u32).collect());
    assert_eq!(places.len(), examined.positions.len(), "{examined:?}");
    places.iter().zip(&examined.positions).fold((0.0, 0.0), |(lacks, off), (place, position)| {
        let claimed = claim.log_probabilities[*place as usize];
        (position.shortfall.max(lacks), (position.log_probability - claimed).abs().max(off))
    })
}

#[tokio::test]
async fn a_server_with_our_plugin_is_found_out_and_offers_what_can_be_checked() {
    let World { directory, server, engine } = world().await;
    let [served] = &engine.models()[..] else { panic!("one model") };
    let weights = model::weight_files(directory.path()).and_then(|files| model::hash_files(&files)).expect("a hash");
    let ModelManifest { files, chat_template, .. } = served.manifest;
    assert!(!files.is_zero() && !chat_template.is_zero());
    let expected = ModelManifest {
        name: "m".into(),
        weights,
        quantisation: "none".into(),
        engine: "vllm".into(),
        files,
        chat_template,
        rules: RULES,
        proof: Proof::Seeded,
        deterministic: false,
    };
    assert_eq!(served.manifest, expected);
    assert_eq!(
        (served.kind, served.class.as_str(), served.token_ids, served.log_probabilities),
        (Kind::Text, "cpu-f32", true, true)
    );
    // Room for a report on the last tokens.
    assert!(served.examines && (CONTEXT - 400..CONTEXT).contains(&served.context_length), "{served:?}");
    // A model's files may be named where the server does not tell of them.
    let mut model = Model::of(directory.path(), "m");
    model.root = Some("organisation/name".into());
    let server_elsewhere = Vllm::start(model).await;
    let proofs = async |directories| {
        let config = OpenAiConfig { directories, ..config(&server_elsewhere) };
        start(EngineSpec::OpenAi(config)).await.expect("connects").models()[0].manifest.clone()
    };
    assert_eq!(proofs(vec![directory.path().to_owned()]).await, expected);
    let unknown = proofs(vec![]).await;
    assert_eq!((unknown.proof, unknown.weights.as_str()), (Proof::None, "external:m"));
    server.model.plugin.store(false, Ordering::Relaxed);
    let without = start(EngineSpec::OpenAi(config(&server))).await.expect("connects").models().remove(0);
    assert_eq!((without.manifest.proof, without.examines), (Proof::None, false));
    let refused = OpenAiConfig { directories: vec![directory.path().to_owned()], ..config(&server) };
    let refused = start(EngineSpec::OpenAi(refused)).await.err();
    assert!(matches!(&refused, Some(EngineError::Start(reason)) if reason.contains("plugin")), "{refused:?}");
}

#[tokio::test]
async fn i27_honest_answers_are_spared_and_others_are_found() {
    let World { server, engine, .. } = world().await;
    for seed in 0..8 {
        let asked = warm("tell me more", 60, u64::MAX - seed);
        let claim = execute(&*engine, asked.clone()).await.expect("an answer");
        assert_eq!(claim, execute(&*engine, asked.clone()).await.expect("again"));
        assert_eq!(
            (claim.ids.len(), claim.log_probabilities.len()),
            (claim.finish.completion_tokens as usize, claim.ids.len())
        );
        let honest = examined(&*engine, &asked, &claim).await;
        assert_eq!(farthest(&honest, &claim), (0.0, 0.0));
        assert_eq!(
            (honest.prompt_tokens, &honest.text, &honest.places),
            (claim.finish.prompt_tokens, &claim.text, &None)
        );
        match claim.finish.reason {
            FinishReason::Stop => assert_eq!(honest.end, Some(claim.finish.completion_tokens)),
            FinishReason::Length => assert_eq!(honest.end, None),
        }
        // Another seed, and other weights.
        server.model.seed.store(1, Ordering::Relaxed);
        let other_seed = execute(&*engine, asked.clone()).await.expect("an answer");
        server.model.seed.store(0, Ordering::Relaxed);
        let found = farthest(&examined(&*engine, &asked, &other_seed).await, &other_seed);
        assert!(found.0 > 1.0 && found.1 == 0.0, "{found:?}");
        server.model.weights.store(2, Ordering::Relaxed);
        let other_weights = execute(&*engine, asked.clone()).await.expect("an answer");
        server.model.weights.store(1, Ordering::Relaxed);
        let found = farthest(&examined(&*engine, &asked, &other_weights).await, &other_weights);
        assert!(found.0 > 1.0 && found.1 > 0.1, "{found:?}");
    }
    // A token that the model does not have.
    let asked = warm("hello", 9, 1);
    let claim = Claim { ids: vec![70, 5_000, 71], ..execute(&*engine, asked.clone()).await.expect("an answer") };
    let impossible = examined(&*engine, &asked, &claim).await;
    assert_eq!(impossible.positions.iter().filter(|position| position.shortfall.is_infinite()).count(), 2);
}

#[tokio::test]
async fn every_rule_of_sampling_is_sent_and_examined() {
    let World { engine, server: _server, .. } = world().await;
    let plain = warm("tell me more", 80, 3);
    let bias = |id, logits| Bias { id, logits: SignedMicros(logits) };
    let rules = Sampling {
        top_k: 20,
        top_p: Micros(900_000),
        min_p: Micros(20_000),
        frequency_penalty: SignedMicros(700_000),
        presence_penalty: SignedMicros(-400_000),
        repetition_penalty: Micros(1_300_000),
        logit_bias: vec![bias(70, 3_000_000), bias(71, -100_000_000)],
        ..plain.sampling.clone()
    };
    let asked = GenerateRequest { sampling: rules, ..plain.clone() };
    let claim = execute(&*engine, asked.clone()).await.expect("an answer");
    assert_ne!(claim.ids, execute(&*engine, plain.clone()).await.expect("an answer").ids);
    assert_eq!(farthest(&examined(&*engine, &asked, &claim).await, &claim), (0.0, 0.0));
    // Its tokens lack something by other rules.
    assert!(farthest(&examined(&*engine, &plain, &claim).await, &claim).0 > 0.1);
    let unknown = Sampling { logit_bias: vec![bias(320, 1)], ..plain.sampling.clone() };
    let refused = engine.generate(GenerateRequest { sampling: unknown, ..plain }).await.err();
    assert!(matches!(&refused, Some(EngineError::Invalid(reason)) if reason.contains("319")), "{refused:?}");
}

#[tokio::test]
async fn a_long_answer_is_examined_at_places_that_a_seed_has_drawn() {
    let World { engine, server: _server, .. } = world().await;
    let mut asked = warm("go on and on", 700, 2);
    // It does not end by itself.
    asked.sampling.logit_bias = vec![Bias { id: 2, logits: SignedMicros(-100_000_000) }];
    let claim = execute(&*engine, asked.clone()).await.expect("an answer");
    assert_eq!((claim.ids.len(), claim.finish.reason), (700, FinishReason::Length));
    let honest = examined(&*engine, &asked, &claim).await;
    assert!(honest.is_at_drawn_places(5, 700) && honest.places.is_some());
    assert_eq!((farthest(&honest, &claim), honest.positions.len() > 200), ((0.0, 0.0), true));
}

#[tokio::test]
async fn stop_texts_and_ends_are_those_of_the_built_in_engine() {
    let World { engine, server, .. } = world().await;
    let asked = warm("tell me more", 200, 11);
    let whole = run(&*engine, asked.clone()).await;
    let stop: String = whole.text.chars().skip(9).take(2).collect();
    let before = whole.text.split(&stop).next().expect("a part").to_owned();
    let stopped =
        GenerateRequest { sampling: Sampling { stop: vec![stop], ..asked.sampling.clone() }, ..asked.clone() };
    let claim = execute(&*engine, stopped.clone()).await.expect("an answer");
    assert_eq!((&claim.text, claim.finish.reason, claim.finish.stop), (&before, FinishReason::Stop, Some(0)));
    let honest = examined(&*engine, &stopped, &claim).await;
    assert_eq!((&honest.text, honest.end), (&before, Some(claim.ids.len() as u32)));
    // What is likely comes by its bytes where it is asked for.
    let told = Sampling { top_logprobs: Some(3), ..asked.sampling.clone() };
    let mut stream = engine.generate(GenerateRequest { sampling: told, ..asked.clone() }).await.expect("starts");
    let Some(Ok(Generated::Tokens(chunk))) = stream.next().await else { panic!("tokens") };
    let [detail] = &chunk.details[..] else { panic!("{:?}", chunk.details) };
    assert_eq!((detail.top.len(), detail.bytes.len()), (3, 1));
    let likelihoods: Vec<f32> = detail.top.iter().map(|likely| f32::from_bits(likely.bits)).collect();
    assert!(likelihoods.is_sorted_by(|a, b| a >= b), "{likelihoods:?}");
    // Who leaves frees the slot, and the server stops.
    drop(stream);
    server.model.pace.store(5, Ordering::Relaxed);
    let mut stream = engine.generate(warm("on", 500, 4)).await.expect("starts");
    assert!(stream.next().await.is_some());
    drop(stream);
    let begin = Instant::now();
    while server.model.left.load(Ordering::Relaxed) == 0 {
        assert!(begin.elapsed() < Duration::from_secs(60), "the server goes on");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn prompts_are_tokens_and_what_people_write_is_no_control_token() {
    let World { engine, server: _server, .. } = world().await;
    let tokens = async |request: GenerateRequest| run(&*engine, request).await.finish().prompt_tokens;
    let plain = tokens(request("m", "hi", 1)).await;
    // Each byte is a token, and so it is of what looks like the end of a turn.
    assert_eq!(tokens(request("m", "hi<|im_end|>", 1)).await, plain + "<|im_end|>".len() as u32);
    assert_eq!(tokens(continuation("m", "hello", 1)).await, 5);
    let ids = |text: &str| GenerateRequest {
        messages: vec![ChatMessage { role: ChatRole::Ids, content: text.into() }],
        ..request("m", "", 1)
    };
    assert_eq!(tokens(ids("[70,71,72]")).await, 3);
    let refused = engine.generate(ids("[70,320]")).await.err();
    assert!(matches!(&refused, Some(EngineError::Invalid(reason)) if reason.contains("320")), "{refused:?}");
    let long = engine.generate(continuation("m", &"a".repeat(CONTEXT as usize), 1)).await.err();
    assert!(matches!(long, Some(EngineError::PromptTooLong { tokens: CONTEXT, .. })), "{long:?}");
    let nothing = run(&*engine, request("m", "hi", 0)).await;
    assert_eq!((nothing.finish().reason, nothing.ids), (FinishReason::Length, vec![]));
}

#[tokio::test]
async fn i27_a_server_that_comes_back_without_the_plugin_is_not_used() {
    let World { directory, server, engine } = world().await;
    let address = server.address;
    drop(server);
    assert!(engine.generate(request("m", "hi", 1)).await.is_err());
    assert!(!engine.is_ready());
    let bare = Model::of(directory.path(), "m");
    bare.plugin.store(false, Ordering::Relaxed);
    let _server = Vllm::start_at(address, bare).await;
    let begin = Instant::now();
    let trouble = loop {
        match engine.trouble("m") {
            Some(trouble) if trouble.contains("rules") => break trouble,
            trouble => assert!(begin.elapsed() < Duration::from_secs(60), "{trouble:?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(!engine.is_ready(), "{trouble}");
}
