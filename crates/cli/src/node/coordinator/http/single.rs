//! One answer to one request, as the APIs that have no choices show it: what the model says and then calls, whole or step by step.

use std::{collections::VecDeque, convert::Infallible, sync::Arc};

use axum::{
    Json,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive},
    },
};
use cuckoo_protocol::{
    coordinator::Words,
    message::Domain,
    task::{Outcome, Task, TaskId, tools::Call},
};
use futures::{Stream, stream};
use serde_json::Value;
use tokio::time;

use super::{
    answer::{BEGIN, COST_HEADER, RECEIPT_HEADER, TASK_HEADER, insert, read_outcome},
    calls::{Held, Offered, Shown},
    error::ApiError,
    sse,
    submit::Submission,
    usage::cost,
};
use crate::node::coordinator::{
    front::Front,
    handle::Waiter,
    stream::{Reading, Update},
};

/// What is new in an answer.
#[derive(Debug)]
pub(super) enum Step {
    /// More of what the model thinks or says.
    Shown(Shown),
    /// The end: what the model has called, the task, and its outcome.
    Ended(Vec<Call>, Arc<Task>, Arc<Outcome>),
    /// The end without a result.
    Failed(ApiError),
}

/// Who makes events of the steps of an answer.
pub(super) trait Teller: Send + 'static {
    /// The events before the first step.
    fn begin(&mut self) -> Vec<Event>;
    /// The events of a step.
    fn tell(&mut self, step: Step) -> Vec<Event>;
}

/// The id of a call in an answer. A repeated request has the same ids.
pub(super) fn call_id(task: &TaskId, index: usize) -> String {
    format!("call_{:.24}_0_{index}", task.to_string())
}

/// Submits the one task of a request and waits for its end.
pub(super) async fn wait(front: &Front, submission: Submission) -> Result<(Arc<Task>, Arc<Outcome>), ApiError> {
    let tasks = front.handle.answers(submission.specs, submission.limits).await?;
    let task = tasks.into_iter().next().ok_or_else(|| ApiError::task_failed("there is no task"))?;
    let outcome = read_outcome(&task)?;
    Ok((task, outcome))
}

/// Submits the one task of a request. The answer is read with [`respond`].
pub(super) async fn begin(
    front: &Front,
    submission: Submission,
    offered: Option<&Offered>,
) -> Result<(TaskId, Answer), ApiError> {
    let (waiter, readings) = front.handle.streams(submission.specs, submission.limits).await?;
    let (id, reading) = readings.into_iter().next().ok_or_else(|| ApiError::task_failed("there is no task"))?;
    let (held, ready) = (Held::new(offered), VecDeque::new());
    let mut answer = Answer { waiter: Some(waiter), reading: Some(reading), held, ready };
    answer.start().await?;
    Ok((id, answer))
}

/// A whole answer as a response.
pub(super) fn respond_whole(domain: &Domain, task: &Task, outcome: &Outcome, body: &Value) -> Response {
    let mut response = Json(body).into_response();
    insert(&mut response, COST_HEADER, &cost(task, outcome).plain());
    insert(&mut response, RECEIPT_HEADER, &domain.digest(&outcome.receipt.receipt).to_string());
    insert(&mut response, TASK_HEADER, &task.spec.id.to_string());
    response
}

/// The stream of an answer as a response. While the model says nothing, `alive` is sent, or else a line that is no event.
pub(super) fn respond(id: &TaskId, answer: Answer, teller: impl Teller, alive: Option<KeepAlive>) -> Response {
    let events = stream_events(answer, teller);
    let mut response = match alive {
        Some(alive) => sse::respond_with(events, alive),
        None => sse::respond(events),
    };
    insert(&mut response, TASK_HEADER, &id.to_string());
    response
}

fn stream_events(answer: Answer, mut teller: impl Teller) -> impl Stream<Item = Result<Event, Infallible>> {
    let ready = VecDeque::from(teller.begin());
    stream::unfold((answer, teller, ready), async |(mut answer, mut teller, mut ready)| {
        loop {
            if let Some(event) = ready.pop_front() {
                return Some((Ok(event), (answer, teller, ready)));
            }
            let step = answer.next().await?;
            ready.extend(teller.tell(step));
        }
    })
}

/// An answer that is generated. Dropping it takes the task back.
pub(super) struct Answer {
    /// Who waits for the task, until it has ended.
    waiter: Option<Waiter>,
    /// `None` once the task has ended.
    reading: Option<Reading>,
    held: Held,
    /// What comes before anything else is read.
    ready: VecDeque<Step>,
}

impl Answer {
    /// Waits for the first step. The error of a task that ends before it has said anything is that of the whole request.
    async fn start(&mut self) -> Result<(), ApiError> {
        let Ok(Some(step)) = time::timeout(BEGIN, self.next()).await else { return Ok(()) };
        match step {
            Step::Failed(error) => Err(error),
            step => {
                self.ready.push_front(step);
                Ok(())
            }
        }
    }

    /// What is new; `None` after the end.
    async fn next(&mut self) -> Option<Step> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Some(step);
            }
            match self.reading.as_mut()?.next().await {
                Update::Text(Words(text, scores)) => {
                    let shown = self.held.push_tokens(&text, scores);
                    self.ready.extend(shown.into_iter().map(Step::Shown));
                }
                Update::Ended(task) => self.end(read_outcome(&task).map(|outcome| (task, outcome))),
                Update::Cut => self.end(Err(ApiError::too_slow())),
            }
        }
    }

    /// The task has ended, and what was held back is told.
    fn end(&mut self, ended: Result<(Arc<Task>, Arc<Outcome>), ApiError>) {
        self.reading = None;
        let waiter = self.waiter.take();
        let (task, outcome) = match ended {
            Ok(ended) => ended,
            Err(error) => return self.ready.push_back(Step::Failed(error)),
        };
        if let Some(mut waiter) = waiter {
            waiter.finish();
        }
        let (rest, calls) = self.held.finish();
        self.ready.extend(rest.into_iter().map(Step::Shown));
        self.ready.push_back(Step::Ended(calls, task, outcome));
    }
}
