//! `cuckoo miner bench`: measures how fast this machine answers, with one slot and with all slots busy, and what that is worth.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use cuckoo_gpu::{Engine, EngineError, Finish, GenerateRequest, Generated, device};
use cuckoo_protocol::{
    Cai, U256, Untrusted,
    chain::DisplaySafeUrl,
    price::Rate,
    task::{ChatMessage, ChatRole, Kind, Micros, Sampling},
};
use futures::{StreamExt, future};
use serde::Serialize;

use super::options::EngineOptions;
use crate::{
    command::shared::{api::Api, check::count},
    context::Context,
    host::env,
    node::{engines::start, miner::MinerError},
    terminal::{Cell, Error, Result, Table, Text},
};

/// A question with a prompt of a usual length: about 100 tokens for most tokenisers.
const QUESTION: &str = "A traveller arrives at a small harbour town late in the evening. The last ferry has left, the hotel by the pier \
    is closed for the winter, and it begins to rain. Along the main street there are a bakery, a lighthouse keeper's house with a \
    lit window, a locked church and a railway station without a timetable. Describe in detail what the traveller does until the \
    first ferry of the next morning, whom they meet, what they talk about and what they learn about the town and its people.";
/// A long prompt is the question this many times over; its length delays the first token measurably.
const LONG: usize = 4;
/// Length of each answer of a measurement that takes less time, in tokens.
pub(super) const BRIEF_TOKENS: u32 = 32;

/// Measure the speed of the engine on this machine, and what it could earn
///
/// Answers are sampled greedily. Run it while no miner uses the same device.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Length of each answer in tokens
    #[arg(long, default_value_t = 128, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=32_768))]
    tokens: u32,
    /// Number of answers that each figure is measured from; a time is their median
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,
    /// Base URL of a coordinator's API, to show what it would pay for an hour [default: show no earnings]
    #[arg(long, env = env::COORDINATOR_URL, value_name = "URL")]
    coordinator_url: Option<DisplaySafeUrl>,
    /// File with your API key for the coordinator, or - for stdin; needed only where the coordinator asks for a key
    #[arg(long, env = env::API_KEY_FILE, value_name = "PATH")]
    api_key_file: Option<PathBuf>,
    // This must stay last: the heading of these options would apply to every option after them.
    #[command(flatten)]
    engine: EngineOptions,
}

/// The figures of one run.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    model: String,
    quantisation: String,
    engine: String,
    devices: Vec<Untrusted>,
    /// Seconds until the engine was ready.
    load_seconds: f64,
    /// Seconds until the first token after a prompt of a usual length, with nothing else running.
    first_token_seconds: f64,
    /// Prompt tokens read per second, measured on a long prompt.
    prompt_tokens_per_second: f64,
    /// Generated tokens per second of one answer, with nothing else running.
    tokens_per_second: f64,
    /// How many answers the engine generates at once.
    #[serde(rename = "places")]
    slots: u32,
    /// Generated tokens per second of all slots together.
    tokens_per_second_of_all: f64,
    /// What answers like these earn in an hour in which every slot is always busy; only when a coordinator was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    hourly: Option<Cai>,
}

/// One answer's times and counts.
#[derive(Clone, Copy, Debug)]
struct MeasuredAnswer {
    first_token: Duration,
    total: Duration,
    finish: Finish,
}

impl MeasuredAnswer {
    /// Generated tokens per second after the first token.
    fn pace(&self) -> f64 {
        let flowing = self.total.saturating_sub(self.first_token).as_secs_f64();
        f64::from(self.finish.completion_tokens.saturating_sub(1)) / flowing.max(f64::EPSILON)
    }
}

impl Args {
    /// A measurement that takes less time.
    pub(super) fn brief(engine: EngineOptions) -> Self {
        Self { tokens: BRIEF_TOKENS, rounds: 1, coordinator_url: None, api_key_file: None, engine }
    }
}

/// Runs `cuckoo miner bench`.
pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let measured = measure(args, context).await?;
    context.printer.result(&measured, || Text::Table(measured.table()))?;
    if measured.hourly.is_some() {
        context.printer.hint("miners are drawn by stake, so your stake decides how busy your slots are");
    } else {
        context.printer.hint("to see what a coordinator would pay for this: --coordinator-url URL");
    }
    Ok(())
}

