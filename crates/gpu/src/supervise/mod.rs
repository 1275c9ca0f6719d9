//! The engine as a supervised child process: a crash or a hang of the engine costs its running requests and nothing else.
//!
//! The parent watches that every running request makes progress, kills a child that does not, and starts another.

use std::{collections::VecDeque, io, os::fd::OwnedFd, process::Stdio, sync::Arc, time::Duration};

use async_trait::async_trait;
use cuckoo_protocol::{
    audit::Examined,
    sentence,
    task::{Examine, TokenAnswer, TokenQuestion},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    net::UnixStream,
    process::{Child, Command},
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::{Instant, timeout},
};
use tracing::Level;

mod child;
mod config;
mod frames;
mod requests;

pub use child::{run_child, serve_child};
pub use config::SuperviseConfig;
use frames::{FromChild, Reader, ToChild, Writer};
use requests::Requests;

use crate::engine::{Engine, EngineError, EngineSpec, GenerateRequest, ServedModel, TokenStream};

/// A supervised engine. Dropping it kills the child.
#[derive(Debug)]
pub struct Supervised {
    models: Vec<ServedModel>,
    requests: Arc<Requests>,
    examine_timeout: Duration,
    _keeper: JoinSet<()>,
}

/// Lines of a dead child's output that its obituary quotes.
const LAST_LINES: usize = 5;

/// Bytes of one line that are forwarded.
const MAX_LINE: u64 = 4_096;

impl Supervised {
    /// Starts the child and waits until its engine is ready. Any failure here is final; after it, failures lead to restarts.
    pub async fn start(config: SuperviseConfig) -> Result<Self, EngineError> {
        let requests = Arc::new(Requests::default());
        let (ready, first) = oneshot::channel();
        let mut keeper = JoinSet::new();
        let examine_timeout = config.examine_timeout;
        keeper.spawn(keep(config, Arc::clone(&requests), ready));
        let models = first.await.map_err(|_| EngineError::Start("the supervisor broke off".into()))??;
        Ok(Self { models, requests, examine_timeout, _keeper: keeper })
    }

    /// Process id of the child, while there is one.
    pub fn child_id(&self) -> Option<u32> {
        self.requests.child_id()
    }

    /// How often the child was started again.
    pub fn restarts(&self) -> u64 {
        self.requests.restarts()
    }
}

#[async_trait]
impl Engine for Supervised {
    fn models(&self) -> Vec<ServedModel> {
        self.models.clone()
    }

    async fn generate(&self, request: GenerateRequest) -> Result<TokenStream, EngineError> {
        Requests::generate(&self.requests, request).await
    }

    async fn examine(&self, request: &GenerateRequest, examine: &Examine) -> Result<Examined, EngineError> {
        let examined = Requests::examine(&self.requests, request.clone(), examine.clone());
        let late = |_| EngineError::Interrupted(format!("the examination took longer than {:?}", self.examine_timeout));
        timeout(self.examine_timeout, examined).await.unwrap_or_else(|elapsed| Err(late(elapsed)))
    }

    async fn tell_tokens(&self, model: &str, question: &TokenQuestion) -> Result<TokenAnswer, EngineError> {
        Requests::tell_tokens(&self.requests, model.to_owned(), question.clone()).await
    }

    fn is_ready(&self) -> bool {
        self.requests.is_ready()
    }

    fn trouble(&self, _model: &str) -> Option<String> {
        self.requests.trouble()
    }
}

/// Tells who started the engine what it serves, or why it does not start.
type Ready = oneshot::Sender<Result<Vec<ServedModel>, EngineError>>;

