//! A replica that follows: keeps the requests that it has passed on until they have ended, whichever replica leads by then.

use std::{
    collections::HashMap,
    future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use alloy::primitives::Bytes;
use cuckoo_protocol::coordinator::SubmitError;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    net::TcpStream,
    sync::{mpsc, oneshot, watch},
    time::{self, Instant},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    frame::{Ask, Tell},
    line::{self, LineError, Outgoing},
    request::Request,
};
use crate::node::coordinator::{journal::Leader, message::Message};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(2);
/// The time between two tries.
const AGAIN: Duration = Duration::from_millis(200);
/// How often it is looked at what has to be tried again, and what has waited too long.
const LOOK: Duration = Duration::from_millis(100);
/// A request waits at most this long for a leader.
const PATIENCE: Duration = Duration::from_secs(45);
/// A request that only the leader can answer waits at most this long for one.
const PASSING: Duration = Duration::from_secs(15);
/// Miners need this long to come back to a new leader: until then it is not said that there are none.
const SETTLING: Duration = Duration::from_secs(15);
/// Bytes of the prompts of all requests that have not ended, at most.
const MOST_BYTES: usize = 512 << 20;
/// What the leader has said that waits to be taken in.
const WAITING: usize = 4_096;

/// A place on the connection to the leader: what is said under its number comes here.
#[derive(Debug)]
pub(super) struct Place<T> {
    pub(super) number: u64,
    pub(super) outgoing: Outgoing,
    pub(super) told: mpsc::UnboundedReceiver<T>,
    orders: mpsc::UnboundedSender<Order>,
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        // The process is about to end.
        let _ = self.orders.send(Order::Forget(self.number));
    }
}

/// What the listeners of this replica want.
pub(super) enum Order {
    /// To pass on a request.
    Pass(oneshot::Sender<Place<Tell>>),
    /// To pass on a miner's link.
    Link(oneshot::Sender<Place<Bytes>>),
    /// Nobody needs what is said under this number any more.
    Forget(u64),
}

/// The way to the leader. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Uplink {
    orders: mpsc::UnboundedSender<Order>,
    open: Arc<AtomicUsize>,
    connected: watch::Receiver<bool>,
    /// This replica is about to end.
    leaves: Arc<AtomicBool>,
}

impl Uplink {
    /// A place for a request that is passed on; `None` where there is no leader for long.
    pub(super) async fn pass(&self) -> Option<Place<Tell>> {
        let (reply, place) = oneshot::channel();
        self.orders.send(Order::Pass(reply)).ok()?;
        place.await.ok()
    }

    /// A place for a miner's link; `None` where there is no leader.
    pub(super) async fn link(&self) -> Option<Place<Bytes>> {
        let (reply, place) = oneshot::channel();
        self.orders.send(Order::Link(reply)).ok()?;
        place.await.ok()
    }

    /// Requests of applications that have not ended.
    pub(super) fn open(&self) -> usize {
        self.open.load(Relaxed)
    }

    /// Whether new requests should come here.
    pub(super) fn is_ready(&self) -> bool {
        self.is_connected() && !self.leaves.load(Relaxed)
    }

    /// From now on no new requests should come here.
    pub(super) fn leave(&self) {
        self.leaves.store(true, Relaxed);
    }

    /// Whether there is a leader that can be reached.
    pub(super) fn is_connected(&self) -> bool {
        *self.connected.borrow()
    }
}

/// Makes the way to the leader. What is asked of the decisions comes from `asked`; the future runs as long as this replica does.
pub(super) fn start(
    asked: mpsc::UnboundedReceiver<Message>,
    leader: watch::Receiver<Option<Leader>>,
    tls: Arc<ClientConfig>,
) -> (Uplink, impl Future<Output = ()>) {
    let (orders, ordered) = mpsc::unbounded_channel();
    let (connected, is_connected) = watch::channel(false);
    let uplink =
        Uplink { orders: orders.clone(), open: Arc::default(), connected: is_connected, leaves: Arc::default() };
    let (happening, happened) = mpsc::channel(WAITING);
    let follower = Follower {
        orders,
        connection: None,
        connected,
        open: uplink.open.clone(),
        next: 0,
        lost_at: Instant::now(),
        settled_at: None,
        requests: HashMap::new(),
        bytes: 0,
        passed: HashMap::new(),
        links: HashMap::new(),
        waiting: vec![],
    };
    let running = async move {
        tokio::select! {
            () = keep_connected(leader, tls, happening) => {}
            () = follower.run(asked, ordered, happened) => {}
        }
    };
    (uplink, running)
}

/// What becomes of the connection to the leader.
enum Happened {
    Connected(Outgoing),
    Told(Tell),
    Lost,
}

