//! Prices, vouchers and settlements on a running network, to the base unit.

use std::process::Stdio;

use cuckoo::node::miner::signed_record::{Heard, RecordError, Store};
use cuckoo_protocol::{
    Address, B256, Cai, U256,
    message::{Domain, Receipt, SignedVoucher, Ticket, Voucher},
    miner::Completed,
};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::harness::{
    books::{after_burn, amount, balance, settle, sign, two_nodes, units},
    chain::{Chain, Ran, account},
    network::{Devnet, get, kill, until},
    service::{Service, node, register},
};

/// Base units for 1,000 prompt tokens and 1,000 generated ones, in every test here.
const PROMPT: u64 = 7_000_001;
const COMPLETION: u64 = 13_000_003;

/// A network with these prices.
fn devnet(arguments: &[&str]) -> Devnet {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let text = format!("[default]\nprompt = \"{PROMPT}wei\"\ncompletion = \"{COMPLETION}wei\"\n");
    std::fs::write(file.path(), text).expect("written");
    let path = file.path().display().to_string();
    Devnet::start(&[&["--prices", &path], arguments].concat())
}

/// What a task cost by the published rates.
fn cost(task: &Value) -> U256 {
    let tokens = |field: &str| task["usage"][field].as_u64().expect("a count");
    let all = tokens("prompt_tokens") * PROMPT + tokens("completion_tokens") * COMPLETION;
    U256::from(all.div_ceil(1_000))
}

fn ask(devnet: &Devnet, prompt: &str) -> Value {
    let id = devnet.run(&["task", "run", prompt, "--json"]).expect(0).data()["task"].clone();
    devnet.run(&["task", "show", id.as_str().expect("text"), "--json"]).expect(0).data()
}

/// A node of the network by its account.
fn member(devnet: &Devnet, name: &str) -> Value {
    let document = devnet.document();
    let rows = document["children"].as_array().expect("nodes");
    rows.iter().find(|row| row["name"] == json!(name)).expect("it is there").clone()
}

fn vouchers(devnet: &Devnet, miner: &str) -> Value {
    let data = devnet.data().join(miner).display().to_string();
    devnet.run(&["miner", "vouchers", "--data", &data, "--json"]).expect(0).data()
}

#[test]
fn work_is_paid_by_vouchers_that_need_nobody() {
    let devnet = devnet(&["--miners", "1", "--scripted-tokens", "30", "--settle-every", "0s"]);
    let models = devnet.run(&["task", "run", "hello"]).expect(0).says("the answer cost 0.000000000000");
    assert!(models.stderr.contains("is valid"), "{models:?}");
    let owed: U256 = (0..3).map(|round| cost(&ask(&devnet, &format!("round {round}")))).sum();
    let first = devnet.run(&["task", "list", "--json"]).expect(0).data()[3].clone();
    let owed = owed + cost(&first);
    assert_eq!(amount(&first["cost"]), cost(&first), "{first}");
    assert!(amount(&first["price"]) > cost(&first), "what was reserved: {first}");

    until("the voucher says it all", || {
        let rows = vouchers(&devnet, "miner-1");
        rows[0]["vouchered"].is_string() && amount(&rows[0]["vouchered"]) == owed
    });
    let row = vouchers(&devnet, "miner-1")[0].clone();
    assert_eq!((amount(&row["redeemable"]), &row["unpaid_tickets"]), (owed, &json!(0)), "{row}");

    // A power cut in the coordinator changes nothing about what it owes.
    kill(devnet.process("name", "coordinator-1"), "KILL");
    let admin = devnet.admin();
    let accounts = || devnet.run(&["coordinator", "owed", "--connect", &admin, "--json"]);
    until("it is back", || accounts().code == 0);
    let account = accounts().expect(0).data()[0].clone();
    assert_eq!((amount(&account["owed"]), amount(&account["vouchered"])), (owed, owed), "{account}");
    assert_eq!(account["through"], row["through"]);

    // Anybody may pay the fee; the owner gets the money, once and less the part that is burned.
    let owner = member(&devnet, "miner-1")["owner"].as_str().expect("an address").to_owned();
    let liquid = || amount(&devnet.run(&["balance", &owner, "--json"]).expect(0).data()["liquid"]);
    let before = liquid();
    let data = devnet.data().join("miner-1").display().to_string();
    let redeem = || devnet.run(&["miner", "redeem", "--data", &data, "--account", "anvil:3", "--json"]);
    let paid = redeem().expect(0).data();
    assert_eq!(amount(&paid["redeemed"][0]["amount"]), owed);
    assert_eq!((amount(&paid["paid"][0]["amount"]), liquid()), (after_burn(owed), before + after_burn(owed)));
    redeem().expect(3).says("every voucher is already settled");

    // What is done afterwards is settled by the coordinator, and only that.
    until("the miner offers its slots again", || {
        devnet.run(&["coordinator", "status", "--connect", &admin]).stdout.contains("model\tscripted")
    });
    let more = cost(&ask(&devnet, "once more"));
    until("the voucher says it", || amount(&accounts().expect(0).data()[0]["vouchered"]) == owed + more);
    let hub = member(&devnet, "coordinator-1")["owner"].as_str().expect("an address").to_owned();
    let password = devnet.data().join("password").display().to_string();
    let settle = |extra: &[&str]| {
        let keystores = devnet.data().join("keystores").display().to_string();
        let by = ["--keystore-dir", &keystores, "--account", "coordinator-1-owner", "--password-file", &password];
        devnet.run(&[&["coordinator", "settle", "--connect", &admin, "--json"][..], &by, extra].concat())
    };
    let settled = settle(&[]).expect(0).data();
    assert_eq!((amount(&settled["total"]), &settled["miners"]), (more, &json!(1)), "by {hub}");
    settle(&[]).expect(3).says("everything in vouchers is already settled");
    let credit = devnet.run(&["balance", &owner, "--json"]).expect(0).data()["credit"].clone();
    assert_eq!(amount(&credit[0]["amount"]) + amount(&credit[0]["burned"]), more, "{credit}");
}