/// Runs one child after the other, forever or until the first start fails.
async fn keep(config: SuperviseConfig, requests: Arc<Requests>, ready: Ready) {
    let mut ready = Some(ready);
    let mut pause = config.restart_pause;
    let mut failed_starts = 0_u32;
    loop {
        let born = Instant::now();
        let mut child = match RunningChild::spawn(&config).await {
            Ok(child) => child,
            Err(error) => {
                if let Some(ready) = ready.take() {
                    let _ = ready.send(Err(error));
                    return;
                }
                failed_starts += 1;
                tracing::warn!(%error, failed_starts, "the engine does not start");
                requests.absent(format!("{error} (tried {failed_starts} times since it ended)"));
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(config.longest_pause);
                continue;
            }
        };
        if ready.is_none() {
            requests.count_restart();
        }
        failed_starts = 0;
        let why = child.serve(&config, &requests, ready.take()).await;
        let why = child.bury(&why).await;
        tracing::warn!(reason = why, "the engine's process has ended; starting another");
        requests.fail_all(why);
        if born.elapsed() > config.longest_pause {
            pause = config.restart_pause;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(config.longest_pause);
    }
}

/// A child whose engine is ready.
struct RunningChild {
    process: Child,
    reader: Reader<tokio::net::unix::OwnedReadHalf>,
    writer: Option<Writer<tokio::net::unix::OwnedWriteHalf>>,
    models: Vec<ServedModel>,
    lines: Lines,
}

impl RunningChild {
    async fn spawn(config: &SuperviseConfig) -> Result<Self, EngineError> {
        let start = |error: io::Error| EngineError::Start(format!("{}: {error}", config.program.display()));
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(start)?;
        ours.set_nonblocking(true).map_err(start)?;
        let mut process = Command::new(&config.program)
            .args(&config.arguments)
            .envs(config.environment.iter().map(|(name, value)| (name, value)))
            // A socket, so that both directions share the one descriptor that nothing prints to.
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C at a terminal asks the parent to drain; the child must live on meanwhile.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(start)?;
        let lines = Lines::follow(process.stdout.take(), process.stderr.take());
        let (reader, writer) = UnixStream::from_std(ours).map_err(start)?.into_split();
        let mut running =
            Self { process, reader: Reader::new(reader), writer: Some(Writer::new(writer)), models: Vec::new(), lines };
        let greeting = timeout(config.start_timeout, running.greet(&config.engine)).await;
        match greeting {
            Ok(Ok(Some(FromChild::Ready { models }))) => {
                running.models = models;
                Ok(running)
            }
            Ok(Ok(Some(FromChild::Fatal { error }))) => Err(error),
            Ok(_) => Err(EngineError::Start(running.bury("the engine's process ended while it started").await)),
            Err(_) => Err(EngineError::Start(running.bury("the engine was not ready in time").await)),
        }
    }

    async fn greet(&mut self, engine: &EngineSpec) -> io::Result<Option<FromChild>> {
        if let Some(writer) = &mut self.writer {
            writer.feed(&ToChild::Start(engine.clone())).await?;
            writer.flush().await?;
        }
        self.reader.next().await
    }

    /// Passes frames both ways until the child ends or has to; says why it did. Who waits for the first child hears of it when
    /// requests find their way to it.
    async fn serve(&mut self, config: &SuperviseConfig, requests: &Requests, first: Option<Ready>) -> String {
        let Some(mut writer) = self.writer.take() else { return "the engine was served before".into() };
        let (sender, mut outgoing) = mpsc::unbounded_channel::<ToChild>();
        requests.attach(sender, self.process.id());
        if let Some(first) = first {
            let _ = first.send(Ok(std::mem::take(&mut self.models)));
        }
        let mut writing = JoinSet::new();
        let (too_large, mut refused) = mpsc::unbounded_channel();
        writing.spawn(async move {
            let mut batch = Vec::new();
            while outgoing.recv_many(&mut batch, 64).await > 0 {
                for frame in batch.drain(..) {
                    if !writer.feed(&frame).await?
                        && let Some(id) = frame.request()
                    {
                        let _ = too_large.send(id);
                    }
                }
                writer.flush().await?;
            }
            io::Result::Ok(())
        });
        let step = config.first_token_timeout.min(config.token_timeout) / 4;
        let mut watchdog = tokio::time::interval(step.clamp(Duration::from_millis(5), Duration::from_secs(5)));
        loop {
            tokio::select! {
                frame = self.reader.next::<FromChild>() => match frame {
                    Ok(Some(FromChild::Started { id })) => requests.started(id),
                    Ok(Some(FromChild::Event { id, event })) => requests.event(id, event),
                    Ok(Some(FromChild::Examined { id, found })) => requests.examined(id, found),
                    Ok(Some(FromChild::Told { id, told })) => requests.told(id, told),
                    Ok(Some(FromChild::State { ready })) => requests.set_ready(ready),
                    Ok(Some(FromChild::Ready { .. } | FromChild::Fatal { .. })) => {}
                    Ok(None) => return "the engine's process ended".into(),
                    Err(error) => return format!("the engine's process sent nonsense: {error}"),
                },
                Some(id) = refused.recv() => requests.too_large(id),
                _ = writing.join_next() => return "the engine's process stopped reading".into(),
                _ = watchdog.tick() => {
                    if let Some(reason) = requests.overdue(config) {
                        return reason;
                    }
                }
            }
        }
    }

    /// Makes sure that it is dead, and tells what is known of its death.
    async fn bury(&mut self, why: &str) -> String {
        let killed = self.process.start_kill().is_ok();
        let status = match timeout(Duration::from_secs(10), self.process.wait()).await {
            Ok(Ok(status)) => status.to_string(),
            _ if killed => "killed".into(),
            _ => "unknown".into(),
        };
        let last = self.lines.last().await;
        if last.is_empty() { format!("{why} ({status})") } else { format!("{why} ({status}): {}", last.join(" | ")) }
    }
}

/// Forwards a child's output as log lines, and remembers the last of them.
struct Lines {
    tasks: JoinSet<()>,
    last: Arc<std::sync::Mutex<VecDeque<String>>>,
}

impl Lines {
    fn follow(stdout: Option<tokio::process::ChildStdout>, stderr: Option<tokio::process::ChildStderr>) -> Self {
        let last = Arc::default();
        let mut tasks = JoinSet::new();
        if let Some(stdout) = stdout {
            tasks.spawn(forward(stdout, Arc::clone(&last)));
        }
        if let Some(stderr) = stderr {
            tasks.spawn(forward(stderr, Arc::clone(&last)));
        }
        Self { tasks, last }
    }

    /// The last lines, once a dead child's pipes are read to their end.
    async fn last(&mut self) -> Vec<String> {
        let drained = async { while self.tasks.join_next().await.is_some() {} };
        let _ = timeout(Duration::from_millis(500), drained).await;
        self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner).drain(..).collect()
    }
}

