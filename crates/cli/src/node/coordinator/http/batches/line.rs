//! One line of a batch: a request, read and run like any other.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use alloy::primitives::{B256, keccak256};
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue},
};
use cuckoo_protocol::{
    coordinator::{Coordinator, Limits},
    task::Task,
};
use serde_json::{Value, json};

use super::super::{
    answer, body,
    error::ApiError,
    request::{self, Request},
    responses,
    submit::{read_submission, task_keys},
};
use crate::node::coordinator::{
    Shared,
    api_keys::Caller,
    batches::{Batch, LineError},
    stream::Update,
};

/// The paths that a batch can be for.
pub(super) const ENDPOINTS: [&str; 4] = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses"];
/// The errors of at most this many lines are told.
const MAX_ERRORS: usize = 50;
/// A `custom_id` has at most this many bytes.
const MAX_ID: usize = 512;

/// A line that is a request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) custom_id: String,
    /// As JSON, which needs less memory than what is read of it.
    pub(super) body: Bytes,
}

impl Line {
    /// The model that it asks; empty where it says none.
    pub(super) fn model(&self) -> String {
        #[derive(serde::Deserialize)]
        struct Asked {
            model: String,
        }
        serde_json::from_slice(&self.body).map(|Asked { model }| model).unwrap_or_default()
    }
}

/// Reads all lines of a batch for one path; `most` are accepted.
pub(super) fn read_all(text: &str, endpoint: &str, most: usize) -> Result<Vec<Line>, Vec<LineError>> {
    let error = |line: Option<usize>, error: ApiError| LineError {
        code: error.code.to_owned(),
        message: error.message,
        param: error.param,
        line,
    };
    let (mut lines, mut errors, mut ids) = (vec![], vec![], HashSet::new());
    for (index, text) in text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        match read(text, endpoint) {
            Ok(line) if ids.insert(line.custom_id.clone()) => lines.push(line),
            Ok(_) => {
                let again = ApiError::invalid("duplicate_custom_id", "another line has this `custom_id`", "custom_id");
                errors.push(error(Some(index + 1), again));
            }
            Err(wrong) => errors.push(error(Some(index + 1), wrong)),
        }
        if errors.len() >= MAX_ERRORS {
            break;
        }
    }
    if errors.is_empty() && lines.is_empty() {
        errors.push(error(None, ApiError::invalid("empty_file", "the file has no requests", "input_file_id")));
    }
    if lines.len() > most {
        let message = format!("the file has {} requests; at most {most} are accepted", lines.len());
        errors.push(error(None, ApiError::invalid("too_many_requests", message, "input_file_id")));
    }
    if errors.is_empty() { Ok(lines) } else { Err(errors) }
}

fn read(text: &str, endpoint: &str) -> Result<Line, ApiError> {
    let mut bytes = text.as_bytes().to_vec();
    body::mend(&mut bytes);
    let mut fields = request::parse(&bytes)?;
    let invalid =
        |param: &str, message: &str| ApiError::invalid("invalid_value", format!("`{param}` {message}"), param);
    let custom_id = match fields.get("custom_id").and_then(Value::as_str) {
        Some(id) if (1..=MAX_ID).contains(&id.len()) => id.to_owned(),
        _ => return Err(invalid("custom_id", &format!("is not a string of 1 to {MAX_ID} bytes"))),
    };
    if fields.get("method").is_some_and(|method| method != "POST") {
        return Err(invalid("method", "must be POST"));
    }
    if fields.get("url").is_none_or(|url| url != endpoint) {
        return Err(invalid("url", &format!("must be {endpoint}, as the batch says")));
    }
    match fields.remove("body") {
        Some(body @ Value::Object(_)) if body.get("stream").is_none_or(|stream| *stream != json!(true)) => {
            Ok(Line { custom_id, body: Bytes::from(body.to_string()) })
        }
        Some(Value::Object(_)) => Err(invalid("body.stream", "must be false: a batch's answers are whole")),
        _ => Err(invalid("body", "is not an object")),
    }
}

/// The idempotency key of the request that a line is: run twice, it is the same tasks, which are paid once.
fn key(batch: &Batch, line: &Line) -> String {
    let key = keccak256([batch.id.as_bytes(), b"\n", line.custom_id.as_bytes()].concat());
    format!("batch-{key:x}")
}

