//! Jurors with scripted engines before honest answers, false ones, and evidence that is hard to get.

use std::sync::atomic::{AtomicUsize, Ordering};

use alloy::{
    primitives::Address,
    signers::{SignerSync, local::PrivateKeySigner},
};
use cuckoo_gpu::{
    Generated,
    engine::{Misbehave, ScriptedConfig, scripted::Scripted},
};
use cuckoo_protocol::{
    message::{Receipt, Ticket, signature_bytes},
    task::{
        ChatMessage, ChatRole, Micros, ReceiptRecord, Sampling, audit_commitment, output_commitment, prompt_commitment,
    },
};

use super::*;

const CASE: B256 = B256::repeat_byte(7);

fn engine(misbehave: Misbehave) -> Arc<Scripted> {
    Arc::new(Scripted::new(ScriptedConfig { misbehave, ..ScriptedConfig::default() }))
}

fn domain() -> Domain {
    Domain::new(31_337, Address::repeat_byte(0xcc))
}

/// An answer to a question, with all that proves it, by a miner with this engine.
async fn answer(engine: &Scripted, question: &str) -> Bundle {
    let class = engine.models()[0].class.clone();
    answer_by(engine, question, &class, 0.0).await
}

/// The same by a miner that says to have a device of this class, with log-probabilities that are this far off.
async fn answer_by(engine: &Scripted, question: &str, class: &str, off: f32) -> Bundle {
    let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).expect("a key");
    let (domain, salt) = (domain(), B256::repeat_byte(20));
    let manifest = engine.models()[0].manifest.clone();
    let messages = vec![ChatMessage { role: ChatRole::User, content: question.into() }];
    let sampling = Sampling { max_tokens: 512, temperature: Micros::ONE, seed: 1, ..Sampling::default() };
    let request =
        GenerateRequest { model: manifest.name.clone(), messages: messages.clone(), sampling: sampling.clone() };
    let mut stream = engine.generate(request).await.expect("generates");
    let (mut text, mut ids, mut log_probabilities, mut finish) = (String::new(), vec![], vec![], None);
    while let Some(item) = stream.next().await {
        match item.expect("an item") {
            Generated::Tokens(tokens) => {
                text.push_str(&tokens.text);
                ids.extend(tokens.ids);
                log_probabilities.extend(tokens.log_probabilities.iter().map(|value| value - off));
            }
            Generated::Finished(end) => finish = Some(end),
        }
    }
    let finish: Finish = finish.expect("an end");
    let ticket = Ticket {
        coordinator: key.address(),
        miner: key.address(),
        model: manifest.id(),
        promptCommitment: prompt_commitment(&salt, &messages),
        parameters: sampling.hash(),
        ..Ticket::default()
    };
    let receipt = Receipt {
        ticket: domain.digest(&ticket),
        outputCommitment: output_commitment(&salt, &ids, &text),
        auditCommitment: audit_commitment(class, &log_probabilities),
        promptTokens: finish.prompt_tokens,
        completionTokens: finish.completion_tokens,
        finishReason: finish.reason as u8,
    };
    let sign = |digest: B256| signature_bytes(&key.sign_hash_sync(&digest).expect("signs"));
    let record = ReceiptRecord {
        chain_id: 31_337,
        settlement: domain.contract(),
        ticket_signature: sign(domain.digest(&ticket)),
        receipt_signature: sign(domain.digest(&receipt)),
        ticket,
        receipt,
        salt,
        token_ids: ids,
    };
    let class = class.to_owned();
    Bundle { record, text, manifest, messages, sampling, log_probabilities, class }
}

/// Has some bundles, and counts how often it is asked.
#[derive(Clone, Default)]
struct Shelf {
    bundles: Vec<Bundle>,
    asked: Arc<AtomicUsize>,
}

impl Place for Shelf {
    fn fetch(&self, _: B256, receipt: B256) -> BoxFuture<'_, Result<Bundle, String>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let found = self.bundles.iter().find(|bundle| bundle.record.hash() == receipt).cloned();
        Box::pin(std::future::ready(found.ok_or_else(|| "the shelf is empty".to_owned())))
    }
}

