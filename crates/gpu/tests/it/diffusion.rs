//! Stable Diffusion by candle, with a tiny model: images as functions of a seed, and what their examinations say.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cuckoo_gpu::{
    Engine, EngineError, EngineSpec, GenerateRequest, Generated, Supervised,
    engine::{MistralConfig, Quantise},
    model::{
        ModelSource,
        store::{Origin, Store},
    },
    start,
};
use cuckoo_protocol::{
    audit::{Calibrations, Claim, assess},
    manifest::Proof,
    task::{
        ChatMessage, ChatRole, Examine, ImageSize, Kind, Micros, Sampling,
        drawing::{LATENTS, Latents, drawn, read_latents, without_latents, write_latents},
        kind,
    },
};
use futures::StreamExt;

use crate::{mistral::config, read, request, run, supervise, tiny};

const SIZE: ImageSize = ImageSize { width: 64, height: 96 };
const STEPS: u32 = 6;

fn of(directory: &Path) -> MistralConfig {
    config(ModelSource::Directory(directory.into()))
}

async fn load(directory: &Path) -> Arc<dyn Engine> {
    start(EngineSpec::Mistral(of(directory))).await.expect("loads")
}

fn model(seed: u64) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    tiny::write_diffusion(directory.path(), seed, false);
    directory
}

fn wanted(description: &str) -> GenerateRequest {
    let messages = vec![ChatMessage { role: ChatRole::Description, content: description.into() }];
    let sampling = Sampling { max_tokens: 1, seed: 7, size: SIZE, steps: STEPS, ..Sampling::default() };
    GenerateRequest { messages, sampling, ..request("tiny", "", 1) }
}

fn png(text: &str) -> Vec<u8> {
    STANDARD.decode(text).expect("base64")
}

/// Seeds by which each of the stretches is drawn once, in order.
fn seeds() -> impl Iterator<Item = u64> {
    (0..STEPS as usize).map(|stretch| (0..).find(|seed| drawn(*seed, STEPS) == Some(stretch)).expect("a seed"))
}

/// What an auditor finds of an image that is claimed for a request, by each of the stretches that could be drawn: how far it is, and
/// whether that alone shows that it is false.
async fn examined(engine: &dyn Engine, request: &GenerateRequest, image: &str) -> Vec<([f32; 2], bool)> {
    let finish = run(engine, request.clone()).await.finish();
    let claim = Claim { ids: vec![], log_probabilities: vec![], text: image.into(), finish };
    let mut all = vec![];
    for seed in seeds() {
        let found = engine.examine(request, &Examine::new(Kind::Image, &[], image, seed)).await;
        let found = found.expect("an examination");
        let known = Calibrations::built_in();
        let findings =
            assess(&known, "candle 0.10.2, none", "cpu-f32", "cpu-f32", &request.sampling, &claim, &found, 77);
        assert_eq!((findings.unverified, findings.tokens), (None, 2));
        all.push((found.distances.try_into().expect("two of them"), findings.gross.is_some()));
    }
    all
}

#[tokio::test]
async fn an_image_is_a_function_of_its_seed_and_of_all_that_is_asked() {
    let directory = model(3);
    let engine = load(directory.path()).await;
    let served = engine.models().remove(0);
    assert_eq!((served.kind, served.slots, served.class.as_str(), served.examines), (Kind::Image, 1, "cpu-f32", true));
    assert_eq!((served.manifest.proof, served.manifest.rules), (Proof::Seeded, 1));
    let asked = wanted("a nest in spring");
    let output = run(&*engine, asked.clone()).await;
    assert_eq!(kind::image_size(&output.text), Ok(SIZE));
    // The letters of each word, and what begins and ends a prompt.
    assert_eq!((output.finish().prompt_tokens, output.finish().completion_tokens), (15, 1));
    let kept = read_latents(&png(&output.text), STEPS, 4 * 8 * 12).expect("latents");
    assert_eq!(kept.len(), STEPS as usize);
    assert!(without_latents(&png(&output.text)).len() < png(&output.text).len());
    assert_eq!(run(&*engine, asked.clone()).await.text, output.text);
    // Another process makes the same of it.
    let child = Supervised::start(supervise::config(EngineSpec::Mistral(of(directory.path())))).await.expect("loads");
    assert_eq!(run(&child, asked.clone()).await.text, output.text);
    type Change = fn(&mut GenerateRequest);
    let changes: [Change; 6] = [
        |asked| asked.sampling.seed += 1,
        |asked| asked.sampling.steps += 1,
        |asked| asked.sampling.size = ImageSize { width: 96, height: 64 },
        |asked| asked.sampling.guidance = Some(Micros(2_000_000)),
        |asked| asked.messages[0].content.push('s'),
        |asked| asked.messages.push(ChatMessage { role: ChatRole::Unwanted, content: "a cat".into() }),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut other = asked.clone();
        change(&mut other);
        let other = run(&*engine, other).await.text;
        assert_ne!(without_latents(&png(&other)), without_latents(&png(&output.text)), "change {number}");
    }
    // Without guidance, what is not wanted has no effect.
    let mut plain = asked.clone();
    plain.sampling.guidance = Some(Micros::ONE);
    let mut unwanted = plain.clone();
    unwanted.messages.push(ChatMessage { role: ChatRole::Unwanted, content: "a cat".into() });
    assert_eq!(run(&*engine, plain).await.text, run(&*engine, unwanted).await.text);
}