/// Takes back the tasks of a batch's lines that have not ended.
pub(super) async fn take_back(shared: &Shared, batch: &Batch, lines: &[Line]) {
    let first = |line: &Line| task_keys(batch.owner.as_deref(), key(batch, line).as_bytes());
    // A line has mostly one task: the others are looked for where there is a first one.
    let firsts: HashMap<B256, usize> =
        lines.iter().enumerate().filter_map(|(index, line)| Some((first(line).next()?, index))).collect();
    let is_first = move |task: &Task| firsts.get(&task.spec.idempotency.as_ref()?.key).copied();
    let begun =
        move |machine: &Coordinator| machine.tasks().iter().filter_map(|task| is_first(task)).collect::<Vec<_>>();
    let begun = shared.handle.read(begun).await;
    let keys: HashSet<B256> = begun.into_iter().filter_map(|index| lines.get(index)).flat_map(first).collect();
    let is_open = move |task: &&Arc<Task>| {
        !task.state.is_terminal() && task.spec.idempotency.as_ref().is_some_and(|own| keys.contains(&own.key))
    };
    let open = move |machine: &Coordinator| {
        machine.tasks().iter().filter(is_open).map(|task| task.spec.id).collect::<Vec<_>>()
    };
    for task in shared.handle.read(open).await {
        shared.handle.cancel(task).await;
    }
}

fn headers(batch: &Batch, line: &Line) -> HeaderMap {
    let key = HeaderValue::from_str(&key(batch, line)).unwrap_or_else(|_| HeaderValue::from_static("batch"));
    HeaderMap::from_iter([(axum::http::HeaderName::from_static("idempotency-key"), key)])
}

/// Runs the request of a line. Returns the body of its answer.
pub(super) async fn run(shared: &Shared, caller: &Caller, batch: &Batch, line: &Line) -> Result<Value, ApiError> {
    let body = line.body.clone();
    let headers = headers(batch, line);
    let seed = rand::random();
    let (request, response) = match batch.endpoint.as_str() {
        "/v1/completions" => (request::text::read(&body, seed)?, None),
        "/v1/embeddings" => (request::embeddings::read(&body, seed)?, None),
        "/v1/responses" => {
            let (request, response) = responses::prepare(shared, caller, &body).await?;
            (request, Some(response))
        }
        _ => (request::chat::read(&body, seed)?, None),
    };
    let tasks = wait(shared, caller, &headers, &body, &request).await?;
    match response {
        None => {
            let (body, _) = answer::write_whole(&shared.domain, &tasks, request)?;
            serde_json::from_slice(&body).map_err(|error| ApiError::task_failed(&error.to_string()))
        }
        Some(response) => match tasks.first() {
            Some(task) => response.finish(shared, task).await,
            None => Err(ApiError::task_failed("there is no task")),
        },
    }
}

/// Submits the tasks of a request, and waits for their ends. They go on when nobody waits any more: a coordinator that is started
/// again finds them by their keys.
async fn wait(
    shared: &Shared,
    caller: &Caller,
    headers: &HeaderMap,
    body: &Bytes,
    request: &Request,
) -> Result<Vec<Arc<Task>>, ApiError> {
    let submission = read_submission(&shared.front, caller, headers, body, request)?;
    let mut tasks = vec![];
    let limits = Limits { batch: true, ..submission.limits };
    for id in shared.handle.accept(submission.specs, limits).await? {
        let gone = || ApiError::task_failed("it is not kept any more");
        let mut reading = shared.handle.follow(id).await.ok_or_else(gone)?;
        loop {
            match reading.next().await {
                Update::Text(_) => {}
                Update::Ended(task) => break tasks.push(task),
                Update::Cut => reading = shared.handle.follow(id).await.ok_or_else(gone)?,
            }
        }
    }
    Ok(tasks)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAT: &str = "/v1/chat/completions";

    fn line(id: &str, body: Value) -> String {
        json!({"custom_id": id, "method": "POST", "url": CHAT, "body": body}).to_string()
    }

    #[test]
    fn each_line_is_a_request_with_an_id_of_its_own() {
        let text = format!("{}\n\n{}\n", line("a", json!({"model": "m"})), line("b", json!({})));
        let lines = read_all(&text, CHAT, 9).expect("valid");
        assert_eq!(lines.iter().map(|line| line.custom_id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(lines.iter().map(Line::model).collect::<Vec<_>>(), ["m", ""]);
        let stream = line("c", json!({"stream": true}));
        for (text, number) in [
            (String::new(), None),
            (format!("{}\nx", line("a", json!({}))), Some(2)),
            (format!("{0}\n{0}", line("a", json!({}))), Some(2)),
            (line("", json!({})), Some(1)),
            (line("a", json!(3)), Some(1)),
            (stream, Some(1)),
            (line("a", json!({})).replace("chat", "cat"), Some(1)),
            (line("a", json!({})).replace("POST", "GET"), Some(1)),
        ] {
            let errors = read_all(&text, CHAT, 9).expect_err(&text);
            assert_eq!((errors.len(), errors[0].line), (1, number), "{text}: {errors:?}");
        }
        let errors = read_all(&text, CHAT, 1).expect_err("two are too many");
        assert!(errors[0].message.contains("has 2 requests; at most 1 are accepted"), "{errors:?}");
        let many = "x\n".repeat(2 * MAX_ERRORS);
        assert_eq!(read_all(&many, CHAT, usize::MAX).expect_err("no lines").len(), MAX_ERRORS);
    }
}
