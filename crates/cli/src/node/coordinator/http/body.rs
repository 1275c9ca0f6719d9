//! Bodies of requests, read within limits of size and time.

use std::time::Duration;

use axum::body::Body;
use http_body_util::{BodyExt, Limited};
use tokio::time;

/// A request's body has to arrive within this time.
pub(super) const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// No pause within a body may be longer than this.
const BODY_SILENCE: Duration = Duration::from_secs(10);

/// Why a body was not read.
pub(super) enum BodyError {
    /// It did not arrive in time.
    Slow,
    /// It is too large, or its connection broke.
    Broken(axum::BoxError),
}

/// Reads a body of at most this many bytes.
pub(super) async fn collect(body: Body, most: usize) -> Result<Vec<u8>, BodyError> {
    let (mut body, mut bytes) = (Limited::new(body, most), vec![]);
    while let Some(frame) = time::timeout(BODY_SILENCE, body.frame()).await.map_err(|_| BodyError::Slow)? {
        if let Ok(data) = frame.map_err(BodyError::Broken)?.into_data() {
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}
