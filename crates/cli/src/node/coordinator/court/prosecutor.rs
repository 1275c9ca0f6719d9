//! Opens the cases that the coordinator wants, and follows them to their end. What is to be done is decided by
//! [`cuckoo_protocol::coordinator::prosecution::plan`], again at every block; the journal says what is wanted, and the chain what has
//! been done about it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use alloy::primitives::{Address, B256, U256, keccak256};
use cuckoo_protocol::{
    Cai,
    chain::{Call, ChainError, Client, SendError, Sender, Terms},
    contract::{
        CAIToken,
        DisputeCourt::{self, Item},
        Staking,
    },
    coordinator::{
        Accusation, Coordinator, Exhibit, Input,
        prosecution::{Docket, Filed, Means, Mode, Move, Planned, Status, plan},
    },
    court::State,
    evidence::root,
    task::{State as TaskState, TaskId},
};
use futures::try_join;
use tokio_util::sync::CancellationToken;

use super::courtroom::{Courtroom, Funds, Standing};
use crate::node::{coordinator::shared::Shared, evidence, failpoint};

/// Refusals of the court that no later block changes.
const FINAL: [&str; 8] = [
    "AlreadyPunished",
    "WindowClosed",
    "KeyReplaced",
    "NotAMiner",
    "NotACoordinator",
    "MixedCase",
    "WrongTicket",
    "NotAscending",
];

/// While nothing is to be done, and nothing that matters has happened, the chain is asked again after this many blocks.
const IDLE: u32 = 20;

/// What is known without asking the chain: the cases that are wanted, with what was ordered, and those of them that the court has.
#[derive(Debug, PartialEq, Eq)]
struct Known {
    wanted: Vec<(B256, u32)>,
    filed: Vec<(B256, State, u64, u128)>,
}

impl Known {
    fn new(accusations: &[Accusation], court: &Courtroom) -> Self {
        let wanted: Vec<_> = accusations.iter().map(|accusation| (accusation.id, accusation.ordered)).collect();
        let view = court.view();
        let case = |(id, _): &(B256, u32)| view.as_ref()?.case(*id);
        let filed = wanted.iter().filter_map(case).map(|case| (case.id, case.state, case.attempt(), case.owed));
        Self { filed: filed.collect(), wanted }
    }
}

/// Opens cases with the node's own key.
pub(in crate::node::coordinator) struct Prosecutor {
    shared: Arc<Shared>,
    sender: Sender,
    means: Means,
    evidence: evidence::Queue,
    /// Cases whose evidence is marked.
    marked: BTreeSet<B256>,
    /// Cases whose evidence was here when it was looked for.
    evidenced: BTreeSet<B256>,
    /// The newest block that has a transaction of these cases.
    seen: u64,
    /// What was known when there was nothing to do, and at how many blocks since then.
    idle: Option<(Known, u32)>,
    /// Why the court did not let a case be opened when it was last tried.
    refusals: BTreeMap<B256, String>,
    /// What was said of each case last.
    told: HashMap<B256, String>,
    /// What cannot be done was said already.
    trouble: Option<String>,
}

impl Prosecutor {
    pub(in crate::node::coordinator) fn new(
        shared: Arc<Shared>,
        sender: Sender,
        means: Means,
        evidence: evidence::Queue,
    ) -> Self {
        Self {
            shared,
            sender,
            means,
            evidence,
            marked: BTreeSet::new(),
            evidenced: BTreeSet::new(),
            seen: 0,
            idle: None,
            refusals: BTreeMap::new(),
            told: HashMap::new(),
            trouble: None,
        }
    }

    /// Does what is to be done at each new block, until `stop`, or until nobody reads the court any more.
    pub(in crate::node::coordinator) async fn run(mut self, stop: CancellationToken) {
        let shared = self.shared.clone();
        let Some(court) = &shared.court else { return };
        let Some(mut views) = court.views() else { return };
        if self.means.mode != Mode::Off {
            self.warn_of_missing_funds().await;
        }
        while let Some(Ok(())) = stop.run_until_cancelled(views.changed()).await {
            if stop.run_until_cancelled(self.look(court)).await.is_none() {
                break;
            }
        }
    }

    /// Tells the operator at the start what a case would lack.
    async fn warn_of_missing_funds(&self) {
        let node = self.shared.address();
        match Funds::read(self.sender.client(), node).await.map(|funds| funds?.missing()) {
            Ok(None) => {}
            Ok(Some(missing)) => tracing::warn!(
                %missing, "cases against cheats cannot be opened; send what is missing to {node}, or run with --court off"
            ),
            Err(error) => tracing::debug!(%error, "what the node key holds cannot be read"),
        }
    }