/// Connects to the replica that leads, again and again.
async fn keep_connected(
    mut leader: watch::Receiver<Option<Leader>>,
    tls: Arc<ClientConfig>,
    happened: mpsc::Sender<Happened>,
) {
    loop {
        let Some(target) = leader.borrow_and_update().clone() else {
            change(&mut leader, None).await;
            continue;
        };
        let attended = async {
            let stream = match time::timeout(CONNECT, connect(&target, tls.clone())).await {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => {
                    return tracing::debug!(%error, leader = %target.address, "the replica that leads cannot be reached");
                }
                Err(_) => return tracing::debug!(leader = %target.address, "the replica that leads does not answer"),
            };
            tracing::info!(leader = %target.address, "connected to the replica that leads");
            let ended = listen(stream, &happened).await;
            tracing::info!(leader = %target.address, reason = %ended, "the connection to the replica that leads ended");
        };
        let mut newest = leader.clone();
        tokio::select! {
            () = attended => {}
            () = change(&mut newest, Some(&target)) => {}
        }
        // It was never connected, or is no more.
        if happened.send(Happened::Lost).await.is_err() {
            return;
        }
        time::sleep(AGAIN).await;
    }
}

/// Waits until another replica leads than `known`. None does any more where this one leads.
async fn change(leader: &mut watch::Receiver<Option<Leader>>, known: Option<&Leader>) {
    if leader.wait_for(|newest| newest.as_ref() != known).await.is_err() {
        future::pending().await
    }
}

async fn connect(leader: &Leader, tls: Arc<ClientConfig>) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(leader.address).await?;
    stream.set_nodelay(true)?;
    // Keys count, and names do not.
    TlsConnector::from(tls).connect(ServerName::IpAddress(leader.address.ip().into()), stream).await
}

async fn listen(stream: TlsStream<TcpStream>, happened: &mpsc::Sender<Happened>) -> LineError {
    let (mut incoming, outgoing, writing) = line::open(stream);
    let listening = async {
        if happened.send(Happened::Connected(outgoing)).await.is_err() {
            return LineError::Closed;
        }
        loop {
            match incoming.next().await {
                Ok(told) => {
                    if happened.send(Happened::Told(told)).await.is_err() {
                        return LineError::Closed;
                    }
                }
                Err(error) => return error,
            }
        }
    };
    tokio::select! {
        ended = listening => ended,
        ended = writing => ended,
    }
}

/// What a replica that follows keeps.
struct Follower {
    orders: mpsc::UnboundedSender<Order>,
    connection: Option<Outgoing>,
    connected: watch::Sender<bool>,
    open: Arc<AtomicUsize>,
    /// The next number of a place; requests of applications have the numbers of their waiters, which are even here.
    next: u64,
    /// Since when there is no leader.
    lost_at: Instant,
    /// When the miners of a leader that took over have had the time to come back.
    settled_at: Option<Instant>,
    requests: HashMap<u64, Request>,
    /// Bytes of their prompts.
    bytes: usize,
    passed: HashMap<u64, mpsc::UnboundedSender<Tell>>,
    links: HashMap<u64, mpsc::UnboundedSender<Bytes>>,
    /// Requests to be passed on that wait for a leader, since when.
    waiting: Vec<(Instant, oneshot::Sender<Place<Tell>>)>,
}

impl Follower {
    async fn run(
        mut self,
        mut asked: mpsc::UnboundedReceiver<Message>,
        mut ordered: mpsc::UnboundedReceiver<Order>,
        mut happened: mpsc::Receiver<Happened>,
    ) {
        let mut look = time::interval(LOOK);
        let mut all = Vec::with_capacity(WAITING);
        loop {
            tokio::select! {
                Some(message) = asked.recv() => self.ask(message),
                Some(order) = ordered.recv() => self.order(order),
                _ = happened.recv_many(&mut all, WAITING) => all.drain(..).for_each(|happened| self.hear(happened)),
                _ = look.tick() => self.look(),
                else => return,
            }
            self.open.store(self.requests.len(), Relaxed);
        }
    }

    fn hear(&mut self, happened: Happened) {
        match happened {
            Happened::Connected(outgoing) => {
                // There was another leader before, or the same one was away.
                let is_first = self.settled_at.is_none();
                self.settled_at = Some(if is_first { Instant::now() } else { Instant::now() + SETTLING });
                self.connection = Some(outgoing.clone());
                self.connected.send_replace(true);
                for (number, request) in &mut self.requests {
                    request.send(*number, &outgoing);
                }
                for (_, reply) in std::mem::take(&mut self.waiting) {
                    self.order(Order::Pass(reply));
                }
            }
            Happened::Told(tell) => self.told(tell),
            Happened::Lost => {
                if self.connection.take().is_some() {
                    self.lost_at = Instant::now();
                }
                self.connected.send_replace(false);
                self.passed.clear();
                self.links.clear();
            }
        }
    }

