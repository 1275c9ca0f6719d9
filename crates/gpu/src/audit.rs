//! Audits: what an engine has to run for them. What its outputs are compared by is [`cuckoo_protocol::audit`].

use cuckoo_protocol::audit::Claim;
use futures::StreamExt;

use crate::engine::{Engine, EngineError, GenerateRequest, Generated};

/// Runs a request to its end.
pub async fn execute(engine: &dyn Engine, request: GenerateRequest) -> Result<Claim, EngineError> {
    let mut stream = engine.generate(request).await?;
    let (mut ids, mut log_probabilities, mut text) = (vec![], vec![], String::new());
    while let Some(item) = stream.next().await {
        match item? {
            Generated::Tokens(chunk) => {
                ids.extend(chunk.ids);
                log_probabilities.extend(chunk.log_probabilities);
                text.push_str(&chunk.text);
            }
            Generated::Finished(finish) => return Ok(Claim { ids, log_probabilities, text, finish }),
        }
    }
    Err(EngineError::Interrupted("the output ended without a finish".into()))
}
