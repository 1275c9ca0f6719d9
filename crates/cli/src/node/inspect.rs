//! What operators can look up at both nodes beside the snapshot: ended tasks by page and by filter, one task, and the log.

use axum::{
    Json,
    body::Body,
    extract::Query,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use cuckoo_protocol::{
    status::{LogLevel, TaskRow},
    task::{FirstDigits, Millis, Stage},
};
use serde::{Deserialize, Serialize};

use crate::host::recent_log;

/// Rows of a page where the request does not say, and at most.
const PAGE: (usize, usize) = (100, 1_000);
/// Lines of the log where the request does not say, and at most.
const LINES: (usize, usize) = (200, 2_000);

/// Which tasks are wanted: all that is named has to hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskQuery {
    /// States, separated by commas.
    state: Option<String>,
    /// Part of the model's name.
    model: Option<String>,
    /// The id of an API key.
    client: Option<String>,
    /// Accepted at this time or later, in milliseconds since the Unix epoch.
    since: Option<Millis>,
    /// Part of the reason, of the model's name or of the id.
    q: Option<String>,
    /// Before this place, which `next` of the page before says.
    before: Option<u64>,
    /// At most this many rows.
    limit: Option<usize>,
}

/// A page of tasks.
#[derive(Debug, Serialize)]
pub struct Page {
    tasks: Vec<TaskRow>,
    /// What `before` has to be for the next page; none where there is no other.
    next: Option<u64>,
}

impl TaskQuery {
    /// The place before which the tasks have to be.
    pub fn before(&self) -> u64 {
        self.before.unwrap_or(u64::MAX)
    }

    /// The most rows that are wanted.
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(PAGE.0).clamp(1, PAGE.1)
    }

    /// Whether a task is wanted.
    pub fn matches(&self, task: &TaskRow) -> bool {
        let part = |part: &Option<String>, of: &str| part.as_ref().is_none_or(|part| of.contains(part.as_str()));
        let in_state = |states: &String| states.split(',').any(|state| state == task.state.as_str());
        let text = || {
            let reason = task.reason.as_ref().map(|reason| reason.raw()).unwrap_or_default();
            format!("{} {} {reason}", task.id, task.model.raw())
        };
        self.state.as_ref().is_none_or(in_state)
            && part(&self.model, task.model.raw())
            && self.client.as_ref().is_none_or(|client| task.client.as_ref() == Some(client))
            && self.since.is_none_or(|since| task.accepted_at >= since)
            && self.q.as_ref().is_none_or(|part| text().contains(part.as_str()))
    }

    /// The answer for rows with their places, newest first, of which there is one more than wanted where more follow. A state that
    /// does not exist is an error, and not a filter that nothing passes.
    pub fn page(&self, mut rows: Vec<(u64, TaskRow)>) -> Response {
        const STATES: [Stage; 7] = [
            Stage::Queued,
            Stage::Leased,
            Stage::Running,
            Stage::Done,
            Stage::Failed,
            Stage::Expired,
            Stage::Cancelled,
        ];
        let known = |state: &str| STATES.iter().any(|stage| stage.as_str() == state);
        if let Some(wrong) = self.state.iter().flat_map(|states| states.split(',')).find(|state| !known(state)) {
            let known = STATES.map(Stage::as_str).join(", ");
            let wrong = cuckoo_protocol::harmless(wrong);
            return (StatusCode::BAD_REQUEST, format!("there is no state `{wrong}`; there are {known}\n"))
                .into_response();
        }
        let more = rows.len() > self.limit();
        rows.truncate(self.limit());
        let next = rows.last().filter(|_| more).map(|(place, _)| *place);
        Json(Page { tasks: rows.into_iter().map(|(_, row)| row).collect(), next }).into_response()
    }
}

/// Whether a task's id is this, or begins with these digits.
pub fn is_named(task: &TaskRow, id: &str) -> bool {
    match id.parse::<FirstDigits>() {
        Ok(digits) => digits.begin(&task.id),
        Err(_) => task.id.to_string() == id,
    }
}

/// The answer for one task.
pub fn one(found: Option<TaskRow>) -> Response {
    match found {
        Some(row) => Json(row).into_response(),
        None => (StatusCode::NOT_FOUND, "this node knows no task with this id\n").into_response(),
    }
}

/// Which lines of the log are wanted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogQuery {
    /// Lines after the one with this number.
    #[serde(default)]
    after: u64,
    /// Lines of this level or graver ones.
    level: Option<LogLevel>,
    /// At most this many, the newest.
    limit: Option<usize>,
}

/// `GET /logs`: the newest lines, one JSON document a line.
pub async fn logs(Query(query): Query<LogQuery>) -> Response {
    let limit = query.limit.unwrap_or(LINES.0).clamp(1, LINES.1);
    let mut text = String::new();
    for row in recent_log::after(query.after, query.level.unwrap_or(LogLevel::Trace), limit) {
        match serde_json::to_string(&row) {
            Ok(line) => text.extend([line.as_str(), "\n"]),
            Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
        }
    }
    ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from(text)).into_response()
}
