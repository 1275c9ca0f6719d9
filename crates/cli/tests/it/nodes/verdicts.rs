//! What a case that a coordinator brings comes to, in a network where nobody types: to the wei who pays and who is paid, by the contracts'
//! events; whoever is killed at whichever step; and also where nobody votes at first.

use std::time::{Duration, Instant};

use alloy::{
    rpc::types::{Filter, Log},
    sol_types::SolEvent,
};
use cuckoo::node::failpoint;
use cuckoo_protocol::{
    Address, B256, U256,
    chain::decode_event,
    contract::{
        DisputeCourt::{
            self, BondWithdrawn, DisputeOpened, DisputeResolved, JurorSettled, JurorSummoned, SummonsPaid,
            VoteCommitted, VoteRevealed,
        },
        Staking::Slashed,
    },
};
use serde_json::json;

use super::prosecution::{BOND, FUNDS, PATIENCE, Scene};
use crate::harness::{
    books::{amount, units},
    chain::account,
    network::kill,
};

/// The vote for guilty, as the contract numbers it.
const GUILTY: u8 = 3;
/// States of a case, as the contract numbers them.
const IS_GUILTY: u8 = 2;
const IS_VOID: u8 = 4;

impl Scene {
    /// Events of a contract whose first word is this, in their order.
    async fn events<E: SolEvent>(&self, contract: Address, word: B256) -> Vec<(Log, E)> {
        let filter = Filter::new().address(contract).event_signature(E::SIGNATURE_HASH).topic1(word).from_block(0);
        let logs = self.chain.logs(&filter).await.expect("events");
        logs.into_iter().map(|log| (log.clone(), decode_event(&log).expect("an event"))).collect()
    }

    async fn of_case<E: SolEvent>(&self, id: B256) -> Vec<E> {
        self.events(self.court, id).await.into_iter().map(|(_, event)| event).collect()
    }

