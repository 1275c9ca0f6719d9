//! The replica that leads: takes the connections of those that follow it, and does what they ask.

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use alloy::primitives::Bytes;
use cuckoo_protocol::{
    coordinator::{Submission, SubmitError, Words},
    task::{ChatMessage, Task, TaskId, TaskSpec},
};
use futures::future::join_all;
use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    task::{AbortHandle, JoinSet},
    time,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    frame::{Ask, Asked, Tell, Wanted},
    line::{self, Outgoing},
    passage::{self, Routes, WINDOW},
    tunnel::Tunnel,
};
use crate::node::coordinator::{
    Shared,
    handle::Handle,
    link,
    stream::{Reading, Update},
};

/// Connections at most, strangers that have shown no key yet among them.
const MOST_CONNECTIONS: usize = 64;
/// The key has to be shown within this time.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// A follower whose connection broke has this long to come back before its tasks are taken back.
const RETURN: Duration = Duration::from_secs(15);
/// Frames of one miner that wait to be taken in.
const FRAMES: usize = 256;

/// Takes followers until `stop`.
pub(super) async fn lead(
    listener: Arc<TcpListener>,
    tls: Arc<ServerConfig>,
    shared: Arc<Shared>,
    routes: Routes,
    stop: CancellationToken,
) {
    shared.roster.open();
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let acceptor = TlsAcceptor::from(tls);
    let (mut followers, links) = (JoinSet::new(), TaskTracker::new());
    loop {
        while followers.try_join_next().is_some() {}
        let Some(Ok(place)) = stop.run_until_cancelled(places.clone().acquire_owned()).await else { break };
        let Some(accepted) = stop.run_until_cancelled(listener.accept()).await else { break };
        let Ok((stream, peer)) = accepted.inspect_err(|error| tracing::warn!(%error, "a replica cannot be accepted"))
        else {
            time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (acceptor, shared, routes, stop) = (acceptor.clone(), shared.clone(), routes.clone(), stop.clone());
        let links = links.clone();
        followers.spawn(async move {
            let serving = serve(acceptor, (stream, peer), (shared, routes, links));
            match stop.run_until_cancelled(serving).await {
                Some(Some(ended)) => tracing::info!(%peer, reason = %ended, "a replica is disconnected"),
                Some(None) => tracing::warn!(%peer, "somebody who does not have the replicas' key was turned away"),
                None => {}
            }
            drop(place);
        });
    }
}

/// Serves one connection until it ends; `None` if the key was not shown.
async fn serve(
    acceptor: TlsAcceptor,
    (stream, peer): (TcpStream, SocketAddr),
    (shared, routes, tracker): (Arc<Shared>, Routes, TaskTracker),
) -> Option<line::LineError> {
    stream.set_nodelay(true).ok()?;
    let stream = time::timeout(HANDSHAKE, acceptor.accept(stream)).await.ok()?.ok()?;
    tracing::info!("a replica is connected");
    let _followed = shared.roster.enter(peer);
    let (mut incoming, outgoing, writing) = line::open(stream);
    let mut follower = Follower {
        shared,
        routes,
        outgoing,
        running: JoinSet::new(),
        tracker: tracker.clone(),
        requests: HashMap::new(),
        windows: HashMap::new(),
        links: HashMap::new(),
    };
    let listening = async {
        loop {
            match incoming.next().await {
                Ok(ask) => follower.take(ask).await,
                Err(error) => return error,
            }
        }
    };
    let ended = tokio::select! {
        ended = listening => ended,
        ended = writing => ended,
    };
    let Follower { running, .. } = follower;
    // Clients of the follower wait on: it comes back, here or to the next leader.
    tracker.spawn(async move {
        time::sleep(RETURN).await;
        drop(running);
    });
    Some(ended)
}

/// A replica that is connected.
struct Follower {
    shared: Arc<Shared>,
    routes: Routes,
    outgoing: Outgoing,
    running: JoinSet<()>,
    /// What outlives the connection for a moment.
    tracker: TaskTracker,
    /// What its requests run in.
    requests: HashMap<u64, AbortHandle>,
    /// How many more parts of an answer it takes.
    windows: HashMap<u64, Arc<Semaphore>>,
    links: HashMap<u64, mpsc::Sender<Bytes>>,
}

impl Follower {
    async fn take(&mut self, ask: Ask) {
        match ask {
            Ask::Open(number, asked) => {
                let (handle, outgoing) = (self.shared.handle.clone(), self.outgoing.clone());
                self.run(number, async move {
                    if let Err(error) = open(&handle, number, *asked, &outgoing).await {
                        outgoing.say(&Tell::Refused(number, error));
                    }
                });
            }
            Ask::Pass(number, passed) => {
                let window = Arc::new(Semaphore::new(WINDOW));
                self.windows.insert(number, window.clone());
                self.run(number, passage::answer(self.routes.clone(), number, *passed, self.outgoing.clone(), window));
            }
            Ask::Took(number) => {
                if let Some(window) = self.windows.get(&number) {
                    window.add_permits(1);
                }
            }
            Ask::Leave(number) => {
                self.windows.remove(&number);
                if let Some(running) = self.requests.remove(&number) {
                    running.abort();
                }
            }
            Ask::Link(number) => self.link(number),
            Ask::Frame(number, frame) => {
                // The link may have ended. One whose miner says more than is read must not hold up all others of this replica.
                if let Some(link) = self.links.get(&number)
                    && link.try_send(frame).is_err()
                {
                    self.links.remove(&number);
                }
            }
            Ask::Gone(number) => drop(self.links.remove(&number)),
        }
    }

    fn run(&mut self, number: u64, work: impl Future<Output = ()> + Send + 'static) {
        while self.running.try_join_next().is_some() {}
        if self.requests.len() > 2 * self.running.len() + 64 {
            self.requests.retain(|_, running| !running.is_finished());
            self.windows.retain(|number, _| self.requests.contains_key(number));
        }
        self.requests.insert(number, self.running.spawn(work));
    }

    /// Serves a miner whose WebSocket the follower has.
    fn link(&mut self, number: u64) {
        self.links.retain(|_, link| !link.is_closed());
        let (sender, incoming) = mpsc::channel(FRAMES);
        let tunnel = Tunnel::new(number, incoming, self.outgoing.clone());
        // Dropping it says that there is no place.
        if let Some(place) = self.shared.doorway.enter() {
            self.links.insert(number, sender);
            self.tracker.spawn(link::serve(self.shared.clone(), tunnel, place));
        }
    }
}

/// Answers a request for tasks.
async fn open(handle: &Handle, number: u64, asked: Asked, outgoing: &Outgoing) -> Result<(), SubmitError> {
    let Asked { wanted, tasks, limits, mut given, again } = asked;
    if given.is_empty() && again {
        given = accepted(handle, &tasks).await;
    }
    let tasks = Arc::unwrap_or_clone(tasks);
    let is_known = !given.is_empty();
    match wanted {
        Wanted::Accepted => {
            let ids = match is_known {
                true => given.into_iter().map(|(id, _)| id).collect(),
                false => handle.accept(tasks, limits).await?,
            };
            outgoing.say(&Tell::Accepted(number, ids));
        }
        Wanted::Answers => {
            let tasks = match is_known {
                true => handle.resume_answers(given.into_iter().map(|(id, _)| id).collect()).await?,
                false => handle.answers(tasks, limits).await?,
            };
            outgoing.say(&Tell::Answers(number, tasks.into_iter().map(without_prompt).collect()));
        }
        Wanted::Streams => {
            let (mut waiter, readings) = match is_known {
                true => handle.resume_streams(given).await?,
                false => handle.streams(tasks, limits).await?,
            };
            outgoing.say(&Tell::Accepted(number, readings.iter().map(|(id, _)| *id).collect()));
            let told = (0..).zip(readings).map(|(index, (_, reading))| tell(number, index, reading, outgoing));
            join_all(told).await;
            waiter.finish();
        }
    }
    Ok(())
}

/// The tasks of a request that was accepted before, all or none.
async fn accepted(handle: &Handle, tasks: &[Submission]) -> Vec<(TaskId, Words)> {
    let ids: Vec<_> = tasks.iter().map(|task| task.spec().id).collect();
    let wanted = ids.clone();
    let known = handle.read_tasks(move |machine| ids.iter().filter_map(|id| machine.task(id).cloned()).collect()).await;
    match known.len() == wanted.len() {
        true => wanted.into_iter().map(|id| (id, Words::default())).collect(),
        false => vec![],
    }
}

/// Says what a task generates, to its end.
async fn tell(number: u64, index: u32, mut reading: Reading, outgoing: &Outgoing) {
    loop {
        match reading.next().await {
            Update::Text(words) => outgoing.say(&Tell::Words(number, index, words)),
            Update::Ended(task) => {
                return outgoing.say(&Tell::Ended(number, index, Box::new(without_prompt(task))));
            }
            Update::Cut => return outgoing.say(&Tell::Cut(number, index)),
        }
    }
}

/// A task whose prompt the follower has itself.
fn without_prompt(task: Arc<Task>) -> Task {
    let Task { sequence, spec, state, attempt, faults, lost_by, rejected_by, pick, stopped } = &*task;
    let messages: Vec<ChatMessage> = vec![];
    let spec = TaskSpec { messages, ..TaskSpec::clone(spec) };
    Task {
        sequence: *sequence,
        spec: Arc::new(spec),
        state: state.clone(),
        attempt: *attempt,
        faults: *faults,
        lost_by: lost_by.clone(),
        rejected_by: rejected_by.clone(),
        pick: *pick,
        stopped: *stopped,
    }
}
