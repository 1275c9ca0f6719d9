//! Bodies of requests, read within limits of size and time, unpacked, and rid of what JSON cannot have.

use std::{io, time::Duration};

use async_compression::{
    tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder},
    zstd::DParameter,
};
use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::{
    io::{AsyncRead, BufReader},
    time,
};
use tokio_util::io::{ReaderStream, StreamReader};

use super::error::ApiError;
use crate::node::coordinator::gateway::Room;
use crate::node::court::board::SLOWEST;

/// A request's body has to arrive within this time, a large one in as much more as it needs at [`SLOWEST`].
const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// No pause within a body may be longer than this.
const BODY_SILENCE: Duration = Duration::from_secs(10);
/// A body that is too large is read and discarded if it has at most this many bytes, so that its sender gets to read the
/// refusal.
const MAX_DISCARD: u64 = 128 * 1024 * 1024;
/// A body that is too large is read for at most this long.
const DISCARD: Duration = Duration::from_secs(10);

/// The windows of Zstandard have at most this many bytes, as a power of two (RFC 9659).
const ZSTD_WINDOW: u32 = 23;
/// Brotli's windows have at most 16 MiB. These bits at the start of a stream ask for up to a gigabyte, which no standard has.
const LARGE_BROTLI_WINDOW: u8 = 0x11;

/// Why a body was not read.
pub(super) enum BodyError {
    /// Other bodies take all the memory that there is for them.
    Crowded,
    /// It did not arrive in time.
    Slow,
    /// It is too large, or its connection broke.
    Broken(axum::BoxError),
}

/// How long a body of this many bytes may take.
pub(super) const fn time_for(bytes: u64) -> Duration {
    BODY_TIMEOUT.saturating_add(Duration::from_secs(bytes / SLOWEST))
}

/// Reads a body of at most this many bytes, for which room is taken as they come.
pub(super) async fn collect(body: Body, most: usize, room: &mut Room) -> Result<Vec<u8>, BodyError> {
    let (mut body, mut bytes) = (Limited::new(body, most), vec![]);
    while let Some(frame) = time::timeout(BODY_SILENCE, body.frame()).await.map_err(|_| BodyError::Slow)? {
        if let Ok(data) = frame.map_err(BodyError::Broken)?.into_data() {
            bytes.extend_from_slice(&data);
            if !room.hold(bytes.capacity()) {
                return Err(BodyError::Crowded);
            }
        }
    }
    Ok(bytes)
}

/// Reads the body of an application's request within limits of size and time, so that a slow sender cannot hold a connection
/// forever. `most` counts the bytes as they come and as they are unpacked. The body that is returned keeps its room until it is dropped.
pub(in crate::node::coordinator) async fn read(
    request: Request,
    most: usize,
    mut room: Room,
) -> Result<Request, Response> {
    let size = request.body().size_hint().lower();
    if size > most as u64 {
        if size <= MAX_DISCARD {
            let mut body = request.into_body().into_data_stream();
            let discard = async { while let Some(Ok(_)) = body.next().await {} };
            // Closing the connection while the sender still writes would look like a crash. A sender that is slower than this
            // does not get to read the refusal.
            let _ = time::timeout(DISCARD, discard).await;
        }
        return Err(too_large(&format!("the body has {size} bytes"), most));
    }
    let (mut head, body) = request.into_parts();
    let body = unpacked(body, &head.headers, most).map_err(IntoResponse::into_response)?;
    let mut bytes = time::timeout(time_for(size), collect(body, most, &mut room))
        .await
        .unwrap_or(Err(BodyError::Slow))
        .map_err(|error| refusal(error, most))?;
    head.headers.remove(header::CONTENT_ENCODING);
    head.headers.remove(header::CONTENT_LENGTH);
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    // Files come as they are.
    if !kind.starts_with("multipart/") {
        mend(&mut bytes);
    }
    Ok(Request::from_parts(head, Body::from(room.with(bytes))))
}