    /// Waits until the coordinator wants no case any more, and every juror of the case is settled.
    pub(super) async fn until_over(&self, id: B256) {
        let begin = Instant::now();
        loop {
            let shown = self.devnet.run(&["dispute", "show", &id.to_string(), "--json"]);
            let is_settled = shown.code == 0 && {
                let data = shown.data();
                let jurors = data["jurors"].as_array().expect("jurors").clone();
                data["phase"] == "closed" && jurors.iter().all(|juror| juror["settled"] == true)
            };
            // A coordinator that was killed is away for a moment.
            let listed = self.devnet.run(&["coordinator", "court", "--json", "--connect", &self.devnet.admin()]);
            let call = DisputeCourt::bondOfCall { id, challenger: self.coordinator };
            let is_paid = self.chain.read(self.court, &call).await.expect("reads").is_zero();
            if is_settled && is_paid && listed.code == 0 && listed.data()["cases"] == json!([]) {
                return;
            }
            assert!(begin.elapsed() < 2 * PATIENCE, "{} {}", shown.stdout, listed.stdout);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// The accused lost a fifth, and everything that the coordinator and the jurors were paid or have paid is what the contracts' rules
    /// say, to the wei; nobody was docked. Returns what was slashed.
    pub(super) async fn is_paid_by_the_rules(&self, id: B256) -> Slashed {
        let opened = self.events::<DisputeOpened>(self.court, id).await;
        let resolved: Vec<DisputeResolved> = self.of_case(id).await;
        let paid: Vec<BondWithdrawn> = self.of_case(id).await;
        let fees = self.events::<SummonsPaid>(self.court, id).await;
        let slashed = self.events::<Slashed>(self.chain.network().staking, self.cheat.into_word()).await;
        let [(_, slashed)] = &slashed[..] else { panic!("it is slashed once: {slashed:?}") };
        let (last, newest) = (resolved.last().expect("a verdict"), opened.last().expect("an opening"));
        assert_eq!((last.state, last.taken), (IS_GUILTY, slashed.taken));
        assert_eq!(slashed.taken, (slashed.taken + slashed.left) / U256::from(5), "a fifth of all that was there");
        // The reward of a slash: a fifth of what the owner has lost.
        assert_eq!(slashed.reward, slashed.ownerLoss * U256::from(2_000) / U256::from(10_000));
        // A seat of the winning side gets the same part of a bond whatever the verdict is.
        let bond = newest.1.bond;
        let since = |log: &Log| log.block_number >= newest.0.block_number;
        let fee: U256 = fees.iter().filter(|(log, _)| since(log)).map(|(_, paid)| paid.fee).sum();
        let votes: Vec<VoteRevealed> = self.of_case(id).await;
        let of_draw = votes.iter().filter(|vote| vote.round == last.round && vote.vote == GUILTY);
        let winners: U256 = of_draw.map(|vote| vote.seats).sum();
        let seats = self.chain.read(self.court, &DisputeCourt::seatsCall {}).await.expect("seats");
        let (two, three) = (U256::from(2), U256::from(3));
        let most = bond / two - fee;
        let by_seats = bond / two / (three * seats);
        let per_seat = if by_seats * winners > most { most / winners } else { by_seats };
        assert_eq!(last.rewardPerSeat, per_seat);
        // The challenger: its bond without what the jury cost, half of the reward, and out of the other half what the jury cost.
        let (cost, half) = (fee + per_seat * winners, slashed.reward / two);
        let refund = bond - cost + (slashed.reward - half) + cost.min(half);
        assert_eq!(last.refund, refund);
        assert!(refund > bond, "who brings a cheat before the court gains");
        // Attempts before were void, and cost a tenth.
        for (void, (_, opened)) in resolved.iter().zip(&opened).take(resolved.len() - 1) {
            assert_eq!((void.state, void.refund), (IS_VOID, opened.bond - opened.bond / U256::from(10)));
        }
        let of_all = resolved.iter().map(|resolved| resolved.refund).sum::<U256>();
        assert!(paid.iter().all(|paid| paid.challenger == self.coordinator));
        assert_eq!(paid.iter().map(|paid| paid.amount).sum::<U256>(), of_all, "each sum once");
        let own: U256 = fees.iter().filter(|(_, paid)| paid.by == self.coordinator).map(|(_, paid)| paid.fee).sum();
        let posted: U256 = opened.iter().map(|(_, opened)| opened.bond).sum();
        assert_eq!(self.balance().await, units(FUNDS) - posted + of_all + own);
        let settled: Vec<JurorSettled> = self.of_case(id).await;
        for juror in &settled {
            let vote = votes.iter().find(|vote| (vote.juror, vote.round) == (juror.juror, juror.round));
            let vote = vote.filter(|vote| (vote.round, vote.vote) == (last.round, GUILTY));
            let due = vote.map_or(U256::ZERO, |vote| per_seat * vote.seats);
            assert_eq!((juror.reward, juror.docked, juror.tip), (due, U256::ZERO, U256::ZERO), "{juror:?}");
        }
        for number in 1..=3 {
            assert_eq!(self.stake(self.miner(number)), units(60_000), "nobody else has lost anything");
        }
        slashed.clone()
    }

    /// Puts CAI behind the cheat, from an account that has done nothing else.
    pub(super) fn vote(&self, voter: usize, cai: u64) {
        let (address, account) = (account(voter).address().to_string(), format!("anvil:{voter}"));
        self.devnet.run(&["faucet", "request", "--to", &address]).expect(0);
        self.devnet.run(&["stake", "deposit", &cai.to_string(), "--vote", "miner-4", "-a", &account]).expect(0);
    }

    /// What an account has behind nodes.
    pub(super) fn staked(&self, voter: usize) -> U256 {
        let shown = self.devnet.run(&["balance", &account(voter).address().to_string(), "--json"]).expect(0).data();
        shown["staked"].as_array().expect("rows").iter().map(|row| amount(&row["amount"])).sum()
    }

    async fn until_time(&self, time: u64) {
        while self.chain.head().await.expect("a block").timestamp < time {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn signal(&self, nodes: &[&str], signal: &str) {
        nodes.iter().for_each(|name| kill(self.devnet.process("name", name), signal));
    }
}

const JURORS: [&str; 3] = ["miner-1", "miner-2", "miner-3"];

/// Seconds of an epoch where nodes are killed again and again, and start again after up to five seconds.
const LONG_EPOCH: u64 = 28;

/// While all others sleep, the accused and the challenger have to take the steps that anybody may take, and one of them is killed there:
/// as its transaction is written down, or as it is sent. What was written down the next process sends, so that no step has both. The
/// challenger is killed as it gets its bond back as well.
#[tokio::test(flavor = "multi_thread")]
async fn i30_the_accused_and_the_challenger_killed_at_every_step_cost_nobody_a_bond_or_a_dock() {
    let scene = Scene::with_epoch(&LONG_EPOCH.to_string(), &[]).await;
    scene.has_jury().await;
    scene.convict().await;
    let opened = scene.until_opened(PATIENCE).await;
    let id = opened.id;
    let armed = scene.devnet.home().join("crash");
    std::fs::create_dir(&armed).expect("a directory");
    let start = |epoch: u64| (opened.epoch + epoch) * LONG_EPOCH;
    // Nobody is summoned after half of an epoch; to count, to settle and to withdraw there is time.
    let [_, seed, summon, _, _, resolve, _, _, _, withdraw] = failpoint::STEP_POINTS;
    let steps = [
        (start(1), vec![seed, summon], Duration::from_secs(LONG_EPOCH / 2)),
        (start(3), vec![resolve, withdraw], PATIENCE),
    ];
    for (begin, points, patience) in steps {
        for point in &points {
            std::fs::write(armed.join(point), "").expect("written");
        }
        scene.until_time(begin - 2).await;
        scene.signal(&JURORS, "STOP");
        scene.until_time(begin).await;
        let since = Instant::now();
        let left = || points.iter().filter(|point| armed.join(point).exists()).collect::<Vec<_>>();
        while !left().is_empty() {
            assert!(since.elapsed() < patience, "nobody was killed at {:?}", left());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        while scene.of_case::<JurorSummoned>(id).await.is_empty() {
            assert!(since.elapsed() < patience, "nobody was summoned");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        scene.signal(&JURORS, "CONT");
    }
    scene.until_over(id).await;
    assert!(!scene.of_case::<VoteCommitted>(id).await.is_empty());
    assert_eq!(opened.bond, units(BOND));
    scene.is_paid_by_the_rules(id).await;
}

/// Everybody sleeps through both draws, so that the case ends without a verdict. The coordinator's node gets the rest of its bond back
/// and opens it again by itself, and it is decided then.
#[tokio::test(flavor = "multi_thread")]
async fn i23_a_void_case_is_opened_again_by_the_coordinators_node_and_decided() {
    let scene = Scene::start(&[]).await;
    scene.has_jury().await;
    scene.convict().await;
    let id = scene.until_opened(PATIENCE).await.id;
    let nodes = [&JURORS[..], &["miner-4", "coordinator-1"]].concat();
    scene.signal(&nodes, "STOP");
    let epoch = scene.chain.network().epoch_seconds;
    scene.devnet.control(&scene.http, "evm_increaseTime", json!([6 * epoch])).await;
    scene.devnet.control(&scene.http, "anvil_mine", json!(["0x1"])).await;
    scene.signal(&nodes, "CONT");
    scene.until_over(id).await;
    let opened: Vec<DisputeOpened> = scene.of_case(id).await;
    let bonds: Vec<U256> = opened.iter().map(|opened| opened.bond).collect();
    assert_eq!(bonds, [units(BOND), units(2 * BOND)], "the second one costs twice as much");
    let resolved: Vec<DisputeResolved> = scene.of_case(id).await;
    let ends: Vec<u8> = resolved.iter().map(|resolved| resolved.state).collect();
    assert_eq!(ends, [IS_VOID, IS_GUILTY]);
    scene.is_paid_by_the_rules(id).await;
}
