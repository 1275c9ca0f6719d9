//! What the events of the court and of the jurors' registry tell: which cases there are, who takes part in them, who stands behind which
//! manifest. It is a list of what is worth reading; what is true, the contracts say as of a block.

use std::collections::{BTreeMap, BTreeSet};

use alloy::{
    primitives::{Address, B256},
    rpc::types::{Filter, Log},
    sol_types::SolEvent,
};

use super::super::{ChainError, decode_event};
use crate::contract::{
    DisputeCourt::{
        BondWithdrawn, DisputeJoined, DisputeOpened, DisputeResolved, EvidenceAdded, JurorSettled, JurorSummoned,
        Redrawn, VoteCommitted, VoteRevealed,
    },
    JurorRegistry::StakeRecorded,
};

/// Every event that changes what is read of a case, and the one that tells who stands behind a manifest.
const TOPICS: [B256; 11] = [
    DisputeOpened::SIGNATURE_HASH,
    DisputeJoined::SIGNATURE_HASH,
    EvidenceAdded::SIGNATURE_HASH,
    JurorSummoned::SIGNATURE_HASH,
    VoteCommitted::SIGNATURE_HASH,
    VoteRevealed::SIGNATURE_HASH,
    Redrawn::SIGNATURE_HASH,
    DisputeResolved::SIGNATURE_HASH,
    JurorSettled::SIGNATURE_HASH,
    BondWithdrawn::SIGNATURE_HASH,
    StakeRecorded::SIGNATURE_HASH,
];

/// What is known of one case by its events.
#[derive(Clone, Debug, Default)]
pub(super) struct Traces {
    /// Digests of the tickets, in the order of the receipts.
    pub(super) tickets: Vec<B256>,
    /// Digests of the receipts, ascending.
    pub(super) receipts: Vec<B256>,
    /// References to evidence, in the order in which they were announced.
    pub(super) evidence: Vec<B256>,
    /// Draws and jurors that were summoned, or have committed.
    pub(super) jurors: BTreeSet<(u64, Address)>,
    /// Everybody who has been a challenger.
    pub(super) challengers: BTreeSet<Address>,
}

/// What the events have told so far. Applying one twice changes nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    pub(super) cases: BTreeMap<B256, Traces>,
    /// By manifest the nodes that had stake behind it, and the last epoch in which it was recorded.
    behind: BTreeMap<B256, BTreeMap<Address, u64>>,
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// A case.
    Case(B256),
    /// The stake of a node behind its manifests.
    Node(Address),
}

/// The events to ask for.
pub(super) fn filter(court: Address, registry: Address) -> Filter {
    Filter::new().address(vec![court, registry]).event_signature(TOPICS.to_vec())
}

impl Events {
    /// Takes in an event of the court at `court` or of the registry at `registry`; `None` for one of anybody else.
    pub(super) fn apply(&mut self, log: &Log, court: Address, registry: Address) -> Result<Option<About>, ChainError> {
        let Some(topic) = log.topics().first().copied() else { return Ok(None) };
        if log.address() == registry && topic == StakeRecorded::SIGNATURE_HASH {
            let StakeRecorded { node, manifest, epoch, stake } = decode_event(log)?;
            if !stake.is_zero() {
                let last = self.behind.entry(manifest).or_default().entry(node).or_default();
                *last = (*last).max(epoch.saturating_to());
            }
            return Ok(Some(About::Node(node)));
        }
        if log.address() != court || !TOPICS.contains(&topic) {
            return Ok(None);
        }
        let Some(id) = log.topics().get(1).copied() else { return Ok(None) };
        self.trace(log, topic, id)?;
        Ok(Some(About::Case(id)))
    }

    fn trace(&mut self, log: &Log, topic: B256, id: B256) -> Result<(), ChainError> {
        let traces = self.cases.entry(id).or_default();
        let (challenger, bundles) = match topic {
            DisputeOpened::SIGNATURE_HASH => {
                let event: DisputeOpened = decode_event(log)?;
                (traces.tickets, traces.receipts) = (event.tickets, event.receipts);
                (Some(event.challenger), event.bundles)
            }
            DisputeJoined::SIGNATURE_HASH => {
                let event: DisputeJoined = decode_event(log)?;
                (Some(event.challenger), event.bundles)
            }
            EvidenceAdded::SIGNATURE_HASH => (None, decode_event::<EvidenceAdded>(log)?.bundles),
            JurorSummoned::SIGNATURE_HASH => {
                let event: JurorSummoned = decode_event(log)?;
                traces.jurors.insert((event.round.saturating_to(), event.juror));
                return Ok(());
            }
            VoteCommitted::SIGNATURE_HASH => {
                let event: VoteCommitted = decode_event(log)?;
                traces.jurors.insert((event.round.saturating_to(), event.juror));
                return Ok(());
            }
            _ => return Ok(()),
        };
        traces.challengers.extend(challenger);
        if !bundles.is_zero() && !traces.evidence.contains(&bundles) {
            traces.evidence.push(bundles);
        }
        Ok(())
    }

