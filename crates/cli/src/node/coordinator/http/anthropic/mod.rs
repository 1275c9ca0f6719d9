//! `/v1/messages`, as Anthropic has it: chats as blocks.

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{Response, sse::KeepAlive},
};

use self::{
    message::{Events, Form, ping},
    request::Asked,
};
use super::{calls::read_parts, error::ApiError, request::Request, single, sse::KEEP_ALIVE, submit::read_submission};
use crate::node::coordinator::{api_keys::Caller, front::Front};

mod blocks;
mod error;
mod message;
mod model;
mod request;

#[cfg(test)]
pub(super) use self::request::parameters;
pub(super) use self::{
    error::translate,
    model::{is_spoken, list, model},
    request::read_counted,
};

/// Reads the body of a request.
pub(super) fn read_body(body: &[u8]) -> Result<Request, ApiError> {
    request::read(body, 0).map(|asked| asked.request)
}

pub(super) async fn create(
    State(front): State<Front>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let Asked { request, thoughts } = request::read(&body, rand::random())?;
    let submission = read_submission(&front, &caller, &headers, &body, &request)?;
    drop(body);
    let Request { offered, model, stream, sampling, .. } = request;
    let form = Form { model, stops: sampling.stop, thoughts };
    if stream {
        let (task, answer) = single::begin(&front, submission, offered.as_ref()).await?;
        let alive = KeepAlive::new().interval(KEEP_ALIVE).event(ping());
        return Ok(single::respond(&task, answer, Events::new(task, form), Some(alive)));
    }
    let (task, outcome) = single::wait(&front, submission).await?;
    let (shown, calls) = read_parts(offered.as_ref(), &outcome.text, &outcome.scores);
    let body = form.whole(&task, (&shown, &calls), &outcome);
    Ok(single::respond_whole(&front.domain, &task, &outcome, &body))
}