    /// What is asked of the decisions.
    fn ask(&mut self, message: Message) {
        match message {
            Message::Submit { waiter, tasks, limits, reply } => {
                let mut request = Request::new(tasks, limits, reply);
                if self.bytes.saturating_add(request.bytes()) > MOST_BYTES {
                    return request.refuse(SubmitError::Crowded { bytes: self.bytes });
                }
                self.bytes += request.bytes();
                if let Some(outgoing) = &self.connection {
                    request.send(2 * waiter, outgoing);
                }
                self.requests.insert(2 * waiter, request);
            }
            Message::Leave { waiter } => {
                let was_open = self.end(2 * waiter);
                if let Some(outgoing) = self.connection.as_ref().filter(|_| was_open) {
                    outgoing.say(&Ask::Leave(2 * waiter));
                }
            }
            // The routes of a replica that follows ask nothing else.
            other => tracing::error!(?other, "the decisions are elsewhere, and are not asked for this"),
        }
    }

    fn order(&mut self, order: Order) {
        match order {
            Order::Pass(reply) => match self.connection.clone() {
                Some(outgoing) => {
                    let (number, outgoing, (sender, told)) = (self.number(), outgoing, mpsc::unbounded_channel());
                    self.passed.insert(number, sender);
                    // Dropping it forgets it.
                    drop(reply.send(Place { number, outgoing, told, orders: self.orders.clone() }));
                }
                None => self.waiting.push((Instant::now(), reply)),
            },
            Order::Link(reply) => {
                let Some(outgoing) = self.connection.clone() else { return };
                let (number, (sender, told)) = (self.number(), mpsc::unbounded_channel());
                outgoing.say(&Ask::Link(number));
                self.links.insert(number, sender);
                drop(reply.send(Place { number, outgoing, told, orders: self.orders.clone() }));
            }
            Order::Forget(number) => {
                let ask = match (self.passed.remove(&number), self.links.remove(&number)) {
                    (Some(_), _) => Ask::Leave(number),
                    (_, Some(_)) => Ask::Gone(number),
                    (None, None) => return,
                };
                if let Some(outgoing) = &self.connection {
                    outgoing.say(&ask);
                }
            }
        }
    }

    /// Forgets a request that has ended. True if there was one.
    fn end(&mut self, number: u64) -> bool {
        let ended = self.requests.remove(&number);
        self.bytes -= ended.as_ref().map_or(0, Request::bytes);
        ended.is_some()
    }

    fn number(&mut self) -> u64 {
        self.next += 2;
        self.next + 1
    }

    fn told(&mut self, tell: Tell) {
        match tell {
            Tell::Head(number, ..) | Tell::Part(number, _) => {
                if let Some(passed) = self.passed.get(&number) {
                    // Who asked may be gone, and says so itself.
                    let _ = passed.send(tell);
                }
            }
            Tell::Done(number, _) => {
                if let Some(passed) = self.passed.remove(&number) {
                    let _ = passed.send(tell);
                }
            }
            Tell::Frame(number, frame) => {
                if let Some(link) = self.links.get(&number) {
                    let _ = link.send(frame);
                }
            }
            Tell::Gone(number) => drop(self.links.remove(&number)),
            Tell::Accepted(number, _)
            | Tell::Words(number, ..)
            | Tell::Ended(number, ..)
            | Tell::Cut(number, _)
            | Tell::Answers(number, _)
            | Tell::Refused(number, _) => {
                let is_settling = self.settled_at.is_some_and(|settled_at| Instant::now() < settled_at);
                let Some(request) = self.requests.get_mut(&number) else { return };
                if request.told(tell, is_settling) {
                    self.end(number);
                }
            }
        }
    }

    fn look(&mut self) {
        let now = Instant::now();
        if let Some(outgoing) = &self.connection {
            for (number, request) in &mut self.requests {
                if request.is_due(now) {
                    request.send(*number, outgoing);
                }
            }
        }
        let is_alone = self.connection.is_none();
        let lost_at = self.lost_at;
        let waits_since = |request: &Request| {
            if is_alone { Some(request.since().max(lost_at)) } else { request.waits_since() }
        };
        let is_over = |request: &Request| waits_since(request).is_some_and(|since| now > since + PATIENCE);
        let over = self.requests.iter().filter(|(_, request)| is_over(request)).map(|(number, _)| *number);
        for number in over.collect::<Vec<_>>() {
            if let Some(request) = self.requests.get_mut(&number) {
                request.refuse(SubmitError::NoLeader);
            }
            self.end(number);
        }
        self.waiting.retain(|(since, reply)| now < *since + PASSING && !reply.is_closed());
    }
}
