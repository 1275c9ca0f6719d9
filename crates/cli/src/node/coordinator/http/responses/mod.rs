//! `/v1/responses`: chats as items, with a stream of numbered events, and responses that others go on from.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use cuckoo_protocol::task::{
    ChatMessage, ChatRole, Outcome, State as TaskState, Task, TaskId, chat::MAX_IMAGES, speech::Speech,
};
use serde_json::{Map, Value, json};

use self::{
    events::Events,
    kept::unreadable,
    object::{Head, PREFIX, Status, ended, offered, response_id},
    request::Asked,
};
use super::{
    answer::read_outcome,
    calls::{Offered, read_speech},
    error::ApiError,
    request::Request,
    single::{self, call_id},
    submit::read_submission,
    tasks::read_task,
};
use crate::{
    host::clock,
    node::coordinator::{Shared, api_keys::Caller},
};

mod events;
mod items;
mod kept;
mod object;
mod references;
mod request;
mod tools;

#[cfg(test)]
pub(super) use self::request::parameters;
pub(super) use self::{kept::sweep, request::read_body};

/// A chat that goes on from another has at most this many messages.
const MAX_MESSAGES: usize = 1_000;

pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let (request, prepared) = prepare(&shared, &caller, &body).await?;
    let submission = read_submission(&shared.front, &caller, &headers, &body, &request)?;
    drop(body);
    if request.stream {
        let (task, answer) = single::begin(&shared.front, submission, request.offered.as_ref()).await?;
        let Prepared { store, echo, .. } = prepared;
        let head = Head::begin(task, request.model, clock::now_seconds(), echo);
        if store {
            kept::keep(&shared, task, head.echo.clone()).await;
        }
        return Ok(single::respond(&task, answer, Events::new(head), None));
    }
    let (task, outcome) = single::wait(&shared.front, submission).await?;
    let body = prepared.finish(&shared, &task).await?;
    Ok(single::respond_whole(&shared.domain, &task, &outcome, &body))
}

/// What is needed of a request for its response.
pub(super) struct Prepared {
    store: bool,
    offered: Option<Offered>,
    /// What the response says of its request.
    echo: Map<String, Value>,
}

/// Reads a request; one that goes on from a response has the chat up to there.
pub(super) async fn prepare(shared: &Shared, caller: &Caller, body: &[u8]) -> Result<(Request, Prepared), ApiError> {
    let mut fields = super::request::parse(body)?;
    references::resolve(shared, caller, &mut fields).await?;
    let Asked { mut request, previous, store, echo } = request::read(fields, rand::random())?;
    if let Some(previous) = previous {
        let history = read_history(shared, caller, &previous).await?;
        go_on(&mut request, history, echo.get("instructions").is_some_and(Value::is_string))?;
    }
    let offered = request.offered.clone();
    Ok((request, Prepared { store, offered, echo }))
}

impl Prepared {
    /// The response to a task that has ended, which is kept if it is to be.
    pub(super) async fn finish(self, shared: &Shared, task: &Task) -> Result<Value, ApiError> {
        let outcome = read_outcome(task)?;
        let head = Head::new(task, self.echo);
        if self.store {
            kept::keep(shared, task.spec.id, head.echo.clone()).await;
        }
        Ok(ended(&head, task, &outcome, self.offered.as_ref()))
    }
}

pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let (task, echo) = find(&shared, &caller, &id).await?.ok_or_else(|| not_found(&id, "id"))?;
    let head = Head::new(&task, echo);
    Ok(Json(match &task.state {
        TaskState::Queued | TaskState::Leased { .. } | TaskState::Running { .. } => {
            head.object(Status::InProgress, &[])
        }
        _ => match read_outcome(&task) {
            Ok(outcome) => ended(&head, &task, &outcome, offered(&task.spec.messages, &head.echo).as_ref()),
            Err(error) => head.failed(&error, &[]),
        },
    }))
}

