//! What holds for any numbers: more evidence weighs more, everything stays finite, and what is no number never speaks for a miner.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cuckoo_protocol::audit::{Findings, Judgement, MOST_ANSWERS, MOST_RECEIPTS, Null, Process, Window, brief, judge};
use proptest::prelude::*;

fn any_number() -> impl Strategy<Value = f32> {
    prop_oneof![0f32..=1.0, any::<u32>().prop_map(f32::from_bits), Just(0.0), Just(1.0), Just(f32::NAN)]
}

fn any_null() -> impl Strategy<Value = Null> {
    [any_number(), any_number(), any_number()].prop_map(|[flips, shortfall, difference]| Null {
        flips,
        shortfall,
        difference,
    })
}

fn answers() -> impl Strategy<Value = Vec<Vec<Window>>> {
    let window = [any_number(), any_number(), any_number()].prop_map(Window::from);
    prop::collection::vec(prop::collection::vec(window, 0..5), 0..30)
}

fn process(null: &Null, answers: &[Vec<Window>]) -> Process {
    let mut process = Process::default();
    answers.iter().for_each(|answer| process.update(null, answer));
    process
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn values_stay_finite_and_states_are_kept_to_the_bit(null in any_null(), answers in answers(), at: prop::sample::Index) {
        let whole = process(&null, &answers);
        prop_assert!(whole.value().is_finite() && whole.value() > 0.0);
        let at = at.index(answers.len() + 1);
        let kept = serde_json::to_string(&process(&null, &answers[..at])).expect("writes");
        let mut read: Process = serde_json::from_str(&kept).expect("reads");
        answers[at..].iter().for_each(|answer| read.update(&null, answer));
        prop_assert_eq!(&read, &whole);
        prop_assert_eq!(read.value().to_bits(), whole.value().to_bits());
        let answered = answers.iter().filter(|answer| !answer.is_empty()).count() as u64;
        prop_assert_eq!(whole.answers(), answered);
    }

    #[test]
    fn a_worse_score_never_weighs_less(
        null in any_null(), mut answers in answers(), place: (prop::sample::Index, prop::sample::Index), score in 0usize..3,
        worse in prop_oneof![0f32..=1.0, Just(f32::NAN), Just(f32::INFINITY)],
    ) {
        prop_assume!(!answers.is_empty());
        let before = process(&null, &answers).value();
        let answer = place.0.index(answers.len());
        prop_assume!(!answers[answer].is_empty());
        let window = place.1.index(answers[answer].len());
        let mut scores = <[f32; 3]>::from(answers[answer][window]);
        // What is no number counts as the worst that there is.
        let worth = |score: f32| if score.is_nan() { 1.0 } else { score.clamp(0.0, 1.0) };
        let bound = worth(scores[score]);
        scores[score] = if worse.is_nan() { worse } else { worse.max(bound) };
        answers[answer][window] = Window::from(scores);
        // Sums of the same numbers in the same order: a hair for rounding is enough.
        prop_assert!(process(&null, &answers).value() >= before * (1.0 - 1e-9));
    }

    #[test]
    fn findings_are_kept_to_the_bit(windows in prop::collection::vec([0f32..=1.0, 0f32..=1.0, 0f32..=1.0], 0..20), null in [0f32..=1.0, 0f32..=1.0, 0f32..=1.0]) {
        let [flips, shortfall, difference] = null;
        let windows: Vec<_> = windows.into_iter().map(Window::from).collect();
        let findings = Findings { tokens: 7, windows, null: Some(Null { flips, shortfall, difference }), gross: None, unverified: None };
        let kept = serde_json::to_string(&findings).expect("writes");
        prop_assert_eq!(serde_json::from_str::<Findings>(&kept).expect("reads"), findings);
    }
}

#[test]
fn a_state_that_is_none_is_refused() {
    let good = serde_json::to_value(Process::default()).expect("writes");
    let capitals = STANDARD.decode(good["capitals"].as_str().expect("a text")).expect("base64");
    let reads = |capitals: &[u8]| {
        let mut changed = good.clone();
        changed["capitals"] = STANDARD.encode(capitals).into();
        serde_json::from_value::<Process>(changed).is_ok()
    };
    let with = |place: usize, number: f64| {
        let mut changed = capitals.clone();
        changed[8 * place..8 * (place + 1)].copy_from_slice(&number.to_le_bytes());
        changed
    };
    let last = capitals.len() / 8 - 1;
    for place in [0, 7, last] {
        for number in [0.0, 1e-300, 3.5, 1e300] {
            assert!(reads(&with(place, number)), "{number} at {place}");
        }
        for number in [f64::NAN, -f64::NAN, f64::INFINITY, -1e-300, -1.0, 1e301] {
            assert!(!reads(&with(place, number)), "{number} at {place}");
        }
    }
    for length in [0, 1, 8 * last, 8 * last + 7] {
        assert!(!reads(&capitals[..length]), "{length} bytes");
    }
    assert!(reads(&capitals) && !reads(&[capitals.clone(), vec![0; 8]].concat()));
    for missing in ["answers", "capitals"] {
        let mut changed = good.clone();
        changed.as_object_mut().expect("an object").remove(missing);
        assert!(serde_json::from_value::<Process>(changed).is_err(), "{missing}");
    }
}