    /// Looks after everything as of the newest block. What fails is tried again at the next one.
    async fn look(&mut self, court: &Courtroom) {
        if let Some(view) = court.view() {
            let is_open = |case: &&cuckoo_protocol::court::Case| case.state == State::Open;
            let open: Vec<_> = view.cases.iter().filter(is_open).map(|case| case.id).collect();
            if let Err(error) = tokio::task::block_in_place(|| court.board.retain(&open)) {
                self.complain(&error);
            }
        }
        match Box::pin(self.prosecute(court)).await {
            Ok(()) => self.trouble = None,
            Err(error) => {
                self.complain(&error);
                let is_silent = matches!(error, SendError::Chain(ChainError::Unreachable { .. }));
                if is_silent && let Some(other) = Box::pin(self.sender.client().another()).await {
                    self.sender = self.sender.with_client(other);
                }
            }
        }
    }

    /// Says once what does not work.
    fn complain(&mut self, error: &dyn std::fmt::Display) {
        let text = error.to_string();
        if self.trouble.as_ref() != Some(&text) {
            tracing::warn!(error = %text, "a case cannot be brought before the court; trying again");
            self.trouble = Some(text);
        }
    }

    async fn prosecute(&mut self, court: &Courtroom) -> Result<(), SendError> {
        // What is not durable might be taken back: nothing is done about it.
        let wanted = |machine: &Coordinator| machine.audits().accusations().cloned().collect::<Vec<_>>();
        let mut accusations = self.shared.handle.read_durable(wanted).await;
        self.told.retain(|case, _| accusations.iter().any(|accusation| accusation.id == *case));
        self.refusals.retain(|case, _| accusations.iter().any(|accusation| accusation.id == *case));
        if accusations.is_empty() {
            court.standings.store(Arc::default());
            return Ok(());
        }
        let known = Known::new(&accusations, court);
        if let Some((before, blocks)) = &mut self.idle
            && *before == known
            && *blocks < IDLE
        {
            *blocks += 1;
            return Ok(());
        }
        self.idle = None;
        self.mark(&accusations).await;
        // What an earlier process has sent is over before the chain is asked what is left to do.
        self.sender.resume().await?;
        // Cases that the court has refused just now: they keep no others waiting.
        let (mut refused, mut refusal) = (BTreeSet::new(), None);
        loop {
            let docket = self.read_docket(court, &accusations).await?;
            let planned = plan(&self.means, &accusations, &docket);
            self.show(court, &accusations, &docket, &planned);
            // Evidence may be written a moment later, and a bond that is got back is seen soon.
            let is_soon = |planned: &Planned| matches!(planned.status, Status::NoEvidence | Status::Withdrawing(_));
            let is_idle = !planned.iter().any(is_soon);
            // What could not be written is handed over again at the next block: the journal keeps these answers.
            for planned in planned.iter().filter(|planned| matches!(planned.status, Status::NoEvidence)) {
                self.marked.remove(&planned.case);
            }
            let rest = accusations.iter().filter(|accusation| !refused.contains(&accusation.id));
            let mut rest = plan(&self.means, rest, &docket).into_iter();
            let Some((case, next)) = rest.find_map(|planned| Some((planned.case, planned.next?))) else {
                if let Some(error) = refusal {
                    return Err(error);
                }
                self.idle = is_idle.then(|| (Known::new(&accusations, court), 0));
                return Ok(());
            };
            let Some(accusation) = accusations.iter().find(|accusation| accusation.id == case).cloned() else {
                return Ok(());
            };
            if let Move::Close(reason) = next {
                self.close(&accusation, reason);
                accusations.retain(|accusation| accusation.id != case);
                continue;
            }
            match self.take(court, &accusation, &next).await {
                Err(SendError::Chain(ChainError::Reverts(revert))) if FINAL.contains(&revert.name) => {
                    self.close(&accusation, format!("the court refuses it: {revert}"));
                    accusations.retain(|accusation| accusation.id != case);
                }
                Err(error @ (SendError::Chain(ChainError::Reverts(_)) | SendError::Reverted { .. })) => {
                    refused.insert(case);
                    self.refusals.insert(case, error.to_string());
                    refusal = Some(error);
                }
                taken => {
                    taken?;
                    self.refusals.remove(&case);
                }
            }
        }
    }

