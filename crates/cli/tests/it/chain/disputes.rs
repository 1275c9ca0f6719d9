//! `cuckoo dispute`: from two answers on disk to the slash, and from one to the court and back.

use alloy::{
    primitives::keccak256,
    sol_types::{SolEvent, SolValue},
};
use cuckoo_protocol::{
    B256, U256,
    contract::DisputeCourt::JurorSettled,
    message::{Receipt, Ticket},
};
use serde_json::{Value, json};

use crate::harness::{
    books::{amount, balance, balanced, juror, sign, sign_among_others, two_nodes, units},
    chain::{Chain, EPOCH, Ran, UNBONDING, account},
    proxy::{self, Act, Proxy},
};

/// A file with an answer, as `cuckoo task receipt` prints it, and the digest of its receipt.
pub(super) struct Answer {
    pub(super) file: String,
    pub(super) receipt: B256,
}

/// Files with answers of the miner to one ticket, each with another output.
pub(super) async fn answers(chain: &Chain, task: u8, outputs: &[u8]) -> Vec<Answer> {
    let client = chain.client().await;
    let domain = client.domain();
    let ticket = Ticket {
        coordinator: account(5).address(),
        miner: account(6).address(),
        task: B256::repeat_byte(task),
        number: task.into(),
        model: B256::with_last_byte(1),
        deadline: client.head().await.expect("a block").timestamp + 3_600,
        ..Ticket::default()
    };
    let document = |output: &u8| {
        let outputs = B256::repeat_byte(*output);
        let receipt = Receipt { ticket: domain.digest(&ticket), outputCommitment: outputs, ..Receipt::default() };
        let record = json!({
            "chain_id": domain.chain_id(),
            "settlement": domain.contract(),
            "ticket": ticket,
            "ticket_signature": sign(&client, 5, &ticket),
            "receipt": receipt,
            "receipt_signature": sign(&client, 6, &receipt),
            "salt": B256::ZERO,
            "token_ids": [],
        });
        let path = chain.path(&format!("{task}-{output}.json"));
        std::fs::write(&path, json!({"receipt": record, "text": "an answer"}).to_string()).expect("written");
        Answer { file: path.display().to_string(), receipt: domain.digest(&receipt) }
    };
    outputs.iter().map(document).collect()
}

/// A chain with two nodes and a juror that declared its model so long ago that it counts.
pub(super) async fn chain_with_juror() -> Chain {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    juror(&chain);
    for _ in 0..3 {
        chain.next_epoch().await;
    }
    chain
}

impl Chain {
    pub(super) fn dispute(&self, arguments: &[&str], account: &str) -> Ran {
        self.run(&[&["dispute"], arguments, &["-a", account]].concat())
    }
}