    /// The nodes whose record behind a manifest can count in the epoch `records`, or was made later.
    pub(super) fn panel(&self, manifest: B256, records: u64, validity: u64) -> BTreeSet<Address> {
        let nodes = self.behind.get(&manifest).into_iter().flatten();
        nodes.filter(|(_, last)| last.saturating_add(validity) > records).map(|(node, _)| *node).collect()
    }

    /// The manifests that a node has declared, perhaps among others.
    pub(super) fn declared(&self, node: Address) -> BTreeSet<B256> {
        let manifests = self.behind.iter().filter(|(manifest, nodes)| !manifest.is_zero() && nodes.contains_key(&node));
        manifests.map(|(manifest, _)| *manifest).collect()
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Log as Inner, U256};

    use super::*;

    const COURT: Address = Address::repeat_byte(1);
    const REGISTRY: Address = Address::repeat_byte(2);

    fn log(address: Address, event: &impl SolEvent) -> Log {
        Log { inner: Inner { address, data: event.encode_log_data() }, ..Log::default() }
    }

    fn recorded(node: u8, manifest: u8, epoch: u64, stake: u64) -> Log {
        let (node, manifest) = (Address::repeat_byte(node), B256::repeat_byte(manifest));
        log(REGISTRY, &StakeRecorded { node, manifest, epoch: U256::from(epoch), stake: U256::from(stake) })
    }

    #[test]
    fn who_can_still_count_is_in_the_panel() {
        let mut events = Events::default();
        for event in [recorded(7, 9, 10, 5), recorded(8, 9, 14, 5), recorded(8, 9, 15, 0), recorded(7, 0, 10, 5)] {
            for _ in 0..2 {
                assert!(matches!(events.apply(&event, COURT, REGISTRY), Ok(Some(About::Node(_)))));
            }
        }
        let of = |records| events.panel(B256::repeat_byte(9), records, 3).into_iter().map(|node| node[0]).collect();
        let panels: [Vec<u8>; 4] = [of(9), of(12), of(13), of(17)];
        assert_eq!(panels, [vec![7, 8], vec![7, 8], vec![8], vec![]]);
        assert_eq!(events.declared(Address::repeat_byte(7)), BTreeSet::from([B256::repeat_byte(9)]));
    }

    #[test]
    fn a_case_is_known_by_its_events_and_strangers_tell_nothing() {
        let mut events = Events::default();
        let id = B256::repeat_byte(3);
        let opened = DisputeOpened {
            id,
            accused: Address::repeat_byte(4),
            challenger: Address::repeat_byte(5),
            manifest: B256::ZERO,
            epoch: 7,
            bond: U256::from(1),
            bundles: B256::repeat_byte(6),
            tickets: vec![B256::repeat_byte(10)],
            receipts: vec![B256::repeat_byte(11)],
        };
        let added = |bundles| EvidenceAdded { id, from: COURT, bundles };
        let summoned = JurorSummoned { id, juror: COURT, round: U256::from(1), seats: U256::from(2) };
        let committed = VoteCommitted { id, juror: COURT, round: U256::from(2), seats: U256::from(2) };
        for log in [
            log(COURT, &opened),
            log(COURT, &added(B256::repeat_byte(6))),
            log(COURT, &added(B256::repeat_byte(8))),
            log(COURT, &added(B256::ZERO)),
            log(COURT, &summoned),
            log(COURT, &committed),
        ] {
            assert_eq!(events.apply(&log, COURT, REGISTRY).expect("reads"), Some(About::Case(id)));
        }
        assert_eq!(events.apply(&log(REGISTRY, &opened), COURT, REGISTRY).expect("reads"), None);
        let traces = &events.cases[&id];
        assert_eq!((&traces.tickets, &traces.receipts), (&opened.tickets, &opened.receipts));
        assert_eq!(traces.evidence, [B256::repeat_byte(6), B256::repeat_byte(8)]);
        assert_eq!(traces.jurors, BTreeSet::from([(1, COURT), (2, COURT)]));
        assert_eq!(traces.challengers, BTreeSet::from([Address::repeat_byte(5)]));
    }
}
