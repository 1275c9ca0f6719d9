//! The scripted engine: what it says, how it breaks, and that its examinations tell honest answers from cheats.

use cuckoo_protocol::{
    audit::{Calibrations, Claim},
    task::{Bias, ChatMessage, ChatRole, ImageSize, Micros, Sampling, SignedMicros},
};
use futures::StreamExt;

use super::*;
use crate::audit::execute;

fn request(content: &str, max_tokens: u32, seed: u64) -> GenerateRequest {
    GenerateRequest {
        model: "scripted".into(),
        messages: vec![ChatMessage { role: ChatRole::User, content: content.into() }],
        sampling: Sampling { max_tokens, temperature: Micros::ONE, top_p: Micros::ONE, seed, ..Sampling::default() },
    }
}

async fn collect(engine: &Scripted, request: GenerateRequest) -> (String, Vec<u32>, Result<Finish, EngineError>) {
    let mut stream = engine.generate(request).await.expect("starts");
    let (mut text, mut ids) = (String::new(), Vec::new());
    loop {
        match stream.next().await.expect("ends with a finish or an error") {
            Ok(Generated::Tokens(chunk)) => {
                assert_eq!(chunk.ids.len(), chunk.log_probabilities.len());
                assert!(chunk.log_probabilities.iter().all(|&value| value <= 0.0));
                text.push_str(&chunk.text);
                ids.extend(chunk.ids);
            }
            Ok(Generated::Finished(finish)) => return (text, ids, Ok(finish)),
            Err(error) => return (text, ids, Err(error)),
        }
    }
}

