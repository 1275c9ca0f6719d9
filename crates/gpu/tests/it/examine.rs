//! Examinations by mistral.rs: by one prefill, by replay in windows, of images shown, schemas and vectors; and what models are told
//! apart by.

use std::{fmt::Write, fs, path::Path, sync::Arc, time::Duration};

use cuckoo_gpu::{
    Engine, EngineError, EngineSpec, GenerateRequest, Supervised, audit::execute, model::ModelSource,
    model::dequantise, start,
};
use cuckoo_protocol::{
    audit::{Claim, Examined},
    task::{Examine, FinishReason, Micros, kind, sampler::Position},
};
use tokio::time::timeout;

use crate::{
    mistral::{BIRD, config, patiently, png, shown, smollm2, texts, tiny, warm},
    request, run, supervise, tiny,
};

/// An output of these tokens, to be examined.
pub(crate) fn all_of(ids: &[u32]) -> Examine {
    Examine { ids: ids.to_vec(), seed: 5, ..Examine::default() }
}

/// The largest shortfall, and the largest difference to the claimed log-probabilities.
pub(crate) fn farthest(examined: &Examined, claimed: &[f32]) -> (f32, f32) {
    let places = examined.places.clone().unwrap_or_else(|| (0..claimed.len() as u32).collect());
    assert_eq!(places.len(), examined.positions.len(), "{examined:?}");
    let of = |(place, position): (&u32, &Position)| {
        (position.shortfall, (position.log_probability - claimed[*place as usize]).abs())
    };
    places.iter().zip(&examined.positions).map(of).fold((0.0, 0.0), |far, near| (far.0.max(near.0), far.1.max(near.1)))
}

/// The engine that examines by replay whatever it is given.
async fn replaying(directory: &Path) -> Arc<dyn Engine> {
    let mut config = config(ModelSource::Directory(directory.into()));
    config.examine_memory = Some(0);
    start(EngineSpec::Mistral(config)).await.expect("loads")
}

/// Checks that an honest answer is found to be one, and returns what was found.
async fn spare(engine: &dyn Engine, request: &GenerateRequest, claim: &Claim) -> Examined {
    let examined = engine.examine(request, &all_of(&claim.ids)).await.expect("an examination");
    let (shortfall, off) = farthest(&examined, &claim.log_probabilities);
    assert!(shortfall < 1e-3 && off < 1e-3, "{shortfall} {off}");
    assert_eq!((examined.prompt_tokens, &examined.text), (claim.finish.prompt_tokens, &claim.text));
    assert!(examined.is_at_drawn_places(5, claim.ids.len() as u32), "{:?}", examined.places);
    match claim.finish.reason {
        FinishReason::Stop => assert_eq!(examined.end, Some(claim.finish.completion_tokens)),
        FinishReason::Length => assert_eq!(examined.end, None),
    }
    examined
}

#[tokio::test]
async fn an_examination_repeats_what_was_generated_and_sees_what_was_not() {
    let tiny = tiny().await;
    let replaying = replaying(tiny.directory.path()).await;
    let mut stops = 0;
    for seed in 0..10 {
        let mut request = warm("tell me more", 40, seed);
        if seed % 2 == 1 {
            request.sampling.temperature = Micros(3_000_000);
            request.sampling.stop = vec!["e".into(), "1".into()];
        }
        let claim = execute(&*tiny.engine, request.clone()).await.expect("an answer");
        stops += u32::from(claim.finish.reason == FinishReason::Stop);
        let by_prefill = spare(&*tiny.engine, &request, &claim).await;
        let by_replay = spare(&*replaying, &request, &claim).await;
        assert_eq!((&by_prefill.places, &by_replay.places), (&None, &None), "short ones are examined as a whole");
        let (shortfall, off) =
            farthest(&by_replay, &by_prefill.positions.iter().map(|at| at.log_probability).collect::<Vec<_>>());
        assert!(shortfall < 1e-3 && off < 1e-3, "{shortfall} {off}");
        // One token exchanged, and the others as they were.
        let mut forged = claim.clone();
        let place = forged.ids.len() / 2;
        forged.ids[place] = if forged.ids[place] == 70 { 71 } else { 70 };
        for engine in [&tiny.engine, &replaying] {
            let examined = engine.examine(&request, &all_of(&forged.ids)).await.expect("an examination");
            assert!(examined.positions[place].shortfall > 0.01, "{:?}", examined.positions[place]);
            assert!(farthest(&examined, &claim.log_probabilities).1 > 0.01);
        }
    }
    assert!(stops > 2, "{stops}");
}

