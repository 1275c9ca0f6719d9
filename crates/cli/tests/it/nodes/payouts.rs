//! Owners of miners that type nothing and are paid, and coordinators that pay with their stake for what they signed.

use std::{
    process::{Child, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use cuckoo::node::miner::signed_record::{Heard, RecordError, Store};
use cuckoo_protocol::{
    Address, B256, Cai, U256,
    contract::Staking,
    coordinator::read_receipt,
    message::{Acknowledgement, SignedVoucher, Voucher},
    miner::order,
    task::{ChatMessage, ChatRole, Sampling},
    wire::{self, Body},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::links::logged_in_at;
use crate::harness::{
    books::{after_burn, amount, balance, juror, settle, sign, two_nodes, units},
    chain::{Chain, account, free_port, write_secret},
    link::{next, send},
    network::{Devnet, kill, until},
    proxy::{Act, Proxy, description, on},
    service::{Service, listen, node},
};

/// The miner of `two_nodes` as a process, with these options.
fn miner(chain: &Chain, options: &[&str]) -> Service {
    if !chain.path("key").exists() {
        chain.wallet("spare");
        write_secret(&chain.path("key"), &account(6).to_bytes().to_string());
        let (key, password) = (chain.path("key").display().to_string(), chain.password());
        chain.run(&["wallet", "import", "miner", "--private-key-file", &key, "--password-file", &password]).expect(0);
    }
    let options: Vec<_> = ["--engine", "scripted"].iter().chain(options).map(|option| (*option).to_owned()).collect();
    let options = [options, listen("--admin-listen", free_port()).to_vec()].concat();
    let log = std::fs::File::options().create(true).append(true).open(chain.path("miner.log")).expect("a file");
    let child: Child = node(chain, "miner", &options).stdout(Stdio::null()).stderr(log).spawn().expect("runs");
    Service(child)
}

fn log(chain: &Chain) -> String {
    std::fs::read_to_string(chain.path("miner.log")).unwrap_or_default()
}

fn voucher(cumulative: u64, through: u64) -> Voucher {
    let (coordinator, miner) = (account(5).address(), account(6).address());
    Voucher { coordinator, miner, cumulative: units(cumulative).to(), through }
}

/// Has the miner's record keep what it has heard.
async fn hear(chain: &Chain, accepted: &[Voucher], refused: &[Voucher]) {
    let client = chain.client().await;
    let signed = |voucher: &Voucher| SignedVoucher { voucher: voucher.clone(), signature: sign(&client, 5, voucher) };
    let heard = Heard {
        vouchers: accepted.iter().map(signed).collect(),
        refused: refused.iter().map(signed).collect(),
        ..Heard::default()
    };
    std::fs::create_dir_all(chain.path("miner")).expect("a directory");
    let mut record = Store::open(&chain.path("miner")).expect("opens");
    record.commit(vec![], &heard, &client.domain(), |_| Ok::<_, RecordError>(vec![])).expect("kept");
}

/// What can be slashed behind the coordinator.
async fn stake(chain: &Chain) -> U256 {
    let client = chain.client().await;
    let call = Staking::slashableOfCall { node: account(5).address() };
    client.read(client.network().staking, &call).await.expect("reads")
}

fn liquid(chain: &Chain, of: usize) -> U256 {
    amount(&balance(chain, &account(of).address().to_string())["liquid"])
}

/// Waits until the owner of the miner has been paid this much more.
async fn until_paid(chain: &Chain, before: U256, paid: U256) {
    for _ in 0..450 {
        if liquid(chain, 1) == before + paid {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{} more instead of {paid}\n{}", liquid(chain, 1) - before, log(chain));
}

#[test]
fn an_owner_that_types_nothing_is_paid_for_all_work_by_the_miner_also_when_it_is_killed() {
    let devnet = Devnet::start(&["--miners", "1", "--settle-every", "0s", "--payout-above", "0.000000001"]);
    let document = devnet.document();
    let rows = document["children"].as_array().expect("nodes");
    let owner = rows.iter().find(|row| row["name"] == json!("miner-1")).expect("it is there")["owner"].clone();
    let owner = owner.as_str().expect("an address").to_owned();
    let liquid = || amount(&devnet.run(&["balance", &owner, "--json"]).expect(0).data()["liquid"]);
    let before = liquid();
    let mut owed = U256::ZERO;
    for round in 0..3 {
        // The coordinator may notice only now that the miner was killed, and says that nobody is there.
        let begin = Instant::now();
        let ran = loop {
            let ran = devnet.run(&["task", "run", "hello", "--json"]);
            if ran.code != 5 || begin.elapsed() > Duration::from_secs(30) {
                break ran;
            }
        };
        let task = ran.expect(0).data()["task"].clone();
        let task = devnet.run(&["task", "show", task.as_str().expect("an id"), "--json"]).expect(0).data();
        owed += amount(&task["cost"]);
        if round == 1 {
            kill(devnet.process("name", "miner-1"), "KILL");
        }
        let admin = devnet.admin();
        until("it offers its slots", || {
            devnet.run(&["coordinator", "status", "--connect", &admin]).stdout.contains("model\tscripted")
        });
    }
    assert!(!owed.is_zero());
    // Each payment's burn is rounded down.
    until("the owner is paid", || liquid() >= before + after_burn(owed));
    assert!(liquid() <= before + after_burn(owed) + U256::from(16), "and nothing twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn payout_does_what_can_be_done_and_names_what_waits() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    let client = chain.client().await;
    let payout = |more: &[&str]| chain.run(&[&["miner", "payout", "-a", "anvil:1", "--json"], more].concat());
    payout(&[]).expect(3).says("nothing can be paid out at the moment").says("cuckoo miner vouchers");
    chain.run(&["escrow", "deposit", "hub", "100", "-a", "anvil:0"]).expect(0);
    hear(&chain, &[voucher(5, 5)], &[]).await;
    settle(&client, 0, 5, 6, units(2), 3).await;
    let simulated = payout(&["--dry-run"]).expect(0).data();
    assert_eq!(simulated["redeemed"][0]["transaction"]["state"], json!("simulated"), "{simulated}");
    let before = liquid(&chain, 1);
    let paid = payout(&[]).expect(0).data();
    assert_eq!(amount(&paid["redeemed"][0]["amount"]), units(3), "{paid}");
    assert_eq!(paid["collected"][0]["step"], json!("started"));
    assert_eq!(amount(&paid["paid"][0]["amount"]), after_burn(units(3)));
    assert_eq!(liquid(&chain, 1), before + after_burn(units(3)));
    let wait = &paid["waits"][0];
    assert_eq!((&wait["what"], amount(&wait["amount"])), (&json!("collection"), units(2)), "{paid}");
    let waits: Value = payout(&[]).expect(3).says("the next step is possible from 20").envelope();
    assert_eq!(waits["data"]["waits"][0]["what"], json!("collection"), "{waits}");
    chain.pass(21).await;
    let paid = payout(&[]).expect(0).data();
    assert_eq!(amount(&paid["collected"][0]["amount"]), after_burn(units(2)), "{paid}");
    assert_eq!(liquid(&chain, 1), before + after_burn(units(3)) + after_burn(units(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn payouts_outlive_an_outage_and_a_kill_and_are_made_again_after_a_reorganisation() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    chain.run(&["escrow", "deposit", "hub", "100", "-a", "anvil:0"]).expect(0);
    hear(&chain, &[voucher(9, 7)], &[]).await;
    let paid = liquid(&chain, 1);
    let snapshot = chain.control("evm_snapshot", json!([])).await;
    let endpoint = Proxy::start(&chain, on("eth_sendRawTransaction", Act::Hang)).await;
    let network = description(&chain, "proxied", &[&endpoint.url]);
    let options = ["--payout-above", "1", "-n", &network];
    let running = miner(&chain, &options);
    endpoint.until("eth_sendRawTransaction", 1).await;
    endpoint.now(|_, _| Act::Hang);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(liquid(&chain, 1), paid);
    // What was signed and not sent is sent by the next process.
    drop(running);
    endpoint.now(|_, _| Act::Pass);
    let _running = miner(&chain, &options);
    until_paid(&chain, paid, after_burn(units(9))).await;
    chain.control("evm_revert", json!([snapshot])).await;
    assert_eq!(liquid(&chain, 1), paid);
    chain.mine(2).await;
    until_paid(&chain, paid, after_burn(units(9))).await;
    let is_refusal = |line: &&str| line.contains("refused") && !line.contains("Connection refused");
    let log_of_all = log(&chain);
    let refusals = log_of_all.lines().filter(is_refusal).count();
    assert_eq!(refusals, 0, "nothing is tried twice: {log_of_all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_settlement_is_proven_by_the_miners_node_across_a_restart() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    let client = chain.client().await;
    chain.run(&["escrow", "deposit", "hub", "100", "-a", "anvil:0"]).expect(0);
    hear(&chain, &[voucher(9, 7)], &[]).await;
    settle(&client, 0, 5, 6, units(4), 7).await;
    let (before, paid) = (stake(&chain).await, liquid(&chain, 1));
    // Nothing is paid out below this, and faults are proven all the same.
    let running = miner(&chain, &["--payout-above", "1000000"]);
    until("it is announced", || log(&chain).contains("Announce a proof"));
    drop(running);
    chain.pass(61).await;
    assert_eq!(stake(&chain).await, before);
    let _running = miner(&chain, &["--payout-above", "1"]);
    until_paid(&chain, paid, after_burn(units(5))).await;
    assert!(stake(&chain).await < before, "{}", log(&chain));
    chain.pass(21).await;
    // The rest was settled, and is collected.
    until_paid(&chain, paid, after_burn(units(5)) + after_burn(units(4))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c17_vouchers_that_contradict_each_other_are_proven_by_the_miners_node() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    chain.run(&["escrow", "deposit", "hub", "100", "-a", "anvil:0"]).expect(0);
    hear(&chain, &[voucher(9, 7)], &[voucher(8, 8)]).await;
    let (before, paid) = (stake(&chain).await, liquid(&chain, 1));
    let _running = miner(&chain, &["--payout-above", "1"]);
    until_paid(&chain, paid, after_burn(units(9))).await;
    assert_eq!(stake(&chain).await, before);
    until("it is announced", || log(&chain).contains("Announce a proof"));
    chain.pass(61).await;
    until("it is proven", || log(&chain).contains("contradict each other: done"));
    let taken = before - stake(&chain).await;
    assert!(!taken.is_zero());
    let reward = chain.client().await.cai_balance(account(6).address()).await.expect("reads").base_units();
    assert_eq!(reward, taken / U256::from(5), "the finder's fifth of the owner's loss");
}

/// The test is a coordinator: it orders an answer, acknowledges it, and says nothing more.
async fn order_and_acknowledge(chain: &Chain, listener: &TcpListener, deadline: u64) -> U256 {
    let client = chain.client().await;
    let domain = client.domain();
    let (coordinator, miner) = (account(5).address(), account(6).address());
    let rate = units(1).to::<u128>().to_be_bytes().to_vec();
    let price = wire::Price { model: String::new(), prompt: rate.clone(), completion: rate.clone() };
    let mut socket = logged_in_at(listener, coordinator.as_slice(), vec![price]).await;
    let model = loop {
        match next(&mut socket).await {
            Some(Body::Slots(slots)) if slots.models[0].granted > 0 => break slots.models[0].clone(),
            Some(_) => {}
            None => panic!("the link ended\n{}", log(chain)),
        }
    };
    let sampling = Sampling { max_tokens: 4, ..Sampling::default() };
    let message = ChatMessage { role: ChatRole::User, content: "hi".into() };
    let mut offer = wire::Offer {
        task: B256::repeat_byte(3).to_vec(),
        attempt: 1,
        model: model.name,
        manifest: model.manifest,
        messages: vec![(&message).into()],
        sampling: Some((&sampling).into()),
        salt: B256::ZERO.to_vec(),
        price: 0u128.to_be_bytes().to_vec(),
        deadline,
        number: 9,
        rate_prompt: rate.clone(),
        rate_completion: rate,
        ..wire::Offer::default()
    };
    let quote = order::read(&domain, miner, coordinator, offer.clone()).expect("an order").0.quote;
    offer.price = quote.bound().to_be_bytes().to_vec();
    let ticket = order::read(&domain, miner, coordinator, offer.clone()).expect("an order").0.ticket;
    offer.signature = sign(&client, 5, &ticket).to_vec();
    send(&mut socket, offer).await;
    let result = loop {
        match next(&mut socket).await {
            Some(Body::Result(result)) => break result,
            Some(Body::Refuse(refuse)) => panic!("{refuse:?}"),
            Some(_) => {}
            None => panic!("the link ended\n{}", log(chain)),
        }
    };
    let receipt = read_receipt(domain.digest(&ticket), &result).expect("a receipt");
    let owed = ticket.cost(&receipt);
    let acknowledgement =
        Acknowledgement { coordinator, miner, number: ticket.number, receipt: domain.digest(&receipt), owed };
    let frame = wire::Acknowledged {
        number: ticket.number,
        receipt: acknowledgement.receipt.to_vec(),
        owed: owed.to_be_bytes().to_vec(),
        signature: sign(&client, 5, &acknowledgement).to_vec(),
    };
    send(&mut socket, frame).await;
    until("it is kept", || {
        let rows = chain.run(&["miner", "vouchers", "--json"]).expect(0).data();
        rows[0]["acknowledged"].is_string() && amount(&rows[0]["acknowledged"]) == U256::from(owed)
    });
    U256::from(owed)
}

#[tokio::test(flavor = "multi_thread")]
async fn c16_a_coordinator_that_does_not_pay_what_it_acknowledged_pays_with_its_stake() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    juror(&chain);
    let port = free_port();
    let endpoint = format!("ws://127.0.0.1:{port}/link");
    chain.run(&["register", "update", "hub", "--endpoint", &endpoint, "-a", "anvil:0"]).expect(0);
    chain.run(&["escrow", "deposit", "hub", "100", "-a", "anvil:0"]).expect(0);
    chain.next_epoch().await;
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a port");
    let _running = miner(&chain, &["--payout-above", "1000000"]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let owed = order_and_acknowledge(&chain, &listener, now + 60).await;
    assert!(!owed.is_zero());

    // It gives its escrow to an accomplice, who is paid at once.
    let client = chain.client().await;
    let accomplice: Address = account(8).address();
    let voucher = Voucher { miner: accomplice, ..voucher(100, 1) };
    let signed = SignedVoucher { signature: sign(&client, 5, &voucher), voucher };
    let file = chain.path("voucher.json");
    std::fs::write(&file, serde_json::to_string(&signed).expect("serialises")).expect("written");
    chain.run(&["escrow", "redeem", &file.display().to_string(), "-a", "anvil:3"]).expect(0);
    let (before, paid) = (stake(&chain).await, liquid(&chain, 1));
    chain.pass(120).await;
    until_paid(&chain, paid, after_burn(owed)).await;
    assert_eq!(before - stake(&chain).await, owed * U256::from(5), "five times what it did not pay");
}

/// An acknowledgement is no voucher: the contracts pay nothing more for what a batch accounts for, and punish nobody. People hear of it.
#[tokio::test(flavor = "multi_thread")]
async fn c21_a_settlement_past_acknowledged_answers_is_told_by_the_miners_node() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    let port = free_port();
    let endpoint = format!("ws://127.0.0.1:{port}/link");
    chain.run(&["register", "update", "hub", "--endpoint", &endpoint, "-a", "anvil:0"]).expect(0);
    chain.run(&["escrow", "deposit", "hub", "100", "-a", "anvil:0"]).expect(0);
    chain.next_epoch().await;
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a port");
    let _running = miner(&chain, &["--payout-above", "1000000"]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let owed = order_and_acknowledge(&chain, &listener, now + 60).await;
    let said = log(&chain);
    let admin = said.split("admin=").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("an address");
    let why = || chain.run(&["miner", "why", "--connect", &format!("http://{admin}")]).stdout;
    assert!(!log(&chain).contains("left out") && !why().contains("left out"));
    settle(&chain.client().await, 0, 5, 6, U256::ZERO, 9).await;
    let told = format!("it has settled up to ticket 9, and left out {} that it owes", Cai::from_base_units(owed));
    until("it is told", || log(&chain).contains(&told));
    until("its operator reads it", || why().contains(&told));
}
