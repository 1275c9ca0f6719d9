//! The part of a coordinator that runs batches: each request when nobody else waits, and never twice.

use std::{collections::HashSet, io, sync::Arc, time::Duration};

use axum::http::StatusCode;
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, Semaphore},
    task::{JoinSet, block_in_place},
    time,
};
use tokio_util::sync::CancellationToken;

use super::{
    super::error::ApiError,
    line::{self, Line},
};
use crate::{
    host::clock,
    node::coordinator::{
        Shared,
        batches::{Batch, Status, new_id},
    },
};

/// Requests of all batches that run at once at most.
const AT_ONCE: usize = 64;
/// Others' requests are looked for at intervals of this.
const PACE: Duration = Duration::from_millis(50);
/// Two requests begin at least this long after each other.
const GAP: Duration = Duration::from_millis(5);
/// A request that cannot be taken now is tried again after this time, or after the one that the refusal says.
const AGAIN: Duration = Duration::from_secs(2);
/// Files whose time is over are looked for at intervals of this.
const SWEEP: Duration = Duration::from_secs(3600);

/// What all batches share.
struct Runner {
    shared: Arc<Shared>,
    places: Semaphore,
    /// Whose turn it is to begin a request.
    turn: Mutex<()>,
}

/// Runs batches until `stop`.
pub async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    let runner = Arc::new(Runner { shared: shared.clone(), places: Semaphore::new(AT_ONCE), turn: Mutex::new(()) });
    let (mut running, mut batches) = (HashSet::new(), JoinSet::new());
    let mut sweep = time::interval(SWEEP);
    loop {
        for batch in shared.batches.open_batches() {
            if running.insert(batch.id.clone()) {
                let runner = runner.clone();
                batches.spawn(async move {
                    runner.run_batch(batch.id.clone()).await;
                    batch.id
                });
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = shared.batches.wake.notified() => {}
            Some(ended) = batches.join_next() => match ended {
                Ok(id) => drop(running.remove(&id)),
                Err(error) => tracing::error!(%error, "a batch was not run to its end; it goes on at the next start"),
            },
            _ = sweep.tick() => {
                if let Err(error) = shared.batches.sweep(clock::now_seconds()) {
                    tracing::warn!(%error, "files whose time is over cannot be removed");
                }
            }
        }
    }
}

/// The result of a line.
struct Ran {
    custom_id: String,
    result: Result<Value, ApiError>,
}

impl Ran {
    /// The line of a file that shows it.
    fn line(&self) -> String {
        let now = clock::now_seconds();
        let response = |status: StatusCode, body: &Value| json!({"status_code": status.as_u16(), "request_id": new_id("req_", now), "body": body});
        let (response, error) = match &self.result {
            Ok(body) => (response(StatusCode::OK, body), Value::Null),
            Err(error) if error.code == EXPIRED => (Value::Null, json!({"code": error.code, "message": error.message})),
            Err(error) => (response(error.status, &error.body()), Value::Null),
        };
        let id = new_id("batch_req_", now);
        let line = json!({"id": id, "custom_id": self.custom_id, "response": response, "error": error});
        format!("{line}\n")
    }
}

/// The code of a request that its batch had no time for.
const EXPIRED: &str = "batch_expired";

fn expired() -> ApiError {
    let message = "the batch's time was over before this request was run";
    ApiError::new(StatusCode::GATEWAY_TIMEOUT, "api_error", EXPIRED, message)
}

impl Runner {
    /// Runs a batch to its end. What cannot be written is tried again at the next start.
    async fn run_batch(&self, id: String) {
        if let Err(error) = self.try_batch(&id).await {
            tracing::error!(%error, batch = id, "a batch cannot go on; it is taken up again at the next start");
            // It counts as running, so that it does not begin again at once.
            std::future::pending::<()>().await;
        }
    }

    async fn try_batch(&self, id: &str) -> io::Result<()> {
        let batches = &self.shared.batches;
        let Some(batch) = batches.change(id, |_| {})? else { return Ok(()) };
        // What is not UTF-8 is not JSON either, and is told as that.
        let read = match std::fs::read(batches.content(&batch.input)) {
            Ok(bytes) => line::read_all(&String::from_utf8_lossy(&bytes), &batch.endpoint),
            Err(error) if error.kind() == io::ErrorKind::NotFound => line::read_all("", &batch.endpoint),
            Err(error) => return Err(error),
        };
        let lines = match read {
            Ok(lines) => lines,
            Err(errors) => {
                let fail = |batch: &mut Batch| {
                    batch.errors = errors;
                    batch.enter(Status::Failed, clock::now_seconds());
                };
                return batches.change(id, fail).map(drop);
            }
        };
        let done = batches.lines(&batch.output)?;
        let failed = batches.lines(&batch.errors_file)?;
        let ids = |text: &str| -> HashSet<String> {
            let id = |line: &str| serde_json::from_str::<Value>(line).ok()?["custom_id"].as_str().map(str::to_owned);
            text.lines().filter_map(id).collect()
        };
        let (done, failed) = (ids(&done), ids(&failed));
        let begin = |batch: &mut Batch| {
            (batch.counts.total, batch.counts.completed, batch.counts.failed) = (lines.len(), done.len(), failed.len());
            if batch.status == Status::Validating {
                batch.enter(Status::InProgress, clock::now_seconds());
            }
        };
        let Some(batch) = batches.change(id, begin)? else { return Ok(()) };
        let rest: Vec<_> = lines
            .into_iter()
            .filter(|line| !done.contains(&line.custom_id) && !failed.contains(&line.custom_id))
            .collect();
        self.run_lines(&batch, rest).await?;
        self.finish(&batch)
    }