/// Forgets a response. The task that it was stays at `/v1/tasks`, for what it cost has to be accounted for; one that runs is taken back.
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let (task, _) = find(&shared, &caller, &id).await?.ok_or_else(|| not_found(&id, "id"))?;
    kept::delete(&shared, task.spec.id).await.map_err(|error| unreadable(&error))?;
    shared.handle.cancel(task.spec.id).await;
    Ok(Json(json!({"id": response_id(&task.spec.id), "object": "response", "deleted": true})))
}

fn not_found(id: &str, param: &str) -> ApiError {
    let shown = cuckoo_protocol::Untrusted::new(id);
    let message = format!("there is no response `{shown}`, or it is not kept any more");
    let code = if param == "id" { "response_not_found" } else { "previous_response_not_found" };
    let error = ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", code, message);
    ApiError { param: Some(param.to_owned()), ..error }
}

/// The task of a response of the caller, and what the response says of its request.
async fn find(shared: &Shared, caller: &Caller, id: &str) -> Result<Option<(Arc<Task>, Map<String, Value>)>, ApiError> {
    let Some(Ok(task)) = id.strip_prefix(PREFIX).map(str::parse::<TaskId>) else { return Ok(None) };
    let Ok(task) = read_task(shared, caller, task).await else { return Ok(None) };
    let echo = kept::read(shared, task.spec.id).await.map_err(|error| unreadable(&error))?;
    Ok(echo.map(|echo| (task, echo)))
}

/// The chat up to the end of a response, without its tools and instructions, which hold for one response only.
async fn read_history(shared: &Shared, caller: &Caller, id: &str) -> Result<Vec<ChatMessage>, ApiError> {
    const PARAM: &str = "previous_response_id";
    let found = find(shared, caller, id).await?;
    let (task, echo) = found.ok_or_else(|| not_found(id, PARAM))?;
    let TaskState::Done { outcome, .. } = &task.state else {
        let message = "the response has no result, so nothing can go on from it";
        return Err(ApiError::invalid("invalid_value", message, PARAM));
    };
    Ok(history(&task, &echo, outcome))
}

fn history(task: &Task, echo: &Map<String, Value>, outcome: &Outcome) -> Vec<ChatMessage> {
    let messages = &task.spec.messages;
    let Speech { words, calls, .. } = read_speech(offered(messages, echo).as_ref(), &outcome.text);
    let own = usize::from(messages.first().is_some_and(|message| message.role == ChatRole::Tools))
        + usize::from(echo.get("instructions").is_some_and(Value::is_string));
    let mut history: Vec<_> = messages.iter().skip(own).cloned().collect();
    history.push(ChatMessage { role: ChatRole::Assistant, content: words });
    if !calls.is_empty() {
        let call = |(index, call): (usize, cuckoo_protocol::task::tools::Call)| {
            let function = json!({"name": call.name, "arguments": call.arguments});
            json!({"id": call_id(&task.spec.id, index), "type": "function", "function": function})
        };
        let calls: Vec<_> = calls.into_iter().enumerate().map(call).collect();
        history.push(ChatMessage { role: ChatRole::Calls, content: json!(calls).to_string() });
    }
    history
}

/// Puts a history before the messages of a request, behind its tools and instructions.
fn go_on(request: &mut Request, history: Vec<ChatMessage>, instructed: bool) -> Result<(), ApiError> {
    let Some(messages) = request.prompts.first_mut() else { return Ok(()) };
    let own = usize::from(messages.first().is_some_and(|message| message.role == ChatRole::Tools));
    let own = own + usize::from(instructed);
    messages.splice(own..own, history);
    // How many bytes it has is looked at where its task is made.
    let images = messages.iter().filter(|message| message.role == ChatRole::Image).count();
    if messages.len() <= MAX_MESSAGES && images <= MAX_IMAGES {
        return Ok(());
    }
    let message = format!(
        "the chat has become too long: {} messages and {images} images; at most {MAX_MESSAGES} and {MAX_IMAGES} are accepted",
        messages.len()
    );
    Err(ApiError::invalid("context_length_exceeded", message, "previous_response_id"))
}