    /// Has the evidence of cases kept that are new here: after a restart, or on the machine of another replica, what the journal still
    /// has is written down again.
    async fn mark(&mut self, accusations: &[Accusation]) {
        for accusation in accusations.iter().filter(|accusation| !self.marked.contains(&accusation.id)) {
            let tasks: Vec<TaskId> = accusation.exhibits.iter().map(|exhibit| exhibit.task).collect();
            let wanted = tasks.clone();
            let kept = move |machine: &Coordinator| {
                let answer = |task: &TaskId| {
                    let task = machine.task(task)?;
                    let TaskState::Done { outcome, .. } = &task.state else { return None };
                    let manifest = machine.manifest(&outcome.receipt.ticket.model)?.clone();
                    let (spec, outcome) = (task.spec.clone(), outcome.clone());
                    Some(evidence::Answer::Accepted { spec, outcome, manifest })
                };
                wanted.iter().filter_map(answer).collect::<Vec<_>>()
            };
            for answer in self.shared.handle.read(kept).await {
                self.evidence.add(answer);
            }
            self.evidence.keep(tasks);
        }
        self.marked = accusations.iter().map(|accusation| accusation.id).collect();
    }

    /// Tells operators where the cases stand, and logs what has changed.
    fn show(&mut self, court: &Courtroom, accusations: &[Accusation], docket: &Docket, planned: &[Planned]) {
        let standing = |planned: &Planned| {
            let filed = *docket.cases.get(&planned.case)?;
            Some(Standing { case: planned.case, filed, status: self.describe(planned) })
        };
        court.standings.store(Arc::new(planned.iter().filter_map(standing).collect()));
        for planned @ Planned { case, status, .. } in planned {
            let text = self.describe(planned);
            if self.told.get(case) == Some(&text) {
                continue;
            }
            if let Some(accusation) = accusations.iter().find(|accusation| accusation.id == *case) {
                let miner = accusation.miner;
                match status {
                    Status::Waits(_) => tracing::warn!(
                        %case, %miner, "a case waits for your order: cuckoo coordinator court open {miner}"
                    ),
                    Status::OverBudget { .. } | Status::Poor { .. } | Status::NoEvidence => {
                        tracing::warn!(%case, %miner, status = %text, "a case is not opened");
                    }
                    _ => tracing::info!(%case, %miner, status = %text, "a case"),
                }
            }
            self.told.insert(*case, text);
        }
    }

    /// Where a case stands, in words.
    fn describe(&self, planned: &Planned) -> String {
        match (&planned.status, self.refusals.get(&planned.case)) {
            (Status::Opening(_), Some(refusal)) => format!("it cannot be opened yet: {refusal}"),
            (status, _) => status.to_string(),
        }
    }

    /// The case is wanted no longer.
    fn close(&mut self, accusation: &Accusation, reason: String) {
        self.evidence.release(accusation.exhibits.iter().map(|exhibit| exhibit.task));
        self.marked.remove(&accusation.id);
        self.evidenced.remove(&accusation.id);
        self.shared.handle.act(Input::CaseClosed { case: accusation.id, reason });
    }

    /// Sends what a move is.
    async fn take(&mut self, court: &Courtroom, accusation: &Accusation, next: &Move) -> Result<(), SendError> {
        let client = self.sender.client().clone();
        let Some(address) = client.network().court else { return Ok(()) };
        let (id, miner) = (accusation.id, accusation.miner);
        let Some(bundles) = bundles(court, accusation) else {
            // It was here before: the next look says so.
            self.evidenced.remove(&id);
            return Ok(());
        };
        let items = accusation.exhibits.iter().map(item).collect();
        let open = Call::new(address, &DisputeCourt::openCall { items, bundles });
        let (title, call, points) = match next {
            Move::Approve(bond) => {
                // What the court would refuse all the same, for instance while no jury can be drawn, costs no approval.
                self.sender.simulate_as_approved(&open).await?;
                let call = CAIToken::approveCall { spender: address, value: bond.base_units() };
                let title = format!("Let the court take a bond of {bond} for a case against {miner}");
                let points = (failpoint::COURT_APPROVING, failpoint::COURT_APPROVED);
                (title, Call::new(client.network().cai, &call), points)
            }
            Move::Open => {
                let title = format!("Dispute {} answers of {miner}", accusation.exhibits.len());
                (title, open, (failpoint::COURT_OPENING, failpoint::COURT_OPENED))
            }
            Move::Close(_) => return Ok(()),
        };
        let (sender, simulation) = self.sender.simulate(&call).await?;
        let patience = self.sender.patience();
        let terms = Terms { title: title.clone(), nonce: None, max_fee: None, patience };
        let intent = sender.submit(&call, &simulation, &terms, |_| failpoint::point(points.0)).await?;
        let confirmed = sender.finish(&intent).await?.into_confirmed(patience)?;
        failpoint::point(points.1);
        self.seen = self.seen.max(confirmed.block);
        tracing::info!(case = %id, block = confirmed.block, "{title}");
        Ok(())
    }

