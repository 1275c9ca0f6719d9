//! Reads one case, and what a node stands for, as of exactly one block.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, B256, U256};
use futures::{future::try_join_all, try_join};

use super::{
    super::{ChainError, Client},
    deployment::Deployment,
    events::Traces,
};
use crate::{
    contract::{
        BlockRandomness, DisputeCourt,
        DisputeCourt::{Case as Filed, Draw as Count},
        JurorRegistry, Role, Staking,
    },
    court::{
        Case, Clock, Course, Declaration, Draw, Juror, Me, Outcome, Part, Phase, Record, Settlement, Standing, State,
        Tally, Unsettled,
    },
};

/// Reads as of one block.
pub(super) struct Reader<'a> {
    pub(super) client: &'a Client,
    pub(super) deployment: &'a Deployment,
    pub(super) block_hash: B256,
    pub(super) clock: Clock,
    pub(super) me: &'a Me,
}

/// What never changes of a draw, and is read once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    /// The case's round that it is of, and the epoch in which the case was opened.
    pub(super) of: (u64, u64),
    round: u64,
    at: u64,
}

impl Reader<'_> {
    /// A case, without its panel and those who are absent; `None` of one that was never opened on this chain. `owners` are those that are
    /// known of nodes, and `source` the one of the last reading.
    pub(super) async fn case(
        &self,
        id: B256,
        traces: &Traces,
        owners: &mut BTreeMap<Address, Address>,
        source: &mut Option<Source>,
    ) -> Result<Option<Case>, ChainError> {
        let (client, court, block) = (self.client, self.deployment.court, self.block_hash);
        let filed = client.read_at_block(court, &DisputeCourt::caseOfCall { id }, block).await?;
        let state = self.known("caseOf", filed.state, State::from_number)?;
        if state == State::None {
            return Ok(None);
        }
        let number = u64::from(filed.round);
        let call = DisputeCourt::challengersOfCall { id };
        let (count, challengers, owed) =
            try_join!(self.count(id, number), client.read_at_block(court, &call, block), self.owed(id, traces),)?;
        let opened = filed.epoch.to::<u64>();
        let course = Course { opened, state, round: number, tally: tally(&count) };
        let timing = self.clock.timing(&course);
        let count = if timing.round == number { count } else { self.count(id, timing.round).await? };
        let seed = self.source(id, opened, timing.round, source).await?;
        let mut draw = Draw {
            round: timing.round,
            epoch: timing.epoch,
            phase: timing.phase,
            until: timing.until,
            tally: tally(&count),
            outcome: self.known("drawOf", count.outcome, Outcome::from_number)?,
            source_round: seed.round,
            seed_at: seed.at,
            reward: count.rewardPerSeat.to(),
        };
        if draw.phase == Phase::Seed && self.is_seeded(&seed).await? {
            draw.phase = Phase::Committing;
        }
        let parties = self.parties(filed.accused, &challengers, owners).await?;
        let case = self.assemble(id, state, &filed, draw, challengers, parties, owed, traces);
        self.with_jurors(case, traces, number).await.map(Some)
    }

    /// The number as what it stands for; that of a court of another release is an error.
    fn known<T>(&self, function: &'static str, number: u8, from: fn(u8) -> Option<T>) -> Result<T, ChainError> {
        from(number)
            .ok_or_else(|| self.client.malformed("eth_call", format!("{function}: {number} stands for nothing")))
    }

    async fn count(&self, id: B256, round: u64) -> Result<Count, ChainError> {
        let call = DisputeCourt::drawOfCall { id, round: U256::from(round) };
        self.client.read_at_block(self.deployment.court, &call, self.block_hash).await
    }

    /// What this node can withdraw, if it ever was a challenger.
    async fn owed(&self, id: B256, traces: &Traces) -> Result<u128, ChainError> {
        if !traces.challengers.contains(&self.me.node) {
            return Ok(0);
        }
        let call = DisputeCourt::bondOfCall { id, challenger: self.me.node };
        let owed = self.client.read_at_block(self.deployment.court, &call, self.block_hash).await?;
        Ok(owed.saturating_to())
    }

    /// Which round of randomness seeds a draw, and when that has a value.
    async fn source(&self, id: B256, opened: u64, round: u64, kept: &mut Option<Source>) -> Result<Source, ChainError> {
        if let Some(source) = kept.filter(|source| source.of == (round, opened)) {
            return Ok(source);
        }
        let call = DisputeCourt::seedRoundOfCall { id, round: U256::from(round) };
        let number = self.client.read_at_block(self.deployment.court, &call, self.block_hash).await?;
        let (genesis, period) = self.deployment.rounds;
        let at = genesis.saturating_add(period.saturating_mul(number.saturating_sub(1)));
        let source = Source { of: (round, opened), round: number, at };
        *kept = Some(source);
        Ok(source)
    }

    async fn is_seeded(&self, source: &Source) -> Result<bool, ChainError> {
        if self.clock.now < source.at {
            return Ok(false);
        }
        let call = BlockRandomness::seedOfCall { round: source.round };
        Ok(!self.client.read_at_block(self.deployment.randomness, &call, self.block_hash).await?.is_zero())
    }

    /// Challengers, their owners and the accused's owner.
    async fn parties(
        &self,
        accused: Address,
        challengers: &[Address],
        owners: &mut BTreeMap<Address, Address>,
    ) -> Result<BTreeSet<Address>, ChainError> {
        let nodes = || challengers.iter().chain([&accused]);
        let unknown: Vec<Address> = nodes().filter(|node| !owners.contains_key(*node)).copied().collect();
        let calls = unknown.iter().copied().map(|node| Staking::ownerOfCall { node });
        let found = self.client.read_all_at_block(self.client.network().staking, calls, self.block_hash).await?;
        // Who has none may register later.
        owners.extend(unknown.into_iter().zip(found).filter(|(_, owner)| !owner.is_zero()));
        let owners = nodes().filter_map(|node| owners.get(node));
        Ok(challengers.iter().chain(owners).copied().collect())
    }

    #[allow(clippy::too_many_arguments)]
    fn assemble(
        &self,
        id: B256,
        state: State,
        filed: &Filed,
        draw: Draw,
        challengers: Vec<Address>,
        parties: BTreeSet<Address>,
        owed: u128,
        traces: &Traces,
    ) -> Case {
        Case {
            id,
            state,
            accused: filed.accused,
            challengers,
            parties,
            opened: filed.epoch.to(),
            bond: filed.bond.to(),
            dock: filed.jurorDock.to(),
            manifest: filed.manifest,
            records: filed.records.to(),
            receipts: traces.receipts.clone(),
            tickets: traces.tickets.clone(),
            evidence: traces.evidence.clone(),
            draw,
            jurors: vec![],
            mine: None,
            panel: BTreeSet::new(),
            absent: vec![],
            unsettled: vec![],
            owed,
        }
    }

    /// Adds who takes part in the present draw, this node's own part, and who of closed draws is to be paid or docked. `number` is the
    /// draw that the court has written down: those before it are closed.
    async fn with_jurors(&self, mut case: Case, traces: &Traces, number: u64) -> Result<Case, ChainError> {
        let (id, round, node) = (case.id, case.draw.round, self.me.node);
        let jurors = || traces.jurors.iter().copied();
        let calls = jurors().map(|(round, juror)| DisputeCourt::ballotOfCall { id, round: U256::from(round), juror });
        let ballots = self.client.read_all_at_block(self.deployment.court, calls, self.block_hash).await?;
        let mut found = vec![];
        for ((of, node), ballot) in jurors().zip(ballots) {
            let part = self.known("ballotOf", ballot.vote, Part::from_number)?;
            found.push((of, Juror { node, seats: ballot.seats.into(), part, commitment: ballot.commitment }));
        }
        let is_over = |of: u64| of < number || case.state != State::Open;
        let rounds: BTreeSet<u64> = found.iter().map(|(round, _)| *round).filter(|round| is_over(*round)).collect();
        let counts = try_join_all(rounds.iter().map(|round| self.count(id, *round))).await?;
        let closed: BTreeMap<u64, Count> = rounds.into_iter().zip(counts).collect();
        let is_open = case.state == State::Open;
        for (of, juror) in found.into_iter().filter(|(_, juror)| juror.part != Part::Drawn) {
            if let Some(count) = closed.get(&of) {
                let outcome = self.known("drawOf", count.outcome, Outcome::from_number)?;
                let due = Settlement::of(juror.part, outcome, count.rewardPerSeat.to(), count.jurorDock.to());
                let unsettled = |due| Unsettled { round: of, node: juror.node, seats: juror.seats, due };
                case.unsettled.extend(due.map(unsettled));
            }
            if of == round {
                case.jurors.push(juror);
            }
        }
        case.mine = case.jurors.iter().find(|juror| juror.node == node).cloned();
        if is_open && case.mine.is_none() && case.draw.phase == Phase::Committing {
            let seats = self.seats(id, &[node]).await?;
            case.mine = seats.into_iter().next();
        }
        Ok(case)
    }

    /// Those of some nodes that hold seats in the draw of this epoch.
    pub(super) async fn seats(&self, id: B256, nodes: &[Address]) -> Result<Vec<Juror>, ChainError> {
        let calls = nodes.iter().copied().map(|node| DisputeCourt::seatsOfCall { id, node });
        let seats = self.client.read_all_at_block(self.deployment.court, calls, self.block_hash).await?;
        let held = nodes.iter().zip(seats).map(|(node, seats)| (*node, seats.saturating_to::<u64>()));
        let drawn = held.filter(|(_, seats)| *seats > 0).map(|(node, seats)| Juror {
            node,
            seats,
            part: Part::Drawn,
            commitment: Default::default(),
        });
        Ok(drawn.collect())
    }

    /// What this node stands for: its stake, and which of these manifests it has declared.
    pub(super) async fn standing(&self, manifests: &BTreeSet<B256>) -> Result<Standing, ChainError> {
        let (client, registry, block, node) = (self.client, self.deployment.registry, self.block_hash, self.me.node);
        let staking = client.network().staking;
        let info = client.read_at_block(staking, &Staking::nodeViewCall { node }, block).await?;
        let mut standing = Standing { stake: own_stake(&info), declared: BTreeMap::new() };
        let calls = manifests.iter().copied().map(|manifest| JurorRegistry::isDeclaredCall { node, manifest });
        let declared = client.read_all_at_block(registry, calls, block).await?;
        let epoch = U256::from(self.clock.epoch());
        for (manifest, _) in manifests.iter().zip(declared).filter(|(_, declared)| *declared) {
            let (manifest, stake) = (*manifest, JurorRegistry::stakeRecordedCall { manifest: *manifest, node, epoch });
            let recorded = JurorRegistry::recordedAtCall { manifest, node, epoch };
            let (stake, recorded) = try_join!(
                client.read_at_block(registry, &stake, block),
                client.read_at_block(registry, &recorded, block)
            )?;
            let declaration = Declaration { epoch: recorded.saturating_to(), stake: stake.saturating_to() };
            standing.declared.insert(manifest, declaration);
        }
        Ok(standing)
    }

    /// What is written down of other nodes behind manifests, and what they have. A pair that was never declared, or was taken back, says 0.
    pub(super) async fn records(&self, pairs: &[(Address, B256)]) -> Result<Vec<Record>, ChainError> {
        let (client, registry, block) = (self.client, self.deployment.registry, self.block_hash);
        let own = self.me.node;
        let others = || pairs.iter().copied().filter(move |(node, _)| *node != own);
        let epoch = U256::from(self.clock.epoch());
        let nodes: BTreeSet<Address> = others().map(|(node, _)| node).collect();
        let views = nodes.iter().map(|node| Staking::nodeViewCall { node: *node });
        let stakes = others().map(|(node, manifest)| JurorRegistry::stakeRecordedCall { manifest, node, epoch });
        let epochs = others().map(|(node, manifest)| JurorRegistry::recordedAtCall { manifest, node, epoch });
        let (views, stakes, epochs) = try_join!(
            client.read_all_at_block(client.network().staking, views, block),
            client.read_all_at_block(registry, stakes, block),
            client.read_all_at_block(registry, epochs, block),
        )?;
        let has: BTreeMap<Address, u128> = nodes.into_iter().zip(views.iter().map(own_stake)).collect();
        let recorded = stakes
            .into_iter()
            .zip(epochs)
            .map(|(stake, epoch)| Declaration { epoch: epoch.saturating_to(), stake: stake.saturating_to() });
        let record = |((node, manifest), declaration)| Record {
            node,
            manifest,
            stake: has.get(&node).copied().unwrap_or(0),
            declaration,
        };
        Ok(others().zip(recorded).map(record).collect())
    }
}

/// Own stake of an active miner, in base units; 0 of every other node.
fn own_stake(info: &Staking::NodeView) -> u128 {
    let counts = Role::from_u8(info.role) == Some(Role::Miner) && info.status == super::super::registry::ACTIVE;
    if counts { info.selfStake } else { 0 }
}

fn tally(count: &Count) -> Tally {
    Tally { guilty: count.guilty.to(), innocent: count.innocent.to(), unavailable: count.unavailable.to() }
}