#[tokio::test]
async fn what_cannot_be_made_is_refused_before_it_begins() {
    let directory = model(3);
    let engine = load(directory.path()).await;
    let refused = async |change: fn(&mut GenerateRequest)| {
        let mut asked = wanted("a nest");
        change(&mut asked);
        engine.generate(asked).await.err().expect("refused")
    };
    let long = refused(|asked| asked.messages[0].content = "x".repeat(76)).await;
    assert_eq!(long, EngineError::PromptTooLong { tokens: 78, limit: 77 });
    for wrong in [
        refused(|asked| asked.sampling.size = ImageSize { width: 60, height: 64 }).await,
        refused(|asked| asked.sampling.steps = 101).await,
        refused(|asked| asked.messages = request("", "a chat", 1).messages).await,
    ] {
        assert!(wrong.is_request_fault(), "{wrong}");
    }
}

#[tokio::test]
async fn each_step_is_told_and_who_leaves_ends_it() {
    let directory = model(3);
    let engine = load(directory.path()).await;
    let mut stream = engine.generate(wanted("a nest")).await.expect("starts");
    let mut steps = 0;
    while let Some(Ok(Generated::Tokens(chunk))) = stream.next().await {
        steps += u32::from(chunk.text.is_empty());
    }
    // A step looks twice, for guidance, and the pixels are one more.
    assert_eq!(steps, 2 * STEPS + 1);
    let mut endless = wanted("a nest");
    (endless.sampling.steps, endless.sampling.size) = (100, ImageSize { width: 256, height: 256 });
    let begin = Instant::now();
    let mut stream = engine.generate(endless.clone()).await.expect("starts");
    assert!(matches!(stream.next().await, Some(Ok(Generated::Tokens(_)))));
    assert_eq!(engine.generate(wanted("a nest")).await.err(), Some(EngineError::Busy));
    drop(stream);
    let output = loop {
        match engine.generate(wanted("a nest")).await {
            Ok(stream) => break read(stream).await,
            Err(error) => assert!(error.is_busy() && begin.elapsed() < Duration::from_secs(60), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert!(output.finish.is_some());
}

#[tokio::test]
async fn i26_images_of_another_model_seed_prompt_or_number_of_steps_are_false_and_honest_ones_are_not() {
    let (directory, another) = (model(3), model(4));
    let engine = load(directory.path()).await;
    let asked = wanted("a nest in spring");
    let own = run(&*engine, asked.clone()).await.text;
    let honest = examined(&*engine, &asked, &own).await;
    assert!(honest.iter().all(|(far, gross)| far.iter().all(|far| *far < 1e-3) && !gross), "{honest:?}");
    let with = |change: fn(&mut GenerateRequest)| {
        let mut asked = asked.clone();
        change(&mut asked);
        asked
    };
    let others = load(another.path()).await;
    let secret = MistralConfig { quantise_secretly: Some(Quantise::Q8_0), ..of(directory.path()) };
    let secret = start(EngineSpec::Mistral(secret)).await.expect("loads");
    let small = run(&*engine, with(|asked| asked.sampling.size = ImageSize { width: 32, height: 48 })).await.text;
    for (name, image) in [
        ("another model", run(&*others, asked.clone()).await.text),
        ("another seed", run(&*engine, with(|asked| asked.sampling.seed = 8)).await.text),
        ("another prompt", run(&*engine, with(|asked| asked.messages[0].content = "a cached image".into())).await.text),
        ("fewer steps", run(&*engine, with(|asked| asked.sampling.steps = 3)).await.text),
        ("a smaller one made larger", enlarged(&png(&small))),
        ("the pixels of another one", swapped(&png(&own), &png(&run(&*others, asked.clone()).await.text))),
        ("no latents", STANDARD.encode(without_latents(&png(&own)))),
        ("8-bit weights", run(&*secret, asked.clone()).await.text),
    ] {
        let all = examined(&*engine, &asked, &image).await;
        let least = |part: usize| all.iter().map(|(far, _)| far[part]).fold(f32::INFINITY, f32::min);
        let alone = all.iter().filter(|(_, gross)| *gross).count();
        tell(&format!(
            "{name}: steps {:.4}, pixels {:.4} at least; {alone} of {STEPS} stretches show it alone",
            least(0),
            least(1)
        ));
        match name {
            // Not alone, but each is several times as far as an honest one may be.
            "8-bit weights" => assert!(least(0) > 2e-3, "{all:?}"),
            // The steps are the model's own, but for the first stretch, which does not begin with the noise of the seed.
            "another seed" => assert_eq!((alone, all[0].1), (1, true), "{all:?}"),
            _ => assert_eq!(alone, STEPS as usize, "{name}: {all:?}"),
        }
    }
}

fn pixels(file: &[u8]) -> (u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut pixels).expect("decodes");
    (reader.info().width, pixels)
}

fn written(pixels: &[u8], kept: &[Latents]) -> String {
    let mut file = vec![];
    let mut encoder = png::Encoder::new(&mut file, SIZE.width, SIZE.height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().expect("written");
    writer.write_image_data(pixels).expect("written");
    writer.write_chunk(png::chunk::ChunkType(LATENTS), &write_latents(kept)).expect("written");
    writer.finish().expect("written");
    kind::write_image(&file)
}

/// The pixels of one image with the latents of another.
fn swapped(latents: &[u8], shown: &[u8]) -> String {
    written(&pixels(shown).1, &read_latents(latents, STEPS, 4 * 8 * 12).expect("latents"))
}

/// An image of half the size, its pixels and its latents made twice as wide and high.
fn enlarged(small: &[u8]) -> String {
    fn twice<T: Copy>(numbers: &[T], width: usize, each: usize) -> Vec<T> {
        let rows = numbers.chunks(width * each);
        let row = |row: &[T]| row.chunks(each).flat_map(|one| [one, one].concat()).collect::<Vec<_>>();
        rows.flat_map(|numbers| [row(numbers), row(numbers)].concat()).collect()
    }
    let kept = read_latents(small, STEPS, 4 * 4 * 6).expect("latents");
    let kept: Vec<_> = kept.iter().map(|latents| Latents::round(&twice(&latents.numbers(), 4, 1))).collect();
    let (width, pixels) = pixels(small);
    written(&twice(&pixels, width as usize, 3), &kept)
}

/// Says something to who reads the test's output.
fn tell(text: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "{text}").expect("said");
}

#[tokio::test]
async fn a_model_is_added_with_all_of_its_parts_and_an_edited_one_is_another() {
    let directory = model(3);
    // What is not part of it stays where it is.
    std::fs::write(directory.path().join("unet/diffusion_pytorch_model.fp16.safetensors"), "half").expect("written");
    let home = tempfile::tempdir().expect("a directory");
    let store = Store::at(home.path().into());
    let record = store.add("nest", &Origin::Local(directory.path().into()), &mut |_, _, _| ()).await.expect("added");
    let paths: Vec<_> = record.files.iter().map(|file| file.path.as_str()).collect();
    let expected = [
        "model_index.json",
        "scheduler/scheduler_config.json",
        "text_encoder/config.json",
        "text_encoder/model.safetensors",
        "tokenizer/merges.txt",
        "tokenizer/tokenizer_config.json",
        "tokenizer/vocab.json",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors",
    ];
    assert_eq!(paths, expected);
    let ModelSource::Directory(stored) = store.source(&record).expect("a source") else { panic!("not a directory") };
    let identity = async |directory: &Path| load(directory).await.models().remove(0).manifest;
    let original = identity(directory.path()).await;
    assert_eq!(identity(&stored).await, original);
    assert_eq!(original.weights, record.weights);
    let scheduler = stored.join("scheduler/scheduler_config.json");
    let text = std::fs::read_to_string(&scheduler).expect("reads");
    std::fs::write(&scheduler, text.replace("leading", "trailing")).expect("written");
    let edited = identity(&stored).await;
    assert!(edited.weights == original.weights && edited.id() != original.id());
    std::fs::write(&scheduler, text.replace("epsilon", "flow")).expect("written");
    let refused = start(EngineSpec::Mistral(of(&stored))).await.err().expect("refused").to_string();
    assert!(refused.contains("scheduler_config.json: `prediction_type` is \"flow\""), "{refused}");
}

/// What an audit costs: a stretch of the steps, the prompt, and the pixels.
#[tokio::test]
async fn an_audit_costs_a_small_part_of_the_image() {
    let directory = model(3);
    let engine = load(directory.path()).await;
    let mut asked = wanted("a nest in spring");
    (asked.sampling.steps, asked.sampling.size) = (20, ImageSize { width: 128, height: 128 });
    let mut best = [f64::INFINITY; 2];
    let mut image = String::new();
    for seed in 0..2 {
        let begin = Instant::now();
        image = run(&*engine, asked.clone()).await.text;
        best[0] = best[0].min(begin.elapsed().as_secs_f64());
        let begin = Instant::now();
        engine.examine(&asked, &Examine::new(Kind::Image, &[], &image, seed)).await.expect("an examination");
        best[1] = best[1].min(begin.elapsed().as_secs_f64());
    }
    let latents = png(&image).len() - without_latents(&png(&image)).len();
    let [made, examined] = best;
    tell(&format!(
        "20 steps of 128x128: {made:.3} s, examined in {examined:.3} s ({:.0}%); {latents} bytes of latents",
        100.0 * examined / made
    ));
    assert!(examined < 0.5 * made, "{examined} of {made}");
}
