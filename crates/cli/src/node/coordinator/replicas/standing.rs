//! A replica that stands by and serves meanwhile: its listeners, which follow the one that leads until it leads itself.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use alloy::primitives::B256;
use arc_swap::ArcSwap;
use axum::{
    Router,
    extract::{Request, State, WebSocketUpgrade},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinSet,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;

use super::{
    elsewhere,
    frame::Door,
    leader,
    passage::Routes,
    secured::Secured,
    uplink::{self, Uplink},
};
use crate::node::{
    coordinator::{
        Shared, StartError,
        doorway::Doorway,
        front::{Front, Parts},
        gateway::Gateway,
        handle::Handle,
        http,
        journal::Leader,
    },
    listener,
    metrics::CONTENT_TYPE,
    operator::Operator,
    watchdog::Watchdog,
};

/// How often it is shown that a replica is alive, and where it stands.
const LIFE: Duration = Duration::from_millis(250);

/// A replica whose listeners serve, whichever replica leads.
#[derive(Debug)]
pub struct Standing {
    uplink: Uplink,
    /// Those for applications, miners and operators.
    doors: [Arc<ArcSwap<Router>>; 3],
    /// For the other replicas, once this one leads.
    listener: Arc<TcpListener>,
    secured: Secured,
    leader: watch::Receiver<Option<Leader>>,
}

/// The listeners of a replica: for applications, miners and operators, and for other replicas.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// For applications, miners and operators.
    pub(in crate::node::coordinator) clients: [SocketAddr; 3],
    /// For the other replicas.
    pub(in crate::node::coordinator) replicas: SocketAddr,
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

impl Standing {
    /// Opens the listeners, and serves as one that follows. `parts` has what is needed beside the way to the decisions.
    pub(in crate::node::coordinator) async fn start(
        addresses: Addresses,
        secret: &B256,
        front: impl FnOnce(Handle) -> Parts,
        operator: &Operator,
        leader: watch::Receiver<Option<Leader>>,
        (parts, stop): (&mut JoinSet<()>, &CancellationToken),
    ) -> Result<Self, StartError> {
        let secured = Secured::new(secret).map_err(StartError::Replicas)?;
        let (sender, asked) = mpsc::unbounded_channel();
        let front = Front::new(front(Handle::elsewhere(sender)));
        let (uplink, following) = uplink::start(asked, leader.clone(), secured.client.clone());
        let listener = Arc::new(bind(addresses.replicas).await?);
        let routers = [api(&front, &uplink), link(&uplink), admin(&uplink, operator)];
        let doors = routers.map(|router| Arc::new(ArcSwap::from_pointee(router)));
        for (address, door) in addresses.clients.into_iter().zip(&doors) {
            let router = Router::new().fallback(through).with_state(door.clone());
            parts.spawn(listener::serve_idle(bind(address).await?, router, front.edge.keep_alive, stop.clone()));
        }
        let until = stop.clone();
        parts.spawn(async move {
            let _ = until.run_until_cancelled(following).await;
        });
        let (keys, until) = (front.clone(), stop.clone());
        parts.spawn(async move {
            let _ = until.run_until_cancelled(keys.keys.follow()).await;
        });
        Ok(Self { uplink, doors, listener, secured, leader })
    }

    /// Shows that it is alive while it waits to lead.
    pub(in crate::node::coordinator) async fn show_life(&self, watchdog: &Watchdog) {
        let mut interval = time::interval(LIFE);
        loop {
            interval.tick().await;
            watchdog.beat("tasks");
            let leader = self.leader.borrow().as_ref().map(|leader| leader.address);
            watchdog.say(&match leader {
                Some(leader) if self.uplink.is_connected() => {
                    format!("following {leader}; requests: {}", self.uplink.open())
                }
                Some(leader) => format!("following {leader}, which cannot be reached"),
                None => "no replica leads".into(),
            });
        }
    }

    /// Lets this replica lead: what comes from now on is answered here, and other replicas may follow.
    pub(in crate::node::coordinator) fn lead(
        &self,
        shared: &Arc<Shared>,
        operator: &Operator,
        stop: &CancellationToken,
    ) -> impl Future<Output = ()> + use<> {
        let admin = http::admin(shared.clone(), operator.clone()).merge(operator.router());
        let routes = Routes { api: http::api(shared.clone()), link: http::link(shared.clone()), admin };
        for (door, router) in self.doors.iter().zip([&routes.api, &routes.link, &routes.admin]) {
            door.store(Arc::new(router.clone()));
        }
        leader::lead(self.listener.clone(), self.secured.server.clone(), shared.clone(), routes, stop.clone())
    }

    /// Waits until the requests that came while it followed have ended, for at most `patience`.
    pub(in crate::node::coordinator) async fn finish(&self, patience: Duration) {
        self.uplink.leave();
        let until = Instant::now() + patience;
        while self.uplink.open() > 0 && Instant::now() < until {
            time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Answers by the routes that are in force now.
async fn through(State(door): State<Arc<ArcSwap<Router>>>, request: Request) -> Response {
    let router = Router::clone(&door.load_full());
    let answered: Result<Response, std::convert::Infallible> = TowerToHyperService::new(router).call(request).await;
    match answered {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The routes for applications.
fn api(front: &Front, uplink: &Uplink) -> Router {
    let uplink = uplink.clone();
    let elsewhere = any(async move |request: Request| elsewhere::pass(uplink, Door::Api, None, request).await);
    http::api_of_follower(front, elsewhere)
}

/// The routes for miners.
fn link(uplink: &Uplink) -> Router {
    let (doorway, room) = (Arc::new(Doorway::default()), Arc::new(Gateway::default()));
    let (linked, passing) = (uplink.clone(), uplink.clone());
    let upgrade = async move |upgrade: WebSocketUpgrade| {
        let Some(stranger) = doorway.enter() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
        let Some(place) = linked.link().await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
        http::bounded(upgrade).on_upgrade(move |socket| elsewhere::link(place, socket, stranger))
    };
    let pass = async move |request: Request| elsewhere::pass(passing, Door::Link, Some(&room), request).await;
    Router::new().route("/link", get(upgrade)).fallback(pass)
}

/// The routes for operators. What they ask of the process itself it answers, and the leader the rest.
fn admin(uplink: &Uplink, operator: &Operator) -> Router {
    let (ready, counted, passing) = (uplink.clone(), uplink.clone(), uplink.clone());
    let room = Arc::new(Gateway::default());
    let readiness = async move || match ready.is_ready() {
        true => (StatusCode::OK, "ready\n"),
        false => {
            let words = "shutting down, or no replica leads, or the one that does cannot be reached\n";
            (StatusCode::SERVICE_UNAVAILABLE, words)
        }
    };
    let metrics = async move || {
        let text = format!(
            "# HELP cuckoo_replica_requests Requests that this replica has passed on to the one that leads\n\
             # TYPE cuckoo_replica_requests gauge\ncuckoo_replica_requests {}\n",
            counted.open()
        );
        ([(header::CONTENT_TYPE, CONTENT_TYPE)], text)
    };
    let pass = async move |request: Request| elsewhere::pass(passing, Door::Admin, Some(&room), request).await;
    Router::new()
        .route("/liveness", get(async || StatusCode::OK))
        .route("/readiness", get(readiness))
        .route("/metrics", get(metrics))
        .merge(operator.router())
        .fallback(pass)
}
