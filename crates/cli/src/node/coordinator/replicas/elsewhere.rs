//! What a replica that follows has from the leader: the answers to requests that it passes on, and the links of miners.

use std::time::Duration;

use alloy::primitives::Bytes;
use axum::{
    Json,
    body::Body,
    extract::{
        Request,
        ws::{Message, WebSocket},
    },
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use cuckoo_protocol::evidence::MOST_BYTES;
use futures::{SinkExt, StreamExt, stream};
use serde_json::json;
use tokio::{sync::OwnedSemaphorePermit, time};

use super::{
    frame::{Ask, Door, Passed, Tell},
    passage::{pack, unpack},
    uplink::{Place, Uplink},
};
use crate::node::coordinator::{gateway::Gateway, http};

/// A miner that reads nothing for this long is cut off.
const SILENCE: Duration = Duration::from_secs(10);
/// The frames of a handshake that the leader sends: the challenge, and the welcome or the refusal.
const HANDSHAKE: u32 = 2;

/// Says that there is no leader.
fn no_leader() -> Response {
    let message = "no replica of the coordinator leads at the moment";
    let body = json!({"error": {"message": message, "type": "api_error", "param": null, "code": "no_leader"}});
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], Json(body)).into_response()
}

/// Passes a request on to one of the leader's listeners.
pub(super) async fn pass(uplink: Uplink, door: Door, room: Option<&Gateway>, request: Request) -> Response {
    if door == Door::Admin && request.method() != Method::GET {
        let words = "this replica follows another one; ask the one that leads\n";
        return (StatusCode::SERVICE_UNAVAILABLE, words).into_response();
    }
    let request = match room {
        Some(room) => match http::read_body(request, MOST_BYTES, room.room()).await {
            Ok(request) => request,
            Err(refusal) => return refusal,
        },
        // It was read before it was let in.
        None => request,
    };
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let (method, uri, headers) = (head.method.as_str().to_owned(), head.uri.to_string(), pack(&head.headers));
    let passed = Passed { door, method, uri, headers, body: Bytes(body) };
    let Some(mut place) = uplink.pass().await else { return no_leader() };
    place.outgoing.say(&Ask::Pass(place.number, Box::new(passed)));
    let Some(Tell::Head(_, status, headers)) = place.told.recv().await else { return no_leader() };
    let body = stream::unfold(Some(place), async |place| {
        let mut place = place?;
        match place.told.recv().await {
            Some(Tell::Part(_, part)) => {
                place.outgoing.say(&Ask::Took(place.number));
                Some((Ok(part.0), Some(place)))
            }
            Some(Tell::Done(_, true)) => None,
            _ => Some((Err("the replica that leads has ended"), None)),
        }
    });
    let mut response = Response::new(Body::from_stream(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    *response.headers_mut() = unpack(headers);
    response
}

/// Passes a miner's frames on, and those for it, until either side ends.
pub(super) async fn link(mut place: Place<Bytes>, socket: WebSocket, stranger: OwnedSemaphorePermit) {
    let (mut sink, mut source) = socket.split();
    let (number, outgoing) = (place.number, place.outgoing.clone());
    let listening = async {
        while let Some(Ok(message)) = source.next().await {
            match message {
                Message::Binary(frame) => {
                    outgoing.room().await;
                    outgoing.say(&Ask::Frame(number, Bytes(frame)));
                }
                Message::Ping(_) | Message::Pong(_) => {}
                // Miners send none.
                Message::Text(_) | Message::Close(_) => return,
            }
        }
    };
    let speaking = async {
        let (mut stranger, mut frames) = (Some(stranger), 0u32);
        while let Some(frame) = place.told.recv().await {
            frames = frames.saturating_add(1);
            stranger.take_if(|_| frames >= HANDSHAKE);
            let write = async {
                sink.feed(Message::Binary(frame.0)).await?;
                // What else is there leaves in the same write.
                while let Ok(frame) = place.told.try_recv() {
                    frames = frames.saturating_add(1);
                    sink.feed(Message::Binary(frame.0)).await?;
                }
                sink.flush().await
            };
            if !matches!(time::timeout(SILENCE, write).await, Ok(Ok(()))) {
                return;
            }
        }
        // What the leader has said last arrives before the end.
        let _ = time::timeout(SILENCE, sink.close()).await;
    };
    tokio::select! {
        () = listening => {}
        () = speaking => {}
    }
}
