//! `/v1/messages`, as Anthropic has it: chats as blocks.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{Response, sse::KeepAlive},
};

use self::message::{Events, ping, whole};
use super::{
    error::ApiError,
    request::Request,
    single::{self, read_parts},
    sse::KEEP_ALIVE,
    submit::read_submission,
};
use crate::node::coordinator::{Shared, api_keys::Caller};

mod error;
mod message;
mod request;

pub(super) use self::error::translate;
#[cfg(test)]
pub(super) use self::request::parameters;

pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let request = request::read(&body, rand::random())?;
    let submission = read_submission(&shared, &caller, &headers, &body, &request)?;
    drop(body);
    let Request { offered, model, stream, .. } = request;
    if stream {
        let (task, answer) = single::begin(&shared, submission, offered.as_ref()).await?;
        let alive = KeepAlive::new().interval(KEEP_ALIVE).event(ping());
        return Ok(single::respond(&task, answer, Events::new(task, model), Some(alive)));
    }
    let (task, outcome) = single::wait(&shared, submission).await?;
    let (said, calls) = read_parts(offered.as_ref(), &outcome);
    let body = whole(&task.spec.id, &model, (&said, &calls), &outcome);
    Ok(single::respond_whole(&shared.domain, &task, &outcome, &body))
}
