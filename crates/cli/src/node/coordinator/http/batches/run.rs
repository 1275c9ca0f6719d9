//! The part of a coordinator that runs batches: each request when nobody else waits, and never twice.

use std::{
    collections::{HashMap, HashSet},
    fs, io,
    sync::{Arc, PoisonError},
    time::Duration,
};

use axum::http::StatusCode;
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, Semaphore, SemaphorePermit},
    task::{JoinSet, block_in_place},
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;

use super::{
    super::{error::ApiError, responses},
    line::{self, Line},
    page::exhausted,
};
use crate::{
    host::clock,
    node::coordinator::{
        Shared,
        batches::{Batch, LineError, Status, new_id},
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
/// A batch whose files cannot be read or written is tried again after this time.
const RETRY: Duration = Duration::from_secs(10);
/// A model that nobody offers is waited for this long while there is reason to think that its miners come back.
const AWAY: Duration = Duration::from_secs(600);
/// A model that nobody offers is waited for this long in any case.
const LEAST_AWAY: Duration = Duration::from_secs(30);
/// The inputs of batches that are in memory at once have about this many MiB together; one that is larger comes alone.
const LOADED: u32 = 256;
/// Files whose time is over are looked for at intervals of this.
const SWEEP: Duration = Duration::from_secs(3600);

/// What all batches share.
struct Runner {
    shared: Arc<Shared>,
    places: Semaphore,
    /// Whose turn it is to begin a request.
    turn: Mutex<()>,
    /// Room for the lines of batches, in MiB.
    room: Semaphore,
    started: Instant,
}

/// A batch that runs, and what its lines learn from each other.
struct Course<'a> {
    batch: &'a Batch,
    learned: std::sync::Mutex<Learned>,
}

#[derive(Default)]
struct Learned {
    /// A line has an answer.
    is_answered: bool,
    /// Since when nobody offers a model.
    missing: HashMap<String, Instant>,
    /// The coordinator takes no more of this key's until then.
    full_until: Option<Instant>,
}

impl<'a> Course<'a> {
    fn new(batch: &'a Batch) -> Self {
        let learned = Learned { is_answered: batch.counts.completed > 0, ..Learned::default() };
        Self { batch, learned: learned.into() }
    }

    fn learned(&self) -> std::sync::MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long its lines have to wait now.
    fn pause(&self) -> Option<Duration> {
        let left = self.learned().full_until?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Learns from the result of a line. Returns the time after which to try the line again, where that may help.
    fn learn(&self, line: &Line, result: &Result<Tried, ApiError>, up: Duration) -> Option<Duration> {
        let mut learned = self.learned();
        match result {
            Ok(Tried::Answered(_)) => {
                learned.is_answered = true;
                learned.missing.remove(&line.model());
                None
            }
            Err(error) if error.code == "model_not_found" => {
                let since = *learned.missing.entry(line.model()).or_insert_with(Instant::now);
                let most = if learned.is_answered || up < AWAY { AWAY } else { LEAST_AWAY };
                (since.elapsed() < most).then_some(AGAIN)
            }
            Err(error) if is_passing(error) => {
                let after = error.retry_after.map_or(AGAIN, |seconds| Duration::from_secs(seconds.into()));
                if error.status == StatusCode::TOO_MANY_REQUESTS {
                    // All lines together try as often as one would: each try counts against the rate of the key.
                    learned.full_until = Some(Instant::now() + after);
                }
                Some(after)
            }
            Ok(Tried::Paused) => Some(Duration::ZERO),
            _ => None,
        }
    }
}

/// What came of trying a line.
enum Tried {
    Answered(Value),
    /// The batch was taken back before it began.
    TakenBack,
    /// It has to wait, for the coordinator takes nothing of this key's now.
    Paused,
}

/// Runs batches until `stop`.
pub async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    let (places, room) = (Semaphore::new(AT_ONCE), Semaphore::new(LOADED as usize));
    let runner = Runner { shared: shared.clone(), places, turn: Mutex::new(()), room, started: Instant::now() };
    let runner = Arc::new(runner);
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
                if let Err(error) = block_in_place(|| shared.batches.sweep(clock::now_seconds())) {
                    tracing::warn!(%error, "files whose time is over cannot be removed");
                }
                responses::sweep(&shared).await;
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

/// Reads the lines of a batch; `most` are accepted.
fn read_lines(path: &std::path::Path, endpoint: &str, most: usize) -> io::Result<Result<Vec<Line>, Vec<LineError>>> {
    // What is not UTF-8 is not JSON either, and is told as that.
    match fs::read(path) {
        Ok(bytes) => Ok(line::read_all(&String::from_utf8_lossy(&bytes), endpoint, most)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(line::read_all("", endpoint, most)),
        Err(error) => Err(error),
    }
}

impl Runner {
    /// Runs a batch to its end. What cannot be read or written is tried again.
    async fn run_batch(&self, id: String) {
        while let Err(error) = self.try_batch(&id).await {
            let after = RETRY.as_secs();
            tracing::error!(%error, batch = id, "a batch cannot go on; it is tried again in {after} seconds");
            time::sleep(RETRY).await;
        }
    }

    async fn try_batch(&self, id: &str) -> io::Result<()> {
        let batches = &self.shared.batches;
        let Some(batch) = batches.change(id, |_| {})? else { return Ok(()) };
        let (room, most) = (self.wait_for_room(&batch).await, self.shared.edge.max_lines);
        let lines = match &room {
            Some(_) => match block_in_place(|| read_lines(&batches.content(&batch.input), &batch.endpoint, most))? {
                Ok(lines) => lines,
                Err(errors) => {
                    let fail = |batch: &mut Batch| {
                        batch.errors = errors;
                        batch.enter(Status::Failed, clock::now_seconds());
                    };
                    return batches.change(id, fail).map(drop);
                }
            },
            // It was taken back: no line begins, and what an earlier process has begun does not go on.
            None => {
                self.take_back(&batch).await?;
                vec![]
            }
        };
        let (done, failed) = block_in_place(|| -> io::Result<_> {
            Ok((batches.written(&batch.output)?, batches.written(&batch.errors_file)?))
        })?;
        let begin = |batch: &mut Batch| {
            (batch.counts.completed, batch.counts.failed) = (done.len(), failed.len());
            if room.is_some() {
                batch.counts.total = lines.len();
            }
            if batch.status == Status::Validating {
                batch.enter(Status::InProgress, clock::now_seconds());
            }
        };
        let Some(batch) = batches.change(id, begin)? else { return Ok(()) };
        let is_new = |line: &Line| !done.contains_key(&line.custom_id) && !failed.contains_key(&line.custom_id);
        let rest: Vec<_> = lines.into_iter().filter(is_new).collect();
        drop((done, failed));
        self.run_lines(&batch, rest).await?;
        block_in_place(|| self.finish(&batch))
    }

    /// Takes back the tasks that an earlier process has begun for a batch that was taken back since: nobody waits for them any more.
    async fn take_back(&self, batch: &Batch) -> io::Result<()> {
        let Ok(_room) = self.room.acquire_many(self.size(batch)).await else { return Ok(()) };
        let input = self.shared.batches.content(&batch.input);
        let lines = block_in_place(|| read_lines(&input, &batch.endpoint, usize::MAX))?;
        line::take_back(&self.shared, batch, &lines.unwrap_or_default()).await;
        Ok(())
    }

    /// The room that the lines of a batch need, in MiB.
    fn size(&self, batch: &Batch) -> u32 {
        let bytes = fs::metadata(self.shared.batches.content(&batch.input)).map_or(0, |about| about.len());
        u32::try_from(bytes.div_ceil(1024 * 1024)).unwrap_or(LOADED).clamp(1, LOADED)
    }

    /// Waits until there is room in memory for the lines of a batch; `None` where it is taken back before.
    async fn wait_for_room(&self, batch: &Batch) -> Option<SemaphorePermit<'_>> {
        let taken_back = async {
            while !self.is_cancelled(batch) {
                time::sleep(AGAIN).await;
            }
        };
        tokio::select! {
            biased;
            () = taken_back => None,
            room = self.room.acquire_many(self.size(batch)) => room.ok(),
        }
    }

    /// Runs the lines that have not run, each as soon as there is room, and writes what came of them.
    async fn run_lines(&self, batch: &Batch, lines: Vec<Line>) -> io::Result<()> {
        let course = Course::new(batch);
        let mut ran = stream::iter(lines).map(|line| self.run_line(&course, line)).buffer_unordered(AT_ONCE);
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
    async fn run_line(&self, course: &Course<'_>, line: Line) -> Option<Ran> {
        loop {
            while let Some(pause) = course.pause() {
                // A batch can be taken back, or its time be over, while it waits.
                time::sleep(pause.min(AGAIN)).await;
                if !matches!(self.goes_on(course.batch), Ok(true)) {
                    break;
                }
            }
            let tried = self.try_line(course, &line).await;
            if let Some(after) = course.learn(&line, &tried, self.started.elapsed()) {
                time::sleep(after).await;
                continue;
            }
            let result = match tried {
                Ok(Tried::Answered(body)) => Ok(body),
                Ok(Tried::TakenBack | Tried::Paused) => return None,
                Err(error) => Err(error),
            };
            return Some(Ran { custom_id: line.custom_id, result });
        }
    }

    /// Tries one line when nobody else waits. It has a place until its end.
    async fn try_line(&self, course: &Course<'_>, line: &Line) -> Result<Tried, ApiError> {
        let batch = course.batch;
        let Ok(_place) = self.places.acquire().await else { return Ok(Tried::TakenBack) };
        // What ends a batch may have happened while the line waited, before and after.
        if !self.goes_on(batch)? {
            return Ok(Tried::TakenBack);
        }
        self.wait_for_quiet(batch).await;
        if !self.goes_on(batch)? {
            return Ok(Tried::TakenBack);
        }
        if course.pause().is_some() {
            return Ok(Tried::Paused);
        }
        if !self.shared.batches.has_room(batch.owner.as_deref()) {
            return Err(exhausted(self.shared.batches.full()));
        }
        let caller = self.shared.keys.caller_of(batch.owner.as_deref()).ok_or_else(revoked)?;
        line::run(&self.shared, &caller, batch, line).await.map(Tried::Answered)
    }

    /// Whether more lines of a batch may begin: not once it was taken back, and not after its time.
    fn goes_on(&self, batch: &Batch) -> Result<bool, ApiError> {
        match self.is_cancelled(batch) {
            true => Ok(false),
            false if clock::now_seconds() >= batch.expires_at => Err(expired()),
            false => Ok(true),
        }
    }

    fn is_cancelled(&self, batch: &Batch) -> bool {
        let now = self.shared.batches.batch(batch.owner.as_deref(), &batch.id);
        now.is_none_or(|batch| batch.status == Status::Cancelling)
    }

    /// Waits until no request waits for a miner, or the batch has ended: a batch's go last, one after the other.
    async fn wait_for_quiet(&self, batch: &Batch) {
        let _turn = self.turn.lock().await;
        // What was let through before this has a miner by then, or waits.
        time::sleep(GAP).await;
        let is_quiet =
            async || self.shared.handle.read(|machine| machine.unfinished(true) == machine.unfinished(false)).await;
        while matches!(self.goes_on(batch), Ok(true)) && !is_quiet().await {
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
        let errors = batches.written(&batch.errors_file)?;
        let is_expired = errors.values().any(|code| code.as_deref() == Some(EXPIRED));
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
        && !["insufficient_quota", "request_too_large", "quota_exceeded"].contains(&error.code);
    is_busy || error.status == StatusCode::SERVICE_UNAVAILABLE
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::coordinator::SubmitError;

    use super::*;
    use crate::node::coordinator::batches::Quota;

    fn batch() -> Batch {
        let batch = json!({
            "id": "batch_1", "owner": null, "endpoint": "/v1/chat/completions", "input": "a", "output": "b",
            "errors_file": "c", "status": "in_progress", "errors": [], "metadata": null, "created_at": 1,
            "expires_at": 2, "times": {}, "counts": {"total": 2, "completed": 0, "failed": 0},
        });
        serde_json::from_value(batch).expect("a batch")
    }

    #[tokio::test(start_paused = true)]
    async fn a_model_whose_miners_are_away_is_waited_for_and_one_that_nobody_has_ever_had_is_not() {
        let line = Line { custom_id: "a".into(), body: r#"{"model":"b"}"#.into() };
        let missing = || -> Result<Tried, ApiError> {
            Err(ApiError::from(SubmitError::UnknownModel { model: "b".into(), known: vec!["a".into()] }))
        };
        for (answered, up, most) in [(false, AWAY, LEAST_AWAY), (true, AWAY, AWAY), (false, Duration::ZERO, AWAY)] {
            let batch = batch();
            let course = Course::new(&batch);
            if answered {
                let other = Line { body: r#"{"model":"a"}"#.into(), ..line.clone() };
                assert_eq!(course.learn(&other, &Ok(Tried::Answered(Value::Null)), up), None);
            }
            assert_eq!(course.learn(&line, &missing(), up), Some(AGAIN), "{answered} {up:?}");
            time::sleep(most - AGAIN).await;
            assert_eq!(course.learn(&line, &missing(), up), Some(AGAIN), "{answered} {up:?}");
            time::sleep(AGAIN).await;
            assert_eq!(course.learn(&line, &missing(), up), None, "{answered} {up:?}");
            // Once it was back, it may go away again.
            course.learn(&line, &Ok(Tried::Answered(Value::Null)), up);
            assert_eq!(course.learn(&line, &missing(), up), Some(AGAIN), "{answered} {up:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_refusal_makes_all_lines_of_a_batch_wait() {
        let (batch, line) = (batch(), Line { custom_id: "a".into(), body: "{}".into() });
        let course = Course::new(&batch);
        assert_eq!(course.pause(), None);
        let full = Err(ApiError::from(SubmitError::Overloaded { queued: 1 }));
        let after = course.learn(&line, &full, AWAY).expect("is tried again");
        assert_eq!(course.pause(), Some(after));
        time::sleep(after).await;
        assert_eq!(course.pause(), None);
        assert_eq!(course.learn(&line, &Err(exhausted(Quota::Bytes(9))), AWAY), None, "time does not help");
    }
}
