//! Several nodes at once: each is followed for itself, and what they say is one snapshot with a row for each.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use cuckoo_protocol::{
    Address, Untrusted,
    status::{ChainInfo, Down, GroupRow, History, Level, NodeInfo, Publisher, SCHEMA_VERSION, Snapshot, TaskCounts},
    task::Millis,
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};
use url::Url;

use super::{
    attach::Attach,
    error::SourceError,
    snapshots::{REPEAT, Source},
};
use crate::model::{self, Board, Thresholds};

/// The least time between two snapshots.
const PACE: Duration = Duration::from_millis(500);
/// How long the first snapshot waits for nodes that have neither answered nor failed.
const FIRST: Duration = Duration::from_secs(3);
/// Seconds that the figures of a row are about.
const NOW: usize = 5;
const HOUR: usize = 3_600;

/// What is known of one node.
#[derive(Clone, Debug)]
struct Member {
    row: GroupRow,
    chain: Option<ChainInfo>,
    /// True once it has answered or failed.
    is_heard: bool,
}

/// Several nodes as one source. [`Source::open`] makes it one of them, and itself again.
pub struct Group {
    bases: Vec<Url>,
    members: watch::Receiver<Vec<Member>>,
    /// The tasks that follow the nodes end with this.
    _followers: JoinSet<()>,
    opened: Option<Attach>,
    generation: u64,
    last: Option<Instant>,
    started_at: Millis,
}

impl Group {
    /// Follows the nodes whose operators' listeners are at `bases`, from now on, and counts what is wrong with each by `thresholds`. It
    /// has to be made within a runtime.
    pub fn new(bases: Vec<Url>, thresholds: Thresholds) -> Result<Self, SourceError> {
        let sources = bases.iter().map(Attach::new).collect::<Result<Vec<_>, _>>()?;
        let members = sources.iter().map(|source| Member {
            row: GroupRow::new(source.name().to_owned()),
            chain: None,
            is_heard: false,
        });
        let (sender, members) = watch::channel(members.collect());
        let sender = Arc::new(sender);
        let mut followers = JoinSet::new();
        for (place, source) in sources.into_iter().enumerate() {
            followers.spawn(follow(source, place, thresholds, sender.clone()));
        }
        let (generation, last, started_at) = (0, None, now());
        Ok(Self { bases, members, _followers: followers, opened: None, generation, last, started_at })
    }

    async fn overview(&mut self) -> Result<Arc<Snapshot>, SourceError> {
        match self.last {
            None => {
                let all = self.members.wait_for(|members| members.iter().all(|member| member.is_heard));
                // A node that has not even failed is shown as one that waits.
                let _ = timeout(FIRST, all).await;
            }
            Some(last) => {
                sleep_until(last + PACE).await;
                if let Ok(Err(_)) = timeout(REPEAT, self.members.changed()).await {
                    return Err(SourceError::Closed);
                }
            }
        }
        self.last = Some(Instant::now());
        self.generation += 1;
        let members = self.members.borrow_and_update().clone();
        Ok(Arc::new(snapshot(members, self.generation, self.started_at)))
    }
}

/// Follows one node for as long as it is asked to.
async fn follow(mut source: Attach, place: usize, thresholds: Thresholds, members: Arc<watch::Sender<Vec<Member>>>) {
    let mut history = History::default();
    let mut before: Option<Arc<Snapshot>> = None;
    loop {
        let next = source.next().await;
        if let (Ok(snapshot), Some(before)) = (&next, &before)
            && Arc::ptr_eq(snapshot, before)
        {
            continue;
        }
        if let Ok(snapshot) = &next {
            match &snapshot.history {
                Some(kept) => history = (**kept).clone(),
                None => history.record(before.as_deref(), snapshot),
            }
            before = Some(snapshot.clone());
        }
        members.send_modify(|members| {
            let Some(member) = members.get_mut(place) else { return };
            member.is_heard = true;
            match next {
                Ok(snapshot) => {
                    member.row = row(&member.row.id, &snapshot, &history, thresholds);
                    member.chain = Some(snapshot.chain.clone());
                }
                Err(error) => {
                    let since = member.row.down.as_ref().map_or_else(now, |down| down.since);
                    member.row.down = Some(Down { since, reason: error.to_string() });
                }
            }
        });
    }
}

/// What one node says, in a row.
fn row(id: &str, snapshot: &Snapshot, history: &History, thresholds: Thresholds) -> GroupRow {
    let alerts = model::alerts(snapshot, &Board::of(snapshot), thresholds);
    let count = |level| alerts.iter().filter(|alert| alert.level == level).count() as u32;
    GroupRow {
        name: snapshot.node.name.clone(),
        role: Some(snapshot.node.role),
        address: Some(snapshot.node.address),
        bad: count(Level::Bad),
        warn: count(Level::Warn),
        worst: alerts.first().map(|alert| Untrusted::new(alert.words.as_str())),
        running: snapshot.tasks.running,
        queued: snapshot.tasks.queued,
        tokens_per_second: history.tokens.rate(NOW),
        hour: history.earned.sum(HOUR),
        block: snapshot.chain.block,
        version: snapshot.node.version.clone(),
        ..GroupRow::new(id.to_owned())
    }
}

fn snapshot(members: Vec<Member>, generation: u64, started_at: Millis) -> Snapshot {
    let newest = members.iter().filter_map(|member| member.chain.clone()).max_by_key(|chain| chain.block);
    let unknown = ChainInfo {
        network: String::new(),
        chain_id: 0,
        block: 0,
        block_at: 0,
        epoch: 0,
        epoch_seconds: 0,
        problem: None,
    };
    let rows: Vec<_> = members.into_iter().map(|member| member.row).collect();
    let tasks = TaskCounts {
        running: rows.iter().map(|row| row.running).sum(),
        queued: rows.iter().map(|row| row.queued).sum(),
        ..TaskCounts::default()
    };
    Snapshot {
        schema_version: SCHEMA_VERSION,
        generation,
        taken_at: now(),
        node: NodeInfo {
            role: Publisher::Group,
            address: Address::ZERO,
            name: Untrusted::new(format!("of {}", rows.len())),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at,
            draining: false,
            problem: None,
            complaints: vec![],
        },
        chain: ChainInfo { problem: None, ..newest.unwrap_or(unknown) },
        nodes: vec![],
        tasks,
        recent: vec![],
        cases: vec![],
        money: None,
        stake: None,
        group: rows,
        events: vec![],
        logs: vec![],
        journal: None,
        history: None,
    }
}

/// The time of day; 0 on a machine whose clock is before the Unix epoch.
fn now() -> Millis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as Millis)
}

#[async_trait]
impl Source for Group {
    async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
        match &mut self.opened {
            Some(opened) => opened.next().await,
            None => self.overview().await,
        }
    }

    fn open(&mut self, place: Option<usize>) {
        // A new connection brings the node's own history.
        self.opened = place.and_then(|place| Attach::new(self.bases.get(place)?).ok());
        self.last = None;
    }
}
