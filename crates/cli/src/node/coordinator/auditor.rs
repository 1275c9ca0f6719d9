//! The coordinator's own auditor: an engine in a process of its own, which examines answers of miners.

use std::{collections::HashMap, sync::Arc, time::Duration};

use alloy::primitives::B256;
use cuckoo_gpu::{Engine, EngineError, EngineSpec, GenerateRequest};
use cuckoo_protocol::{
    audit::Examined,
    coordinator::Input,
    task::{TaskId, TaskSpec},
};
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
    time,
};
use tokio_util::sync::CancellationToken;

use super::handle::Handle;
use crate::node::{engines, failpoint};

/// How often the engine is asked what it can do.
const LOOK: Duration = Duration::from_secs(1);
/// Pause before an engine that did not start is started again; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// An examination that takes longer than this has no result.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the auditor is to do.
#[derive(Debug)]
pub(super) enum Job {
    /// Examine the answer to a task.
    Examine { audit: TaskId, manifest: B256, spec: Arc<TaskSpec> },
    /// Stop examining the answer to a task: the result is not needed.
    Stop(TaskId),
}

/// Where the decisions put jobs. Without an auditor they never have any.
pub(super) type Jobs = mpsc::UnboundedSender<Job>;

/// Runs the auditor until `stop`: starts its engines, tells the decisions what they can examine, and examines what is asked.
pub(super) async fn run(
    specs: Vec<EngineSpec>,
    handle: Handle,
    mut jobs: mpsc::UnboundedReceiver<Job>,
    stop: CancellationToken,
) {
    let Some(engine) = stop.run_until_cancelled(start(specs)).await else { return };
    if !engine.models().iter().any(|model| model.examines) {
        tracing::warn!(
            "the auditor's engine cannot examine answers; hint: of the servers only vLLM with cuckoo's plugin can"
        );
    }
    let mut auditor = Auditor { engine, handle, running: JoinSet::new(), by_audit: HashMap::new(), told: vec![] };
    let mut look = time::interval(LOOK);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => auditor.tell(),
            Some(ended) = auditor.running.join_next() => {
                // An aborted one has nothing to say, and one that panicked is counted as failed by its guard.
                if let Ok(audit) = ended {
                    auditor.by_audit.remove(&audit);
                }
            }
            job = jobs.recv() => match job {
                Some(Job::Examine { audit, manifest, spec }) => {
                    failpoint::point(failpoint::AUDIT_BEGUN);
                    auditor.examine(audit, manifest, spec);
                }
                Some(Job::Stop(audit)) => {
                    if let Some(running) = auditor.by_audit.remove(&audit) {
                        running.abort();
                    }
                }
                None => return,
            },
        }
    }
}

/// Starts the engines, again and again with growing pauses: the coordinator works without them.
async fn start(specs: Vec<EngineSpec>) -> Arc<dyn Engine> {
    let mut pause = FIRST_PAUSE;
    loop {
        match engines::start(specs.clone()).await {
            Ok(engine) => return engine,
            Err(error) => tracing::error!(%error, "the auditor's engine does not start; trying again"),
        }
        time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

struct Auditor {
    engine: Arc<dyn Engine>,
    handle: Handle,
    running: JoinSet<TaskId>,
    by_audit: HashMap<TaskId, AbortHandle>,
    /// What the decisions were told last that it can examine.
    told: Vec<(B256, String)>,
}

impl Auditor {
    /// Tells the decisions what can be examined, where that has changed. Each model has one place.
    fn tell(&mut self) {
        let models = self.engine.models().into_iter();
        let able = models.filter(|model| model.examines && self.engine.is_ready_for(&model.manifest.name));
        let capable: Vec<_> = able.map(|model| (model.manifest.id(), model.class)).collect();
        if capable == self.told {
            return;
        }
        let places = u32::try_from(capable.len()).unwrap_or(u32::MAX);
        tracing::info!(models = places, "the auditor can examine answers of these models");
        self.told.clone_from(&capable);
        self.handle.act(Input::Auditor { capable, places });
    }

    fn examine(&mut self, audit: TaskId, manifest: B256, spec: Arc<TaskSpec>) {
        // The decisions ask again when what can be examined has changed.
        if self.by_audit.get(&audit).is_some_and(|running| !running.is_finished()) {
            return;
        }
        let served = self.engine.models().into_iter().find(|model| model.manifest.id() == manifest);
        let (engine, handle) = (self.engine.clone(), self.handle.clone());
        let running = self.running.spawn(async move {
            let answer = Answer { audit, handle: Some(handle) };
            let result = match served {
                Some(served) => examine(&*engine, served.manifest.name, &spec).await.map_err(|error| error.to_string()),
                None => Err("the auditor does not have this model".into()),
            };
            answer.give(result);
            audit
        });
        self.by_audit.insert(audit, running);
    }
}

async fn examine(engine: &dyn Engine, model: String, spec: &TaskSpec) -> Result<Box<Examined>, EngineError> {
    let nothing = || EngineError::Invalid("the task has no output to examine".into());
    let examine = spec.examine.as_deref().ok_or_else(nothing)?;
    let request = GenerateRequest { model, messages: spec.messages.clone(), sampling: spec.sampling.clone() };
    let late = |_| EngineError::Interrupted(format!("it took longer than {} s", PATIENCE.as_secs()));
    let examined = async {
        // An engine that is being restarted says nothing about an answer.
        while !engine.is_ready_for(&request.model) {
            time::sleep(LOOK).await;
        }
        engine.examine(&request, examine).await
    };
    time::timeout(PATIENCE, examined).await.map_err(late)?.map(Box::new)
}

/// The answer that is owed for an examination, also where its code panics or it is given up.
struct Answer {
    audit: TaskId,
    handle: Option<Handle>,
}

impl Answer {
    fn give(mut self, result: Result<Box<Examined>, String>) {
        if let Some(handle) = self.handle.take() {
            failpoint::point(failpoint::AUDIT_BEFORE);
            handle.act(Input::Examined { audit: self.audit, result });
            failpoint::point(failpoint::AUDIT_AFTER);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take() {
            let result = Err("the examination was given up".into());
            handle.act(Input::Examined { audit: self.audit, result });
        }
    }
}