fn refusal(error: BodyError, most: usize) -> Response {
    match error {
        BodyError::Crowded => {
            let message = "the bodies of other requests take all the memory that there is for them";
            let error = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "api_error", "crowded", message);
            let mut response = ApiError { retry_after: Some(1), ..error }.into_response();
            // The rest of the body is not read.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }
        BodyError::Broken(error) if is_too_long(&*error) => too_large("the body is too large", most),
        BodyError::Broken(error) => {
            let message = format!("the body cannot be read: {error}");
            refused(StatusCode::BAD_REQUEST, "unreadable_body", message).into_response()
        }
        BodyError::Slow => {
            let message = format!(
                "the body did not arrive in time: {} s, and one more for every {SLOWEST} bytes, and never {} s without a byte",
                BODY_TIMEOUT.as_secs(),
                BODY_SILENCE.as_secs()
            );
            let mut response = refused(StatusCode::REQUEST_TIMEOUT, "slow_body", message).into_response();
            // The rest of the body is not read.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }
    }
}

/// Whether a limit of size is behind an error, directly or under what was unpacked.
fn is_too_long(error: &(dyn std::error::Error + 'static)) -> bool {
    let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let inner = inner.map(|inner| inner as &(dyn std::error::Error + 'static));
    error.is::<LengthLimitError>() || inner.or_else(|| error.source()).is_some_and(is_too_long)
}

fn too_large(what: &str, most: usize) -> Response {
    let message = format!(
        "{what}; at most {most} are accepted, unpacked; hint: 32 MiB are the most, and the operator's option --max-body may \
         set less"
    );
    refused(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message).into_response()
}

fn refused(status: StatusCode, code: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::new(status, "invalid_request_error", code, message)
}

/// The body as it was before its sender packed it.
fn unpacked(body: Body, headers: &HeaderMap, most: usize) -> Result<Body, ApiError> {
    let mut packings = headers.get_all(header::CONTENT_ENCODING).iter().flat_map(|value| {
        let text = value.to_str().unwrap_or("?");
        text.split(',')
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty() && name != "identity")
    });
    let Some(packing) = packings.next() else { return Ok(body) };
    let (is_brotli, mut is_first) = (packing == "br", true);
    let packed = Limited::new(body, most).into_data_stream().map(move |bytes| match bytes {
        Ok(bytes) if is_brotli && is_first && !bytes.is_empty() => {
            is_first = false;
            let is_large = bytes[0] & 0x7f == LARGE_BROTLI_WINDOW;
            if is_large { Err(io::Error::other("its window is too large")) } else { Ok(bytes) }
        }
        bytes => bytes.map_err(io::Error::other),
    });
    let packed = BufReader::new(StreamReader::new(packed));
    let unpacked = match packing.as_str() {
        "gzip" | "x-gzip" => {
            let mut decoder = GzipDecoder::new(packed);
            decoder.multiple_members(true);
            stream(decoder)
        }
        "deflate" => stream(ZlibDecoder::new(packed)),
        "br" => stream(BrotliDecoder::new(packed)),
        "zstd" => stream(ZstdDecoder::with_params(packed, &[DParameter::window_log_max(ZSTD_WINDOW)])),
        _ => return Err(unknown_packing()),
    };
    // Nobody packs twice, except to make much of little.
    if packings.next().is_some() { Err(unknown_packing()) } else { Ok(unpacked) }
}

fn stream(decoder: impl AsyncRead + Send + 'static) -> Body {
    Body::from_stream(ReaderStream::new(decoder))
}

fn unknown_packing() -> ApiError {
    let message = "the Content-Encoding is not known; it must be one of: gzip, deflate, br, zstd, identity";
    refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_encoding", message)
}

/// Takes away a byte order mark, and puts U+FFFD in the place of halves of characters: JavaScript writes `\ud83d` alone where a text
/// was cut within an emoji, which no JSON reader takes, and the chat could never go on.
pub(super) fn mend(bytes: &mut Vec<u8>) {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|byte| *byte == b'\\') {
        at += found;
        at += match (escaped_unit(&bytes[at..]), bytes.get(at + 6..).and_then(escaped_unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                bytes[at + 2..at + 6].copy_from_slice(b"fffd");
                6
            }
            (Some(_), _) => 6,
            (None, _) => 2,
        };
        at = at.min(bytes.len());
    }
}

/// The number of an escape such as `\ud83d` at the start of these bytes.
fn escaped_unit(bytes: &[u8]) -> Option<u16> {
    let digits = bytes.get(..6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::node::coordinator::gateway::{Gateway, ROOM};

    #[test]
    fn halves_of_characters_are_replaced_and_whole_ones_kept() {
        for (body, mended) in [
            (r#"{"a":"cut \ud83d"}"#, r#"{"a":"cut \ufffd"}"#),
            (r#"{"a":"\uDE00\ud83d\ud83d\ude00"}"#, r#"{"a":"\ufffd\ufffd\ud83d\ude00"}"#),
            (r#"{"a":"C:\\ud83d\u00e9"}"#, r#"{"a":"C:\\ud83d\u00e9"}"#),
            ("\u{feff}{}", "{}"),
            (r#"\"#, r#"\"#),
            (r#"\ud8"#, r#"\ud8"#),
            (r#"\u+d8f"#, r#"\u+d8f"#),
        ] {
            let mut bytes = body.as_bytes().to_vec();
            mend(&mut bytes);
            assert_eq!(String::from_utf8_lossy(&bytes), mended);
        }
    }

    proptest! {
        /// What JSON readers take stays as it is, and of everything else only halves of characters are changed.
        #[test]
        fn what_is_sound_stays_as_it_is(text in any::<String>(), escapes in r"(\\[un]|d83d|de00|[0-9a-f]{4}|\\\\){0,20}") {
            let mut sound = serde_json::to_vec(&text).expect("JSON");
            let before = sound.clone();
            mend(&mut sound);
            prop_assert_eq!(sound, before);
            let mut body = format!("\"{escapes}\"").into_bytes();
            let before = serde_json::from_slice::<String>(&body);
            mend(&mut body);
            if let Ok(text) = before {
                prop_assert_eq!(serde_json::from_slice::<String>(&body).expect("still JSON"), text);
            }
        }
    }

    async fn reads(packing: &str, bytes: Vec<u8>, most: usize) -> Result<Vec<u8>, u16> {
        let request =
            Request::post("/").header("content-encoding", packing).body(Body::from(bytes)).expect("a request");
        match read(request, most, Room::unbounded()).await {
            Ok(request) => Ok(request.into_body().collect().await.expect("read").to_bytes().to_vec()),
            Err(refusal) => Err(refusal.status().as_u16()),
        }
    }

    #[tokio::test]
    async fn packed_bodies_are_unpacked_within_the_limit() {
        use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
        use tokio::io::AsyncWriteExt;
        let text = b"{\"a\": 1}".repeat(100);
        macro_rules! packed {
            ($encoder:ident, $bytes:expr) => {{
                let mut encoder = $encoder::new(vec![]);
                encoder.write_all($bytes).await.expect("written");
                encoder.shutdown().await.expect("ended");
                encoder.into_inner()
            }};
        }
        let forms = [
            ("gzip", packed!(GzipEncoder, &text)),
            ("X-Gzip", packed!(GzipEncoder, &text)),
            ("deflate", packed!(ZlibEncoder, &text)),
            ("br", packed!(BrotliEncoder, &text)),
            ("identity, zstd", packed!(ZstdEncoder, &text)),
        ];
        for (packing, bytes) in forms {
            assert_eq!(reads(packing, bytes.clone(), text.len()).await.as_deref(), Ok(text.as_slice()), "{packing}");
            assert_eq!(reads(packing, bytes.clone(), text.len() - 1).await, Err(413), "{packing}");
            assert_eq!(reads(packing, bytes[..bytes.len() - 5].to_vec(), text.len()).await, Err(400), "{packing}");
        }
        assert_eq!(reads("identity", text.clone(), text.len()).await, Ok(text.clone()));
        assert_eq!(reads("compress", text.clone(), text.len()).await, Err(415));
        assert_eq!(reads("gzip, gzip", packed!(GzipEncoder, &text), text.len()).await, Err(415));
        let bomb = packed!(GzipEncoder, &vec![b' '; 50_000_000]);
        assert_eq!(reads("gzip", bomb, 1_000_000).await, Err(413));
        let mut large = packed!(BrotliEncoder, &text);
        large[0] = large[0] & 0x80 | LARGE_BROTLI_WINDOW;
        assert_eq!(reads("br", large, 1_000).await, Err(400));
        assert_eq!(reads("gzip", b"not packed at all".to_vec(), 1_000).await, Err(400));
    }

    #[tokio::test]
    async fn windows_are_as_small_as_standards_have_them() {
        use async_compression::{Level, tokio::write::ZstdEncoder, zstd::CParameter};
        use tokio::io::AsyncWriteExt;
        for (window, taken) in [(ZSTD_WINDOW, true), (ZSTD_WINDOW + 1, false)] {
            let parameters = [CParameter::window_log(window)];
            let mut encoder = ZstdEncoder::with_quality_and_params(vec![], Level::Fastest, &parameters);
            // Of unknown length, so that the window is the one that was set.
            encoder.write_all(b"{}").await.expect("written");
            encoder.flush().await.expect("flushed");
            encoder.write_all(b" ").await.expect("written");
            encoder.shutdown().await.expect("ended");
            let read = reads("zstd", encoder.into_inner(), 1_000).await;
            assert_eq!(read.is_ok(), taken, "{window}: {read:?}");
        }
    }

    #[tokio::test]
    async fn bodies_beyond_the_room_are_told_to_come_again_and_what_is_dropped_makes_room() {
        let gateway = Gateway::default();
        let send = async |bytes: usize| {
            let request = Request::post("/").body(Body::from(vec![b' '; bytes])).expect("a request");
            read(request, usize::MAX, gateway.room()).await
        };
        let half = ROOM * 6 / 10;
        let first = send(half).await.expect("there is room");
        let refused = send(half).await.expect_err("there is none");
        assert_eq!(refused.status(), 503);
        assert!(refused.headers().contains_key("retry-after"));
        let small = send(1_000).await.expect("there is room for this");
        let bytes = first.into_body().collect().await.expect("read").to_bytes();
        assert!(send(half).await.is_err(), "its bytes are still there");
        drop((bytes, small));
        assert!(send(half).await.is_ok());
    }
}
