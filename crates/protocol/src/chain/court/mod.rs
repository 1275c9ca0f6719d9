//! The court, followed block by block: what [`crate::court::plan`] needs, read as of exactly one block, and the transactions that its
//! steps are.
//!
//! While no case is open one request a block is enough, besides the one for the block. Otherwise the events since the last block that
//! still is part of the chain say which cases are worth reading again: after a reorganisation all of them are. A case that nothing
//! has happened to changes with the epoch only, or when its seed is known.
//!
//! A few nodes look once in an epoch at what others have declared, see [`crate::court::keeper`].

mod deployment;
mod events;
mod read;
mod upkeep;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use alloy::primitives::{Address, B256, U256};
use futures::future::BoxFuture;

use super::{Call, ChainError, Client, Header, RoundError};
use crate::{
    contract::{DisputeCourt, JurorRegistry},
    court::{Book, Case, Juror, Me, Phase, Record, Rules, Standing, State, Step, View, declarations, summons},
};
use deployment::Deployment;
use events::{About, Events};
use read::{Reader, Source};
use upkeep::Upkeep;

/// Blocks kept for stepping back.
const KEPT: usize = 64;
/// A case that is done is followed for this many blocks more.
const AFTER: u64 = 64;
/// Epochs from the opening of a case to the end of its second draw.
const CASE_EPOCHS: u64 = 6;

/// A case that is followed.
#[derive(Clone, Debug, Default)]
struct Followed {
    /// As it was read last; `None` before that.
    case: Option<Case>,
    /// The epoch of the block as of which it was read.
    epoch: u64,
    source: Option<Source>,
    /// Who holds seats of a draw, once this node had to know.
    drawn: Option<(u64, Vec<Juror>)>,
    /// The block as of which it was done with: it is followed for a while, since that block may be taken back.
    done: Option<u64>,
}

impl Followed {
    /// Whether it has to be read again though nothing was said of it: in another epoch, and when its seed can be known.
    fn waits(&self, reader: &Reader<'_>, view: &View) -> bool {
        let Some(case) = &self.case else { return self.done.is_none() };
        let seed = case.draw.phase == Phase::Seed && view.now >= case.draw.seed_at;
        self.done.is_none() && (seed || self.epoch != reader.clock.epoch())
    }

    /// Reads who holds seats where it is this node's turn to summon them, once a draw; those who have come since are not absent.
    async fn read_absent(&mut self, reader: &Reader<'_>, view: &View) -> Result<(), ChainError> {
        let Some(case) = &mut self.case else { return Ok(()) };
        let round = case.draw.round;
        let is_read = self.drawn.as_ref().is_some_and(|(of, _)| *of == round);
        if !is_read && summons(view, case, reader.me) {
            let nodes: Vec<Address> = case.panel.iter().copied().collect();
            self.drawn = Some((round, reader.seats(case.id, &nodes).await?));
        }
        case.absent = match &self.drawn {
            Some((of, drawn)) if *of == round => {
                let here: BTreeSet<Address> = case.jurors.iter().map(|juror| juror.node).collect();
                drawn.iter().filter(|juror| !here.contains(&juror.node)).cloned().collect()
            }
            _ => vec![],
        };
        Ok(())
    }
}

/// The court of one network, as one node follows it.
#[derive(Debug)]
pub struct Court {
    client: Client,
    court: Address,
    deployment: Option<Deployment>,
    events: Events,
    /// Blocks up to which events were taken in, oldest first.
    seen: VecDeque<(u64, B256)>,
    /// The epoch of the newest of these.
    seen_epoch: u64,
    /// Blocks as of which something was read, oldest first: an endpoint that lags behind may name them again.
    looked: VecDeque<B256>,
    followed: BTreeMap<B256, Followed>,
    /// Cases that are to be read again.
    stale: BTreeSet<B256>,
    owners: BTreeMap<Address, Address>,
    standing: Option<(Me, u64, Standing)>,
    upkeep: Option<Upkeep>,
    view: Option<(Me, Arc<View>)>,
}

impl Court {
    /// Knows nothing until the first [`Court::poll`]; `None` on a network without a court.
    pub fn new(client: Client) -> Option<Self> {
        let court = client.network().court?;
        Some(Self {
            client,
            court,
            deployment: None,
            events: Events::default(),
            seen: VecDeque::new(),
            seen_epoch: 0,
            looked: VecDeque::new(),
            followed: BTreeMap::new(),
            stale: BTreeSet::new(),
            owners: BTreeMap::new(),
            standing: None,
            upkeep: None,
            view: None,
        })
    }

    /// What it reads from.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The court as of the newest block: the same as before where neither the block nor `me` has changed. It asks another endpoint if
    /// the one in use has fallen silent. After an error the next look goes on from where this one began.
    pub async fn poll(&mut self, me: &Me) -> Result<Arc<View>, ChainError> {
        match self.look(me).await {
            Err(error @ ChainError::Unreachable { .. }) => match Box::pin(self.client.another()).await {
                Some(other) => {
                    self.client = other;
                    self.look(me).await
                }
                None => Err(error),
            },
            looked => looked,
        }
    }

