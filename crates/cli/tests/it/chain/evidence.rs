//! Disputes by somebody with the model at hand: the answers are examined before a bond is posted, and shown as a juror sees them.

use std::path::{Path, PathBuf};

use cuckoo_gpu::{
    EngineSpec, GenerateRequest, Generated,
    engine::{Misbehave, ScriptedConfig},
    start,
};
use cuckoo_protocol::{
    B256,
    evidence::{Bundle, root},
    message::{Receipt, Ticket},
    task::{ChatMessage, ChatRole, ReceiptRecord, Sampling, audit_commitment, output_commitment, prompt_commitment},
};
use futures::StreamExt;
use serde_json::json;

use crate::harness::{
    books::{amount, juror, sign, sign_among_others, two_nodes, units},
    chain::{Chain, account},
};

/// The evidence of an answer of the scripted model, which the miner has made in this way.
async fn bundle(chain: &Chain, task: u8, misbehave: Misbehave) -> Bundle {
    let config = ScriptedConfig { tokens: 4_096, misbehave, ..ScriptedConfig::default() };
    bundle_of(chain, task, EngineSpec::Scripted(config)).await
}

/// The evidence of an answer of an engine.
async fn bundle_of(chain: &Chain, task: u8, spec: EngineSpec) -> Bundle {
    let engine = start(spec).await.expect("starts");
    let served = engine.models().remove(0);
    let (manifest, class) = (served.manifest, served.class);
    let messages = vec![ChatMessage { role: ChatRole::User, content: format!("question {task}\u{1b}[2J") }];
    let sampling = Sampling { max_tokens: 64, seed: task.into(), ..Sampling::default() };
    let request =
        GenerateRequest { model: manifest.name.clone(), messages: messages.clone(), sampling: sampling.clone() };
    let mut output = engine.generate(request).await.expect("generates");
    let (mut text, mut ids, mut log_probabilities, mut finish) = (String::new(), vec![], vec![], None);
    while let Some(generated) = output.next().await {
        match generated.expect("tokens") {
            Generated::Tokens(chunk) => {
                text.push_str(&chunk.text);
                ids.extend(chunk.ids);
                log_probabilities.extend(chunk.log_probabilities);
            }
            Generated::Finished(end) => finish = Some(end),
        }
    }
    let finish = finish.expect("an end");
    let client = chain.client().await;
    let domain = client.domain();
    let salt = B256::repeat_byte(task);
    let ticket = Ticket {
        coordinator: account(5).address(),
        miner: account(6).address(),
        task: B256::repeat_byte(task),
        attempt: 1,
        number: task.into(),
        model: manifest.id(),
        promptCommitment: prompt_commitment(&salt, &messages),
        parameters: sampling.hash(),
        deadline: client.head().await.expect("a block").timestamp + 3_600,
        ..Ticket::default()
    };
    let receipt = Receipt {
        ticket: domain.digest(&ticket),
        outputCommitment: output_commitment(&salt, &ids, &text),
        auditCommitment: audit_commitment(&class, &log_probabilities),
        promptTokens: finish.prompt_tokens,
        completionTokens: finish.completion_tokens,
        finishReason: finish.reason as u8,
    };
    let record = ReceiptRecord {
        chain_id: domain.chain_id(),
        settlement: domain.contract(),
        ticket_signature: sign(&client, 5, &ticket),
        receipt_signature: sign(&client, 6, &receipt),
        ticket,
        receipt,
        salt,
        token_ids: ids,
    };
    let bundle = Bundle { record, text, manifest, messages, sampling, log_probabilities, class };
    assert_eq!(bundle.verify(), Ok(()));
    bundle
}

/// The same evidence, signed by both nodes in batches with messages of others.
async fn in_batches(chain: &Chain, bundle: &Bundle) -> Bundle {
    let client = chain.client().await;
    let record = ReceiptRecord {
        ticket_signature: sign_among_others(&client, 5, &bundle.record.ticket),
        receipt_signature: sign_among_others(&client, 6, &bundle.record.receipt),
        ..bundle.record.clone()
    };
    let batched = Bundle { record, ..bundle.clone() };
    assert_eq!(batched.verify(), Ok(()));
    batched
}

/// What is signed alone and what is signed in a batch is verified and examined alike, and a path that is not its own is refused.
async fn is_verified_and_examined(chain: &Chain, honest: &Bundle, model: &str) {
    let batched = in_batches(chain, honest).await;
    for (form, bundle) in [("alone", honest), ("batched", &batched)] {
        let file = write(chain.path(&format!("{form}.json")), bundle);
        let verified = chain.run(&["audit", "receipt", &file, "--json"]).expect(0).says("the receipt is valid").data();
        assert_eq!(verified["receipt"], json!(honest.record.hash()), "{form}: it is the same receipt");
        let judged = chain.run(&["audit", "receipt", &file, "--model", model, "--json"]).expect(0);
        assert_eq!(judged.says("the receipt is valid").data()["judgement"], json!("innocent"), "{form}");
    }
    for place in [0, 70, 160] {
        let mut broken = batched.clone();
        let mut signature = broken.record.receipt_signature.to_vec();
        signature[place] ^= 1;
        broken.record.receipt_signature = signature.into();
        let file = write(chain.path("broken.json"), &broken);
        chain.run(&["audit", "receipt", &file]).expect(8).says("the receipt is not valid");
    }
}

