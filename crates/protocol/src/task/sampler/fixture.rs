//! Choices that were recorded for implementations of the rules in other languages, such as the one in `crates/gpu/plugins/vllm`.

use serde_json::{Value, json};

use super::*;
use crate::task::sampling::{Bias, SignedMicros};

/// Where the recorded choices are.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../gpu/plugins/vllm/choices.json");
/// Tokens of a vocabulary.
const TOKENS: u64 = 40;

/// Logits from -8 to 8, some of them equal, each exact in single precision.
fn logits(number: u64) -> Vec<f32> {
    (0..TOKENS).map(|token| (mix(mix(number) ^ token) % 129) as f32 / 8.0 - 8.0).collect()
}

fn case(number: u64) -> Value {
    let random = |place: u64, count: u64| mix(mix(!number) ^ place) % count;
    let is = |place: u64| random(place, 3) == 0;
    let signed = |place: u64| SignedMicros(random(place, 4_000_001) as i32 - 2_000_000);
    let penalty = |place: u64| if is(place) { signed(place + 100) } else { SignedMicros(0) };
    let sampling = Sampling {
        seed: mix(number),
        temperature: Micros([0, 300_000, 1_000_000, 1_700_000][random(1, 4) as usize]),
        top_p: Micros(if is(2) { 400_000 + random(3, 600_000) as u32 } else { 1_000_000 }),
        top_k: if is(4) { 1 + random(5, TOKENS) as u32 } else { 0 },
        min_p: Micros(if is(6) { random(7, 300_000) as u32 } else { 0 }),
        frequency_penalty: penalty(8),
        presence_penalty: penalty(9),
        repetition_penalty: Micros(if is(10) { 500_000 + random(11, 1_500_000) as u32 } else { 1_000_000 }),
        logit_bias: if is(12) {
            vec![Bias { id: 3, logits: signed(13) }, Bias { id: 99, logits: signed(14) }]
        } else {
            vec![]
        },
        ..Sampling::default()
    };
    let ids = |place: u64, count: u64| (0..count).map(|at| random(place + at, TOKENS) as u32).collect::<Vec<_>>();
    let (prompt, answer) = (ids(200, 6), ids(300, random(15, 9)));
    let logits = logits(number);
    let history = History::of(&sampling, &prompt, &answer);
    let chosen = choose(&logits, &sampling, &history).expect("a choice").id;
    // In millionths: whole numbers are read as they were written.
    let lacks = |token| f64::from(examine(&logits, &sampling, &history, token as u32).expect("a token").shortfall);
    let lacks: Vec<_> = (0..TOKENS).map(|token| (lacks(token) * 1e6).round() as u64).collect();
    let biases: Vec<_> = sampling.logit_bias.iter().map(|bias| json!([bias.id, bias.logits.0])).collect();
    json!({
        "sampling": {
            "seed": sampling.seed.to_string(), "temperature": sampling.temperature, "top_p": sampling.top_p,
            "top_k": sampling.top_k, "min_p": sampling.min_p, "frequency_penalty": sampling.frequency_penalty,
            "presence_penalty": sampling.presence_penalty, "repetition_penalty": sampling.repetition_penalty,
            "logit_bias": biases,
        },
        "logits": logits, "prompt": prompt, "answer": answer, "chosen": chosen, "lacks": lacks,
    })
}

#[test]
fn recorded_choices_are_those_of_the_rules() {
    let noise = [(0, 0, 0), (7, 3, 41), (u64::MAX, 1_000_000, 151_935)]
        .map(|(seed, position, token)| json!([seed.to_string(), position, token, gumbel(seed, position, token)]));
    let choices: Vec<_> = (0..200).map(case).collect();
    let expected = json!({ "mixed": mix(0).to_string(), "noise": noise, "choices": choices });
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        std::fs::write(FILE, expected.to_string() + "\n").expect("written");
    }
    let recorded = std::fs::read(FILE).expect("`SNAPSHOTS=overwrite` records them");
    // A float is read as it was written, so that equal values are equal here.
    let recorded: Value = serde_json::from_slice(&recorded).expect("JSON");
    assert!(recorded == expected, "other choices than in {FILE}; another version of the rules has to say so");
}
