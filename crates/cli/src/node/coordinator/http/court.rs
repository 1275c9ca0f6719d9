//! The board of evidence on the miners' listener, and the cases that the coordinator wants on the operators'.

use std::sync::Arc;

use alloy::primitives::B256;
use axum::{
    Json,
    body::{Body, HttpBody},
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use cuckoo_protocol::{
    coordinator::{Input, prosecution::Mode},
    court::Case,
    evidence::MOST_BYTES,
};
use tokio::task::spawn_blocking;

use super::{
    body::{BodyError, collect, time_for},
    orders::{Operators, Order},
};
use crate::node::{
    coordinator::{
        Shared,
        court::{BoardError, CaseRow, Cases, Courtroom, Refused, rows},
        gateway::Room,
    },
    court::{
        board::{Listed, read_proof},
        figures::Bundles,
    },
};

/// Why the board does not do what is asked, as its status and its words.
#[derive(Debug)]
pub(super) struct Refusal(StatusCode, String);

impl Refusal {
    fn not_found() -> Self {
        Self(StatusCode::NOT_FOUND, "no such case is open, or it has no such bundle here".into())
    }

    fn failed(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "the board cannot be used");
        Self(StatusCode::INTERNAL_SERVER_ERROR, "the board cannot be used".into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, words) = self;
        let mut response = (status, format!("{words}\n")).into_response();
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

impl From<Refused> for Refusal {
    fn from(error: Refused) -> Self {
        let status = match error {
            Refused::Proof(_) => StatusCode::UNAUTHORIZED,
            Refused::NoPart(_) => StatusCode::FORBIDDEN,
            Refused::TooOften => StatusCode::TOO_MANY_REQUESTS,
            Refused::Chain(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self(status, error.to_string())
    }
}

fn courtroom(shared: &Shared) -> Result<&Courtroom, Refusal> {
    shared.court.as_ref().ok_or_else(Refusal::not_found)
}

/// A word of 32 bytes in a path. Anything else names nothing.
fn word(text: &str) -> Result<B256, Refusal> {
    text.parse().map_err(|_| Refusal::not_found())
}

/// The open case, once the caller has proven that it may read its evidence.
async fn admitted(shared: &Shared, id: B256, headers: &HeaderMap) -> Result<Case, Refusal> {
    let court = courtroom(shared)?;
    let proof = read_proof(id, shared.address(), |name| headers.get(name)?.to_str().ok());
    let Some((request, signature)) = proof else {
        let words = "reading evidence needs a signed request; `cuckoo dispute show` makes one";
        return Err(Refusal(StatusCode::UNAUTHORIZED, words.into()));
    };
    let (Some(view), Some(case)) = (court.view(), court.open_case(&id)) else { return Err(Refusal::not_found()) };
    let owner = shared.chain.load().registry.node(&request.node).map(|node| node.owner);
    court.readers.admit((&request, &signature), (&case, &view), owner, &shared.client).await?;
    Ok(case)
}

/// Runs what waits for the disk.
async fn on_disk<T: Send + 'static>(
    shared: Arc<Shared>,
    work: impl FnOnce(&Courtroom) -> T + Send + 'static,
) -> Result<T, Refusal> {
    let work = move || shared.court.as_ref().map(work);
    spawn_blocking(work).await.map_err(Refusal::failed)?.ok_or_else(Refusal::not_found)
}

/// The bundles of a case that are here.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Vec<Listed>>, Refusal> {
    let case = admitted(&shared, word(&id)?, &headers).await?;
    let listed = on_disk(shared, move |court| court.board.list(&case.id, &case.receipts)).await?;
    Ok(Json(listed.map_err(Refusal::failed)?))
}

/// One bundle.
pub(super) async fn show(
    State(shared): State<Arc<Shared>>,
    Path(words): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (id, receipt) = (word(&words.0)?, word(&words.1)?);
    let case = admitted(&shared, id, &headers).await?;
    if !case.receipts.contains(&receipt) {
        return Err(Refusal::not_found());
    }
    let bundle = on_disk(shared, move |court| court.board.read(&id, &receipt)).await?;
    let bundle = bundle.map_err(Refusal::failed)?.ok_or_else(Refusal::not_found)?;
    Bundles::Served.count(1);
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], bundle).into_response())
}

