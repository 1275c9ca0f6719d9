//! The court as nodes follow it on a real chain: cases that the planner alone takes to their end, what following costs, and what is left of
//! it after a reorganisation.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use alloy::{primitives::keccak256, sol_types::SolValue};
use cuckoo_protocol::{
    B256, U256,
    chain::{Client, Court, Outcome},
    contract::{DisputeCourt, JurorRegistry},
    court::{Ballot, Book, Me, Part, Phase, State, Step, View, Vote, plan},
};
use serde_json::json;

use super::{
    disputes::{answers, chain_with_juror},
    reads::width,
};
use crate::harness::{
    books::{WAIT, amount, balance, units},
    chain::{Chain, EPOCH, account},
    proxy::{Act, Proxy},
};

/// A node that follows the court with its own key, and nothing else.
struct Follower {
    court: Court,
    client: Client,
    me: Me,
    book: Book,
    /// What it votes; `None` where it cannot get the evidence.
    vote: Option<Vote>,
    /// Every transaction that it has sent, in words.
    taken: Vec<String>,
}

impl Follower {
    async fn new(chain: &Chain, node: usize, owner: usize, examines: Option<&[u8]>) -> Self {
        let client = chain.client().await.with_signer(account(node));
        let examines = examines.map(|models| models.iter().map(|model| B256::with_last_byte(*model)).collect());
        let me = Me {
            node: account(node).address(),
            owner: account(owner).address(),
            takes_part: examines.is_some(),
            examines,
        };
        let court = Court::new(client.clone()).expect("a court");
        Self { court, client, me, book: Book::default(), vote: Some(Vote::Guilty), taken: vec![] }
    }

    async fn look(&mut self) -> Arc<View> {
        self.court.poll(&self.me).await.expect("the court is read")
    }

    /// Takes every step that is planned; whether there was one. Each transaction has to succeed.
    async fn act(&mut self) -> bool {
        let view = self.look().await;
        let mut acted = false;
        for step in plan(&view, &self.me, &self.book) {
            match (&step, self.vote) {
                (Step::Gather { case, round, .. }, Some(vote)) => {
                    self.book.write(*case, *round, Ballot { vote, salt: B256::repeat_byte(7) });
                    acted = true;
                }
                (Step::Gather { case, round, .. }, None) => self.book.note_missing(*case, *round),
                (Step::Abstain { case, round }, _) => {
                    let ballot = Ballot { vote: Vote::Unavailable, salt: B256::repeat_byte(8) };
                    self.book.write(*case, *round, ballot);
                    acted = true;
                }
                (Step::Publish { case, attempt }, _) => self.book.note_published(*case, *attempt),
                _ => {
                    self.send(&step).await;
                    acted = true;
                }
            }
        }
        acted
    }

    async fn send(&mut self, step: &Step) {
        let call = self.court.transaction(step, &self.me, &self.book).await.expect("a call").expect("a transaction");
        match self.client.send(&call, WAIT).await {
            Ok(Outcome::Confirmed(_)) => {}
            other => panic!("{step:?}: {other:?}"),
        }
        let name = format!("{step:?}");
        self.taken.push(name.split_whitespace().next().unwrap_or_default().to_owned());
    }
}

/// Lets time pass in eighths of an epoch; in each, the followers act in turn until none has anything to do.
async fn follow(chain: &Chain, followers: &mut [&mut Follower], epochs: u64) {
    for _ in 0..epochs * 8 {
        chain.pass(EPOCH / 8).await;
        loop {
            let mut acted = false;
            for follower in followers.iter_mut() {
                acted |= follower.act().await;
            }
            if !acted {
                break;
            }
        }
    }
}

/// Opens a dispute over one answer with the coordinator's node key, and returns its id.
async fn open(chain: &Chain, task: u8) -> B256 {
    let answers = answers(chain, task, &[1]).await;
    chain.dispute(&["open", &answers[0].file], "anvil:5").expect(0);
    keccak256(vec![answers[0].receipt].abi_encode())
}

/// A chain with a miner that cheats, a juror, and a coordinator whose key has coins for bonds.
async fn chain_with_challenger() -> Chain {
    let chain = chain_with_juror().await;
    chain.run(&["faucet", "request", "--to", &account(5).address().to_string()]).expect(0);
    chain
}