/// Never answers.
struct Silence;

impl Place for Silence {
    fn fetch(&self, _: B256, _: B256) -> BoxFuture<'_, Result<Bundle, String>> {
        Box::pin(std::future::pending())
    }
}

fn juror(engine: Arc<Scripted>) -> Examiner {
    Examiner::new(engine, Arc::new(Calibrations::built_in()))
}

fn subject(bundles: &[Bundle]) -> Subject {
    Subject { id: CASE, receipts: bundles.iter().map(|bundle| bundle.record.hash()).collect() }
}

fn shelf(bundles: &[Bundle]) -> Shelf {
    Shelf { bundles: bundles.to_vec(), ..Shelf::default() }
}

#[tokio::test]
async fn honest_answers_are_innocent_and_one_false_one_is_guilty() {
    let (honest, cheat) = (engine(Misbehave::None), engine(Misbehave::OtherWords));
    let good = [answer(&honest, "one").await, answer(&honest, "two").await];
    assert!(good.iter().all(|bundle| bundle.verify() == Ok(())));
    let judged = |bundles: Vec<Bundle>| async move {
        let places: Vec<Arc<dyn Place>> = vec![Arc::new(shelf(&bundles))];
        juror(engine(Misbehave::None)).judge(subject(&bundles), places, Known::default()).await
    };
    let gathered = judged(good.to_vec()).await;
    assert_eq!(gathered.judgement, Judgement::Innocent, "{gathered:?}");
    let bad = answer(&cheat, "three").await;
    let receipt = bad.record.hash().to_string();
    let gathered = judged(vec![good[0].clone(), bad]).await;
    assert_eq!(gathered.judgement, Judgement::Guilty, "{gathered:?}");
    assert!(gathered.why.contains(&receipt), "{}", gathered.why);
}

