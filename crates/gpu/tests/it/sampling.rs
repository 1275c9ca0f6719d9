//! The rules of sampling as mistral.rs applies them, and what it tells of tokens and of prompts.

use std::sync::Arc;

use cuckoo_gpu::{
    Engine, EngineError, EngineSpec, GenerateRequest, Generated, audit::execute, model::ModelSource, start,
};
use cuckoo_protocol::task::{Bias, ChatMessage, ChatRole, Micros, PromptScores, Sampling, SignedMicros, TokenDetail};
use futures::StreamExt;

use crate::{
    examine::{all_of, farthest},
    mistral::{config, tiny, tokenizer, warm},
};

/// Each rule alone and all together.
fn rules(sampling: &Sampling) -> Vec<Sampling> {
    let plain = || Sampling { temperature: Micros(1_500_000), ..sampling.clone() };
    let bias = |id, logits| Bias { id, logits: SignedMicros(logits) };
    let all = Sampling {
        frequency_penalty: SignedMicros(700_000),
        presence_penalty: SignedMicros(-400_000),
        repetition_penalty: Micros(1_300_000),
        logit_bias: vec![bias(70, 3_000_000), bias(71, -100_000_000)],
        top_k: 20,
        top_p: Micros(950_000),
        min_p: Micros(20_000),
        ..plain()
    };
    vec![
        Sampling { frequency_penalty: SignedMicros(2_000_000), ..plain() },
        Sampling { presence_penalty: SignedMicros(2_000_000), temperature: Micros(0), ..plain() },
        Sampling { repetition_penalty: Micros(2_000_000), temperature: Micros(0), ..plain() },
        Sampling { logit_bias: vec![bias(70, 100_000_000)], ..plain() },
        Sampling { top_k: 2, ..plain() },
        Sampling { min_p: Micros(500_000), ..plain() },
        all,
    ]
}

#[tokio::test]
async fn every_rule_changes_the_answer_and_an_examination_repeats_it() {
    let tiny = tiny().await;
    let mut memory = config(ModelSource::Directory(tiny.directory.path().into()));
    memory.examine_memory = Some(0);
    let replaying = start(EngineSpec::Mistral(memory)).await.expect("loads");
    let plain = warm("tell me more", 40, 1);
    let base = execute(&*tiny.engine, plain.clone()).await.expect("an answer");
    for sampling in rules(&plain.sampling) {
        let asked = GenerateRequest { sampling, ..plain.clone() };
        let claim = execute(&*tiny.engine, asked.clone()).await.expect("an answer");
        assert_eq!(claim, execute(&*tiny.engine, asked.clone()).await.expect("again"), "{:?}", asked.sampling);
        for engine in [&tiny.engine, &replaying] {
            let examined = engine.examine(&asked, &all_of(&claim.ids)).await.expect("an examination");
            let (shortfall, off) = farthest(&examined, &claim.log_probabilities);
            assert!(shortfall < 3e-3 && off < 1e-3, "{shortfall} {off}: {:?}", asked.sampling);
        }
    }
    // An answer that leaves the rules out lacks what they take.
    let asked = GenerateRequest {
        sampling: Sampling {
            logit_bias: vec![Bias { id: base.ids[0], logits: SignedMicros(-100_000_000) }],
            ..plain.sampling.clone()
        },
        ..plain.clone()
    };
    let examined = tiny.engine.examine(&asked, &all_of(&base.ids)).await.expect("an examination");
    assert!(examined.positions[0].shortfall > 50.0, "{:?}", examined.positions[0]);
    let unknown =
        Sampling { logit_bias: vec![Bias { id: u32::MAX, logits: SignedMicros(1) }], ..plain.sampling.clone() };
    let refused = tiny.engine.generate(GenerateRequest { sampling: unknown, ..plain }).await.err();
    assert!(matches!(refused, Some(EngineError::Invalid(reason)) if reason.contains("logit_bias")));
}

/// A long answer is replayed in windows, before which tokens count as well.
#[tokio::test]
async fn windows_of_a_long_answer_count_the_tokens_before_them() {
    let tiny = tiny().await;
    let mut memory = config(ModelSource::Directory(tiny.directory.path().into()));
    memory.examine_memory = Some(0);
    let replaying = start(EngineSpec::Mistral(memory)).await.expect("loads");
    let mut asked = warm("on and on", 400, 3);
    asked.sampling.frequency_penalty = SignedMicros(300_000);
    asked.sampling.repetition_penalty = Micros(1_200_000);
    let claim = execute(&*tiny.engine, asked.clone()).await.expect("an answer");
    let examined = replaying.examine(&asked, &all_of(&claim.ids)).await.expect("an examination");
    let (shortfall, off) = farthest(&examined, &claim.log_probabilities);
    assert!(shortfall < 3e-3 && off < 1e-3, "{shortfall} {off}");
}