/// An id by its first digits is enough, and what is no id says how many there have to be.
fn named_by_its_first_digits(chain: &Chain, id: &str) {
    assert_eq!(chain.run(&["dispute", "show", &id[..8], "--json"]).expect(0).data()["id"], json!(id));
    chain.run(&["dispute", "show", "0x12"]).expect(2).says("at least the first 6");
    chain.run(&["dispute", "show", "0xabcdef01"]).expect(3).says("cuckoo dispute list --all");
    // A model that is not there is noticed before a password is asked for.
    chain.wallet("me");
    let evidence = chain.path("evidence").display().to_string();
    let show = ["dispute", "show", id, "--account", "me", "--evidence", &evidence, "--model"];
    let missing = chain.run(&[&show[..], &["nowhere"]].concat()).expect(2).says("nowhere");
    assert!(!missing.stderr.contains("password"), "{missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_disputed_judged_and_paid_for() {
    let chain = chain_with_juror().await;
    let challenger = account(2).address().to_string();
    let everybody = [0, 1, 2, 3, 7].map(|index| account(index).address().to_string());
    let act = |arguments: &[&str]| chain.dispute(arguments, "anvil:2");
    let (first, second) = (answers(&chain, 1, &[1]).await, answers(&chain, 2, &[1]).await);
    let (one, two) = (&*first[0].file, &*second[0].file);
    let mut digests = vec![first[0].receipt, second[0].receipt];
    digests.sort();
    let id = keccak256(digests.abi_encode()).to_string();
    let shown = || chain.run(&["dispute", "show", &id, "--json"]).expect(0).data();

    act(&["open", one, two]).expect(3).says("1,000 CAI");
    chain.run(&["faucet", "request", "--to", &challenger]).expect(0);
    act(&["open", one, two, "--dry-run"]).expect(3).says("the approval is sent first");
    act(&["open", one, one]).expect(3).says("given twice");
    let opened = act(&["open", two, one, "--json"]).expect(0).data();
    assert_eq!((&opened["id"], amount(&opened["bond"])), (&json!(id), units(1_000)));
    act(&["open", one, two]).expect(3).says("over these answers is open").says("cuckoo dispute join");
    let dispute = shown();
    assert_eq!((&dispute["state"], &dispute["phase"]), (&json!("open"), &json!("drawing")));
    assert_eq!(dispute["receipts"], json!(digests));
    assert_eq!(dispute["challengers"], json!([account(2).address()]));
    let listed = chain.run(&["dispute", "list"]).expect(0).stdout;
    assert!(
        listed.starts_with(&format!("{id}\topen\twaits for the draw of its jury\t"))
            && listed.contains("\tgpu-box\t2\t1\t"),
        "{listed}"
    );
    named_by_its_first_digits(&chain, &id);
    // Another challenger joins, with the same bond.
    chain.run(&["faucet", "request", "--to", &everybody[3]]).expect(0);
    chain.dispute(&["join", &id], "anvil:3").expect(0);
    chain.dispute(&["join", &id], "anvil:3").expect(3).says("is a challenger of this dispute already");
    let guilty = &shown()["prospects"][0];
    assert_eq!((&guilty["ending"], amount(&guilty["taken"])), (&json!("guilty"), units(8_000)));
    assert_eq!(amount(&guilty["challenger_gets"]), units(1_400));
    act(&["commit", &id, "--vote", "guilty"]).expect(3).says("waits for the draw");

    // The juror has all of the declared stake, and so every seat.
    chain.next_epoch().await;
    let vote = |arguments: &[&str]| chain.dispute(arguments, "anvil:8");
    vote(&["commit", &id, "--vote", "guilty"]).expect(3).says("cuckoo dispute seed");
    act(&["summon", &id]).expect(3).says("once the seed of the draw is recorded");
    act(&["advance", &id]).expect(0).says("jurors can commit");
    act(&["seed", &id]).expect(3).says("recorded already");
    let summoned = act(&["advance", &id, "--json"]).expect(0).says("1 juror summoned").data();
    assert_eq!(summoned["step"], json!("summon"));
    act(&["advance", &id]).expect(3).says("everybody with a seat is summoned");
    assert_eq!(shown()["jurors"][0]["vote"], json!("summoned"));
    act(&["commit", &id, "--vote", "guilty"]).expect(3).says("has no seat in this draw");
    vote(&["commit", &id, "--vote", "guilty"]).expect(0).says("with 31 seats");
    vote(&["commit", &id, "--vote", "innocent"]).expect(3).says("has committed already");
    vote(&["reveal", &id]).expect(3).says("in the epoch after");

    chain.next_epoch().await;
    assert_eq!(shown()["phase"], json!("revealing"));
    vote(&["reveal", &id]).expect(0).says("has voted guilty");
    vote(&["reveal", &id]).expect(3).says("no vote to reveal");
    chain.next_epoch().await;
    act(&["advance", &id]).expect(0).says("the dispute is guilty: closed").says("cuckoo dispute bond");
    let status = chain.run(&["register", "status", "gpu-box", "--json"]).expect(0).data();
    assert_eq!(amount(&status[0]["self_stake"]), units(32_000), "a fifth is slashed");
    act(&["advance", &id]).expect(0).says("was docked 0 CAI");
    act(&["settle", &id]).expect(3).says("no juror waits");

    for challenger in ["anvil:2", "anvil:3"] {
        let paid = amount(&chain.dispute(&["bond", &id, "--json"], challenger).expect(0).data()["amount"]);
        // A fifth of 8,000 is the reward, half of it the challengers'; what the jury cost comes out of the other half.
        assert_eq!(paid, units(1_400));
        chain.dispute(&["bond", &id], challenger).expect(3).says("has nothing for");
    }
    balanced(&chain, &everybody, 2).await;
    assert_eq!(chain.run(&["dispute", "list"]).expect(0).stdout, "");
}

/// Opens a dispute over one answer, which the juror finds guilty, and has it counted. Returns its id.
async fn convict(chain: &Chain) -> String {
    let answers = answers(chain, 1, &[1]).await;
    let id = chain.dispute(&["open", &answers[0].file, "--json"], "anvil:2").expect(0).data()["id"].clone();
    let id = id.as_str().expect("an id").to_owned();
    chain.next_epoch().await;
    chain.dispute(&["advance", &id], "anvil:2").expect(0);
    chain.dispute(&["advance", &id], "anvil:2").expect(0).says("1 juror summoned");
    chain.dispute(&["commit", &id, "--vote", "guilty"], "anvil:8").expect(0);
    chain.next_epoch().await;
    chain.dispute(&["reveal", &id], "anvil:8").expect(0);
    chain.next_epoch().await;
    chain.dispute(&["advance", &id], "anvil:2").expect(0).says("the dispute is guilty");
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slash_is_shown_to_everybody_who_lost_by_it() {
    let chain = chain_with_juror().await;
    let [owner, challenger, voter] = [1, 2, 4].map(|index| account(index).address().to_string());
    chain.run(&["faucet", "request", "--to", &challenger]).expect(0);
    chain.run(&["faucet", "request", "--to", &voter]).expect(0);
    chain.run(&["stake", "deposit", "20000", "--vote", "gpu-box", "-a", "anvil:4"]).expect(0);
    // What is unbonding loses its part as well.
    chain.run(&["vote", "retract", "gpu-box", "5000", "-a", "anvil:4"]).expect(0);
    let json = |arguments: &[&str]| chain.run(&[arguments, &["--json"]].concat()).expect(0).data();
    let leaders = || json(&["vote", "leaderboard", "--role", "miner"]).as_array().expect("rows").clone();
    let gpu_box = || leaders().into_iter().find(|row| row["name"] == "gpu-box").expect("its row");
    assert_eq!((&gpu_box()["slashed"], &gpu_box()["disputes"]["open"]), (&json!("0"), &json!(0)));
    assert_eq!(json(&["stake", "status", &voter])["losses"], json!([]));

    let id = convict(&chain).await;
    let shown = json(&["dispute", "show", &id]);
    let closing = &shown["closing"];
    assert_eq!((&closing["ending"], amount(&closing["taken"])), (&json!("guilty"), units(12_000)));
    assert_eq!((amount(&closing["owner_loss"]), amount(&closing["voters_loss"])), (units(8_000), units(4_000)));
    assert_eq!(amount(&closing["challenger_gets"]), units(1_800), "the bond, and half of a fifth of the owner's loss");
    assert_eq!(closing["challengers"][0]["waiting"], closing["challenger_gets"]);
    assert_eq!(closing["summoners"][0]["by"], json!(account(2).address()));
    // What is read after the transaction fails: its hash is not lost.
    let proxy = Proxy::start(&chain, |method, parameters| {
        let settled = json!(JurorSettled::SIGNATURE_HASH);
        let topic = &parameters[0]["topics"][0];
        match method == "eth_getLogs" && (*topic == settled || topic[0] == settled) {
            true => Act::Error(json!({"code": -32_000, "message": "the disk is full"})),
            false => Act::Pass,
        }
    });
    let proxy = proxy.await;
    let settle = ["dispute", "settle", &id[..10], "-a", "anvil:3", "--json", "--rpc-url", &proxy.url];
    let failed = proxy::run(&chain, &settle).await;
    assert_ne!(failed.code, 0, "{failed:?}");
    let failed = failed.says("the disk is full").envelope()["data"]["transactions"].clone();
    assert_eq!((failed.as_array().map(Vec::len), &failed[0]["state"]), (Some(1), &json!("confirmed")), "{failed}");
    chain.dispute(&["settle", &id], "anvil:3").expect(3).says("no juror waits");
    let settled = json(&["dispute", "show", &id])["closing"]["settled"][0].clone();
    let (seats, seat) = (U256::from(31), amount(&closing["seat_gets"]));
    assert_eq!((&settled["node"], amount(&settled["reward"])), (&json!(account(8).address()), seat * seats));
    let juror = &json(&["dispute", "show", &id])["jurors"][0];
    assert_eq!((&juror["vote"], &juror["settled"]), (&json!("guilty"), &json!(true)), "its vote is not forgotten");
    let text = chain.run(&["dispute", "show", &id]).expect(0).says("cuckoo dispute bond").stdout;
    assert!(text.contains("guilty: the accused loses 12,000 CAI: its owner 8,000 CAI, voters 4,000 CAI"), "{text}");

    let row = gpu_box();
    assert_eq!((amount(&row["slashed"]), &row["disputes"]["guilty"]), (units(12_000), &json!(1)));
    let lost = json(&["stake", "status", &voter])["losses"].clone();
    assert_eq!((amount(&lost[0]["amount"]), amount(&lost[0]["taken"])), (units(4_000), units(12_000)));
    assert_eq!((&lost[0]["cause"], &lost[0]["dispute"]), (&json!("dispute"), &json!(id)));
    assert_eq!(amount(&json(&["stake", "status", &owner])["losses"][0]["amount"]), units(8_000));
    assert_eq!(json(&["stake", "status", &challenger])["losses"], json!([]));
    let status = chain.run(&["stake", "status", &voter]).expect(0).stdout;
    assert!(status.contains(&format!("lost to a slash\t{}\tCAI\tgpu-box, ", units(4_000))), "{status}");
    let listed = chain.run(&["dispute", "list", "--all"]).expect(0).stdout;
    assert!(listed.ends_with(&format!("\t{}\n", units(12_000))), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_that_nobody_judges_ends_and_can_be_opened_again() {
    let chain = chain_with_juror().await;
    let challenger = account(2).address().to_string();
    let act = |arguments: &[&str]| chain.dispute(arguments, "anvil:2");
    chain.run(&["faucet", "request", "--to", &challenger]).expect(0);
    let answers = answers(&chain, 1, &[1]).await;
    let file = &*answers[0].file;
    let id = keccak256(vec![answers[0].receipt].abi_encode()).to_string();
    let shown = || chain.run(&["dispute", "show", &id, "--json"]).expect(0).data();
    assert_eq!(chain.run(&["dispute", "list", "--json"]).expect(0).says("No dispute is open").data(), json!([]));
    act(&["advance", &id]).expect(3).says("cuckoo dispute list --all");
    std::fs::write(chain.path("none.json"), "{}").expect("written");
    act(&["open", &chain.path("none.json").display().to_string()]).expect(1).says("cuckoo task receipt");
    let text = std::fs::read_to_string(file).expect("written");
    let forged = chain.path("forged.json").display().to_string();
    std::fs::write(&forged, text.replacen("\"price\":\"0\"", "\"price\":\"1\"", 1)).expect("written");
    assert_ne!(std::fs::read_to_string(&forged).expect("written"), text);
    act(&["open", &forged]).expect(3).says("cuckoo audit receipt");

    act(&["open", file]).expect(0);
    assert_eq!(amount(&balance(&chain, &challenger)["bonds"][0]["amount"]), units(1_000));
    let published = json!([{"hash": keccak256(&text), "by": account(2).address()}]);
    assert_eq!(shown()["evidence"], published, "a copy of the file can be recognised");
    act(&["advance", &id]).expect(3).says("waits for the draw of its jury");
    // The first draw goes by without anybody, and so does the second.
    for (epochs, draw, phase) in
        [(1, 1, "seed"), (1, 1, "revealing"), (1, 2, "drawing"), (1, 2, "seed"), (1, 2, "revealing")]
    {
        chain.pass(epochs * EPOCH).await;
        assert_eq!((&shown()["draw"], &shown()["phase"]), (&json!(draw), &json!(phase)));
    }
    chain.pass(EPOCH).await;
    assert_eq!(shown()["phase"], json!("counting"));
    act(&["advance", &id]).expect(0).says("the dispute is void: closed");
    // A tenth of the bond is burned.
    let bonds = &balance(&chain, &challenger)["bonds"];
    assert_eq!((amount(&bonds[0]["amount"]), &bonds[0]["withdrawable"]), (units(900), &json!(true)));
    act(&["bond", &id]).expect(0).says("900 CAI was paid");
    let after = balance(&chain, &challenger);
    assert_eq!((amount(&after["liquid"]), &after["bonds"]), (units(99_900), &json!([])));
    assert_eq!(chain.run(&["dispute", "list", "--all", "--json"]).expect(0).data()[0]["state"], json!("void"));

    // Once more, for twice the bond: this time the jury cannot get the evidence.
    let opened = act(&["open", file, "--json"]).expect(0).data();
    assert_eq!(amount(&opened["bond"]), units(2_000));
    chain.next_epoch().await;
    act(&["seed", &id]).expect(0);
    chain.dispute(&["commit", &id, "--vote", "unavailable"], "anvil:8").expect(0);
    chain.next_epoch().await;
    chain.dispute(&["reveal", &id], "anvil:8").expect(0);
    chain.next_epoch().await;
    act(&["advance", &id]).expect(0).says("the dispute is void: closed");
    assert_eq!(shown()["attempt"], json!(2));
    act(&["settle", &id]).expect(0).says("got");
    act(&["bond", &id]).expect(0).says("1,000 CAI was paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_answers_to_one_ticket_are_proof_by_themselves() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    let prove = |one: &str, other: &str, more: &[&str]| {
        chain.run(&[&["dispute", "prove", one, other, "-a", "anvil:3", "--json"], more].concat())
    };
    let (first, second) = (answers(&chain, 1, &[1, 2]).await, answers(&chain, 2, &[1]).await);
    prove(&first[0].file, &first[0].file, &[]).expect(3).says("the two receipts are the same");
    prove(&first[0].file, &second[0].file, &[]).expect(3).says("two different tickets");
    // Announced first, so that nobody who copies the proof from the mempool gets the reward.
    let announced: Value = prove(&first[0].file, &first[1].file, &["--no-wait"]).expect(0).data();
    assert_eq!(announced["step"], json!("announced"));
    prove(&first[0].file, &first[1].file, &["--no-wait"]).expect(0).says("the proof is accepted from");
    chain.pass(61).await;
    let proven: Value = prove(&first[0].file, &first[1].file, &[]).expect(0).data();
    assert_eq!((&proven["step"], &proven["miner"]), (&json!("proven"), &json!(account(6).address())));
    assert_eq!(amount(&proven["taken"]), units(20_000), "half of the stake behind it");
    assert_eq!(amount(&proven["reward"]), units(4_000), "a fifth of its owner's loss");
    assert_eq!(amount(&balance(&chain, &account(3).address().to_string())["liquid"]), units(4_000));
    let owner = account(1).address().to_string();
    let lost = chain.run(&["stake", "status", &owner, "--json"]).expect(0).data()["losses"][0].clone();
    assert_eq!((&lost["cause"], amount(&lost["amount"])), (&json!("two-receipts"), units(20_000)));
    chain.pass(U256::from(1).to()).await;
    prove(&first[1].file, &first[0].file, &["--no-wait"]).expect(3).says("in this unbonding period");
}

/// Signs an answer's ticket and receipt again, each in a batch with other messages.
async fn sign_in_batches(chain: &Chain, answer: &Answer) {
    let client = chain.client().await;
    let text = std::fs::read_to_string(&answer.file).expect("written");
    let mut document: Value = serde_json::from_str(&text).expect("JSON");
    let record = &mut document["receipt"];
    let ticket: Ticket = serde_json::from_value(record["ticket"].clone()).expect("a ticket");
    let receipt: Receipt = serde_json::from_value(record["receipt"].clone()).expect("a receipt");
    record["ticket_signature"] = json!(sign_among_others(&client, 5, &ticket));
    record["receipt_signature"] = json!(sign_among_others(&client, 6, &receipt));
    std::fs::write(&answer.file, document.to_string()).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_answers_prove_the_fault_whether_they_are_signed_alone_or_in_batches() {
    let chain = Chain::start().await;
    two_nodes(&chain, 300_000);
    let mut stake = units(300_000);
    for (task, batched) in [(1, [false, false]), (2, [true, true]), (3, [false, true])] {
        let answers = answers(&chain, task, &[1, 2]).await;
        for (answer, _) in answers.iter().zip(batched).filter(|(_, batched)| *batched) {
            sign_in_batches(&chain, answer).await;
        }
        let prove = ["dispute", "prove", &answers[0].file, &answers[1].file, "-a", "anvil:3", "--json"];
        let announced = chain.run(&[&prove[..], &["--no-wait"]].concat()).expect(0).data();
        assert_eq!(announced["step"], json!("announced"), "{batched:?}");
        chain.pass(61).await;
        let proven = chain.run(&prove).expect(0).data();
        assert_eq!(proven["step"], json!("proven"), "{batched:?}");
        assert_eq!(amount(&proven["taken"]), stake / U256::from(2), "{batched:?}: half of what is there");
        stake -= amount(&proven["taken"]);
        chain.pass(UNBONDING).await;
    }
}
