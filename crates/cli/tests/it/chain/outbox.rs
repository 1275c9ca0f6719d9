//! What was signed is done once, whatever happens to the process, the endpoint, the pool and the price in between.

use std::{
    process::{Child, Stdio},
    sync::Arc,
    time::Duration,
};

use alloy::primitives::{B256, U64, U256};
use cuckoo_protocol::{
    Address, Cai,
    chain::{Call, ChainError, Client, Outbox, Outcome, Terms},
    contract::Staking,
};
use serde_json::{Value, json};
use tokio::{sync::Notify, task::JoinSet};

use crate::harness::{
    chain::{Chain, Ran, account},
    proxy::{Act, Proxy, description, on, run},
};

const SEND: &str = "eth_sendRawTransaction";

/// The first development account's transactions that are in a block.
async fn count(chain: &Chain) -> u64 {
    let count = chain.control("eth_getTransactionCount", json!([account(0).address(), "latest"])).await;
    serde_json::from_value::<U64>(count).expect("a number").to()
}

/// Its free stake, in whole CAI.
async fn stake(chain: &Chain) -> Cai {
    let client = chain.client().await;
    let call = Staking::freeStakeOfCall { staker: account(0).address() };
    Cai::from_base_units(client.read(chain.network.staking, &call).await.expect("read"))
}

fn spawn(chain: &Chain, arguments: &[&str]) -> Child {
    chain.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs")
}

async fn ended(child: Child) -> Ran {
    Ran::new(tokio::task::spawn_blocking(move || child.wait_with_output()).await.expect("ends").expect("ran"))
}