/// Takes a bundle from anybody, for a receipt of an open case that has none here.
pub(super) async fn hand_in(
    State(shared): State<Arc<Shared>>,
    Path(words): Path<(String, String)>,
    request: Request,
) -> Result<StatusCode, Refusal> {
    let (id, receipt) = (word(&words.0)?, word(&words.1)?);
    let court = courtroom(&shared)?;
    let case = court.open_case(&id).ok_or_else(Refusal::not_found)?;
    if !case.receipts.contains(&receipt) {
        return Err(Refusal::not_found());
    }
    // Looking for a bundle takes as much memory as taking one, and anybody may ask.
    let Ok(_permit) = court.handing_in.try_acquire() else {
        return Err(Refusal(StatusCode::SERVICE_UNAVAILABLE, "too many bundles are handed in at once".into()));
    };
    let known = on_disk(shared.clone(), move |court| court.board.read(&id, &receipt)).await?;
    if known.map_err(Refusal::failed)?.is_some() {
        return Ok(StatusCode::OK);
    }
    let bundle = read_bundle(request.into_body()).await?;
    let taken = on_disk(shared.clone(), move |court| court.board.take(&id, &receipt, &bundle)).await?;
    match taken {
        Ok(()) => {
            Bundles::Taken.count(1);
            tracing::info!(case = %id, %receipt, "evidence was handed in");
            Ok(StatusCode::CREATED)
        }
        Err(error @ BoardError::Evidence(_)) => Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())),
        Err(error @ BoardError::Full) => Err(Refusal(StatusCode::INSUFFICIENT_STORAGE, error.to_string())),
        Err(BoardError::Store(error)) => Err(Refusal::failed(error)),
    }
}

/// Reads a bundle within limits of size and time.
async fn read_bundle(body: Body) -> Result<Vec<u8>, Refusal> {
    let too_large = || Refusal(StatusCode::PAYLOAD_TOO_LARGE, format!("a bundle has at most {MOST_BYTES} bytes"));
    if body.size_hint().lower() > MOST_BYTES as u64 {
        return Err(too_large());
    }
    let patience = time_for(body.size_hint().lower());
    match tokio::time::timeout(patience, collect(body, MOST_BYTES, &mut Room::unbounded()))
        .await
        .unwrap_or(Err(BodyError::Slow))
    {
        Ok(bundle) => Ok(bundle),
        // It is not asked for room: few are read at once.
        Err(BodyError::Crowded) => Err(Refusal(StatusCode::SERVICE_UNAVAILABLE, "there is no memory for it".into())),
        Err(BodyError::Slow) => Err(Refusal(StatusCode::REQUEST_TIMEOUT, "the bundle did not arrive in time".into())),
        Err(BodyError::Broken(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_large()),
        Err(BodyError::Broken(error)) => Err(Refusal(StatusCode::BAD_REQUEST, error.to_string())),
    }
}

/// The cases that the coordinator wants.
pub(super) async fn cases(State(shared): State<Arc<Shared>>) -> Json<Cases> {
    let cases = rows(&shared).await;
    Json(Cases { mode: shared.means.mode, budget: shared.means.budget, cases })
}

/// Has the cases against a miner opened, once more than before.
pub(super) async fn order(
    State(operators): State<Operators>,
    headers: HeaderMap,
    Json(order): Json<Order>,
) -> Result<Json<Vec<CaseRow>>, Refusal> {
    operators.admit(&headers).map_err(|(status, words)| Refusal(status, words.trim_end().to_owned()))?;
    let shared = operators.shared;
    if shared.means.mode == Mode::Off || shared.court.is_none() {
        return Err(Refusal(StatusCode::CONFLICT, "this coordinator opens no cases".into()));
    }
    let of = |row: &CaseRow| row.miner == order.miner;
    let wanted: Vec<_> = rows(&shared).await.into_iter().filter(of).collect();
    if wanted.is_empty() {
        return Err(Refusal(StatusCode::NOT_FOUND, format!("no case against {} is wanted", order.miner)));
    }
    for row in &wanted {
        // One that is open has what was ordered.
        let is_open = row.state == Some(cuckoo_protocol::court::State::Open);
        let attempt = row.attempts + u32::from(!is_open);
        shared.handle.act(Input::CaseOrdered { case: row.case, attempt });
    }
    tracing::info!(miner = %order.miner, cases = wanted.len(), "an operator has ordered that cases be opened");
    Ok(Json(rows(&shared).await.into_iter().filter(of).collect()))
}
