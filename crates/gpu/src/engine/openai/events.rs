//! The events of a streamed response, one after the other.

use std::{collections::VecDeque, time::Duration};

use cuckoo_protocol::sse;
use futures::{Stream, StreamExt};
use tokio::time::timeout;

use crate::engine::api::EngineError;

/// Bytes that a line of a stream, or an event's data, may have.
const MAX_EVENT: usize = 1 << 20;

/// What is still to come of a response.
pub(super) struct Events<B> {
    body: B,
    idle: Duration,
    parser: Option<sse::Reader>,
    waiting: VecDeque<Vec<u8>>,
}

impl<B, D> Events<B>
where
    B: Stream<Item = reqwest::Result<D>> + Send + Unpin + 'static,
    D: AsRef<[u8]> + Send + 'static,
{
    /// A response that is given up after this long without any bytes.
    pub(super) const fn new(body: B, idle: Duration) -> Self {
        Self { body, idle, parser: Some(sse::Reader::new(MAX_EVENT)), waiting: VecDeque::new() }
    }

    /// The next event's data; `None` after the last one.
    pub(super) async fn next(&mut self) -> Result<Option<String>, EngineError> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(Some(String::from_utf8_lossy(&event).into_owned()));
            }
            if self.parser.is_none() {
                return Ok(None);
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> Result<(), EngineError> {
        let interrupted = |reason: String| EngineError::Interrupted(reason);
        let Some(parser) = &mut self.parser else { return Ok(()) };
        match timeout(self.idle, self.body.next()).await {
            Ok(Some(Ok(bytes))) => {
                let events = parser.push(bytes.as_ref()).map_err(|error| interrupted(error.to_string()))?;
                self.waiting.extend(events.into_iter().filter_map(sse::Event::data));
            }
            Ok(Some(Err(error))) => return Err(interrupted(error.without_url().to_string())),
            Ok(None) => {
                let rest = self.parser.take().map(sse::Reader::finish).transpose();
                self.waiting.extend(rest.map_err(|error| interrupted(error.to_string()))?.flatten());
            }
            Err(_) => return Err(interrupted(format!("the server was silent for {} s", self.idle.as_secs()))),
        }
        Ok(())
    }
}
