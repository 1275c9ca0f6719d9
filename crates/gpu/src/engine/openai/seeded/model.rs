//! A model of the server's, as far as it is known here.

use std::{path::PathBuf, sync::Arc};

use super::{hello::Hello, words::Words};
use crate::engine::api::{EngineError, ServedModel};

/// Tokens that are claimed in one request.
const CLAIMED: u32 = 64;
/// Tokens of a report for each claimed token: its place, and four bytes of what it lacks.
pub(super) const RECORD: u32 = 5;
/// A model whose tokens are chosen by our rules.
#[derive(Debug)]
pub(in crate::engine::openai) struct Seeded {
    pub(super) words: Arc<Words>,
    /// Tokens that may be claimed in one request.
    pub(super) claimed: u32,
}

impl Seeded {
    /// Reads the files of a model that the server has, and says in `served` what it offers.
    pub(in crate::engine::openai) async fn read(
        directory: PathBuf,
        hello: Hello,
        served: &mut ServedModel,
    ) -> Result<Self, EngineError> {
        let name = served.manifest.name.clone();
        let class = hello.class.clone();
        let read = tokio::task::spawn_blocking(move || Words::read(&name, &directory, &hello));
        let read = read.await.map_err(|error| EngineError::Start(format!("reading broke off: {error}")))?;
        let (words, manifest) = read?;
        // A report needs room behind the tokens that are examined.
        let report = (CLAIMED * RECORD + 1).min(served.context_length / 4);
        let claimed = (report.saturating_sub(1) / RECORD).max(1);
        served.context_length -= report;
        served.manifest = manifest;
        served.class = class;
        (served.token_ids, served.log_probabilities, served.examines, served.tokenises) = (true, true, true, true);
        Ok(Self { words: Arc::new(words), claimed })
    }
}