#[test]
fn a_running_coordinator_settles_by_itself() {
    let devnet = devnet(&["--miners", "1", "--settle-every", "1s"]);
    let owner = member(&devnet, "miner-1")["owner"].as_str().expect("an address").to_owned();
    let credit = || devnet.run(&["balance", &owner, "--json"]).expect(0).data()["credit"].clone();
    let mut owed = U256::ZERO;
    for round in 0..2 {
        owed += cost(&ask(&devnet, &format!("round {round}")));
        until("the chain has it", || {
            let credit = credit();
            credit[0]["amount"].is_string() && amount(&credit[0]["amount"]) + amount(&credit[0]["burned"]) == owed
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_settles_often_enough_for_its_network() {
    let chain = Chain::start().await;
    let (api, link, admin) = register(&chain);
    chain.next_epoch().await;
    let listen = |option: &str, port: u16| [option.to_owned(), format!("127.0.0.1:{port}")];
    let options = [listen("--listen", api), listen("--link-listen", link), listen("--admin-listen", admin)].concat();
    let run = |every: &[&str]| {
        let mut command = node(&chain, "coordinator", &options);
        command.args(every);
        command
    };
    // Claims wait for 20 s here: four settlements have to fit into that.
    let ran = Ran::new(run(&["--settle-every", "6s"]).output().expect("runs"));
    ran.expect(78).says("settling every 6s is too rare").says("--settle-every 5s");
    for every in [&["--settle-every", "0s"][..], &["--settle-every", "5s"], &[]] {
        let mut command = run(every);
        let service = Service(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("runs"));
        until("it serves", || {
            chain.run(&["coordinator", "status", "--connect", &format!("http://127.0.0.1:{admin}")]).code == 0
        });
        drop(service);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_accepted_that_cannot_be_paid() {
    let devnet = devnet(&["--miners", "1", "--scripted-tokens", "20"]);
    let http = Client::new();
    let models = get(&http, &format!("{}/v1/models", devnet.api())).await;
    let pricing = &models["data"][0]["pricing"];
    assert_eq!((pricing["prompt"].as_str(), pricing["completion"].as_str()), (Some("7000001"), Some("13000003")));
    let chat = format!("{}/v1/chat/completions", devnet.api());
    let post = async |header: Option<&str>, key: Option<&str>| {
        let mut request = http.post(&chat).json(&devnet.chat("hello"));
        if let Some(cap) = header {
            request = request.header("x-cuckoo-max-price", cap);
        }
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let answer = request.send().await.expect("answers");
        let (status, cost) = (answer.status(), answer.headers().get("x-cuckoo-cost").cloned());
        let body: Value = answer.json().await.expect("JSON");
        (status, body["error"]["code"].as_str().unwrap_or_default().to_owned(), cost)
    };

    // The application's own limit.
    assert_eq!(post(Some("1000wei"), None).await.1, "price_above_cap");
    assert_eq!(post(Some("1000wei"), None).await.0, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(post(Some("a lot"), None).await.1, "invalid_value");
    let (status, _, cost) = post(Some("1"), None).await;
    let cost: Cai = cost.expect("its cost").to_str().expect("text").replace(',', "").parse().expect("an amount");
    assert!(status.is_success() && cost > Cai::ZERO && cost < Cai::from(10_000_000u128), "{cost}");

    // A key's budget: what it has spent, and what it may spend at most by what runs.
    let data = devnet.data().join("coordinator-1").display().to_string();
    let new = ["coordinator", "keys", "new", "shop", "--budget", "12000000wei", "--json", "--data", &data];
    let key = devnet.run(&new).expect(0).data()["key"].as_str().expect("a key").to_owned();
    until("keys are asked for", || devnet.run(&["task", "list"]).code == 4);
    let (mut served, mut refused) = (0, None);
    for _ in 0..60 {
        match post(None, Some(&key)).await {
            (status, ..) if status.is_success() => served += 1,
            (status, code, _) => {
                refused = Some((status, code));
                break;
            }
        }
    }
    assert_eq!(refused, Some((StatusCode::TOO_MANY_REQUESTS, "insufficient_quota".into())), "after {served}");
    assert!(served >= 2, "{served}");

    // Escrow that is on its way out pays nobody.
    let other = ["coordinator", "keys", "new", "rich", "--json", "--data", &data];
    let key = devnet.run(&other).expect(0).data()["key"].as_str().expect("a key").to_owned();
    let keystores = devnet.data().join("keystores").display().to_string();
    let password = devnet.data().join("password").display().to_string();
    let by = ["--keystore-dir", &keystores, "--account", "coordinator-1-owner", "--password-file", &password];
    devnet.run(&[&["escrow", "thaw", "coordinator-1", "--all"][..], &by].concat()).expect(0);
    let exhausted = async {
        // A task that is accepted just before the coordinator sees the block waits for a miner, and the miner has seen it: a
        // client that leaves takes its task back.
        let patience = std::time::Duration::from_secs(10);
        while !matches!(tokio::time::timeout(patience, post(None, Some(&key))).await, Ok((_, code, _)) if code == "escrow_exhausted")
        {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(150), exhausted).await.expect("no more is accepted");
}

/// What the miner has in its directory; one at a time.
fn signed_record(chain: &Chain) -> Store {
    std::fs::create_dir_all(chain.path("miner")).expect("a directory");
    Store::open(&chain.path("miner")).expect("opens")
}

fn keep_voucher(chain: &Chain, voucher: SignedVoucher) {
    let domain = Domain::new(0, Address::ZERO);
    let heard = Heard { vouchers: vec![voucher], ..Heard::default() };
    signed_record(chain).commit(vec![], &heard, &domain, |_| Ok::<_, RecordError>(vec![])).expect("kept");
}

/// What a miner keeps of a ticket that it has answered, in its directory.
async fn keep(chain: &Chain, number: u64, price: u128, deadline: u64) -> B256 {
    let client = chain.client().await;
    let domain = client.domain();
    let (coordinator, miner): (Address, Address) = (account(5).address(), account(6).address());
    let task = B256::left_padding_from(&number.to_be_bytes());
    let ticket = Ticket {
        coordinator,
        miner,
        task,
        number,
        price,
        // For the receipt's one token.
        completionRate: price * 1_000,
        deadline,
        attempt: 1,
        ..Ticket::default()
    };
    let receipt = Receipt { ticket: domain.digest(&ticket), completionTokens: 1, ..Receipt::default() };
    let ticket_signature = sign(&client, 5, &ticket);
    let signature = sign(&client, 6, &receipt);
    let completed = Completed { ticket: ticket.clone(), ticket_signature, receipt, owed: Cai::from(price), stop: None };
    let kept = signed_record(chain)
        .commit(vec![completed], &Heard::default(), &domain, |_| Ok::<_, RecordError>(vec![signature]));
    assert!(matches!(kept.as_deref(), Ok([Ok(_)])), "{kept:?}");
    domain.digest(&ticket)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_coordinator_is_claimed_from_without_its_help() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    let client = chain.client().await;
    let run = |arguments: &[&str]| chain.run(&[&["miner"], arguments, &["--json"]].concat());
    assert_eq!(run(&["vouchers"]).expect(0).says("No coordinator owes this miner anything").data(), json!([]));
    chain.run(&["escrow", "deposit", "hub", "100", "-a", "anvil:0"]).expect(0);
    let now = client.head().await.expect("a block").timestamp;
    let price = 3 * 10u128.pow(18);
    let settled = keep(&chain, 7, price, now + 60).await;
    let open = keep(&chain, 9, price, now + 60).await;
    let later = keep(&chain, 11, price, now + 9_000).await;
    assert!(settled != open && open != later);

    let row = run(&["vouchers"]).expect(0).data()[0].clone();
    assert_eq!((&row["unpaid_tickets"], amount(&row["unpaid"])), (&json!(3), units(9)), "{row}");
    run(&["claim", "-a", "anvil:1"]).expect(3).says("the first one can be claimed from 20");
    // The coordinator accounts for one of them in a batch, and is silent about the others.
    settle(&client, 0, 5, 6, units(1), 7).await;
    chain.pass(120).await;
    run(&["claim", "-a", "anvil:3"]).expect(3).says("only the miner's own key or its owner may claim");
    let owner = account(1).address().to_string();
    let before = amount(&balance(&chain, &owner)["liquid"]);
    let paid = run(&["claim", "-a", "anvil:1"]).expect(0).data();
    assert_eq!(paid["claimed"].as_array().map(Vec::len), Some(1), "{paid}");
    assert_eq!((&paid["claimed"][0]["ticket"], amount(&paid["claimed"][0]["amount"])), (&json!(open), units(3)));
    assert_eq!(amount(&paid["paid"][0]["amount"]), after_burn(units(3)));
    assert_eq!(amount(&balance(&chain, &owner)["liquid"]), before + after_burn(units(3)));
    run(&["claim", "-a", "anvil:1"]).expect(3).says("the first one can be");

    // A voucher of before pays what the claim has not.
    let voucher = Voucher {
        coordinator: account(5).address(),
        miner: account(6).address(),
        cumulative: 6 * 10u128.pow(18),
        through: 9,
    };
    let signature = sign(&client, 5, &voucher);
    keep_voucher(&chain, SignedVoucher { voucher, signature });
    let redeemed = run(&["redeem", "hub", "-a", "anvil:3"]).expect(0).data();
    assert_eq!(amount(&redeemed["redeemed"][0]["amount"]), units(2));
    assert_eq!(amount(&redeemed["paid"][0]["amount"]), after_burn(units(2)));
    run(&["redeem", "-a", "anvil:3"]).expect(3).says("cuckoo escrow collect");
    std::fs::write(chain.path("miner/signed.db"), "no database").expect("written");
    run(&["redeem", "-a", "anvil:3"]).expect(1).says("signed.db cannot be used");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_answers_are_tasks_of_their_own_accepted_for_all_or_for_none() {
    let devnet = devnet(&["--miners", "2"]);
    let http = Client::new();
    let mut chat = devnet.chat("of nests");
    let task: Value = devnet.post(&http, "/v1/tasks", &chat).await.json().await.expect("JSON");
    let price = amount(&task["price"]);
    chat["n"] = json!(3);
    assert_eq!(devnet.post(&http, "/v1/tasks", &chat).await.status(), StatusCode::BAD_REQUEST);
    let ask = async |cap: U256| {
        let request = http.post(format!("{}/v1/chat/completions", devnet.api())).json(&chat);
        let request = request.header("x-cuckoo-max-price", format!("{cap}wei")).header("idempotency-key", "three");
        request.send().await.expect("answers")
    };
    let refused = ask(price * U256::from(3) - U256::from(1)).await;
    assert_eq!(refused.status(), StatusCode::PAYMENT_REQUIRED);
    let list =
        async || get(&http, &format!("{}/v1/tasks", devnet.api())).await["data"].as_array().expect("tasks").len();
    assert_eq!(list().await, 1, "a part of them was accepted");

    let answer = ask(price * U256::from(3)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let header = |name: &str| answer.headers()[name].to_str().expect("text").to_owned();
    let (ids, receipts, paid) = (header("x-cuckoo-task"), header("x-cuckoo-receipt"), header("x-cuckoo-cost"));
    let body: Value = answer.json().await.expect("JSON");
    let mut costs = U256::ZERO;
    for (index, (id, receipt)) in ids.split(", ").zip(receipts.split(", ")).enumerate() {
        let task = get(&http, &format!("{}/v1/tasks/{id}", devnet.api())).await;
        assert_eq!(task["text"], body["choices"][index]["message"]["content"]);
        assert_eq!(task["receipt_hash"], receipt);
        assert_eq!(amount(&task["cost"]), cost(&task));
        costs += cost(&task);
    }
    assert_eq!(list().await, 4);
    assert_eq!(paid.parse::<Cai>().expect("an amount").base_units(), costs);
    let again = ask(price * U256::from(3)).await;
    assert_eq!(again.headers()["x-cuckoo-task"].to_str().expect("text"), ids);
    assert_eq!(list().await, 4);
}