#[tokio::test]
async fn i28_an_honest_miner_of_a_class_that_is_not_calibrated_is_not_convicted() {
    let long = Scripted::new(ScriptedConfig { tokens: 4_096, ..ScriptedConfig::default() });
    let judged = |bundle: Bundle| async move {
        assert!(bundle.verify() == Ok(()) && bundle.log_probabilities.len() == 512);
        let places: Vec<Arc<dyn Place>> = vec![Arc::new(shelf(std::slice::from_ref(&bundle)))];
        let config = ScriptedConfig { tokens: 4_096, ..ScriptedConfig::default() };
        juror(Arc::new(Scripted::new(config))).judge(subject(&[bundle]), places, Known::default()).await
    };
    // What a coarser arithmetic differs by.
    for class in ["cuda-sm90-bf16", ""] {
        let gathered = judged(answer_by(&long, "one", class, 0.05).await).await;
        assert_eq!(gathered.judgement, Judgement::Unavailable, "{class}: {gathered:?}");
        assert!(gathered.why.contains("is not calibrated"), "{}", gathered.why);
        let gathered = judged(answer_by(&long, "one", class, 9.0).await).await;
        assert_eq!(gathered.judgement, Judgement::Guilty, "{class}: {gathered:?}");
    }
    // Of a class that is calibrated, that much is a cheat.
    for (off, judgement) in [(0.0, Judgement::Innocent), (0.05, Judgement::Guilty)] {
        let gathered = judged(answer_by(&long, "one", "scripted", off).await).await;
        assert_eq!(gathered.judgement, judgement, "{gathered:?}");
    }
    // Nobody but the miner says which one it has.
    let claimed = Bundle { class: "scripted".into(), ..answer_by(&long, "one", "cuda-sm90-bf16", 0.05).await };
    assert!(claimed.verify().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_place_that_never_answers_keeps_nobody_waiting() {
    let honest = engine(Misbehave::None);
    let bundles = [answer(&honest, "one").await];
    let begin = time::Instant::now();
    let places: Vec<Arc<dyn Place>> = vec![Arc::new(Silence), Arc::new(Shelf::default()), Arc::new(shelf(&bundles))];
    let gathered = juror(honest.clone()).judge(subject(&bundles), places, Known::default()).await;
    assert_eq!((gathered.judgement, begin.elapsed()), (Judgement::Innocent, Duration::ZERO));
    // Where all of them are silent, that is said in time.
    let silent = (0..PLACES_AT_ONCE + 1).map(|_| Arc::new(Silence) as Arc<dyn Place>).collect();
    let gathered = juror(honest).judge(subject(&bundles), silent, Known::default()).await;
    assert_eq!(gathered.judgement, Judgement::Unavailable);
    assert!(begin.elapsed() == 2 * FETCH && gathered.why.contains("within 20 s"), "{gathered:?}");
}

#[tokio::test]
async fn what_is_missing_is_asked_for_again_and_nothing_else() {
    let honest = engine(Misbehave::None);
    let bundles = [answer(&honest, "one").await, answer(&honest, "two").await];
    let (first, known) = (shelf(&bundles[..1]), Known::default());
    let juror = juror(honest);
    let gathered = juror.judge(subject(&bundles), vec![Arc::new(first.clone())], known.clone()).await;
    assert_eq!(gathered.judgement, Judgement::Unavailable);
    let missing = bundles[1].record.hash();
    assert_eq!(gathered.why, format!("{missing}: the shelf is empty"));
    let both = shelf(&bundles);
    let gathered = juror.judge(subject(&bundles), vec![Arc::new(both.clone())], known).await;
    assert_eq!(gathered.judgement, Judgement::Innocent);
    assert_eq!([first, both].map(|shelf| shelf.asked.load(Ordering::Relaxed)), [2, 1]);
    let nowhere = juror.judge(subject(&bundles), vec![], Known::default()).await;
    assert!(nowhere.why.contains("nowhere to ask"), "{}", nowhere.why);
}

#[tokio::test]
async fn another_model_is_not_judged() {
    let other = Scripted::new(ScriptedConfig { name: "other".into(), ..ScriptedConfig::default() });
    let bundles = [answer(&other, "one").await];
    let juror = juror(engine(Misbehave::None));
    assert!(!juror.manifests().contains(&bundles[0].manifest.id()) && juror.manifests().len() == 1);
    let gathered = juror.judge(subject(&bundles), vec![Arc::new(shelf(&bundles))], Known::default()).await;
    assert_eq!(gathered.judgement, Judgement::Unavailable);
    assert!(gathered.why.contains("does not have the model"), "{}", gathered.why);
}

#[tokio::test]
async fn a_folder_gives_the_bundle_that_was_asked_for_and_nothing_else() {
    let honest = engine(Misbehave::None);
    let bundles = [answer(&honest, "one").await, answer(&honest, "two").await];
    let directory = tempfile::tempdir().expect("a folder");
    let folder = Folder { path: directory.path().to_owned(), domain: domain() };
    let [first, second] = bundles.each_ref().map(|bundle| bundle.record.hash());
    let put = |receipt: B256, bundle: &Bundle| {
        std::fs::write(directory.path().join(format!("{receipt}.json")), bundle.encode()).expect("written");
    };
    assert!(folder.fetch(CASE, first).await.is_err());
    put(first, &bundles[0]);
    assert_eq!(folder.fetch(CASE, first).await, Ok(bundles[0].clone()));
    put(second, &bundles[0]);
    assert!(folder.fetch(CASE, second).await.is_err_and(|reason| reason.contains("of the receipt")));
    let foreign = Folder { domain: Domain::new(1, Address::repeat_byte(0xcc)), ..folder };
    assert!(foreign.fetch(CASE, first).await.is_err_and(|reason| reason.contains("another network")));
    let spoiled = Bundle { text: "more".into(), ..bundles[0].clone() };
    put(first, &spoiled);
    assert!(foreign.fetch(CASE, first).await.is_err());
}