    /// As a future of a named type: the compiler cannot see through all of it that another thread may have it.
    fn look<'a>(&'a mut self, me: &'a Me) -> BoxFuture<'a, Result<Arc<View>, ChainError>> {
        Box::pin(self.look_now(me))
    }

    async fn look_now(&mut self, me: &Me) -> Result<Arc<View>, ChainError> {
        let head = self.client.head().await?;
        if let Some((before, view)) = &self.view
            && self.looked.contains(&head.hash)
            && before == me
        {
            return Ok(view.clone());
        }
        let deployment = self.deployment().await?;
        if !self.is_quiet(&deployment, &head).await? {
            self.take_in(&deployment, &head, me).await?;
        }
        let Header { number: block, hash: block_hash, timestamp: now, .. } = head;
        let (rules, standing) = (deployment.rules, Standing::default());
        let mut view = View { block, block_hash, now, rules, standing, records: vec![], cases: vec![] };
        let client = self.client.clone();
        let reader = Reader { client: &client, deployment: &deployment, block_hash, clock: view.clock(), me };
        view.standing = self.read_standing(&reader, &view).await?;
        view.records = self.read_records(&reader, &view).await;
        self.read_cases(&reader, &view).await?;
        let live = self.followed.values().filter(|followed| followed.done.is_none());
        view.cases = live.filter_map(|followed| followed.case.clone()).collect();
        let view = Arc::new(view);
        self.view = Some((me.clone(), view.clone()));
        self.looked.push_back(block_hash);
        if self.looked.len() > KEPT {
            self.looked.pop_front();
        }
        Ok(view)
    }

    /// Whether nothing can have happened that is worth reading: nothing is followed, no case is open, and the epoch's events are known.
    async fn is_quiet(&self, deployment: &Deployment, head: &Header) -> Result<bool, ChainError> {
        let is_known = !self.seen.is_empty() && self.seen_epoch == self.client.network().epoch_of(head.timestamp);
        if !self.followed.is_empty() || !is_known {
            return Ok(false);
        }
        let open = self.client.read_at_block(deployment.court, &DisputeCourt::openCasesCall {}, head.hash).await?;
        Ok(open.is_zero())
    }

    /// Takes in the events since the newest block that is still part of the chain.
    async fn take_in(&mut self, deployment: &Deployment, head: &Header, me: &Me) -> Result<(), ChainError> {
        let known = self.seen.len();
        let first = match self.step_back(head).await? {
            Some(last) => last + 1,
            None => self.beginning(deployment, head).await?,
        };
        if self.seen.len() < known {
            // What was read as of blocks that are gone is not true any more.
            self.stale.extend(self.followed.keys().copied());
            self.followed.values_mut().for_each(|followed| (followed.drawn, followed.source) = (None, None));
            (self.standing, self.upkeep) = (None, None);
            self.looked.clear();
            // Who owns a node that was registered in such a block may be another one by now.
            self.owners.clear();
        }
        let Deployment { court, registry, .. } = *deployment;
        let logs = self.client.logs_since(&events::filter(court, registry), first, head).await?;
        for log in &logs {
            match self.events.apply(log, court, registry)? {
                Some(About::Case(id)) => {
                    self.followed.entry(id).or_default();
                    self.stale.insert(id);
                }
                Some(About::Node(node)) if node == me.node => self.standing = None,
                _ => {}
            }
        }
        self.seen.push_back((head.number, head.hash));
        if self.seen.len() > KEPT {
            self.seen.pop_front();
        }
        self.seen_epoch = self.client.network().epoch_of(head.timestamp);
        Ok(())
    }

    /// Forgets the blocks that are not part of the chain any more; the number of the newest one that is.
    async fn step_back(&mut self, head: &Header) -> Result<Option<u64>, ChainError> {
        while let Some((number, hash)) = self.seen.back().copied() {
            let holds = match head.number == number + 1 {
                true => head.parent_hash == hash,
                false => number < head.number && self.client.block(number).await?.is_some_and(|now| now.hash == hash),
            };
            if holds || (number, hash) == (head.number, head.hash) {
                return Ok(Some(number));
            }
            self.seen.pop_back();
        }
        Ok(None)
    }

    /// The first block whose events can matter: a record counts for its validity, in a case over a ticket that ended as long ago as can be.
    async fn beginning(&self, deployment: &Deployment, head: &Header) -> Result<u64, ChainError> {
        let Rules { epoch_seconds, validity, window, .. } = deployment.rules;
        // Records are those of two epochs before the tickets ended, and a case may have been opened again.
        let back = (validity + 2 * CASE_EPOCHS).saturating_mul(epoch_seconds).saturating_add(window);
        let first = self.client.first_block_since(head.timestamp.saturating_sub(back), head).await?.number;
        Ok(first.max(self.client.network().deployed_at))
    }