    /// Runs the lines that have not run, each as soon as there is room, and writes what came of them.
    async fn run_lines(&self, batch: &Batch, lines: Vec<Line>) -> io::Result<()> {
        let mut ran = stream::iter(lines).map(|line| self.run_line(batch, line)).buffer_unordered(AT_ONCE);
        while let Some(ran) = ran.next().await {
            let Some(ran) = ran else { continue };
            let file = if ran.result.is_ok() { &batch.output } else { &batch.errors_file };
            block_in_place(|| self.shared.batches.append(file, ran.line().as_bytes()))?;
            let count = |batch: &mut Batch| match &ran.result {
                Ok(_) => batch.counts.completed += 1,
                Err(_) => batch.counts.failed += 1,
            };
            self.shared.batches.change(&batch.id, count)?;
        }
        Ok(())
    }

    /// Runs one line; `None` where the batch was taken back before it began.
    async fn run_line(&self, batch: &Batch, line: Line) -> Option<Ran> {
        loop {
            let _place = self.places.acquire().await.ok()?;
            if self.is_cancelled(batch) {
                return None;
            }
            let result = if clock::now_seconds() >= batch.expires_at {
                Err(expired())
            } else {
                self.wait_for_quiet().await;
                match self.shared.keys.caller_of(batch.owner.as_deref()) {
                    Some(caller) => line::run(&self.shared, &caller, batch, &line).await,
                    None => Err(revoked()),
                }
            };
            match result {
                Err(error) if is_passing(&error) => {
                    let after = error.retry_after.map_or(AGAIN, |seconds| Duration::from_secs(seconds.into()));
                    time::sleep(after).await;
                }
                result => return Some(Ran { custom_id: line.custom_id, result }),
            }
        }
    }

    fn is_cancelled(&self, batch: &Batch) -> bool {
        let now = self.shared.batches.batch(batch.owner.as_deref(), &batch.id);
        now.is_none_or(|batch| batch.status == Status::Cancelling)
    }

    /// Waits until no request waits for a miner: a batch's go last, one after the other.
    async fn wait_for_quiet(&self) {
        let _turn = self.turn.lock().await;
        // What was let through before this has a miner by then, or waits.
        time::sleep(GAP).await;
        let is_quiet =
            async || self.shared.handle.read(|machine| machine.unfinished(true) == machine.unfinished(false)).await;
        while !is_quiet().await {
            time::sleep(PACE).await;
        }
    }

    /// Puts the files in place.
    fn finish(&self, batch: &Batch) -> io::Result<()> {
        let batches = &self.shared.batches;
        let now = clock::now_seconds();
        let Some(ended) = batches.change(&batch.id, |batch| {
            if batch.status == Status::InProgress {
                batch.enter(Status::Finalizing, now);
            }
        })?
        else {
            return Ok(());
        };
        for file in [&batch.output, &batch.errors_file] {
            batches.adopt(&ended, file, now)?;
        }
        let errors = batches.lines(&batch.errors_file)?;
        let is_expired = errors.contains(&format!("\"code\":\"{EXPIRED}\""));
        batches.change(&batch.id, |batch| match batch.status {
            Status::Cancelling => batch.enter(Status::Cancelled, now),
            _ if is_expired => batch.enter(Status::Expired, now),
            _ => batch.enter(Status::Completed, now),
        })?;
        Ok(())
    }
}

/// The error of a request whose key is not in force any more.
fn revoked() -> ApiError {
    let message = "the API key that the batch came with is not in force any more";
    ApiError::new(StatusCode::UNAUTHORIZED, "invalid_request_error", "invalid_api_key", message)
}

/// True where the same request may be taken a moment later.
fn is_passing(error: &ApiError) -> bool {
    let is_busy = error.status == StatusCode::TOO_MANY_REQUESTS
        && !["insufficient_quota", "request_too_large"].contains(&error.code);
    is_busy || error.status == StatusCode::SERVICE_UNAVAILABLE
}