#[test]
fn a_state_of_an_earlier_version_is_read() {
    let mut process = Process::default();
    process.update(&Null { flips: 0.1, shortfall: 0.1, difference: 0.1 }, &[Window::from([0.2, 0.0, 1.0])]);
    let mut written = serde_json::to_value(&process).expect("writes");
    // It counted windows as well.
    written["windows"] = 1.into();
    assert_eq!(serde_json::from_value::<Process>(written).expect("reads"), process);
}

#[test]
fn jurors_need_evidence_that_outweighs_the_choice_of_the_receipts() {
    let null = Null { flips: 0.01, shortfall: 0.01, difference: 0.01 };
    let of = |difference, windows: usize| {
        let window = Window { flips: 0.0, shortfall: 0.0, difference };
        Some(Findings {
            tokens: 32 * windows as u32,
            windows: vec![window; windows],
            null: Some(null),
            ..Findings::default()
        })
    };
    assert_eq!(judge(&[of(0.0, 4), of(0.0, 4)], 100), Judgement::Innocent);
    assert_eq!(judge(&[of(0.9, 4), of(0.9, 1)], 2), Judgement::Guilty);
    // A fifth of a whole window's evidence in each of 32 receipts: enough if these are all that there are, too little if they
    // were picked out of a million.
    let weak = vec![of(0.02, 2); 32];
    assert_eq!((judge(&weak, 32), judge(&weak, 1_000_000)), (Judgement::Guilty, Judgement::Innocent));
    // What could not be examined speaks for nobody, and hides nobody.
    assert_eq!(judge(&[of(0.0, 4), None], 100), Judgement::Unavailable);
    assert_eq!(judge(&[], 100), Judgement::Unavailable);
    let unknown = Some(Findings { tokens: 64, ..Findings::default() });
    assert_eq!(judge(&[unknown, of(0.0, 4)], 100), Judgement::Unavailable);
    assert_eq!(judge(&[Some(Findings::unverified("cut off")), of(0.0, 4)], 100), Judgement::Unavailable);
    assert_eq!(judge(&[Some(Findings::gross("another text")), None], 100), Judgement::Guilty);
    assert_eq!(judge(&[of(f32::NAN, 9), None], 100), Judgement::Guilty);
}

/// What was found of an answer of which each window has this difference.
fn found(difference: f32, windows: usize) -> Findings {
    let window = Window { flips: 0.0, shortfall: 0.0, difference };
    let null = Null { flips: 0.01, shortfall: 0.01, difference: 0.01 };
    let windows = vec![window; windows];
    Findings { tokens: 32 * windows.len() as u32, windows, null: Some(null), ..Findings::default() }
}

#[test]
fn a_case_is_opened_over_the_answers_that_convict() {
    let honest = found(0.005, 4);
    assert_eq!(brief(&[]), None);
    assert_eq!(brief(&vec![honest.clone(); 200]), None);
    assert_eq!(brief(&[found(0.02, 2)]), None, "too little for one answer among a million");
    // Gross ones, and no more than a case can have.
    let mut answers = vec![honest.clone(); 50];
    (answers[7], answers[31]) = (Findings::gross("another text"), Findings::unverified("cut off"));
    assert_eq!(brief(&answers), Some(vec![7]));
    assert_eq!(brief(&vec![Findings::gross("another text"); 90]).map(|chosen| chosen.len()), Some(MOST_RECEIPTS));
    // A cheat in every second answer that no answer alone shows.
    let answers: Vec<_> = (0..100).map(|at| if at % 2 == 1 { found(0.25, 4) } else { honest.clone() }).collect();
    let chosen = brief(&answers).expect("enough together");
    assert!(chosen.len() > 1 && chosen.len() <= MOST_RECEIPTS && chosen.iter().all(|at| at % 2 == 1), "{chosen:?}");
}

proptest! {
    #[test]
    fn what_is_brought_before_a_jury_convicts_there(
        answers in prop::collection::vec((0f32..1.0, 0usize..6, 0u8..40), 0..80),
    ) {
        let of = |(difference, windows, kind): &(f32, usize, u8)| match kind {
            0 => Findings::gross("another text"),
            1 => Findings::unverified("cut off"),
            2 => Findings { null: None, ..found(*difference, *windows) },
            3..20 => found(difference / 50.0, *windows),
            _ => found(*difference, *windows),
        };
        let answers: Vec<_> = answers.iter().map(of).collect();
        if let Some(chosen) = brief(&answers) {
            prop_assert!(chosen.len() <= MOST_RECEIPTS && chosen.is_sorted_by(|one, next| one < next));
            let of_case: Vec<_> = chosen.iter().map(|at| Some(answers[*at].clone())).collect();
            prop_assert_eq!(judge(&of_case, MOST_ANSWERS), Judgement::Guilty);
        } else {
            let alone = answers.iter().any(|answer| {
                judge(&[Some(answer.clone())], MOST_ANSWERS) == Judgement::Guilty
            });
            prop_assert!(!alone, "one answer alone would have been enough");
        }
    }
}
