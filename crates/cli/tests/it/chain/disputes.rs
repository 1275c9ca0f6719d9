//! `cuckoo dispute`: from two answers on disk to the slash, and from one to the court and back.

use cuckoo_protocol::{
    B256,
    message::{Receipt, Ticket},
};
use serde_json::{Value, json};

use crate::harness::{
    books::{amount, balance, sign, two_nodes, units},
    chain::{Chain, EPOCH_BLOCKS, account},
};

/// Files with answers of the miner to one ticket: `1.json`, `2.json` and so on, each with another output.
async fn answers(chain: &Chain, task: u8, outputs: &[u8]) -> Vec<(String, B256)> {
    let client = chain.client().await;
    let domain = client.domain();
    let ticket = Ticket {
        coordinator: account(5).address(),
        miner: account(6).address(),
        task: B256::repeat_byte(task),
        number: task.into(),
        deadline: client.head().await.expect("a block").timestamp + 3_600,
        ..Ticket::default()
    };
    let document = |output: &u8| {
        let outputs = B256::repeat_byte(*output);
        let receipt = Receipt { ticket: domain.digest(&ticket), outputCommitment: outputs, ..Receipt::default() };
        let record = json!({
            "chain_id": domain.chain_id,
            "settlement": domain.contract,
            "ticket": ticket,
            "ticket_signature": sign(&client, 5, &ticket),
            "receipt": receipt,
            "receipt_signature": sign(&client, 6, &receipt),
            "salt": B256::ZERO,
            "token_ids": [],
        });
        let path = chain.path(&format!("{task}-{output}.json"));
        std::fs::write(&path, json!({"receipt": record, "text": "an answer"}).to_string()).expect("written");
        (path.display().to_string(), domain.digest(&receipt))
    };
    outputs.iter().map(document).collect()
}

/// Mines up to just before the block that comes `within` an epoch, `epochs` later.
async fn go_to(chain: &Chain, epochs: u64, within: u64) {
    let next = chain.client().await.head().await.expect("a block").number + 1;
    chain.mine((next / EPOCH_BLOCKS + epochs) * EPOCH_BLOCKS + within - next).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_disputed_and_goes_through_the_court() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    let challenger = account(2).address().to_string();
    let as_challenger = |arguments: &[&str]| chain.run(&[&["dispute"], arguments, &["-a", "anvil:2"]].concat());
    let answers = answers(&chain, 1, &[1]).await;
    let (file, id) = (&*answers[0].0, answers[0].1.to_string());
    let shown = || chain.run(&["dispute", "show", &id, "--json"]).expect(0).data();

    as_challenger(&["open", file]).expect(3).says("1,000 CAI");
    chain.run(&["faucet", "request", "--to", &challenger]).expect(0);
    as_challenger(&["open", file, "--dry-run"]).expect(3).says("the approval is sent first");
    assert_eq!(chain.run(&["dispute", "list", "--json"]).expect(0).says("No dispute is open").data(), json!([]));
    as_challenger(&["show", &id]).expect(3).says("cuckoo dispute list --all");
    std::fs::write(chain.path("none.json"), "{}").expect("written");
    as_challenger(&["open", &chain.path("none.json").display().to_string()]).expect(1).says("cuckoo task receipt");
    let text = std::fs::read_to_string(file).expect("written");
    let forged = chain.path("forged.json").display().to_string();
    std::fs::write(&forged, text.replacen("\"price\":\"0\"", "\"price\":\"1\"", 1)).expect("written");
    assert_ne!(std::fs::read_to_string(&forged).expect("written"), text);
    as_challenger(&["open", &forged]).expect(3).says("cuckoo audit receipt");

    let opened = as_challenger(&["open", file, "--json"]).expect(0).data();
    assert_eq!((&opened["id"], amount(&opened["bond"])), (&json!(id), units(1_000)));
    assert_eq!(amount(&balance(&chain, &challenger)["bonds"][0]["amount"]), units(1_000));
    as_challenger(&["open", file]).expect(3).says("there is or was a dispute");
    let dispute = shown();
    assert_eq!(
        (&dispute["state"], &dispute["phase"], &dispute["round"]),
        (&json!("open"), &json!("drawing"), &json!(1))
    );
    assert_eq!(
        dispute["evidence"],
        json!([alloy::primitives::keccak256(&text)]),
        "a copy of the file can be recognised"
    );
    let listed = chain.run(&["dispute", "list"]).expect(0).stdout;
    assert!(
        listed.starts_with(&format!("{id}\topen\twaits for the draw of its jury\t")) && listed.contains("\tgpu-box\t"),
        "{listed}"
    );
    as_challenger(&["advance", &id]).expect(3).says("waits for the draw of its jury");

    // No juror ever comes: twice a draw, then the bond goes back.
    for round in 1..=2 {
        go_to(&chain, 1, 1).await;
        as_challenger(&["advance", &id]).expect(0).says("jurors commit to votes");
        assert_eq!((&shown()["phase"], &shown()["round"]), (&json!("committing"), &json!(round)));
        as_challenger(&["advance", &id]).expect(3).says("jurors commit");
        go_to(&chain, 1, 0).await;
        assert_eq!(shown()["phase"], json!("revealing"));
        go_to(&chain, 1, 0).await;
        assert_eq!(shown()["phase"], json!("counting"));
        as_challenger(&["advance", &id]).expect(0);
    }
    let dispute = shown();
    assert_eq!((&dispute["state"], &dispute["phase"]), (&json!("void"), &json!("closed")));
    let after = balance(&chain, &challenger);
    assert_eq!((amount(&after["liquid"]), &after["bonds"]), (units(100_000), &json!([])));
    assert_eq!(chain.run(&["dispute", "list"]).expect(0).stdout, "");
    assert_eq!(chain.run(&["dispute", "list", "--all", "--json"]).expect(0).data()[0]["state"], json!("void"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_answers_to_one_ticket_are_proof_by_themselves() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    let prove = |one: &str, other: &str| chain.run(&["dispute", "prove", one, other, "-a", "anvil:3", "--json"]);
    let (first, second) = (answers(&chain, 1, &[1, 2]).await, answers(&chain, 2, &[1]).await);
    prove(&first[0].0, &first[0].0).expect(3).says("the two receipts are the same");
    prove(&first[0].0, &second[0].0).expect(3).says("two different tickets");
    let proven: Value = prove(&first[0].0, &first[1].0).expect(0).data();
    assert_eq!(proven["miner"], json!(account(6).address()));
    assert_eq!(amount(&proven["taken"]), units(20_000), "half of the stake behind it");
    prove(&first[1].0, &first[0].0).expect(3);
}