/// The level and the text of a line of a child's log, without the time, which the parent's log says too. What a library prints
/// without a level is information.
fn read_log_line(line: &str) -> (Level, &str) {
    let stamped = |time: &str| time.len() >= 20 && time.ends_with('Z') && time.as_bytes()[10] == b'T';
    let rest = line.split_once(' ').filter(|(time, _)| time.is_ascii() && stamped(time)).map_or(line, |(_, rest)| rest);
    match rest.trim_start().split_once(' ').map(|(level, text)| (level.parse(), text)) {
        Some((Ok(level), text)) => (level, text.trim_start()),
        _ => (Level::INFO, line),
    }
}

async fn forward(stream: impl AsyncRead + Unpin, last: Arc<std::sync::Mutex<VecDeque<String>>>) {
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader).take(MAX_LINE).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        if text.is_empty() {
            continue;
        }
        // The child keeps prompts out of its log; what a library prints is shown in a bounded and harmless form.
        let (level, text) = read_log_line(text);
        let text = sentence(text);
        match level {
            Level::ERROR => tracing::error!(target: "cuckoo_gpu::child", "{text}"),
            Level::WARN => tracing::warn!(target: "cuckoo_gpu::child", "{text}"),
            Level::INFO => tracing::info!(target: "cuckoo_gpu::child", "{text}"),
            _ => tracing::debug!(target: "cuckoo_gpu::child", "{text}"),
        }
        let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if last.len() == LAST_LINES {
            last.pop_front();
        }
        last.push_back(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_child_keeps_its_level_and_loses_its_time() {
        let line = "2026-11-29T14:00:00.123456Z  WARN mistralrs_core::pipeline::normal: loading is slow, and this text goes on and on";
        let (level, text) = read_log_line(line);
        assert_eq!(
            (level, text),
            (Level::WARN, "mistralrs_core::pipeline::normal: loading is slow, and this text goes on and on")
        );
        for other in ["plain words of a library", "INFOrmation", "", "2026-11-29T14:00:00Z alone"] {
            assert_eq!(read_log_line(other), (Level::INFO, other), "{other}");
        }
    }
}
