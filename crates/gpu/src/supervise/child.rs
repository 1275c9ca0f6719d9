//! The child's side: starts the engine that the parent asks for, serves it, and ends when the parent is gone.

use std::{collections::HashMap, io, os::fd::AsFd, sync::Arc, time::Duration};

use cuckoo_protocol::task::Examine;
use futures::StreamExt;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::UnixStream,
    sync::mpsc,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::frames::{FromChild, Reader, ToChild, Writer};
use crate::engine::{Engine, EngineError, GenerateRequest, start};

/// Events that may wait for the parent to read them; then generation waits.
const QUEUE: usize = 1_024;

/// How often the engine is asked whether it still lives.
const STATE_INTERVAL: Duration = Duration::from_secs(1);

/// How long a cancelled request may take to let go of its slot before other frames are read.
const CANCEL_PATIENCE: Duration = Duration::from_secs(1);

/// Everything that the child process does: serves the parent at the other end of its standard input, which the parent has
/// made a socket. Its standard output is free for whatever libraries print.
///
/// Returns when the parent is gone. A model that is just being loaded may keep threads busy then, so the caller ends the
/// process without waiting for them.
pub async fn run_child() -> io::Result<()> {
    let socket = std::os::unix::net::UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    socket.set_nonblocking(true)?;
    let (reader, writer) = UnixStream::from_std(socket)?.into_split();
    serve_child(reader, writer).await
}

/// [`run_child`] over any pair of streams.
pub async fn serve_child<R, W>(reader: R, writer: W) -> io::Result<()>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let mut reader = Reader::new(reader);
    let mut writer = Writer::new(writer);
    let Some(ToChild::Start(spec)) = reader.next().await? else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the first frame is not a start"));
    };
    let started = tokio::select! {
        started = start(spec) => started,
        // Nothing else may come before the engine is ready, so this is the end of the parent.
        _ = reader.next::<ToChild>() => return Ok(()),
    };
    let engine = match started {
        Ok(engine) => engine,
        Err(error) => {
            writer.feed(&FromChild::Fatal { error }).await?;
            return writer.flush().await;
        }
    };
    let (events, mut queue) = mpsc::channel::<FromChild>(QUEUE);
    let mut tasks = JoinSet::new();
    writer.feed(&FromChild::Ready { models: engine.models() }).await?;
    writer.flush().await?;
    tasks.spawn(async move {
        let mut batch = Vec::new();
        while queue.recv_many(&mut batch, QUEUE).await > 0 {
            for event in batch.drain(..) {
                if !writer.feed(&event).await?
                    && let Some(end) = event.too_large()
                {
                    writer.feed(&end).await?;
                }
            }
            writer.flush().await?;
        }
        io::Result::Ok(())
    });
    tasks.spawn(watch_state(Arc::clone(&engine), events.clone()));

    let mut requests = Requests::default();
    loop {
        let frame = tokio::select! {
            frame = reader.next::<ToChild>() => frame?,
            // The writer has failed, or something has panicked: without it there is nothing to serve.
            Some(ended) = tasks.join_next() => match ended {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => return Err(error),
                Err(error) => return Err(io::Error::other(error)),
            },
        };
        match frame {
            None => return Ok(()),
            Some(ToChild::Start(_)) => {}
            Some(ToChild::Generate { id, request }) => {
                let run = run_request(Arc::clone(&engine), id, request, events.clone());
                requests.start(id, run, &mut tasks);
            }
            Some(ToChild::Examine { id, request, examine }) => {
                let run = run_examination(Arc::clone(&engine), id, request, examine, events.clone());
                requests.start(id, run, &mut tasks);
            }
            Some(ToChild::TellTokens { id, model, question }) => {
                let (engine, events) = (Arc::clone(&engine), events.clone());
                let run = async move {
                    let told = engine.tell_tokens(&model, &question).await;
                    let _ = events.send(FromChild::Told { id, told }).await;
                };
                requests.start(id, run, &mut tasks);
            }
            Some(ToChild::Cancel { id }) => {
                requests.cancel(id).await;
            }
        }
    }
}

/// What the child works on.
#[derive(Default)]
struct Requests(HashMap<u64, Running>);

impl Requests {
    fn start(&mut self, id: u64, run: impl Future<Output = ()> + Send + 'static, tasks: &mut JoinSet<io::Result<()>>) {
        self.0.retain(|_, running| !running.gone.is_closed());
        let cancel = CancellationToken::new();
        let (alive, gone) = mpsc::channel(1);
        let token = cancel.clone();
        tasks.spawn(async move {
            let _alive = alive;
            let _ = token.run_until_cancelled(run).await;
            Ok(())
        });
        self.0.insert(id, Running { cancel, gone });
    }

    async fn cancel(&mut self, id: u64) {
        if let Some(mut running) = self.0.remove(&id) {
            running.cancel.cancel();
            // The next frame may want the slot that this one leaves.
            let _ = tokio::time::timeout(CANCEL_PATIENCE, running.gone.recv()).await;
        }
    }
}

struct Running {
    cancel: CancellationToken,
    /// Closed when the request's task, and with it the slot, is gone.
    gone: mpsc::Receiver<()>,
}

async fn watch_state(engine: Arc<dyn Engine>, events: mpsc::Sender<FromChild>) -> io::Result<()> {
    let mut known = true;
    loop {
        tokio::time::sleep(STATE_INTERVAL).await;
        let ready = engine.is_ready();
        if ready != known && events.send(FromChild::State { ready }).await.is_err() {
            return Ok(());
        }
        known = ready;
    }
}

async fn run_request(engine: Arc<dyn Engine>, id: u64, request: GenerateRequest, events: mpsc::Sender<FromChild>) {
    let event = |event| events.send(FromChild::Event { id, event });
    let mut stream = match engine.generate(request).await {
        Ok(stream) => stream,
        Err(error) => {
            let _ = event(Err(error)).await;
            return;
        }
    };
    if events.send(FromChild::Started { id }).await.is_err() {
        return;
    }
    while let Some(item) = stream.next().await {
        let ended = !matches!(item, Ok(crate::Generated::Tokens(_)));
        if ended {
            // The slot is free before the parent hears of the end, and asks for it again.
            drop(stream);
            let _ = event(item).await;
            return;
        }
        if event(item).await.is_err() {
            return;
        }
    }
    let _ = event(Err(EngineError::Interrupted("the output ended without a finish".into()))).await;
}

async fn run_examination(
    engine: Arc<dyn Engine>,
    id: u64,
    request: GenerateRequest,
    examine: Examine,
    events: mpsc::Sender<FromChild>,
) {
    let found = engine.examine(&request, &examine).await.map(|examined| examined.encode());
    let _ = events.send(FromChild::Examined { id, found }).await;
}