/// Measures one model.
pub(super) async fn measure(args: Args, context: &Context) -> Result<Measured> {
    let specs = args.engine.specs()?;
    if specs.len() > 1 {
        return Err(Error::usage("several models at once would distort each other's figures")
            .hint("measure one at a time: --model NAME"));
    }
    // Asked first, so that a wrong address fails now and not after minutes of measuring.
    let published = match &args.coordinator_url {
        Some(url) => Some(fetch_prices(url, &args).await?),
        None => None,
    };
    let progress = context.printer.progress("Loading the model");
    let began = Instant::now();
    let engine = start(specs).await.map_err(failed)?;
    let load_seconds = began.elapsed().as_secs_f64();
    let served = engine.models();
    let served = served.first().ok_or_else(|| Error::unavailable("the engine serves no model"))?;
    if served.kind != Kind::Text {
        let problem =
            format!("`{}` generates {}, and only text can be measured", served.manifest.name, served.kind.as_str());
        return Err(Error::precondition(problem));
    }
    // Servers keep what they have read: what begins as an earlier prompt does is not read again.
    let numbers = AtomicU32::new(1);
    let numbered = |prompt: &str| format!("{}. {prompt}", numbers.fetch_add(1, Ordering::Relaxed));
    let request = |prompt: &str| GenerateRequest {
        model: served.manifest.name.clone(),
        messages: vec![ChatMessage { role: ChatRole::User, content: numbered(prompt) }],
        sampling: Sampling {
            max_tokens: args.tokens,
            temperature: Micros::default(),
            top_p: Micros::ONE,
            seed: 0,
            ..Sampling::default()
        },
    };

    progress.set("Warming up");
    generate_answer(&*engine, request(QUESTION)).await?;
    let mut alone = vec![];
    for round in 1..=args.rounds {
        progress.set(format!("One answer at a time: {round} of {}", args.rounds));
        alone.push(generate_answer(&*engine, request(QUESTION)).await?);
    }
    progress.set("A long prompt");
    let mut read = vec![];
    for _ in 0..args.rounds {
        let mut long = request(&[QUESTION; LONG].join("\n"));
        long.sampling.max_tokens = 1;
        let MeasuredAnswer { first_token, finish, .. } = generate_answer(&*engine, long).await?;
        read.push(f64::from(finish.prompt_tokens) / first_token.as_secs_f64().max(f64::EPSILON));
    }
    progress.set(format!("{} at once", count(served.slots as usize, "answer")));
    let began = Instant::now();
    let together = answer_in_all_slots(&engine, || request(QUESTION), served.slots, args.rounds).await?;
    let elapsed = began.elapsed();
    drop(progress);

    let generated: u64 = together.iter().map(|answer| u64::from(answer.finish.completion_tokens)).sum();
    let devices = device::detect().sample();
    let rate = published.map(|published| published(&served.manifest.name)).transpose()?;
    let messages = request(QUESTION).messages;
    Ok(Measured {
        model: served.manifest.name.clone(),
        quantisation: served.manifest.quantisation.clone(),
        engine: served.manifest.engine.clone(),
        devices: devices.into_iter().map(|device| Untrusted::from(device.name)).collect(),
        load_seconds,
        first_token_seconds: median(alone.iter().map(|answer| answer.first_token.as_secs_f64())),
        prompt_tokens_per_second: median(read),
        tokens_per_second: median(alone.iter().map(MeasuredAnswer::pace)),
        slots: served.slots,
        tokens_per_second_of_all: generated as f64 / elapsed.as_secs_f64().max(f64::EPSILON),
        hourly: rate.map(|rate| earn_in_an_hour(rate, &messages, args.tokens, &together, elapsed)),
    })
}

/// Keeps every slot busy for `rounds` answers in a row.
async fn answer_in_all_slots(
    engine: &Arc<dyn Engine>,
    request: impl Fn() -> GenerateRequest,
    slots: u32,
    rounds: u32,
) -> Result<Vec<MeasuredAnswer>> {
    let slot = async || -> Result<Vec<MeasuredAnswer>> {
        let mut answers = vec![];
        for _ in 0..rounds {
            answers.push(generate_answer(&**engine, request()).await?);
        }
        Ok(answers)
    };
    Ok(future::try_join_all((0..slots).map(|_| slot())).await?.concat())
}

