//! The loop of a node before the court: at each new block it asks what there is to do, and does it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use alloy::primitives::{Address, B256};
use cuckoo_protocol::{
    Untrusted,
    audit::Judgement,
    chain::{Court, Sender, Signer},
    contract::Role,
    court::{Book, Case, Juror, Me, Part, Phase, Step, View, Vote, plan},
    message::Domain,
};
use tokio::{sync::watch, time};
use tokio_util::sync::CancellationToken;

use super::{
    act::{self, StepError},
    board::Board,
    book::{Ballots, BallotsError, Found},
    figures::Bundles,
    gather::{Examiner, Folder, Gathered, OfCoordinator, Place, Subject},
    publish,
    shown::{self, Shown},
    transactions::{Ended, Transactions},
    work::{Job, Outcome, Work},
};
use crate::node::{chain_view::ChainView, evidence::Queue, watchdog::Watchdog};

/// What a look at the chain is called among the service's parts.
const PART: &str = "court";
/// A miner's part in juries.
pub struct Duty {
    examiner: Examiner,
    takes_part: bool,
    ballots: Ballots,
}

impl Duty {
    /// Opens the ballots in a data directory. Without `takes_part` the miner offers itself for no jury, and votes only where it was
    /// drawn before. Returns with it the book that the ballots of earlier processes are in.
    pub fn open(
        data: &Path,
        court: Address,
        juror: Address,
        examiner: Examiner,
        takes_part: bool,
    ) -> Result<(Self, Book), BallotsError> {
        let (ballots, book) = Ballots::open(data, court, juror)?;
        Ok((Self { examiner, takes_part, ballots }, book))
    }
}

/// The registered nodes, as they were last read.
pub type Nodes = Arc<dyn Fn() -> Arc<ChainView> + Send + Sync>;

/// A node that follows the court.
pub struct Follower {
    court: Court,
    transactions: Transactions,
    signer: Signer,
    domain: Domain,
    data: PathBuf,
    nodes: Nodes,
    duty: Option<Duty>,
    book: Book,
    work: Work,
    views: watch::Sender<Option<Arc<View>>>,
    /// What was last said of each step that fails.
    said: BTreeMap<Step, String>,
    /// Draws whose vote cannot be revealed, which was said.
    lost: BTreeSet<(B256, u64)>,
    /// Why the chain could not be read last.
    trouble: Option<String>,
    /// Earlier processes' transactions are looked after.
    resumed: bool,
}

/// What has happened.
enum Woken {
    Time,
    Sent(Ended),
    Worked(Job, Outcome),
}

impl Follower {
    /// A node with a data directory, in which the evidence of answers is, and the key that the sender has; `None` on a network without a
    /// court. `duty` is a miner's part in juries, which coordinators do not have.
    pub fn new(sender: Sender, data: PathBuf, nodes: Nodes, duty: Option<(Duty, Book)>) -> Option<Self> {
        let client = sender.client();
        let (court, signer) = (Court::new(client.clone())?, client.signer()?.clone());
        let domain = client.domain();
        let (duty, book) = duty.map_or_else(Default::default, |(duty, book)| (Some(duty), book));
        Some(Self {
            court,
            transactions: Transactions::new(sender),
            signer,
            domain,
            data,
            nodes,
            duty,
            book,
            work: Work::default(),
            views: watch::Sender::new(None),
            said: BTreeMap::new(),
            lost: BTreeSet::new(),
            trouble: None,
            resumed: false,
        })
    }

    /// The court as it was last read, for other parts of the node; `None` until it is read for the first time.
    pub fn views(&self) -> watch::Receiver<Option<Arc<View>>> {
        self.views.subscribe()
    }

    /// Keeps what dashboards show of the court up to date, and what the store of evidence knows of it, for as long as this follows it.
    pub fn show(&self, shown: Arc<Shown>, evidence: Queue) -> impl Future<Output = ()> + Send + use<> {
        let (nodes, node, mut views) = (self.nodes.clone(), self.signer.address(), self.views());
        let own = move || (node, nodes().registry.node(&node).map(|node| node.owner));
        let show = shown::show(self.court.client().clone(), self.views(), own, shown);
        let tell_window = async move {
            while views.changed().await.is_ok() {
                let window = views.borrow_and_update().as_ref().map_or(0, |view| view.rules.window);
                evidence.set_window(window);
            }
        };
        async move {
            tokio::join!(show, tell_window);
        }
    }

