//! The scripted engine: what it says, how it breaks, and that its examinations tell honest answers from cheats.

use cuckoo_protocol::task::{ImageSize, Micros, Sampling};
use futures::StreamExt;

use super::*;

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