fn write(path: PathBuf, bundle: &Bundle) -> String {
    std::fs::write(&path, bundle.encode()).expect("written");
    path.display().to_string()
}

fn copy(file: &str, folder: &Path, bundle: &Bundle) {
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::copy(file, folder.join(format!("{}.json", bundle.record.hash()))).expect("copied");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_with_the_model_disputes_what_is_false_and_nothing_else() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    juror(&chain);
    let honest = bundle(&chain, 1, Misbehave::None).await;
    chain.run(&["dispute", "declare", &honest.manifest.id().to_string(), "-a", "anvil:8"]).expect(0);
    for _ in 0..3 {
        chain.next_epoch().await;
    }
    chain.run(&["faucet", "request", "--to", &account(2).address().to_string()]).expect(0);
    let (honest, first, second) = (
        bundle(&chain, 1, Misbehave::None).await,
        bundle(&chain, 2, Misbehave::Laundered).await,
        bundle(&chain, 3, Misbehave::Laundered).await,
    );
    let good = write(chain.path("honest.json"), &honest);
    let files = [write(chain.path("first.json"), &first), write(chain.path("second.json"), &second)];
    let open = |arguments: &[&str]| {
        chain.run(&[&["dispute", "open"], arguments, &["--model", "scripted", "-a", "anvil:2", "--json"]].concat())
    };

    // An honest answer costs nobody anything.
    let refused =
        open(&[&good]).expect(3).says("the model can have written it").says("the bond of 1,000 CAI would be lost");
    assert_eq!(refused.envelope()["data"]["judgement"], json!("innocent"));
    let receipt = chain.path("receipt.json").display().to_string();
    let alone = json!({"receipt": honest.record, "text": honest.text}).to_string();
    std::fs::write(&receipt, alone).expect("written");
    open(&[&receipt]).expect(3).says("cuckoo task evidence ID");
    chain.run(&["dispute", "list"]).expect(0).says("No dispute is open");
    // Where the model has to be, and is not.
    chain.run(&["dispute", "open", &good, "--force", "-a", "anvil:2"]).expect(2).says("--model");

    let opened = open(&[&files[0], &files[1]]).expect(0).says("would find the miner guilty");
    let opened = opened.says("has not taken the evidence").says("cuckoo dispute publish").data();
    assert_eq!((&opened["opinion"]["judgement"], amount(&opened["bond"])), (&json!("guilty"), units(1_000)));
    assert_eq!((&opened["boards"][0]["name"], &opened["boards"][0]["bundles"]), (&json!("hub"), &json!(0)));
    let id = opened["id"].as_str().expect("an id").to_owned();
    chain.run(&["dispute", "publish", &id, &good]).expect(3).says("is not over the receipt");

    // What a juror sees of it, with the evidence from anywhere.
    let folder = chain.path("evidence");
    copy(&files[0], &folder, &first);
    let folder = folder.display().to_string();
    let see =
        |more: &[&str]| chain.run(&[&["dispute", "show", &id, "--evidence", &folder, "-a", "anvil:8"], more].concat());
    see(&["--model", "scripted"]).expect(5).says("some of their evidence was not found");
    let seen = see(&["--json"]).expect(0).says("the evidence of 1 answer was not found").data();
    let places = seen["answers"].as_array().expect("answers").iter().filter(|answer| answer["place"].is_string());
    assert_eq!(places.count(), 1);
    copy(&files[1], Path::new(&folder), &second);
    let seen = see(&["--model", "scripted", "--json"]).expect(0).data();
    assert_eq!(seen["opinion"]["judgement"], json!("guilty"));
    let published = root(&[first.id(), second.id()]).expect("a root");
    assert_eq!(seen["evidence"][0]["hash"], json!(published));
    let text = see(&["--model", "scripted"]).expect(0).stdout;
    assert!(text.contains("asked\tquestion 2") && text.contains("a juror's vote\tguilty"), "{text}");
    assert!(!text.contains('\u{1b}'), "a stranger's text is harmless");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_signed_alone_or_in_batches_are_verified_and_examined_alike() {
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    is_verified_and_examined(&chain, &bundle(&chain, 1, Misbehave::None).await, "scripted").await;
    // A false one is found to be false in either form.
    let laundered = bundle(&chain, 2, Misbehave::Laundered).await;
    for bundle in [&laundered, &in_batches(&chain, &laundered).await] {
        let file = write(chain.path("false.json"), bundle);
        chain.run(&["audit", "receipt", &file, "--model", "scripted"]).expect(8).says("the answer is false");
    }
}

#[cfg(feature = "mistralrs")]
#[tokio::test(flavor = "multi_thread")]
async fn needs_a_model_answers_of_a_directory_that_are_signed_alone_or_in_batches_are_examined_alike() {
    use cuckoo_gpu::{engine::MistralConfig, model::ModelSource};
    let chain = Chain::start().await;
    two_nodes(&chain, 40_000);
    let directory = std::env::var("CUCKOO_TEST_MODEL").expect("CUCKOO_TEST_MODEL names SmolLM2's directory");
    let config = MistralConfig {
        source: ModelSource::Directory(directory.clone().into()),
        name: None,
        slots: None,
        expect_weights: None,
        quantise: None,
        quantise_secretly: None,
        force_cpu: true,
        examine_memory: None,
    };
    let honest = bundle_of(&chain, 1, EngineSpec::Mistral(config)).await;
    is_verified_and_examined(&chain, &honest, &directory).await;
}
