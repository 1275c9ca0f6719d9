//! Bodies that nobody would write: whatever is done to a good one, it is read or refused as the request's fault, and what was read can
//! be put together as a chat.

use std::time::{Duration, Instant};

use super::bodies::check_body;

#[path = "../../../../tests/it/hostile/mutate.rs"]
mod mutate;

/// Bodies for each path.
const ROUNDS: u64 = 10_000;

/// Reads changed bodies of a path, and says how long that takes.
#[expect(clippy::print_stdout, reason = "the figures are worth reading")]
fn check(path: &str) {
    let samples = mutate::samples();
    let (_, body) = samples.iter().find(|(known, _)| *known == path).expect("a path with a body");
    let read = |bytes: &[u8]| check_body(path, bytes).expect("bodies are read there");
    read(body.to_string().as_bytes()).expect("the body itself is good");
    let (mut good, mut bad, mut times) = (0, 0, vec![]);
    for seed in 0..ROUNDS {
        let bytes = mutate::changed(body, seed);
        let shown = || String::from_utf8_lossy(&bytes).chars().take(2_000).collect::<String>();
        let begin = Instant::now();
        let read = read(&bytes);
        times.push(begin.elapsed());
        match read {
            Ok(()) => good += 1,
            Err((status, message)) => {
                bad += 1;
                assert!(status == 400 || status == 413, "{status}, {seed}: {}", shown());
                assert!(!message.is_empty() && message.len() < 10_000, "{seed}: {}", message.len());
            }
        }
    }
    let longest = mutate::p99(times);
    println!("{path}: {good} read, {bad} refused, p99 {longest:?}");
    assert!(longest < Duration::from_millis(50), "{path}: p99 {longest:?}");
    // The lines of a file are refused one by one, so that it is read whatever they are.
    assert!(good > 100 && (bad > 1_000 || path == "/v1/files"), "{good} read and {bad} refused: both have to be tried");
}

#[test]
fn chats_are_read_or_refused() {
    check("/v1/chat/completions");
}

#[test]
fn texts_are_read_or_refused() {
    check("/v1/completions");
    check("/v1/fim/completions");
}

#[test]
fn texts_to_embed_are_read_or_refused() {
    check("/v1/embeddings");
}

#[test]
fn descriptions_of_images_are_read_or_refused() {
    check("/v1/images/generations");
}

#[test]
fn responses_are_read_or_refused() {
    check("/v1/responses");
    check("/v1/responses/input_tokens");
}

#[test]
fn messages_are_read_or_refused() {
    check("/v1/messages");
    check("/v1/messages/count_tokens");
}

#[test]
fn files_and_batches_are_read_or_refused() {
    check("/v1/files");
    check("/v1/batches");
}

#[test]
fn questions_about_tokens_are_read_or_refused() {
    check("/tokenize");
    check("/detokenize");
}