async fn liquid(chain: &Chain, node: usize) -> U256 {
    amount(&balance(chain, &account(node).address().to_string())["liquid"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_judged_paid_and_settled_by_what_the_nodes_plan() {
    let chain = chain_with_challenger().await;
    let mut juror = Follower::new(&chain, 8, 7, Some(&[1, 2])).await;
    let mut challenger = Follower::new(&chain, 5, 0, None).await;
    let mut accused = Follower::new(&chain, 6, 1, None).await;
    assert_eq!(juror.look().await.standing.declared.len(), 1, "the first model was declared before");
    assert_eq!(challenger.look().await.standing.stake, 0);
    assert!(juror.act().await && !juror.act().await);
    assert_eq!(juror.taken, ["Declare"]);
    let standing = juror.look().await.standing.clone();
    assert_eq!((standing.declared.len(), U256::from(standing.stake)), (2, units(50_000)));

    let id = open(&chain, 1).await;
    let view = juror.look().await;
    let case = view.case(id).expect("it is open");
    assert_eq!((case.state, case.draw.phase, case.draw.round), (State::Open, Phase::Drawing, 1));
    assert_eq!((case.accused, &case.challengers[..]), (accused.me.node, &[challenger.me.node][..]));
    let parties = [challenger.me.node, challenger.me.owner, accused.me.owner];
    assert_eq!(case.parties, BTreeSet::from(parties));
    assert_eq!((case.manifest, U256::from(case.bond)), (B256::with_last_byte(1), units(1_000)));
    assert_eq!(case.panel, BTreeSet::from([juror.me.node]));
    assert_eq!((case.receipts.len(), case.tickets.len(), case.evidence.len()), (1, 1, 1));
    assert_eq!((case.mine.clone(), case.owed), (None, 0));

    let before = liquid(&chain, 7).await;
    follow(&chain, &mut [&mut juror, &mut challenger, &mut accused], 5).await;
    for follower in [&mut juror, &mut challenger, &mut accused] {
        assert!(follower.look().await.cases.is_empty(), "nothing is left to do");
    }
    let case = chain.run(&["dispute", "show", &id.to_string(), "--json"]).expect(0).data();
    assert_eq!((&case["state"], &case["jurors"][0]["vote"]), (&json!("guilty"), &json!("guilty")));
    assert_eq!(case["jurors"][0]["settled"], json!(true));
    assert!(liquid(&chain, 7).await > before, "the juror's owner was paid");
    // The bond comes back with half of a fifth of what was taken, and what the jury cost comes out of the other half.
    assert!(liquid(&chain, 5).await > units(100_000));
    assert!(challenger.taken.contains(&"Withdraw".to_owned()), "{:?}", challenger.taken);
    let all = [&juror.taken[..], &challenger.taken, &accused.taken].concat();
    for (name, times) in [("RecordSeed", 1), ("Summon", 1), ("Commit", 1), ("Reveal", 1), ("Resolve", 1)] {
        assert_eq!(all.iter().filter(|taken| *taken == name).count(), times, "{name}: {all:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_without_evidence_is_void_and_one_that_nobody_attends_as_well() {
    let chain = chain_with_challenger().await;
    let mut juror = Follower::new(&chain, 8, 7, Some(&[1])).await;
    let mut challenger = Follower::new(&chain, 5, 0, None).await;
    let id = open(&chain, 1).await;
    juror.vote = None;
    follow(&chain, &mut [&mut juror, &mut challenger], 4).await;
    let case = chain.run(&["dispute", "show", &id.to_string(), "--json"]).expect(0).data();
    assert_eq!((&case["state"], &case["attempt"]), (&json!("void"), &json!(1)));
    assert!(juror.taken.ends_with(&["SettleJuror".to_owned()]), "{:?}", juror.taken);
    // Once more, for twice the bond. Nobody is there until all is over.
    chain.dispute(&["open", &chain.path("1-1.json").display().to_string()], "anvil:5").expect(0);
    chain.pass(7 * EPOCH).await;
    let before = liquid(&chain, 5).await;
    let mut late = Follower::new(&chain, 5, 0, None).await;
    let view = late.look().await;
    let case = view.case(id).expect("it is open");
    assert_eq!((case.attempt(), case.draw.round, case.draw.phase), (2, 4, Phase::Counting));
    follow(&chain, &mut [&mut late], 1).await;
    assert_eq!(late.taken, ["Resolve", "Withdraw"]);
    assert_eq!(liquid(&chain, 5).await - before, units(1_800), "a tenth of twice the bond is burned");
    assert!(late.look().await.cases.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_court_costs_one_request_a_block_besides_the_block_itself() {
    let chain = chain_with_challenger().await;
    let proxy = Proxy::start(&chain, |_, _| Act::Pass).await;
    let mut network = chain.network.clone();
    network.rpc_urls = vec![proxy.url.parse().expect("a URL")];
    let mut juror = Follower::new(&chain, 8, 7, Some(&[1])).await;
    juror.court = Court::new(Client::connect(&network).await.expect("connects")).expect("a court");
    juror.look().await;
    let methods = ["eth_getBlockByNumber", "eth_call", "eth_getLogs", "eth_getBlockByHash"];
    let counts = || methods.map(|method| proxy.count(method));
    let spent = |before: [usize; 4]| {
        let after = counts();
        [0, 1, 2, 3].map(|index| after[index] - before[index])
    };
    // Once in an epoch a keeper looks at the others' records.
    chain.next_epoch().await;
    chain.pass(EPOCH / 4).await;
    juror.look().await;
    let before = counts();
    for _ in 0..5 {
        juror.look().await;
    }
    assert_eq!(spent(before), [5, 0, 0, 0], "the same block");
    let before = counts();
    for _ in 0..5 {
        chain.mine(1).await;
        juror.look().await;
    }
    assert_eq!(spent(before), [5, 5, 0, 0], "new blocks");
    // While a case is open, a block in which nothing happens to it costs its events.
    open(&chain, 1).await;
    juror.look().await;
    let before = counts();
    for _ in 0..5 {
        chain.mine(1).await;
        juror.look().await;
    }
    assert_eq!(spent(before), [5, 0, 5, 0]);
    // An endpoint that fails leaves it as it was.
    proxy.now(|method, _| if method == "eth_getLogs" { Act::Close } else { Act::Pass });
    chain.mine(1).await;
    juror.court.poll(&juror.me).await.expect_err("there is no other endpoint");
    proxy.now(|_, _| Act::Pass);
    assert_eq!(juror.look().await.cases.len(), 1);
}

/// One more miner that judges answers of the model whose hash is 1.
fn another_juror(chain: &Chain, owner: usize, node: usize, name: &str) {
    let address = account(owner).address().to_string();
    let (owner, node) = (format!("anvil:{owner}"), format!("anvil:{node}"));
    chain.run(&["faucet", "request", "--to", &address]).expect(0);
    chain.run(&["stake", "deposit", "max", "-a", &owner]).expect(0);
    let miner = ["register", "miner", "--node-account", &node, "--name", name, "--stake", "50000", "-a", &owner];
    chain.run(&miner).expect(0);
    chain.run(&["dispute", "declare", &B256::with_last_byte(1).to_string(), "-a", &node]).expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn i33_the_stake_of_jurors_that_have_left_or_fallen_silent_is_written_down_again_by_one_of_the_others() {
    let chain = chain_with_juror().await;
    let model = B256::with_last_byte(1).to_string();
    chain.run(&["dispute", "declare", &model, "-a", "anvil:6"]).expect(0);
    another_juror(&chain, 3, 4, "silent-box");
    let client = chain.client().await;
    let jurors =
        client.read(client.network().court.expect("a court"), &DisputeCourt::jurorsCall {}).await.expect("reads");
    let total = async || {
        let epoch = U256::from(client.network().epoch_of(client.head().await.expect("a block").timestamp));
        let call = JurorRegistry::totalRecordedCall { manifest: B256::with_last_byte(1), epoch };
        client.read(jurors, &call).await.expect("reads")
    };
    let recorded = async |node: usize| {
        let epoch = U256::from(client.network().epoch_of(client.head().await.expect("a block").timestamp));
        let (manifest, node) = (B256::with_last_byte(1), account(node).address());
        client.read(jurors, &JurorRegistry::recordedAtCall { manifest, node, epoch }).await.expect("reads")
    };
    let mut juror = Follower::new(&chain, 8, 7, Some(&[1])).await;
    let mut other = Follower::new(&chain, 4, 3, Some(&[1])).await;
    follow(&chain, &mut [&mut juror, &mut other], 1).await;
    assert_eq!((&juror.taken[..], &other.taken[..]), (&[][..], &[][..]), "every record is true");
    assert_eq!(total().await, units(140_000));
    // One miner leaves for good, and takes nothing back.
    chain.run(&["register", "remove", "gpu-box", "--confirm", "gpu-box", "-a", "anvil:1"]).expect(0);
    assert_eq!(total().await, units(140_000), "its stake still stands in the sum");
    follow(&chain, &mut [&mut juror, &mut other], 2).await;
    let taken = [&juror.taken[..], &other.taken].concat();
    assert_eq!(taken.iter().filter(|taken| *taken == "Correct").count(), 1, "one of them, once: {taken:?}");
    assert_eq!(total().await, units(100_000));
    // Another one falls silent. Its record ends by itself after ten epochs, and is renewed by whoever is there, so that silence costs.
    let before = recorded(4).await;
    (juror.taken, other.taken) = (vec![], vec![]);
    follow(&chain, &mut [&mut juror], 11).await;
    assert_eq!(juror.taken.iter().filter(|taken| *taken == "Correct").count(), 1, "{:?}", juror.taken);
    assert!(juror.taken.iter().all(|taken| taken == "Correct" || taken == "Refresh"), "{:?}", juror.taken);
    assert!(recorded(4).await >= before + U256::from(10));
    assert_eq!(total().await, units(100_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_the_endpoint_refuses_is_not_asked_for_at_each_look() {
    let chain = chain_with_challenger().await;
    let refused = Arc::new(AtomicUsize::new(0));
    let count = refused.clone();
    let proxy = Proxy::start(&chain, move |method, parameters| match method {
        "eth_getLogs" if width(&parameters[0]).is_some_and(|blocks| blocks > 50) => {
            count.fetch_add(1, Ordering::Relaxed);
            Act::Error(json!({"code": -32602, "message": "eth_getLogs is limited to a 50 block range"}))
        }
        _ => Act::Pass,
    })
    .await;
    let mut network = chain.network.clone();
    network.rpc_urls = vec![proxy.url.parse().expect("a URL")];
    let mut juror = Follower::new(&chain, 8, 7, Some(&[1])).await;
    juror.court = Court::new(Client::connect(&network).await.expect("connects")).expect("a court");
    open(&chain, 1).await;
    juror.look().await;
    chain.mine(200).await;
    juror.look().await;
    let known = refused.load(Ordering::Relaxed);
    assert!(known > 0, "the limit has to be found out");
    for _ in 0..3 {
        chain.mine(100).await;
        juror.look().await;
    }
    assert_eq!(refused.load(Ordering::Relaxed), known, "it is remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_reorganisation_takes_back_is_seen_and_done_again() {
    let chain = chain_with_challenger().await;
    let mut juror = Follower::new(&chain, 8, 7, Some(&[1])).await;
    let id = open(&chain, 1).await;
    assert!(juror.look().await.case(id).is_some());
    // The case itself, and whatever was opened after it.
    chain.control("anvil_reorg", json!([1, []])).await;
    assert!(juror.look().await.cases.is_empty(), "it was never opened");
    chain.dispute(&["open", &chain.path("1-1.json").display().to_string()], "anvil:5").expect(0);
    assert!(juror.look().await.case(id).is_some());

    chain.next_epoch().await;
    // By now it is everybody's turn.
    chain.pass(5).await;
    let mine = |view: &Arc<View>| view.case(id).and_then(|case| case.mine.clone());
    while juror.act().await {}
    assert_eq!(juror.taken, ["RecordSeed", "Summon", "Commit"]);
    let committed = mine(&juror.look().await).expect("its seats");
    assert_eq!((committed.part, committed.seats), (Part::Committed, 31));
    for (depth, part, steps) in [(1, Part::Summoned, 1), (3, Part::Drawn, 2), (6, Part::Drawn, 0)] {
        chain.control("anvil_reorg", json!([depth, []])).await;
        let view = juror.look().await;
        let mut fresh = Follower::new(&chain, 8, 7, Some(&[1])).await;
        assert_eq!(*fresh.look().await, *view, "{depth}: it sees what somebody sees who has come just now");
        if steps == 0 {
            // The seed is gone as well, so that nobody knows who is drawn.
            assert_eq!((mine(&view), view.case(id).map(|case| case.draw.phase)), (None, Some(Phase::Seed)));
        } else {
            assert_eq!(mine(&view).map(|juror| juror.part), Some(part), "{depth}");
        }
        let taken = juror.taken.len();
        while juror.act().await {}
        assert_eq!(mine(&juror.look().await).map(|juror| juror.commitment), Some(committed.commitment), "{depth}");
        assert_eq!(juror.taken.len() - taken, if steps == 0 { 3 } else { steps });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_nobody_s_follows_the_court_as_well() {
    let chain = chain_with_challenger().await;
    let mut stranger = Follower::new(&chain, 9, 9, Some(&[1])).await;
    let view = stranger.look().await;
    assert_eq!((view.standing.stake, view.standing.declared.len(), view.cases.len()), (0, 0, 0));
    assert!(!stranger.act().await, "it is no miner, so that it declares nothing");
    let id = open(&chain, 1).await;
    chain.next_epoch().await;
    assert_eq!(stranger.look().await.case(id).map(|case| case.mine.clone()), Some(None));
    // It can move the case on all the same.
    while stranger.act().await {}
    assert!(stranger.taken.is_empty(), "the panel comes first");
    chain.pass(EPOCH / 2 - 4).await;
    while stranger.act().await {}
    assert_eq!(stranger.taken, ["RecordSeed", "Summon"]);
}