#[tokio::test]
async fn a_call_that_is_required_is_made_after_a_result_too() {
    let engine = Scripted::new(ScriptedConfig::default());
    let message = |role, content: serde_json::Value| ChatMessage { role, content: content.to_string() };
    let tool = |name: &str| serde_json::json!({"type": "function", "function": {"name": name}});
    let call = serde_json::json!([{"id": "1", "type": "function", "function": {"name": "time", "arguments": "{}"}}]);
    let mut asked = request("What time is it?", 100, 1);
    asked.messages.insert(0, message(ChatRole::Tools, serde_json::json!([tool("time"), tool("place")])));
    asked.messages.push(message(ChatRole::Calls, call));
    asked.messages.push(message(ChatRole::Tool, serde_json::json!({"tool_call_id": "1", "content": "noon"})));
    assert_eq!(collect(&engine, asked.clone()).await.0, "It says: noon");
    let choice = |name: &str| serde_json::json!({"properties": {"name": {"const": name}, "arguments": {}}});
    for (choices, expected) in [
        (vec![choice("place")], r#"{"name":"place","arguments":{}}"#),
        (vec![choice("time"), choice("place")], r#"{"name":"time","arguments":{}}"#),
        // It may also say something else.
        (vec![choice("time"), serde_json::json!({"type": "object"})], "It says: noon"),
    ] {
        asked.sampling.schema = serde_json::json!({ "anyOf": choices }).to_string();
        assert_eq!(collect(&engine, asked.clone()).await.0, expected);
    }
}

#[tokio::test]
async fn the_output_is_a_function_of_the_request() {
    let engine = Scripted::new(ScriptedConfig::default());
    let first = collect(&engine, request("hello", 10, 1)).await;
    assert_eq!(first, collect(&engine, request("hello", 10, 1)).await);
    assert_ne!(first.0, collect(&engine, request("hello", 10, 2)).await.0);
    assert_ne!(first.0, collect(&engine, request("hallo", 10, 1)).await.0);
    let finish = first.2.expect("finishes");
    assert_eq!((finish.reason, finish.completion_tokens), (FinishReason::Length, 10));
    assert_eq!(first.1.len(), 10);
    // A longer answer begins with the shorter one.
    assert!(collect(&engine, request("hello", 20, 1)).await.0.starts_with(&first.0));
}

#[tokio::test]
async fn it_echoes_and_honours_stop_texts() {
    let engine = Scripted::new(ScriptedConfig::default());
    let (text, ids, finish) = collect(&engine, request("please echo: one two three", 100, 0)).await;
    assert_eq!((text.as_str(), ids.len()), ("one two three", 4));
    assert_eq!(finish.expect("finishes").reason, FinishReason::Stop);
    let mut stopped = request("echo: one two three", 100, 0);
    stopped.sampling.stop = vec!["two th".into()];
    let (text, ids, finish) = collect(&engine, stopped).await;
    assert_eq!((text.as_str(), ids.len()), ("one ", 3));
    assert_eq!(finish.expect("finishes").reason, FinishReason::Stop);
    let mut held = request("echo: one two", 100, 0);
    held.sampling.stop = vec!["two three".into()];
    assert_eq!(collect(&engine, held).await.0, "one two");
}

#[tokio::test]
async fn a_dropped_stream_frees_its_slot() {
    let engine = Scripted::new(ScriptedConfig { slots: 1, tokens_per_second: 1, ..ScriptedConfig::default() });
    let stream = engine.generate(request("x", 10, 0)).await.expect("starts");
    assert_eq!(engine.generate(request("x", 10, 0)).await.err(), Some(EngineError::Busy));
    drop(stream);
    assert!(engine.generate(request("x", 10, 0)).await.is_ok());
}

#[tokio::test]
async fn it_misbehaves_as_told() {
    let with = |misbehave| Scripted::new(ScriptedConfig { misbehave, ..ScriptedConfig::default() });
    let honest = collect(&with(Misbehave::None), request("x", 9, 0)).await;
    let (.., finish) = collect(&with(Misbehave::WrongTokenCount), request("x", 9, 0)).await;
    assert_eq!(finish.expect("finishes").completion_tokens, 10);
    assert_ne!(collect(&with(Misbehave::WrongText), request("x", 9, 0)).await.0, honest.0);
    for misbehave in [Misbehave::FailAfter(3), Misbehave::EndAfter(3)] {
        let (_, ids, finish) = collect(&with(misbehave), request("x", 9, 0)).await;
        assert_eq!(ids.len(), 3);
        assert!(matches!(finish, Err(EngineError::Interrupted(_))));
    }
}

#[tokio::test]
async fn it_embeds_and_draws() {
    let of = |role, content: &str| ChatMessage { role, content: content.into() };
    let engine = Scripted::new(ScriptedConfig { kind: Kind::Embedding, ..ScriptedConfig::default() });
    let messages = vec![of(ChatRole::Input, "a quiet bird"), of(ChatRole::Input, "bird a quiet")];
    let (text, ids, finish) = collect(&engine, GenerateRequest { messages, ..request("", 0, 0) }).await;
    let vectors = kind::read_vectors(&text, 2).expect("two vectors");
    assert!(ids.is_empty() && finish.is_ok_and(|finish| finish.completion_tokens == 0));
    let product: f32 = vectors[0].iter().zip(&vectors[1]).map(|(one, other)| one * other).sum();
    assert!((product - 1.0).abs() < 1e-5, "{product}");
    let refused = engine.generate(request("a chat", 9, 0)).await.err();
    assert!(matches!(refused, Some(EngineError::Invalid(reason)) if reason.contains("makes embedding")));

    let engine = Scripted::new(ScriptedConfig { kind: Kind::Image, ..ScriptedConfig::default() });
    let mut wanted = GenerateRequest { messages: vec![of(ChatRole::Description, "a nest")], ..request("", 1, 0) };
    wanted.sampling.size = ImageSize { width: 512, height: 300 };
    let (text, _, finish) = collect(&engine, wanted.clone()).await;
    assert_eq!(kind::image_size(&text), Ok(wanted.sampling.size));
    assert_eq!(finish.expect("finishes").completion_tokens, 1);
    wanted.sampling.size = ImageSize::NONE;
    assert!(engine.generate(wanted).await.err().is_some_and(|error| error.is_request_fault()));
}

#[tokio::test]
async fn requests_it_cannot_do_are_refused() {
    let engine = Scripted::new(ScriptedConfig { context_length: 5, ..ScriptedConfig::default() });
    let error = engine.generate(request("a b c", 9, 0)).await.err();
    assert_eq!(error, Some(EngineError::PromptTooLong { tokens: 6, limit: 5 }));
    let other = GenerateRequest { model: "other".into(), ..request("a", 9, 0) };
    assert!(engine.generate(other).await.err().is_some_and(|error| error.is_request_fault()));
}

fn with(misbehave: Misbehave) -> Scripted {
    Scripted::new(ScriptedConfig { misbehave, ..ScriptedConfig::default() })
}

async fn examined(auditor: &Scripted, asked: &GenerateRequest, claim: &Claim) -> Examined {
    let examine = Examine { ids: claim.ids.clone(), ..Examine::default() };
    auditor.examine(asked, &examine).await.expect("an examination")
}

/// Tokens that lack something, and log-probabilities that are not the claimed ones.
fn false_ones(examined: &Examined, claim: &Claim) -> (usize, usize) {
    let lacking = examined.positions.iter().filter(|position| position.shortfall > 0.0).count();
    let off = examined.positions.iter().zip(&claim.log_probabilities);
    (lacking, off.filter(|(position, claimed)| position.log_probability != **claimed).count())
}

#[tokio::test]
async fn an_honest_answer_lacks_nothing() {
    let auditor = with(Misbehave::None);
    let mut requests = vec![request("hello", 10, 1), request("hello", 100, 2), request("echo: Grüße an alle", 100, 3)];
    requests[2].sampling.stop = vec!["an".into()];
    requests.push(GenerateRequest {
        messages: vec![ChatMessage { role: ChatRole::Prompt, content: "a text".into() }],
        ..request("", 5, 4)
    });
    for asked in requests {
        let claim = execute(&auditor, asked.clone()).await.expect("an answer");
        let examined = examined(&auditor, &asked, &claim).await;
        assert_eq!(false_ones(&examined, &claim), (0, 0));
        assert_eq!((&examined.text, examined.prompt_tokens), (&claim.text, claim.finish.prompt_tokens));
        let expected = (claim.finish.reason == FinishReason::Stop).then_some(claim.finish.completion_tokens);
        assert_eq!((examined.end, examined.places), (expected, None));
    }
}

#[tokio::test]
async fn cheats_show_in_an_examination() {
    let auditor = with(Misbehave::None);
    let of = async |misbehave| {
        let asked = request("hello", 100, 1);
        let claim = execute(&with(misbehave), asked.clone()).await.expect("an answer");
        let examined = examined(&auditor, &asked, &claim).await;
        let (lacking, off) = false_ones(&examined, &claim);
        (claim.ids.len(), lacking, off, examined.text == claim.text, examined.end.map(|end| end as usize))
    };
    let (count, lacking, off, text, _) = of(Misbehave::OtherWords).await;
    assert!(count == 24 && lacking > 15 && off > 15 && text, "{lacking} {off}");
    let (count, lacking, off, text, end) = of(Misbehave::Laundered).await;
    assert!(count == 24 && lacking > 15 && off == 0 && text && end == Some(24), "{lacking} {off}");
    assert_eq!(of(Misbehave::Cut).await, (13, 1, 0, true, Some(13)));
    let (count, lacking, ..) = of(Misbehave::Padded).await;
    // The last one is the end, which is right wherever the answer has ended before.
    assert_eq!((count, lacking), (100, 76));
    let (count, _, _, text, _) = of(Misbehave::WrongText).await;
    assert!(count == 24 && !text);
    assert_eq!(of(Misbehave::NoIds).await.0, 0);
    // The accomplice of another model repeats its lie.
    let asked = request("hello", 100, 1);
    let claim = execute(&with(Misbehave::OtherWords), asked.clone()).await.expect("an answer");
    assert_eq!(false_ones(&examined(&with(Misbehave::OtherWords), &asked, &claim).await, &claim), (0, 0));
    // Those that do not look invent their numbers.
    let honest = execute(&auditor, asked.clone()).await.expect("an answer");
    let (acquits, accuses) = (with(Misbehave::Acquits), with(Misbehave::Accuses));
    assert_eq!(false_ones(&examined(&acquits, &asked, &claim).await, &claim).0, 0);
    assert_eq!(false_ones(&examined(&accuses, &asked, &honest).await, &honest).0, 24);
    assert_eq!(execute(&accuses, asked).await, Ok(honest));
}

#[tokio::test]
async fn penalties_and_bias_change_the_answer_and_one_that_ignores_them_is_found() {
    let (auditor, cheat) = (with(Misbehave::None), with(Misbehave::NoRules));
    let mut asked = request("please echo: a a a a a a a a a a a a", 30, 1);
    let plain = execute(&auditor, asked.clone()).await.expect("an answer");
    let rules = Sampling { frequency_penalty: SignedMicros(2_000_000), ..asked.sampling.clone() };
    let bias = Bias { id: plain.ids[0], logits: SignedMicros(-100_000_000) };
    for sampling in [
        rules.clone(),
        Sampling { presence_penalty: SignedMicros(2_000_000), logit_bias: vec![bias], ..asked.sampling.clone() },
        Sampling { logit_bias: vec![bias], ..asked.sampling.clone() },
    ] {
        asked.sampling = sampling;
        let claim = execute(&auditor, asked.clone()).await.expect("an answer");
        assert_ne!(claim.ids, plain.ids);
        let found = examined(&auditor, &asked, &claim).await;
        assert_eq!((false_ones(&found, &claim), &found.text), ((0, 0), &claim.text));
        let ignored = execute(&cheat, asked.clone()).await.expect("an answer");
        assert_eq!(ignored.ids, plain.ids);
        let found = examined(&auditor, &asked, &ignored).await;
        assert!(false_ones(&found, &ignored).0 > 0, "{:?}", asked.sampling);
    }
    // The tenth time costs more than being right is worth.
    asked.sampling = rules;
    let claim = execute(&auditor, asked).await.expect("an answer");
    assert_eq!(claim.ids.iter().filter(|id| **id == plain.ids[0]).count(), 9);
}

#[tokio::test]
async fn tokens_and_prompts_are_told_where_they_are_asked_for() {
    let engine = with(Misbehave::None);
    let mut asked = request("", 40, 1);
    asked.messages = vec![ChatMessage { role: ChatRole::Prompt, content: " one  two echo: a b ".into() }];
    asked.sampling.echo = true;
    asked.sampling.top_logprobs = Some(2);
    let mut stream = engine.generate(asked.clone()).await.expect("starts");
    let (mut prompt, mut details, mut count) = (cuckoo_protocol::task::PromptScores::default(), vec![], 0);
    while let Some(item) = stream.next().await {
        match item.expect("no error") {
            Generated::Tokens(chunk) => {
                let piece = chunk.prompt.unwrap_or_default();
                assert_eq!(piece.text.len(), piece.scores.iter().map(|score| score.length as usize).sum::<usize>());
                prompt.text.push_str(&piece.text);
                prompt.scores.extend(piece.scores);
                details.extend(chunk.details);
                count += chunk.ids.len();
            }
            Generated::Finished(finish) => assert_eq!(finish.prompt_tokens as usize, prompt.scores.len()),
        }
    }
    assert_eq!((prompt.text.as_str(), prompt.scores.len(), details.len()), (" one  two echo: a b ", 8, count));
    assert!(details.iter().all(|detail| detail.top.len() == 2));
    assert_eq!(details[0].bytes, b"a ");
    asked.messages = vec![ChatMessage { role: ChatRole::Ids, content: "[7,8]".into() }];
    let claim = execute(&engine, asked).await.expect("an answer");
    assert_eq!(claim.finish.prompt_tokens, 2);
}

#[tokio::test]
async fn one_answer_in_some_is_false() {
    let (auditor, cheat) = (with(Misbehave::None), with(Misbehave::SomeFalse(4)));
    let mut wrong = 0;
    for seed in 0..400 {
        let asked = request("hello", 12, seed);
        let claim = execute(&cheat, asked.clone()).await.expect("an answer");
        wrong += u32::from(false_ones(&examined(&auditor, &asked, &claim).await, &claim).0 > 0);
    }
    assert!((70..130).contains(&wrong), "{wrong}");
}

#[tokio::test]
async fn a_long_answer_is_examined_in_windows_and_one_that_is_too_long_is_not() {
    let auditor = Scripted::new(ScriptedConfig { tokens: 1_920, ..ScriptedConfig::default() });
    let asked = request("hello", 5_000, 1);
    let claim = execute(&auditor, asked.clone()).await.expect("an answer");
    let found = examined(&auditor, &asked, &claim).await;
    assert!(found.is_at_drawn_places(0, 1_920) && !found.is_at_drawn_places(1, 1_920));
    assert_eq!((found.places.map_or(0, |places| places.len()), found.positions.len()), (256, 256));
    assert_eq!((found.text, found.end), (claim.text, Some(1_920)));
    let examine = Examine { ids: vec![100; 9_000], ..Examine::default() };
    let refused = auditor.examine(&asked, &examine).await;
    assert!(matches!(refused, Err(EngineError::PromptTooLong { limit: 8_192, .. })), "{refused:?}");
}

#[tokio::test]
async fn a_slow_engine_takes_its_time() {
    let slow = with(Misbehave::Slow);
    let asked = request("hello", 2, 1);
    let began = Instant::now();
    let claim = execute(&slow, asked.clone()).await.expect("an answer");
    assert!(began.elapsed() >= Duration::from_millis(400));
    assert_eq!(false_ones(&examined(&slow, &asked, &claim).await, &claim), (0, 0));
    assert!(began.elapsed() >= Duration::from_millis(800));
}

#[tokio::test]
async fn vectors_are_compared() {
    let engine = Scripted::new(ScriptedConfig { kind: Kind::Embedding, ..ScriptedConfig::default() });
    let messages = vec![ChatMessage { role: ChatRole::Input, content: "a quiet bird".into() }; 2];
    let asked = GenerateRequest { messages, ..request("", 0, 0) };
    let (vectors, ..) = collect(&engine, asked.clone()).await;
    let examine = Examine { output: vectors, ..Examine::default() };
    let found = engine.examine(&asked, &examine).await.expect("an examination");
    assert!(found.distances.len() == 2 && found.distances.iter().all(|distance| *distance < 1e-6), "{found:?}");
}

#[test]
fn audits_know_its_noise() {
    let served = Scripted::new(ScriptedConfig::default()).models().remove(0);
    let known = Calibrations::built_in();
    // Made by: cuckoo audit calibrate scripted --answers 4000 --tokens 96 --out crates/protocol/calibration/scripted.toml
    assert!(
        known.get(&served.manifest.family(), &served.class, &served.class).is_some(),
        "{}",
        served.manifest.family()
    );
}