    /// What the chain says of the cases and of the coordinator's money, as of one block.
    async fn read_docket(&mut self, court: &Courtroom, accusations: &[Accusation]) -> Result<Docket, ChainError> {
        let client = self.sender.client().clone();
        let network = client.network();
        let Some(address) = network.court else { return Ok(Docket::default()) };
        let (head, me) = (client.head().await?, self.shared.address());
        if head.number < self.seen {
            // The endpoint does not know yet what was done, so that the same budget would be spent again.
            return Err(ChainError::Reorganised);
        }
        let reader = Reader { client: &client, court: address, me, block: head.hash };
        let owned = CAIToken::balanceOfCall { account: me };
        let allowed = CAIToken::allowanceCall { owner: me, spender: address };
        let (balance, allowance, window, is_retired) = try_join!(
            client.read_at_block(network.cai, &owned, head.hash),
            client.read_at_block(network.cai, &allowed, head.hash),
            client.read_at_block(address, &DisputeCourt::windowCall {}, head.hash),
            client.read_at_block(address, &DisputeCourt::retiredCall {}, head.hash),
        )?;
        let mut cases = BTreeMap::new();
        for accusation in accusations {
            let mut filed = reader.read(accusation).await?;
            if matches!(filed.state, State::None | State::Void) {
                let has = |exhibit: &Exhibit| matches!(court.board.read(&accusation.id, &exhibit.digest), Ok(Some(_)));
                let all = || tokio::task::block_in_place(|| accusation.exhibits.iter().all(has));
                filed.has_evidence = self.evidenced.contains(&accusation.id) || all();
                if filed.has_evidence {
                    self.evidenced.insert(accusation.id);
                }
            }
            cases.insert(accusation.id, filed);
        }
        let (balance, allowance) = (Cai::from_base_units(balance), Cai::from_base_units(allowance));
        Ok(Docket { now: head.timestamp, window, is_retired, balance, allowance, cases })
    }
}

/// Reads cases as of one block.
struct Reader<'a> {
    client: &'a Client,
    court: Address,
    me: Address,
    block: B256,
}

impl Reader<'_> {
    async fn read(&self, accusation: &Accusation) -> Result<Filed, ChainError> {
        let Self { client, court, me, block } = *self;
        let (id, accused) = (accusation.id, accusation.miner);
        let case = client.read_at_block(court, &DisputeCourt::caseOfCall { id }, block).await?;
        let state = State::from_number(case.state).unwrap_or_default();
        let is_ours = match state {
            State::Open => {
                let call = DisputeCourt::challengersOfCall { id };
                client.read_at_block(court, &call, block).await?.contains(&me)
            }
            _ => false,
        };
        let mut filed = Filed {
            state,
            attempts: u32::from(case.round).div_ceil(2),
            is_ours,
            posted: Cai::from_base_units(U256::from(case.bond)),
            ..Filed::default()
        };
        if state != State::Open {
            let owed = DisputeCourt::bondOfCall { id, challenger: me };
            filed.owed = Cai::from_base_units(client.read_at_block(court, &owed, block).await?);
        }
        if matches!(state, State::None | State::Void) {
            let price = DisputeCourt::bondForCall { id, accused };
            filed.price = Cai::from_base_units(client.read_at_block(court, &price, block).await?);
            let slashable = Staking::slashableOfCall { node: accused };
            let staking = client.network().staking;
            filed.is_slashable = !client.read_at_block(staking, &slashable, block).await?.is_zero();
        }
        Ok(filed)
    }
}

/// The word by which a case names its bundles; `None` where one of them cannot be read.
fn bundles(court: &Courtroom, accusation: &Accusation) -> Option<B256> {
    let read = |exhibit: &Exhibit| court.board.read(&accusation.id, &exhibit.digest).ok().flatten().map(keccak256);
    let ids = tokio::task::block_in_place(|| accusation.exhibits.iter().map(read).collect::<Option<Vec<_>>>())?;
    root(&ids)
}

fn item(exhibit: &Exhibit) -> Item {
    Item {
        ticket: (&exhibit.ticket).into(),
        ticketSignature: exhibit.ticket_signature.clone(),
        receipt: (&exhibit.receipt).into(),
        receiptSignature: exhibit.receipt_signature.clone(),
    }
}