#[tokio::test]
async fn i9_a_long_output_is_examined_in_windows() {
    let tiny = tiny().await;
    let replaying = replaying(tiny.directory.path()).await;
    let mut request = warm("tell me more", 440, 3);
    request.sampling.temperature = Micros(200_000);
    let claim = execute(&*tiny.engine, request.clone()).await.expect("an answer");
    assert!(claim.ids.len() > 300, "{} tokens", claim.ids.len());
    let whole = spare(&*tiny.engine, &request, &claim).await;
    let parts = spare(&*replaying, &request, &claim).await;
    let places = parts.places.expect("some places");
    assert!(places.len() <= 256 && places.len() > 192 && places.is_sorted());
    for (place, position) in places.iter().zip(&parts.positions) {
        let other = whole.positions[*place as usize];
        assert!((position.log_probability - other.log_probability).abs() < 1e-3);
    }
}

#[tokio::test]
async fn what_a_model_cannot_have_said_is_examined_as_impossible() {
    let tiny = tiny().await;
    let request = warm("tell me more", 40, 1);
    let claim = execute(&*tiny.engine, request.clone()).await.expect("an answer");
    for engine in [&tiny.engine, &replaying(tiny.directory.path()).await] {
        let mut forged = claim.ids.clone();
        forged[30] = 100_000;
        let examined = engine.examine(&request, &all_of(&forged)).await.expect("an examination");
        assert_eq!((examined.places, examined.positions.len()), (None, 40));
        assert!(examined.positions[..30].iter().all(|position| position.shortfall < 1e-3));
        assert!(examined.positions[30..].iter().all(|position| position.shortfall == f32::INFINITY));
        // What follows an end was not said.
        let mut longer = claim.ids.clone();
        longer[20] = 2;
        let examined = engine.examine(&request, &all_of(&longer)).await.expect("an examination");
        assert_eq!(examined.end, Some(21));
        let refused = engine.examine(&request, &all_of(&[70; 600])).await;
        assert!(matches!(refused, Err(EngineError::PromptTooLong { limit: 512, .. })), "{refused:?}");
        assert_eq!(engine.examine(&request, &all_of(&[])).await.expect("nothing to examine").positions, []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn examinations_that_nobody_waits_for_leave_no_trace() {
    let tiny = tiny().await;
    let replaying = replaying(tiny.directory.path()).await;
    let request = warm("tell me more", 200, 1);
    let claim = patiently(&*tiny.engine, request.clone()).await;
    for engine in [&tiny.engine, &replaying] {
        for wait in 0..12 {
            let left = timeout(Duration::from_millis(wait * 3), engine.examine(&request, &all_of(&claim.ids))).await;
            // Beside what is left over of it, and beside another examination.
            let examine = all_of(&claim.ids);
            let beside = engine.examine(&request, &examine);
            let (examined, again) = tokio::join!(beside, patiently(&**engine, request.clone()));
            assert_eq!(again, claim, "after {wait}, {}", left.is_ok());
            let (shortfall, off) = farthest(&examined.expect("an examination"), &claim.log_probabilities);
            assert!(shortfall < 1e-3 && off < 1e-3, "{shortfall} {off}");
        }
        assert!(engine.is_ready());
    }
}

#[tokio::test]
async fn a_child_process_examines_alike() {
    let tiny = tiny().await;
    let spec = EngineSpec::Mistral(config(ModelSource::Directory(tiny.directory.path().into())));
    let child = Supervised::start(supervise::config(spec)).await.expect("starts");
    let request = warm("tell me more", 40, 2);
    let claim = execute(&child, request.clone()).await.expect("an answer");
    let direct = spare(&*tiny.engine, &request, &claim).await;
    assert_eq!(spare(&child, &request, &claim).await, direct, "to the last bit");
    assert_eq!(child.restarts(), 0);
}

#[tokio::test]
async fn i9_answers_about_images_are_replayed() {
    type Write = fn(&Path, u64);
    for write in [tiny::write_seeing as Write, tiny::write_gemma as Write] {
        let directory = tempfile::tempdir().expect("a directory");
        write(directory.path(), 7);
        let source = ModelSource::Directory(directory.path().into());
        let engine = start(EngineSpec::Mistral(config(source))).await.expect("loads");
        let (red, blue) = (png([200, 20, 20], 64, 64), png([20, 20, 200], 64, 64));
        let of = |image: &str| {
            let mut request = shown("This is", image, "or is it?", 24);
            request.sampling.temperature = Micros::ONE;
            request
        };
        let request = of(&red);
        let claim = execute(&*engine, request.clone()).await.expect("an answer");
        let own = farthest(&spare(&*engine, &request, &claim).await, &claim.log_probabilities);
        assert_eq!(own, (0.0, 0.0), "the same sums in the same order");
        let other = engine.examine(&of(&blue), &all_of(&claim.ids)).await.expect("an examination");
        // So small a model is sure of almost everything, but not by the same bits.
        assert!(farthest(&other, &claim.log_probabilities).1 > 0.0, "another image is another prompt");
        let mut forged = claim.ids.clone();
        forged[9] = if forged[9] == 70 { 71 } else { 70 };
        let examined = engine.examine(&request, &all_of(&forged)).await.expect("an examination");
        assert!(examined.positions[9].shortfall > 1.0, "{:?}", examined.positions[9]);
        assert_eq!(execute(&*engine, request).await.expect("an answer"), claim);
    }
}

#[tokio::test]
async fn schemas_are_applied_in_windows_as_well() {
    let tiny = tiny().await;
    let replaying = replaying(tiny.directory.path()).await;
    let mut request = warm("bird", 200, 2);
    request.sampling.schema = BIRD.into();
    let claim = execute(&*tiny.engine, request.clone()).await.expect("an answer");
    let (one, other) = (spare(&*tiny.engine, &request, &claim).await, spare(&*replaying, &request, &claim).await);
    assert_eq!(one.positions.len(), other.positions.len());
    request.sampling.schema = r#"{"type": "array"}"#.into();
    for engine in [&tiny.engine, &replaying] {
        let examined = engine.examine(&request, &all_of(&claim.ids)).await.expect("an examination");
        assert!(examined.positions.iter().any(|position| position.shortfall == f32::INFINITY));
    }
}

#[tokio::test]
async fn i9_vectors_are_made_again_and_compared() {
    let directory = tempfile::tempdir().expect("a directory");
    tiny::write_embedder(directory.path(), 3);
    let source = ModelSource::Directory(directory.path().into());
    let engine = start(EngineSpec::Mistral(config(source))).await.expect("loads");
    let request = texts("tiny", &["a nest", "an egg"]);
    let output = run(&*engine, request.clone()).await;
    let of = |output: String| Examine { output, ..Examine::default() };
    let examined = engine.examine(&request, &of(output.text.clone())).await.expect("an examination");
    assert_eq!((examined.prompt_tokens, examined.positions.len()), (output.finish().prompt_tokens, 0));
    assert!(
        examined.distances.len() == 2 && examined.distances.iter().all(|distance| *distance < 1e-6),
        "{examined:?}"
    );
    let mut swapped = kind::read_vectors(&output.text, 2).expect("vectors");
    swapped.reverse();
    let swapped = kind::write_vectors(swapped.iter().map(Vec::as_slice));
    let examined = engine.examine(&request, &of(swapped)).await.expect("an examination");
    assert!(examined.distances.iter().all(|distance| *distance > 1e-3), "{examined:?}");
    assert!(engine.examine(&request, &of("nothing".into())).await.is_err_and(|error| error.is_request_fault()));
    assert_eq!(run(&*engine, request).await, output);
}

/// I4: what decides what a model says, and is not its weights, is part of its identity.
#[tokio::test]
async fn i4_an_edited_model_is_another_model() {
    let original = tempfile::tempdir().expect("a directory");
    tiny::write(original.path(), 7);
    let id = async |directory: &Path| {
        let engine = start(EngineSpec::Mistral(config(ModelSource::Directory(directory.into())))).await.expect("loads");
        let model = engine.models().remove(0);
        (model.manifest.id(), model.manifest.weights)
    };
    let edits: [(&str, &str, &str, &str); 4] = [
        ("half of the layers", "config.json", r#""num_hidden_layers":2"#, r#""num_hidden_layers":1"#),
        ("another tokeniser", "tokenizer.json", "", " "),
        ("other end tokens", "tokenizer_config.json", r#""eos_token":"<|im_end|>""#, r#""eos_token":"<|endoftext|>""#),
        ("a file that adds end tokens", "generation_config.json", "", r#"{"eos_token_id":[2,70]}"#),
    ];
    let (honest, weights) = id(original.path()).await;
    let mut ids = vec![honest];
    for (what, file, from, to) in edits {
        let edited = tempfile::tempdir().expect("a directory");
        tiny::write(edited.path(), 7);
        assert_eq!(id(edited.path()).await.0, honest, "the same files elsewhere");
        let path = edited.path().join(file);
        let content = fs::read_to_string(&path).unwrap_or_default();
        assert!(content.contains(from), "{what}");
        let content = if from.is_empty() { content + to } else { content.replace(from, to) };
        fs::write(&path, content).expect("written");
        let (id, same) = id(edited.path()).await;
        assert_eq!(same, weights, "{what}: the weights are as they were");
        assert!(!ids.contains(&id), "{what}");
        ids.push(id);
    }
}

/// Processor time of this process so far: what else the machine does is not in it.
fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let hundredths: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(hundredths * 10)
}

/// Writes how much processor time each step took, and how far an honest answer was from what was found.
fn note(figures: &mut String, what: &str, times: [Duration; 3], claim: &Claim, found: [&Examined; 2]) {
    let [generated, whole, parts] = times;
    let share = |time: Duration| time.as_secs_f64() / generated.as_secs_f64();
    let far = found.map(|found| farthest(found, &claim.log_probabilities));
    writeln!(
        figures,
        "{} tokens, {what}: generated in {generated:.2?}, examined by prefill in {whole:.2?} ({:.3}), {} of them by replay in \
         {parts:.2?} ({:.3}); shortfall {:e} and {:e}, difference {:e} and {:e}",
        claim.ids.len(),
        share(whole),
        found[1].positions.len(),
        share(parts),
        far[0].0,
        far[1].0,
        far[0].1,
        far[1].1,
    )
    .expect("written");
    assert!(far.iter().all(|(shortfall, off)| *shortfall < 1e-2 && *off < 1e-2), "{figures}");
    if let Some(path) = std::env::var_os("CUCKOO_TEST_FIGURES") {
        fs::write(Path::new(&path).with_extension("examine"), figures).expect("written");
    }
}

/// What examining costs, over what generating costs, by the length of the answer.
#[tokio::test]
async fn needs_a_model_smollm2_is_examined_by_prefill_and_by_replay() {
    let cache = tempfile::tempdir().expect("a directory");
    let directory = cache.path().join("smollm2");
    dequantise(Path::new(&smollm2()), &directory, &mut |_, _| ()).expect("converts");
    let of = |memory| {
        let mut config = config(ModelSource::Directory(directory.clone()));
        config.examine_memory = memory;
        EngineSpec::Mistral(config)
    };
    let engine = start(of(None)).await.expect("loads");
    let replaying = start(of(Some(0))).await.expect("loads");
    let short = "Write a long story about a cuckoo, its nest and the forest around.";
    let long = "The cuckoo waits in the old forest. ".repeat(300) + short;
    let cases = [(32, 950_000, short), (320, 950_000, short), (64, 1_000_000, &long), (1_024, 1_000_000, short)];
    // The long ones take minutes: they are for the figures.
    let count = if std::env::var_os("CUCKOO_TEST_FIGURES").is_some() { cases.len() } else { 1 };
    let mut figures = String::new();
    for (tokens, top_p, prompt) in cases.into_iter().take(count) {
        let mut asked = request("tiny", prompt, tokens);
        asked.sampling.temperature = Micros(1_300_000);
        asked.sampling.top_p = Micros(top_p);
        let began = processor_time();
        let claim = execute(&*engine, asked.clone()).await.expect("an answer");
        let generated = processor_time() - began;
        let examine = all_of(&claim.ids);
        let began = processor_time();
        let whole = engine.examine(&asked, &examine).await.expect("an examination");
        let examined = processor_time() - began;
        let began = processor_time();
        let parts = replaying.examine(&asked, &examine).await.expect("an examination");
        let what = format!("top-p {top_p}, {} tokens of prompt", claim.finish.prompt_tokens);
        note(&mut figures, &what, [generated, examined, processor_time() - began], &claim, [&whole, &parts]);
    }
}