    /// Follows the court until `stop`.
    pub async fn run(mut self, watchdog: Watchdog, stop: CancellationToken) {
        let pause = Duration::from_millis(self.court.client().network().block_time_ms.clamp(200, 12_000) / 2);
        let mut interval = time::interval(pause);
        interval.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            let woken = async {
                tokio::select! {
                    _ = interval.tick() => Woken::Time,
                    ended = self.transactions.ended() => Woken::Sent(ended),
                    (job, outcome) = self.work.done() => Woken::Worked(job, outcome),
                }
            };
            let Some(woken) = stop.run_until_cancelled(watchdog.during(PART, woken)).await else { break };
            if stop.run_until_cancelled(watchdog.during(PART, Box::pin(self.take(woken)))).await.is_none() {
                break;
            }
        }
        self.say_goodbye();
    }

    /// Does what follows from something that has happened.
    async fn take(&mut self, woken: Woken) {
        match woken {
            Woken::Time => {
                let Some(me) = self.me() else { return };
                if let Some(view) = self.look(&me).await {
                    self.act(&view, &me).await;
                }
            }
            Woken::Sent(ended) => note_sent(&ended),
            Woken::Worked(job, outcome) => {
                self.note_done(job, outcome);
                let view = self.views.borrow().clone();
                if let (Some(view), Some(me)) = (view, self.me()) {
                    self.act(&view, &me).await;
                }
            }
        }
    }

    /// Who this node is; `None` while it is not registered.
    fn me(&self) -> Option<Me> {
        let node = self.signer.address();
        let owner = (self.nodes)().registry.node(&node)?.owner;
        let examines = self.duty.as_ref().map(|duty| duty.examiner.manifests());
        Some(Me { node, owner, examines, takes_part: self.duty.as_ref().is_some_and(|duty| duty.takes_part) })
    }

    /// The court as of a block that is new; `None` where there is none.
    async fn look(&mut self, me: &Me) -> Option<Arc<View>> {
        let before = self.views.borrow().as_ref().map(|view| view.block_hash);
        match self.court.poll(me).await {
            Ok(view) => {
                if self.trouble.take().is_some() {
                    tracing::info!(block = view.block, "the court can be read again");
                }
                (before != Some(view.block_hash)).then(|| {
                    self.views.send_replace(Some(view.clone()));
                    view
                })
            }
            Err(error) => {
                let error = error.to_string();
                if self.trouble.as_ref() != Some(&error) {
                    tracing::warn!(%error, "the court cannot be read; trying again");
                    self.trouble = Some(error);
                }
                None
            }
        }
    }

    /// Does all that is to be done as of a block.
    async fn act(&mut self, view: &View, me: &Me) {
        if !self.resumed {
            match self.transactions.resume().await {
                Ok(()) => self.resumed = true,
                Err(error) => {
                    return tracing::warn!(%error, "transactions of before cannot be looked after; trying again");
                }
            }
        }
        self.transactions.seen(view.block);
        self.say_what_is_lost(view);
        loop {
            let steps = plan(view, me, &self.book);
            self.said.retain(|step, _| steps.contains(step));
            self.work.keep(view, &steps);
            let mut changed = false;
            for step in steps {
                changed |= self.step(step, view, me).await;
            }
            if !changed {
                return;
            }
        }
    }

    /// Takes a step. Returns whether something else may be to be done as of the same block.
    async fn step(&mut self, step: Step, view: &View, me: &Me) -> bool {
        match step {
            Step::Abstain { case, round } => {
                tracing::warn!(%case, "the evidence of a dispute cannot be had in time; this juror will say so");
                self.cast(case, round, Vote::Unavailable)
            }
            Step::Gather { case, round, .. } => {
                let found = self.duty.as_ref().and_then(|duty| duty.ballots.found(&case)).map(|found| found.vote);
                match (found, view.case(case)) {
                    (Some(vote), _) => self.cast(case, round, vote),
                    (None, Some(subject)) => {
                        self.judge(subject, round, view);
                        false
                    }
                    (None, None) => false,
                }
            }
            Step::Publish { case, attempt } => {
                if let Some(case) = view.case(case) {
                    self.publish(case, attempt, me, view);
                }
                false
            }
            step => {
                if let Err(error) = self.send(&step, me).await {
                    self.say(step, &error, me.node);
                }
                false
            }
        }
    }

    async fn send(&mut self, step: &Step, me: &Me) -> Result<(), StepError> {
        let title = act::title(step);
        // What anybody may do is not made again while it is on its way: another call would do the same.
        if !act::is_own(step) && self.transactions.is_titled_on_its_way(&title) {
            return Ok(());
        }
        let Some(call) = self.court.transaction(step, me, &self.book).await? else { return Ok(()) };
        let is_sent = self.transactions.send(title, call, act::points(step)).await?;
        if let Step::Reveal { case, round } = *step
            && is_sent
        {
            self.say_vote(case, round);
        }
        Ok(())
    }

    /// Tells the operator how this node has voted and why, now that everybody can know.
    fn say_vote(&self, case: B256, round: u64) {
        let vote = self.book.ballot(case, round).map_or("", |ballot| ballot.vote.as_str());
        let found = self.duty.as_ref().and_then(|duty| duty.ballots.found(&case));
        let why = Untrusted::new(found.map_or("", |found| found.why.as_str()));
        tracing::info!(%case, vote, %why, "the vote on a dispute is revealed");
    }

    /// Says once of each draw that this node has committed to a vote that it does not know.
    fn say_what_is_lost(&mut self, view: &View) {
        for case in view.cases.iter().filter(|case| case.draw.phase == Phase::Revealing) {
            let Some(mine) = case.mine.as_ref().filter(|mine| mine.part == Part::Committed) else { continue };
            let (id, round) = (case.id, case.draw.round);
            if !can_reveal(&self.book, case, mine) && self.lost.insert((id, round)) {
                tracing::error!(case = %id, "the ballot of this vote is not in this data directory: it cannot be revealed, and is docked");
            }
        }
    }

    /// Says once why a step was not taken.
    fn say(&mut self, step: Step, error: &StepError, node: Address) {
        let text = error.shown().to_string();
        if self.said.get(&step) == Some(&text) {
            return;
        }
        let title = act::title(&step);
        if error.is_poverty() {
            tracing::warn!(title, error = text, "the node key cannot pay the fee; send coin to {node}");
        } else if error.is_refusal() && !act::is_own(&step) {
            tracing::debug!(title, error = text, "somebody else was faster, or it is too late");
        } else {
            tracing::warn!(
                title,
                error = text,
                "a step before the court failed; it is tried again while there is time"
            );
        }
        self.said.insert(step, text);
    }

    /// Writes a vote down. Returns whether the book has changed.
    fn cast(&mut self, case: B256, round: u64, vote: Vote) -> bool {
        let Some(duty) = &mut self.duty else { return false };
        match duty.ballots.cast(&mut self.book, case, round, vote) {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%case, %error, "a vote cannot be written down, so it is not sent; trying again");
                false
            }
        }
    }

    /// Has a case judged, unless that goes on already.
    fn judge(&mut self, case: &Case, round: u64, view: &View) {
        let job = Job::Judge { case: case.id, round };
        let Some(examiner) = self.duty.as_ref().map(|duty| duty.examiner.clone()) else { return };
        if !self.work.is_due(job) {
            return;
        }
        let subject = Subject { id: case.id, receipts: case.receipts.clone() };
        let (places, known) = (self.places(case), self.work.known(case.id));
        let work = async move { Outcome::Judged(examiner.judge(subject, places, known).await) };
        if self.work.start(job, view, work) {
            self.book.note_looking(case.id, round);
            let answers = case.receipts.len();
            tracing::info!(case = %case.id, accused = %case.accused, answers, "examining disputed answers");
        }
    }

    /// Where a juror asks for evidence: the operator's folder, and the boards of coordinators, challengers first.
    fn places(&self, case: &Case) -> Vec<Arc<dyn Place>> {
        let folder = Folder { path: folder(&self.data), domain: self.domain };
        let mut places: Vec<Arc<dyn Place>> = vec![Arc::new(folder)];
        let mut boards = self.boards();
        boards.sort_by_key(|board| !case.challengers.contains(&board.coordinator()));
        for board in boards {
            places.push(Arc::new(OfCoordinator { board, signer: self.signer.clone(), domain: self.domain }));
        }
        places
    }

    /// The boards of all active coordinators but this node.
    fn boards(&self) -> Vec<Board> {
        let chain = (self.nodes)();
        let own = self.signer.address();
        let active = chain.registry.nodes.values().filter(|node| node.role == Role::Coordinator && node.active);
        let board = |address: Address, endpoint: &str| match Board::new(address, endpoint) {
            Ok(board) => Some(board),
            Err(error) => {
                tracing::debug!(coordinator = %address, %error, "the board of a coordinator cannot be used");
                None
            }
        };
        active.filter(|node| node.address != own).filter_map(|node| board(node.address, node.endpoint.raw())).collect()
    }

    /// Has the evidence that this node has of a case handed in, unless that goes on already.
    fn publish(&mut self, case: &Case, attempt: u64, me: &Me, view: &View) {
        let id = case.id;
        let job = Job::Publish { case: id, attempt };
        if !self.work.is_due(job) {
            return;
        }
        let (data, receipts, boards) = (self.data.clone(), case.receipts.clone(), self.boards());
        let (is_accused, done) = (case.accused == me.node, self.work.handed_in(id).clone());
        let work = async move {
            let read = tokio::task::spawn_blocking(move || publish::bundles(&data, &receipts)).await;
            let (bundles, failed) = read.unwrap_or_else(|_| (vec![], true));
            if is_accused && done.is_empty() {
                tracing::warn!(case = %id, bundles = bundles.len(), "this miner is accused; it hands in its evidence");
            }
            publish::hand_in(id, &bundles, &boards, &done, failed).await
        };
        self.work.start(job, view, work);
    }

    /// Takes in what came of a piece of work.
    fn note_done(&mut self, job: Job, outcome: Outcome) {
        match (job, outcome) {
            (Job::Judge { case, round }, Outcome::Judged(gathered)) => self.note_judged(case, round, gathered),
            (Job::Publish { case, attempt }, Outcome::Published { handed_in, again }) => {
                if !handed_in.is_empty() {
                    Bundles::HandedIn.count(handed_in.len());
                    tracing::info!(%case, bundles = handed_in.len(), "evidence is handed in");
                }
                self.work.handed_in(case).extend(handed_in);
                if !again {
                    self.book.note_published(case, attempt);
                }
            }
            _ => {}
        }
    }

    fn note_judged(&mut self, case: B256, round: u64, Gathered { judgement, why }: Gathered) {
        if judgement == Judgement::Unavailable {
            tracing::warn!(%case, why = %Untrusted::new(why), "a dispute cannot be judged yet; trying again");
            return self.book.note_missing(case, round);
        }
        let vote = Vote::from(judgement);
        let Some(duty) = &mut self.duty else { return };
        if let Err(error) = duty.ballots.keep(case, Found { vote, why }) {
            tracing::error!(%case, %error, "what was found cannot be written down; it will be examined again");
        }
        self.cast(case, round, vote);
    }

    /// Tells the operator, before the node ends, what it leaves open.
    fn say_goodbye(&self) {
        let view = self.views.borrow().clone();
        let waits = |mine: &Juror, case: &Case| mine.part == Part::Committed && can_reveal(&self.book, case, mine);
        let is_open = |case: &&Case| case.mine.as_ref().is_some_and(|mine| waits(mine, case));
        for case in view.iter().flat_map(|view| &view.cases).filter(is_open) {
            let until = case.draw.until.unwrap_or_default();
            tracing::warn!(case = %case.id, until, "a vote is not revealed yet: start the miner again in time, or it is docked");
        }
    }
}

/// Whether the ballot of a vote that a juror has committed to is in its book.
fn can_reveal(book: &Book, case: &Case, juror: &Juror) -> bool {
    let (id, round) = (case.id, case.draw.round);
    book.ballot(id, round).is_some_and(|ballot| ballot.fits(id, round, juror.node, &juror.commitment))
}

fn note_sent(ended: &Ended) {
    let Ended { title, result } = ended;
    match result {
        Ok(confirmed) => tracing::info!(title, block = confirmed.block, "done"),
        Err(error) => tracing::warn!(title, %error, "a transaction before the court did nothing"),
    }
}

/// The folder of a data directory in which the operator puts bundles that no board has.
fn folder(data: &Path) -> PathBuf {
    data.join("bundles")
}