async fn generate_answer(engine: &dyn Engine, request: GenerateRequest) -> Result<MeasuredAnswer> {
    let began = Instant::now();
    let mut stream = loop {
        match engine.generate(request.clone()).await {
            Ok(stream) => break stream,
            // A slot becomes free a moment after its last answer has ended.
            Err(error) if error.is_busy() => tokio::time::sleep(Duration::from_millis(1)).await,
            Err(error) => return Err(failed(error)),
        }
    };
    let mut first_token = None;
    while let Some(item) = stream.next().await {
        match item.map_err(failed)? {
            Generated::Tokens(_) => drop(first_token.get_or_insert_with(|| began.elapsed())),
            Generated::Finished(finish) => {
                let total = began.elapsed();
                return Ok(MeasuredAnswer { first_token: first_token.unwrap_or(total), total, finish });
            }
        }
    }
    Err(Error::unavailable("the engine ended its answer without finishing it"))
}

fn failed(error: EngineError) -> Error {
    MinerError::from(error).into()
}

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// What these answers cost at a rate, extrapolated to an hour.
fn earn_in_an_hour(
    rate: Rate,
    messages: &[ChatMessage],
    max_tokens: u32,
    answers: &[MeasuredAnswer],
    elapsed: Duration,
) -> Cai {
    let quote = rate.quote(messages, max_tokens);
    let owed =
        |answer: &MeasuredAnswer| U256::from(quote.owed(answer.finish.prompt_tokens, answer.finish.completion_tokens));
    let earned: U256 = answers.iter().map(owed).fold(U256::ZERO, U256::saturating_add);
    let hour = U256::from(Duration::from_secs(3_600).as_micros());
    Cai::from_base_units(earned.saturating_mul(hour) / U256::from(elapsed.as_micros().max(1)))
}

/// Asks a coordinator for its prices; the result maps a model's name to its rate.
async fn fetch_prices(url: &DisplaySafeUrl, args: &Args) -> Result<impl Fn(&str) -> Result<Rate>> {
    let api = Api::new(url.clone(), args.api_key_file.as_deref())?;
    let models = api.json(api.get("/v1/models")).await?;
    let url = url.clone();
    Ok(move |name: &str| {
        let models = models["data"].as_array().map(Vec::as_slice).unwrap_or_default();
        let model = models.iter().find(|model| model["id"] == name).ok_or_else(|| {
            Error::precondition(format_args!(
                "the coordinator at {url} has no miner for `{name}` yet, so it publishes no price for it"
            ))
            .hint("give the name that applications ask for: --model-name NAME; or leave out --coordinator-url")
        })?;
        let amount = |field: &str| serde_json::from_value::<Cai>(model["pricing"][field].clone());
        let rate = amount("prompt").and_then(|prompt| Ok((prompt, amount("completion")?)));
        let (prompt, completion) =
            rate.map_err(|_| Error::unavailable(format_args!("the coordinator at {url} publishes no prices")))?;
        Rate::from_amounts(prompt, completion).map_err(Error::failure)
    })
}

impl Measured {
    /// The figures that matter most, in words.
    pub(super) fn words(&self) -> String {
        let Self { model, tokens_per_second, slots, tokens_per_second_of_all, first_token_seconds, .. } = self;
        format!(
            "{model}: {tokens_per_second:.1} tokens/s for one answer, {tokens_per_second_of_all:.1} with {} busy, the first \
             token after {first_token_seconds:.2} s",
            count(*slots as usize, "slot")
        )
    }

    fn table(&self) -> Table {
        let mut table = Table::new(["what", "measured"]);
        let mut row = |what: &str, shown: String, plain: String| {
            table.row([Cell::text(what), Cell::both(shown, plain)]);
        };
        let mut text = |what: &str, value: &str| row(what, value.to_owned(), value.to_owned());
        text("model", &self.model);
        text("quantisation", &self.quantisation);
        text("engine", &self.engine);
        for device in &self.devices {
            text("device", &device.to_string());
        }
        let mut figure =
            |what: &str, value: f64, unit: &str| row(what, format!("{value:.2} {unit}"), format!("{value:.4}"));
        figure("load", self.load_seconds, "s");
        figure("first token", self.first_token_seconds, "s");
        figure("prompt speed", self.prompt_tokens_per_second, "tokens/s");
        figure("one slot", self.tokens_per_second, "tokens/s");
        figure("all slots together", self.tokens_per_second_of_all, "tokens/s");
        row("slots", self.slots.to_string(), self.slots.to_string());
        if let Some(hourly) = self.hourly {
            table.row([Cell::text("an hour with all slots busy earns"), Cell::estimate(hourly).at_left()]);
        }
        table
    }
}