    /// Reads what this node stands for where that may have changed, and as long as it has something to do about it.
    async fn read_standing(&mut self, reader: &Reader<'_>, view: &View) -> Result<Standing, ChainError> {
        let (me, epoch) = (reader.me, reader.clock.epoch());
        if let Some((of, at, standing)) = &self.standing
            && (of, *at) == (me, epoch)
            && declarations(&View { standing: standing.clone(), ..view.clone() }, me).is_empty()
        {
            return Ok(standing.clone());
        }
        let mut manifests = self.events.declared(me.node);
        manifests.extend(me.examines.iter().flatten());
        let standing = reader.standing(&manifests).await?;
        self.standing = Some((me.clone(), epoch, standing.clone()));
        Ok(standing)
    }

    /// Reads which records of other nodes stand no longer, where it is this node's turn.
    async fn read_records(&mut self, reader: &Reader<'_>, view: &View) -> Vec<Record> {
        let mut upkeep = match self.upkeep.take() {
            Some(upkeep) if upkeep.is_of(reader) => upkeep,
            _ => Upkeep::new(reader, &self.events.panel(B256::ZERO, reader.clock.epoch(), view.rules.validity)),
        };
        let records = upkeep.records(reader, view).await;
        self.upkeep = Some(upkeep);
        records
    }

    /// Reads the cases that may have changed, and drops those about which nobody has had anything to do for a while.
    async fn read_cases(&mut self, reader: &Reader<'_>, view: &View) -> Result<(), ChainError> {
        let ids: Vec<B256> = self.followed.keys().copied().collect();
        let changed = self.view.as_ref().is_none_or(|(before, _)| before != reader.me);
        for id in ids {
            let Some(followed) = self.followed.get_mut(&id) else { continue };
            if changed || self.stale.contains(&id) || followed.waits(reader, view) {
                let traces = self.events.cases.entry(id).or_default();
                let case = reader.case(id, traces, &mut self.owners, &mut followed.source).await?;
                let worth = |case: &Case| case.state == State::Open || !case.unsettled.is_empty() || case.owed > 0;
                followed.done = match case.as_ref().is_some_and(worth) {
                    true => None,
                    false => Some(view.block),
                };
                followed.case = case.map(|case| {
                    let panel = self.events.panel(case.manifest, case.records, view.rules.validity);
                    Case { panel, ..case }
                });
                followed.epoch = reader.clock.epoch();
                self.stale.remove(&id);
            }
            followed.read_absent(reader, view).await?;
        }
        let is_over = |followed: &Followed| followed.done.is_some_and(|done| done.saturating_add(AFTER) < view.block);
        self.followed.retain(|_, followed| !is_over(followed));
        Ok(())
    }

    async fn deployment(&mut self) -> Result<Deployment, ChainError> {
        if let Some(deployment) = self.deployment {
            return Ok(deployment);
        }
        let deployment = Deployment::read(&self.client, self.court).await?;
        self.deployment = Some(deployment);
        Ok(deployment)
    }

    /// The transaction that a step is; `None` of a step that is work of this node alone, and of one whose ballot is not in the book. A round of randomness that
    /// cannot be had is an error.
    pub async fn transaction(&mut self, step: &Step, me: &Me, book: &Book) -> Result<Option<Call>, RoundError> {
        let registry = self.deployment().await?.registry;
        let court = self.court;
        let call = match step.clone() {
            Step::Reveal { case: id, round } => {
                let Some(ballot) = book.ballot(id, round) else { return Ok(None) };
                Call::new(court, &DisputeCourt::revealCall { id, vote: ballot.vote.number(), salt: ballot.salt })
            }
            Step::Commit { case: id, round } => {
                let Some(ballot) = book.ballot(id, round) else { return Ok(None) };
                let commitment = ballot.commitment(id, round, me.node);
                Call::new(court, &DisputeCourt::commitCall { id, commitment })
            }
            Step::Abstain { .. } | Step::Gather { .. } | Step::Publish { .. } => return Ok(None),
            Step::RecordSeed { source_round, .. } => self.client.record_round(source_round).await?,
            Step::Summon { case: id, nodes } => Call::new(court, &DisputeCourt::summonCall { id, nodes }),
            Step::Resolve { case: id } => Call::new(court, &DisputeCourt::resolveCall { id }),
            Step::SettleJuror { case: id, round, juror } => {
                Call::new(court, &DisputeCourt::settleJurorCall { id, round: U256::from(round), juror })
            }
            Step::Withdraw { case: id } => {
                Call::new(court, &DisputeCourt::withdrawBondCall { id, challenger: me.node })
            }
            Step::Declare { manifests } => Call::new(registry, &JurorRegistry::declareCall { manifests }),
            Step::Refresh { manifests } => {
                Call::new(registry, &JurorRegistry::refreshCall { node: me.node, manifests })
            }
            Step::Undeclare { manifests } => Call::new(registry, &JurorRegistry::undeclareCall { manifests }),
            Step::Correct { node, manifests } => Call::new(registry, &JurorRegistry::refreshCall { node, manifests }),
        };
        Ok(Some(call))
    }
}