/// Deposits through a proxy, and is killed once the transaction has come to it.
async fn killed_at_sending(chain: &Chain, proxy: &Proxy, amount: &str) -> String {
    let before = proxy.count(SEND);
    let mut child = spawn(chain, &["stake", "deposit", amount, "-a", "anvil:0", "--rpc-url", &proxy.url]);
    proxy.until(SEND, before + 1).await;
    child.kill().expect("killed");
    child.wait().expect("ends");
    let open = run(chain, &["tx", "list", "--json"]).await.expect(0).data();
    let newest = open.as_array().and_then(|open| open.last()).expect("an open intent");
    assert_eq!(newest["title"], format!("Deposit {amount} CAI into your free stake"));
    newest["attempts"][0]["hash"].as_str().expect("a hash").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_signing_and_sending_it_is_sent_by_whoever_waits_for_it() {
    let chain = Chain::start().await;
    let before = count(&chain).await;
    let proxy = Proxy::start(&chain, on(SEND, Act::Hang)).await;
    let hash = killed_at_sending(&chain, &proxy, "7").await;
    assert_eq!((count(&chain).await, stake(&chain).await), (before, Cai::ZERO));
    let shown = run(&chain, &["tx", "show", &hash, "--json"]).await.expect(0).data();
    assert_eq!((&shown["status"], &shown["local"]["state"]), (&json!("unknown"), &json!("signed")));

    for _ in 0..2 {
        let waited = run(&chain, &["tx", "wait", &hash]).await.expect(0);
        assert_eq!(waited.stdout.trim(), hash);
        assert_eq!((count(&chain).await, stake(&chain).await), (before + 1, Cai::from_whole(7)));
    }
    assert_eq!(run(&chain, &["tx", "list"]).await.expect(0).stdout, "");
    let shown = run(&chain, &["tx", "show", &hash, "--json"]).await.expect(0).data();
    assert_eq!((&shown["status"], &shown["local"]["state"]), (&json!("confirmed"), &json!("confirmed")));
    assert!(shown["fee"].as_str().is_some_and(|fee| fee.parse::<u64>().is_ok_and(|fee| fee > 0)), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_signing_and_sending_it_is_sent_by_the_next_command_of_the_key() {
    let chain = Chain::start().await;
    let before = count(&chain).await;
    let proxy = Proxy::start(&chain, on(SEND, Act::Hang)).await;
    let hash = killed_at_sending(&chain, &proxy, "7").await;
    // Another key has nothing to do with it, and a simulation sends nothing.
    run(&chain, &["faucet", "request", "--to", &account(5).address().to_string(), "--dry-run"]).await.expect(0);
    run(&chain, &["stake", "deposit", "5", "-a", "anvil:0", "--dry-run"]).await.expect(0);
    assert_eq!(count(&chain).await, before);
    run(&chain, &["stake", "deposit", "5", "-a", "anvil:0"])
        .await
        .expect(0)
        .says("offering an earlier transaction again");
    assert_eq!((count(&chain).await, stake(&chain).await), (before + 2, Cai::from_whole(12)));
    assert_eq!(run(&chain, &["tx", "wait", &hash]).await.expect(0).stdout.trim(), hash);
    assert_eq!(run(&chain, &["tx", "list"]).await.expect(0).stdout, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_sending_and_receipt_it_is_found_in_its_block_or_sent_again_when_the_pool_has_lost_it() {
    let chain = Chain::start().await;
    let before = count(&chain).await;
    let proxy = Proxy::start(&chain, on(SEND, Act::PassAndHang)).await;
    // In a block before anybody hears of it.
    let hash = killed_at_sending(&chain, &proxy, "7").await;
    for _ in 0..500 {
        if count(&chain).await > before {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(run(&chain, &["tx", "wait", &hash]).await.expect(0).stdout.trim(), hash);
    assert_eq!((count(&chain).await, stake(&chain).await), (before + 1, Cai::from_whole(7)));
    // In the pool, and lost there.
    chain.control("evm_setAutomine", json!([false])).await;
    let hash = killed_at_sending(&chain, &proxy, "5").await;
    for _ in 0..500 {
        if !chain.control("eth_getTransactionByHash", json!([hash])).await.is_null() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(chain.control("anvil_dropTransaction", json!([hash])).await, json!(hash));
    chain.control("evm_setAutomine", json!([true])).await;
    chain.mine(3).await;
    assert_eq!(count(&chain).await, before + 1);
    assert_eq!(run(&chain, &["tx", "wait", &hash]).await.expect(0).stdout.trim(), hash);
    assert_eq!((count(&chain).await, stake(&chain).await), (before + 2, Cai::from_whole(12)));
}

#[tokio::test(flavor = "multi_thread")]
async fn f16_a_pool_that_forgets_while_somebody_waits_is_told_again() {
    let chain = Chain::start().await;
    let before = count(&chain).await;
    chain.control("evm_setAutomine", json!([false])).await;
    let proxy = Proxy::start(&chain, |_, _| Act::Pass).await;
    let child = spawn(&chain, &["stake", "deposit", "7", "-a", "anvil:0", "--rpc-url", &proxy.url]);
    proxy.until(SEND, 1).await;
    proxy.until("eth_getTransactionByHash", 1).await;
    let open = run(&chain, &["tx", "list", "--json"]).await.expect(0).data();
    let hash = open[0]["attempts"][0]["hash"].as_str().expect("a hash").to_owned();
    chain.control("anvil_dropTransaction", json!([hash])).await;
    proxy.until(SEND, 2).await;
    chain.control("evm_setAutomine", json!([true])).await;
    chain.mine(1).await;
    assert_eq!(ended(child).await.expect(0).stdout.trim(), hash);
    assert_eq!((count(&chain).await, stake(&chain).await), (before + 1, Cai::from_whole(7)));
}

#[tokio::test(flavor = "multi_thread")]
async fn f16_commands_with_one_key_at_once_take_turns() {
    let chain = Chain::start().await;
    let before = count(&chain).await;
    let to = account(7).address();
    let held = chain.client().await.cai_balance(to).await.expect("read");
    let to = to.to_string();
    let children: Vec<_> = (0..5).map(|_| spawn(&chain, &["faucet", "grant", &to, "1", "-a", "anvil:0"])).collect();
    for child in children {
        ended(child).await.expect(0);
    }
    let now = chain.client().await.cai_balance(account(7).address()).await.expect("read");
    assert_eq!((count(&chain).await, now.checked_sub(held)), (before + 5, Some(Cai::from_whole(5))));
    assert_eq!(run(&chain, &["tx", "list"]).await.expect(0).stdout, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn f16_a_nonce_that_was_used_by_hand_costs_nothing() {
    let chain = Chain::start().await;
    let before = count(&chain).await;
    let by_hand = json!([{"from": account(0).address(), "to": account(1).address(), "value": "0x1"}]);
    // Between the choice of the nonce and the endpoint.
    let go = Arc::new(Notify::new());
    let proxy = Proxy::start(&chain, on(SEND, Act::Hold(go.clone()))).await;
    let child = spawn(&chain, &["stake", "deposit", "7", "-a", "anvil:0", "--rpc-url", &proxy.url]);
    proxy.until(SEND, 1).await;
    chain.control("eth_sendTransaction", by_hand.clone()).await;
    proxy.now(|_, _| Act::Pass);
    go.notify_one();
    ended(child).await.expect(0).says("taking the next");
    assert_eq!((count(&chain).await, stake(&chain).await), (before + 2, Cai::from_whole(7)));

    // While the process was gone: done by nobody, said, and never sent again.
    proxy.now(on(SEND, Act::Hang));
    let hash = killed_at_sending(&chain, &proxy, "5").await;
    chain.control("eth_sendTransaction", by_hand).await;
    let overtaken = run(&chain, &["tx", "wait", &hash]).await.expect(1).says("has used nonce");
    assert_eq!(overtaken.stdout.trim(), hash);
    run(&chain, &["stake", "deposit", "3", "-a", "anvil:0"]).await.expect(0);
    assert_eq!((count(&chain).await, stake(&chain).await), (before + 4, Cai::from_whole(10)));
    run(&chain, &["tx", "wait", &hash]).await.expect(1);
    assert_eq!(count(&chain).await, before + 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_succeeded_is_never_called_lost() {
    let chain = Chain::start().await;
    let receipt = "eth_getTransactionReceipt";
    // The receipts are far behind the nonces, as those of a balanced endpoint are.
    let mut asked = 0;
    let late = Proxy::start(&chain, move |method, _| {
        asked += u32::from(method == receipt);
        if method == receipt && asked <= 12 { Act::Answer(Value::Null) } else { Act::Pass }
    })
    .await;
    let deposit = |url: &str, amount: &str| {
        let arguments = ["stake", "deposit", amount, "-a", "anvil:0", "--timeout", "15s", "--rpc-url", url];
        arguments.map(str::to_owned)
    };
    let ran = async |arguments: [String; 9]| run(&chain, &arguments.each_ref().map(String::as_str)).await;
    ran(deposit(&late.url, "7")).await.expect(0);
    // They never come: not known is not lost.
    let never = Proxy::start(&chain, on(receipt, Act::Answer(Value::Null))).await;
    let unknown = ran(deposit(&never.url, "5")).await.expect(7);
    assert!(
        !unknown.stderr.contains("do it again") && !unknown.stderr.contains("has used nonce"),
        "{}",
        unknown.stderr
    );
    let hash = unknown.stdout.trim().to_owned();
    assert_eq!(stake(&chain).await, Cai::from_whole(12));
    // Another endpoint knows it.
    let good = chain.network.rpc_urls[0].expose().to_string();
    let network = description(&chain, "lagging", &[&never.url, &good]);
    run(&chain, &["stake", "deposit", "3", "-a", "anvil:0", "--network", &network]).await.expect(0);
    assert_eq!(run(&chain, &["tx", "wait", &hash]).await.expect(0).stdout.trim(), hash);
    assert_eq!(stake(&chain).await, Cai::from_whole(15));
}

#[tokio::test(flavor = "multi_thread")]
async fn deposits_one_after_another_and_at_once_all_arrive() {
    let chain = Chain::start().await;
    // Nothing is in a block before the second one is sent.
    chain.control("evm_setAutomine", json!([false])).await;
    for amount in ["1", "2"] {
        run(&chain, &["stake", "deposit", amount, "-a", "anvil:0", "--no-wait"]).await.expect(0);
    }
    chain.mine(1).await;
    assert_eq!(stake(&chain).await, Cai::from_whole(3));
    chain.control("evm_setAutomine", json!([true])).await;
    let children: Vec<_> = (0..5).map(|_| spawn(&chain, &["stake", "deposit", "10", "-a", "anvil:0"])).collect();
    for child in children {
        ended(child).await.expect(0);
    }
    assert_eq!(stake(&chain).await, Cai::from_whole(53));
}

#[tokio::test(flavor = "multi_thread")]
async fn f17_a_price_that_rises_is_followed_up_to_a_cap_and_any_of_the_transactions_counts() {
    let chain = Chain::start().await;
    let before = count(&chain).await;
    chain.control("evm_setAutomine", json!([false])).await;
    let sent = run(&chain, &["stake", "deposit", "7", "-a", "anvil:0", "--no-wait"]).await.expect(0);
    let first = sent.stdout.trim().to_owned();
    let open = run(&chain, &["tx", "list", "--json"]).await.expect(0).data();
    let price: u128 = open[0]["attempts"][0]["max_fee_per_gas"].as_str().expect("a price").parse().expect("a number");
    let block_at = async |base_fee: u128| {
        chain.control("anvil_setNextBlockBaseFeePerGas", json!([format!("{base_fee:#x}")])).await;
        chain.mine(1).await;
    };

    // A hundred times the price: the most that it may pay is offered, said, and held.
    block_at(price * 100).await;
    let held = spawn(&chain, &["tx", "wait", &first, "-a", "anvil:0", "--timeout", "15s"]);
    let mut attempts = Value::Null;
    for _ in 0..100 {
        block_at(price * 100).await;
        attempts = run(&chain, &["tx", "show", &first, "--json"]).await.expect(0).data()["local"]["attempts"].clone();
        if attempts.as_array().is_some_and(|attempts| attempts.len() > 1) {
            break;
        }
    }
    let raised: u128 = attempts[1]["max_fee_per_gas"].as_str().expect("a price").parse().expect("a number");
    assert!(raised * 8 >= price * 9 && raised <= price * 10, "{price} {raised}");
    assert_eq!(count(&chain).await, before);
    let held = ended(held).await.expect(7).says("sent again with a higher fee").says("as high as it may be");
    assert_eq!(
        held.stdout.trim(),
        attempts.as_array().expect("several").last().expect("one")["hash"].as_str().expect("a hash")
    );

    // It falls to what the raised one pays, and the first does not.
    let waiting = spawn(&chain, &["tx", "wait", &first]);
    for _ in 0..100 {
        block_at(price * 2).await;
        if count(&chain).await > before {
            break;
        }
    }
    let mined = ended(waiting).await.expect(0).stdout.trim().to_owned();
    assert_ne!(mined, first);
    chain.control("evm_setAutomine", json!([true])).await;
    assert_eq!((count(&chain).await, stake(&chain).await), (before + 1, Cai::from_whole(7)));
    for hash in [&first, &mined] {
        assert_eq!(run(&chain, &["tx", "wait", hash]).await.expect(0).stdout.trim(), mined);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f13_what_the_chain_takes_back_is_sent_again_as_it_was() {
    let chain = Chain::start().await;
    chain.mine(3).await;
    let before = count(&chain).await;
    let sent = run(&chain, &["stake", "deposit", "7", "-a", "anvil:0"]).await.expect(0).stdout;
    let hash = sent.trim();
    chain.control("anvil_rollback", json!([1])).await;
    assert_eq!((count(&chain).await, stake(&chain).await), (before, Cai::ZERO));
    let shown = run(&chain, &["tx", "show", hash, "--json"]).await.expect(0).data();
    assert_eq!((&shown["status"], &shown["local"]["state"]), (&json!("unknown"), &json!("confirmed")));
    assert_eq!(run(&chain, &["tx", "wait", hash]).await.expect(0).stdout, sent);
    assert_eq!((count(&chain).await, stake(&chain).await), (before + 1, Cai::from_whole(7)));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_key_a_fee_is_not_raised_and_that_is_said() {
    let chain = Chain::start().await;
    chain.control("evm_setAutomine", json!([false])).await;
    let sent = run(&chain, &["stake", "deposit", "7", "-a", "anvil:0", "--no-wait"]).await.expect(0);
    let hash = sent.stdout.trim();
    chain.control("anvil_setNextBlockBaseFeePerGas", json!(["0x174876e800"])).await;
    chain.control("anvil_dropTransaction", json!([hash])).await;
    chain.mine(1).await;
    let waited = run(&chain, &["tx", "wait", hash, "--timeout", "2s"]).await.expect(7);
    assert_eq!(waited.says("its wallet can raise it").stdout.trim(), hash);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_outbox_is_refused_before_anything_is_signed() {
    let chain = Chain::start().await;
    run(&chain, &["stake", "deposit", "7", "-a", "anvil:0"]).await.expect(0);
    let before = count(&chain).await;
    let file = format!("outbox/31337-{:#x}.json", account(0).address());
    std::fs::write(chain.path(&file), b"{").expect("written");
    run(&chain, &["stake", "deposit", "7", "-a", "anvil:0"]).await.expect(78).says(&file).says("nothing was signed");
    assert_eq!(count(&chain).await, before);
}

/// Sends one transfer until it is done, as a caller would: again only after the word that it was not.
async fn done(outbox: &Outbox, client: &Client, call: &Call) -> B256 {
    let terms = Terms { title: "Transfer".into(), patience: Duration::from_secs(300), ..Terms::default() };
    loop {
        let from = client.address().expect("a key");
        let Ok(simulation) = client.simulate(from, call).await else { continue };
        let intent = match outbox.submit(client, call, &simulation, &terms, |_| {}).await {
            Ok(intent) => intent,
            // Nothing was signed.
            Err(ChainError::Unreachable { .. }) => continue,
            Err(error) => panic!("{error}"),
        };
        loop {
            match outbox.finish(client, &intent, Duration::from_secs(120)).await {
                Ok(Outcome::Confirmed(confirmed)) => return confirmed.hash,
                Ok(Outcome::Replaced { .. }) => break,
                Ok(Outcome::Unconfirmed { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_intents_through_a_hostile_endpoint_are_two_hundred_effects() {
    const INTENTS: u64 = 200;
    const WORKERS: u64 = 8;
    let chain = Chain::start().await;
    let before = count(&chain).await;
    // One in five of what is sent fails, half of it after the endpoint has taken it.
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let proxy = Proxy::start(&chain, move |method, _| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        match (method, random % 100) {
            (SEND, 0..5) => Act::Status("502 Bad Gateway"),
            (SEND, 5..10) => Act::Close,
            (SEND, 10..14) => Act::PassAndStatus("504 Gateway Timeout"),
            (SEND, 14..17) => Act::PassAndFail,
            (SEND, 17..20) => Act::Truncate,
            (SEND, _) => Act::Pass,
            (_, 0..3) => Act::Status("503 Service Unavailable"),
            _ => Act::Pass,
        }
    })
    .await;
    let mut network = chain.network.clone();
    network.rpc_urls = vec![proxy.url.parse().expect("a URL")];
    let recipient = |intent: u64| Address::left_padding_from(&[&[0x77; 4][..], &intent.to_be_bytes()].concat());
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let (network, directory) = (network.clone(), chain.path("outbox"));
        workers.spawn(async move {
            let client = Client::connect(&network).await.expect("connects").with_signer(account(0));
            let outbox = Outbox::new(directory);
            let mut hashes = vec![];
            for intent in (0..INTENTS).filter(|intent| intent % WORKERS == worker) {
                let call = Call::transfer(recipient(intent), U256::from(1));
                hashes.push(done(&outbox, &client, &call).await);
            }
            hashes
        });
    }
    // The operator uses the same key by hand all the while.
    let operator = chain.client().await;
    let (mut sent_by_hand, mut hashes) = (vec![], vec![]);
    while !workers.is_empty() {
        tokio::select! {
            Some(done) = workers.join_next() => hashes.extend(done.expect("no panic")),
            () = tokio::time::sleep(Duration::from_millis(700)) => {
                let transfer = json!([{"from": account(0).address(), "to": account(1).address(), "value": "0x1"}]);
                match operator.request::<B256>("eth_sendTransaction", transfer).await {
                    Ok(hash) => sent_by_hand.push(hash),
                    // Whoever is first with a nonce has it, and here that was the outbox.
                    Err(ChainError::Refused { message, .. }) => {
                        let message = message.to_string();
                        assert!(message.contains("underpriced") || message.contains("nonce too low"), "{message}");
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len() as u64, INTENTS);
    // Every one was done, and none twice.
    for intent in 0..INTENTS {
        assert_eq!(operator.native_balance(recipient(intent)).await.expect("read"), U256::from(1), "{intent}");
    }
    let mut by_hand = 0;
    for hash in sent_by_hand {
        by_hand += u64::from(operator.receipt(hash).await.expect("asked").is_some());
    }
    assert!(by_hand > 0);
    assert_eq!(count(&chain).await, before + INTENTS + by_hand);
    let pending = chain.control("eth_getTransactionCount", json!([account(0).address(), "pending"])).await;
    assert_eq!(serde_json::from_value::<U64>(pending).expect("a number").to::<u64>(), before + INTENTS + by_hand);
    assert!(Outbox::new(chain.path("outbox")).intents().expect("read").iter().all(|intent| !intent.state.is_open()));
}
