//! A batch as it is kept: what was asked for, and how far it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How far a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum Status {
    /// Its lines are not read yet.
    Validating,
    /// Its lines cannot be read as requests.
    Failed,
    /// Its requests run.
    InProgress,
    /// All have run, and the files are put in place.
    Finalizing,
    /// The files are there.
    Completed,
    /// Its time was over; what had run is in the files.
    Expired,
    /// It was taken back, and what runs already is waited for.
    Cancelling,
    /// It was taken back; what had run is in the files.
    Cancelled,
}

impl Status {
    /// True where nothing more happens.
    pub(in super::super) const fn is_final(self) -> bool {
        matches!(self, Self::Failed | Self::Completed | Self::Expired | Self::Cancelled)
    }

    /// OpenAI's word for it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Validating => "validating",
            Self::Failed => "failed",
            Self::InProgress => "in_progress",
            Self::Finalizing => "finalizing",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Requests of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Counts {
    pub(in super::super) total: usize,
    pub(in super::super) completed: usize,
    pub(in super::super) failed: usize,
}

/// Why a line cannot be read as a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct LineError {
    pub(in super::super) code: String,
    pub(in super::super) message: String,
    pub(in super::super) param: Option<String>,
    /// The line's number, from 1; `None` where the whole file is meant.
    pub(in super::super) line: Option<usize>,
}

/// A batch. Times are in seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct Batch {
    pub(in super::super) id: String,
    /// The id of the API key that it came with.
    pub(in super::super) owner: Option<String>,
    /// The path that all of its requests are for.
    pub(in super::super) endpoint: String,
    pub(in super::super) input: String,
    pub(in super::super) output: String,
    pub(in super::super) errors_file: String,
    pub(in super::super) status: Status,
    pub(in super::super) errors: Vec<LineError>,
    pub(in super::super) counts: Counts,
    pub(in super::super) metadata: Value,
    pub(in super::super) created_at: u64,
    pub(in super::super) expires_at: u64,
    /// When it came to each further status.
    pub(in super::super) times: BTreeMap<String, u64>,
}

impl Batch {
    /// Goes on to a status.
    pub(in super::super) fn enter(&mut self, status: Status, now: u64) {
        self.status = status;
        self.times.insert(format!("{}_at", status.as_str()), now);
    }

    /// The batch as applications see it.
    pub(in super::super) fn object(&self) -> Value {
        let time = |name: &str| self.times.get(name);
        let file = |id: &str, count: usize| (self.status.is_final() && count > 0).then(|| id.to_owned());
        let errors = (!self.errors.is_empty()).then(|| json!({"object": "list", "data": self.errors}));
        // Requests whose time was over have lines in the file of errors without having failed by themselves.
        let unanswered = self.counts.total - self.counts.completed.min(self.counts.total);
        let has_errors = if self.status == Status::Expired { unanswered } else { self.counts.failed };
        json!({
            "id": self.id,
            "object": "batch",
            "endpoint": self.endpoint,
            "errors": errors,
            "input_file_id": self.input,
            "completion_window": "24h",
            "status": self.status.as_str(),
            "output_file_id": file(&self.output, self.counts.completed),
            "error_file_id": file(&self.errors_file, has_errors),
            "created_at": self.created_at,
            "in_progress_at": time("in_progress_at"),
            "expires_at": self.expires_at,
            "finalizing_at": time("finalizing_at"),
            "completed_at": time("completed_at"),
            "failed_at": time("failed_at"),
            "expired_at": time("expired_at"),
            "cancelling_at": time("cancelling_at"),
            "cancelled_at": time("cancelled_at"),
            "request_counts": self.counts,
            "metadata": self.metadata,
        })
    }
}
