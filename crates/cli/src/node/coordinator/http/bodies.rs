//! The bodies of all requests that have one, read without anybody who would answer them.

use cuckoo_protocol::task::{Kind, chat::Conversation};

use super::{
    anthropic, batches,
    error::ApiError,
    request::{self, Request},
    responses, tokens,
};

/// Reads the body of a POST to a path: `None` where none is read there, and the status code (4xx) and the message of its refusal. A
/// request that is read can be given to a model.
pub fn check_body(path: &str, body: &[u8]) -> Option<Result<(), (u16, String)>> {
    let read = match path {
        "/v1/chat/completions" | "/v1/tasks" => request::chat::read(body, 0).and_then(whole),
        "/v1/completions" => request::text::read(body, 0).and_then(whole),
        "/v1/fim/completions" => request::text::read_fim(body, 0).and_then(whole),
        "/v1/embeddings" => request::embeddings::read(body, 0).and_then(whole),
        "/v1/images/generations" => request::images::read(body, 0).and_then(whole),
        "/v1/responses" | "/v1/responses/input_tokens" => responses::read_body(body).and_then(whole),
        "/v1/messages" => anthropic::read_body(body).and_then(whole),
        "/v1/messages/count_tokens" => anthropic::read_counted(body).and_then(whole),
        "/tokenize" => tokens::read_question(body).map(drop),
        "/detokenize" => tokens::read_ids(body).map(drop),
        "/v1/batches" => batches::read_order(body).map(drop),
        "/v1/files" => batches::read_lines(body),
        _ => return None,
    };
    Some(read.map_err(|error| (error.status.as_u16(), error.message)))
}

/// What was read is of one kind, and can be put together as a chat.
fn whole(request: Request) -> Result<(), ApiError> {
    let is_whole = |prompt: &Vec<_>| Kind::of(prompt).is_some() && Conversation::new(prompt).is_ok();
    assert!(!request.prompts.is_empty() && request.prompts.iter().all(is_whole), "{request:?}");
    Ok(())
}