/// What an engine tells of the prompt, and of the answer's tokens, and the answer's log-probabilities.
async fn told(
    engine: &Arc<dyn Engine>,
    request: GenerateRequest,
) -> (PromptScores, Vec<TokenDetail>, Vec<u32>, Vec<f32>) {
    let mut stream = engine.generate(request).await.expect("starts");
    let (mut prompt, mut details, mut ids, mut values) = (PromptScores::default(), vec![], vec![], vec![]);
    while let Some(item) = stream.next().await {
        if let Generated::Tokens(chunk) = item.expect("no error") {
            let piece = chunk.prompt.unwrap_or_default();
            prompt.text.push_str(&piece.text);
            prompt.scores.extend(piece.scores);
            details.extend(chunk.details);
            ids.extend(chunk.ids);
            values.extend(chunk.log_probabilities);
        }
    }
    (prompt, details, ids, values)
}

#[tokio::test]
async fn a_prompt_of_token_ids_is_scored_as_an_answer_of_them_is() {
    let tiny = tiny().await;
    let tokenizer = tokenizer(tiny.directory.path());
    let text = "a text to go on with";
    let alone = |role, content: String| vec![ChatMessage { role, content }];
    let plain = warm("", 30, 4);
    let by_text = GenerateRequest { messages: alone(ChatRole::Prompt, text.into()), ..plain.clone() };
    let ids = tokenizer.encode(text, true).expect("encodes").get_ids().to_vec();
    let of_ids = |ids: &[u32]| alone(ChatRole::Ids, serde_json::to_string(ids).expect("encodes"));
    let by_ids = GenerateRequest { messages: of_ids(&ids), ..plain.clone() };
    let answer = execute(&*tiny.engine, by_text.clone()).await.expect("an answer");
    assert_eq!(answer, execute(&*tiny.engine, by_ids).await.expect("the same"));

    // The answer as a part of the prompt is as likely as it was as an answer.
    let whole = [ids.as_slice(), &answer.ids].concat();
    let sampling = Sampling { max_tokens: 0, echo: true, top_logprobs: Some(2), ..plain.sampling.clone() };
    let (prompt, details, none, _) =
        told(&tiny.engine, GenerateRequest { messages: of_ids(&whole), sampling, ..plain.clone() }).await;
    assert!(none.is_empty() && details.is_empty());
    assert_eq!(prompt.scores.len(), whole.len());
    for (score, own) in prompt.scores[ids.len()..].iter().zip(&answer.log_probabilities) {
        assert!((score.log_probability() - own).abs() < 1e-3, "{} {own}", score.log_probability());
        assert_eq!(score.detail.top.len(), 2);
        let best = score.detail.top[0].log_probability();
        assert!(score.log_probability() <= best && best <= 0.0);
    }
    assert_eq!(prompt.scores.iter().map(|score| score.length as usize).sum::<usize>(), prompt.text.len());
    assert!(prompt.text.starts_with(text), "{}", prompt.text);

    // With an answer, both are told.
    let sampling = Sampling { max_tokens: 3, echo: true, top_logprobs: Some(5), ..plain.sampling.clone() };
    let (prompt, details, ids, values) = told(&tiny.engine, GenerateRequest { sampling, ..by_text }).await;
    assert_eq!(
        (prompt.scores.len(), details.len(), ids.len()),
        (tokenizer.encode(text, true).expect("encodes").len(), 3, 3)
    );
    let bytes: Vec<u8> = prompt.scores.iter().flat_map(|score| score.detail.bytes.clone()).collect();
    assert!(String::from_utf8_lossy(&bytes).ends_with(text), "{}", String::from_utf8_lossy(&bytes));
    for (detail, value) in details.iter().zip(values) {
        assert!(detail.top.len() == 5 && detail.top.iter().all(|other| other.log_probability() <= 0.0));
        assert!(detail.top.is_sorted_by(|one, next| one.log_probability() >= next.log_probability()), "{value}");
    }
    let wrong = GenerateRequest { messages: of_ids(&[u32::MAX]), ..plain };
    let refused = tiny.engine.generate(wrong).await.err();
    assert!(matches!(refused, Some(EngineError::Invalid(reason)) if reason.contains("4294967295")));
}
