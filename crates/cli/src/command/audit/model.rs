//! `cuckoo audit model`: audits honest and dishonest executions of a model, and counts how many of each are suspected.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use cuckoo_gpu::{
    Engine, EngineError, EngineSpec, GenerateRequest,
    audit::execute,
    engine::{MistralConfig, Quantise},
    model::ModelSource,
    start,
};
use cuckoo_protocol::{
    B256,
    audit::{Claim, Distance, Flaw, Limits, compare},
    task::{ChatMessage, ChatRole, Examine, FinishReason, Micros, Sampling},
};
use serde::Serialize;

use crate::{
    context::Context,
    node::miner::MinerError,
    terminal::{Cell, Class, Error, Printer, Progress, Result, Table, Text},
};

/// The prompts that are asked when no file with prompts is given.
const PROMPTS: &str = include_str!("prompts.txt");
/// Percentage of the false answers of each kind that audits have to find.
const TARGET: usize = 95;

/// Measure how reliably audits of a model catch false answers and spare honest ones
///
/// The model answers every prompt twice, with different seeds: the first answers set the limits by which the second ones and
/// several kinds of false answers are judged. One audit takes one prefill, which is many times cheaper than an answer.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Model to measure: a directory with safetensors, or a name on the Hugging Face hub
    #[arg(long, value_name = "PATH|NAME")]
    model: String,
    /// Second model whose answers are passed off as the first one's; both must have the same tokeniser
    #[arg(long, value_name = "PATH|NAME")]
    other: Option<String>,
    /// File with one prompt per line [default: 16 built-in prompts]
    #[arg(long, value_name = "PATH")]
    prompts: Option<PathBuf>,
    /// Number of answers of each kind, honest or false
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=100_000))]
    answers: u32,
    /// Maximum length of an answer in tokens
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u32).range(8..=8_192))]
    tokens: u32,
    /// Sampling temperature of the honest answers, from 0.1 to 2
    #[arg(long, default_value = "0.8", value_name = "NUMBER")]
    temperature: f64,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Measured {
    model: String,
    /// Hash of the model's manifest.
    manifest: B256,
    quantisation: String,
    /// Largest distances of the answers that set the limits.
    noise: Distance,
    limits: Limits,
    executions: Vec<DetectionRow>,
}

/// One kind of execution.
#[derive(Debug, Serialize)]
struct DetectionRow {
    execution: Execution,
    /// A description of the execution in words.
    what: &'static str,
    audits: usize,
    suspected: usize,
    /// How many audits found each kind of flaw.
    flaws: BTreeMap<&'static str, usize>,
}

/// A way in which a miner can execute a task, honest or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Execution {
    Honest,
    AnotherModel,
    Quantised8,
    Quantised4,
    Laundered,
    AnotherPrompt,
    AnotherSeed,
    AnotherTemperature,
    Truncated,
    Spliced,
    Copied,
    Unproven,
}

impl Execution {
    const fn what(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::AnotherModel => "another model",
            Self::Quantised8 => "the model with 8 bits (q8_0)",
            Self::Quantised4 => "the model with 4 bits (q4_0)",
            Self::Laundered => "generated with 4 bits, probabilities from the model",
            Self::AnotherPrompt => "half of the prompt",
            Self::AnotherSeed => "another seed",
            Self::AnotherTemperature => "greedy",
            Self::Truncated => "half of the answer",
            Self::Spliced => "half of another answer",
            Self::Copied => "another prompt's answer",
            Self::Unproven => "no probabilities",
        }
    }

    /// Whether a single audit has to find this execution. Laundering shows only where the cheap model would have chosen another
    /// token, so finding it takes several answers.
    const fn is_found_at_once(self) -> bool {
        !matches!(self, Self::Honest | Self::Laundered)
    }
}

/// All tokens of a claim.
fn to_examine(claim: &Claim) -> Examine {
    Examine { ids: claim.ids.clone(), ..Examine::default() }
}

/// Audits claims with an engine that examines their tokens.
struct Auditor {
    engine: Arc<dyn Engine>,
    context_length: u32,
}

impl Auditor {
    async fn distance(&self, request: &GenerateRequest, claim: &Claim) -> Result<Result<Distance, Flaw>> {
        match self.engine.examine(request, &to_examine(claim)).await {
            Ok(examined) => Ok(compare(&request.sampling, claim, &examined, self.context_length)),
            Err(error) if error.is_request_fault() => Ok(Err(Flaw::Impossible(error.to_string()))),
            Err(error) => Err(failed(error)),
        }
    }

    /// The claims with the text and the count of prompt tokens that match their tokens: a miner that forges tokens can forge these
    /// as well.
    async fn rewritten(&self, mut claims: Claims) -> Result<Claims> {
        for (asked, claim) in &mut claims {
            let examined = self.engine.examine(asked, &to_examine(claim)).await.map_err(failed)?;
            claim.text = examined.text;
            claim.finish.prompt_tokens = examined.prompt_tokens;
        }
        Ok(claims)
    }

    /// Answers of a cheaper model with the probabilities that the right model assigns to their tokens.
    async fn laundered(&self, claims: &[(GenerateRequest, Claim)]) -> Result<Claims> {
        let mut laundered = claims.to_vec();
        for (asked, claim) in &mut laundered {
            let examined = self.engine.examine(asked, &to_examine(claim)).await.map_err(failed)?;
            claim.log_probabilities = examined.positions.iter().map(|position| position.log_probability).collect();
        }
        Ok(laundered)
    }

    async fn judge(
        &self,
        execution: Execution,
        claims: &[(GenerateRequest, Claim)],
        limits: &Limits,
        progress: &Progress,
    ) -> Result<DetectionRow> {
        let what = execution.what();
        let mut flaws = BTreeMap::new();
        for (number, (request, claim)) in claims.iter().enumerate() {
            progress.set(format!("Auditing: {what}, {} of {}", number + 1, claims.len()));
            let judged = self.distance(request, claim).await?.and_then(|distance| limits.judge(&distance));
            if let Err(flaw) = judged {
                *flaws.entry(flaw.kind()).or_default() += 1;
            }
        }
        Ok(DetectionRow { execution, what, audits: claims.len(), suspected: flaws.values().sum(), flaws })
    }
}

pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let prompts = read_prompts(&args)?;
    let temperature = Micros::from_f64(args.temperature)
        .filter(|temperature| (Micros(100_000)..=Micros(2_000_000)).contains(temperature))
        .ok_or_else(|| {
            Error::usage("--temperature must be a number from 0.1 to 2")
                .hint("greedy answers (temperature 0) use no seed, so a false seed could not be measured")
        })?;
    let source = ModelSource::parse(&args.model).map_err(Error::usage)?;
    let other = args.other.as_deref().map(ModelSource::parse).transpose().map_err(Error::usage)?;
    let name = source.default_name();
    let progress = context.printer.progress("Loading the model");
    let engine = load(&source, &name, None).await?;
    let served = engine.models();
    let served = served.first().ok_or_else(|| Error::unavailable("the engine serves no model"))?;
    let sampling =
        Sampling { max_tokens: args.tokens, temperature, top_p: Micros::ONE, seed: 0, ..Sampling::default() };
    // Seeds differ in every answer; the same number asks for the same thing in every execution.
    let request = |number: usize| GenerateRequest {
        model: served.manifest.name.clone(),
        messages: vec![ChatMessage { role: ChatRole::User, content: prompts[number % prompts.len()].clone() }],
        sampling: Sampling { seed: number as u64, ..sampling.clone() },
    };
    let count = args.answers as usize;
    let auditor = Auditor { engine: engine.clone(), context_length: served.context_length };
    let experiment = Experiment { auditor, asked: (0..count).map(request).collect(), progress: &progress };

    let noise = experiment.measure_noise((count..2 * count).map(request).collect()).await?;
    let limits = Limits::calibrated(&noise);
    let honest = experiment.answer_all(&*engine, Execution::Honest, &|_| {}).await?;
    let mut cases = experiment.falsify(&honest).await?;
    cases.extend(experiment.quantise(&source, &name).await?);
    if let Some(other) = &other {
        progress.set("Loading the other model");
        let engine = load(other, &name, None).await?;
        let claims = experiment.answer_all(&*engine, Execution::AnotherModel, &|_| {}).await?;
        cases.push((Execution::AnotherModel, claims));
    }
    // An answer that does not differ from an honest one is not false.
    for (_, claims) in &mut cases {
        claims.retain(|claim| !honest.contains(claim));
    }
    cases.insert(0, (Execution::Honest, honest));
    let mut executions = vec![];
    for (execution, claims) in &cases {
        executions.push(experiment.auditor.judge(*execution, claims, &limits, &progress).await?);
    }
    drop(progress);
    let measured = Measured {
        model: served.manifest.name.clone(),
        manifest: served.manifest.id(),
        quantisation: served.manifest.quantisation.clone(),
        noise: largest(&noise),
        limits,
        executions,
    };
    measured.report(&context.printer)
}

/// Starts an engine whose model is offered under `name`, whatever its files are called.
async fn load(source: &ModelSource, name: &str, quantise: Option<Quantise>) -> Result<Arc<dyn Engine>> {
    let (source, name) = (source.clone(), Some(name.to_owned()));
    let config = MistralConfig { source, name, slots: None, expect_weights: None, quantise, force_cpu: false, examine_memory: None };
    start(EngineSpec::Mistral(config)).await.map_err(failed)
}

/// The largest of each distance.
fn largest(noise: &[Distance]) -> Distance {
    let largest = |part: fn(&Distance) -> f32| noise.iter().map(part).fold(0.0, f32::max);
    Distance {
        shortfall: largest(|distance| distance.shortfall),
        largest: largest(|distance| distance.largest),
        mean: largest(|distance| distance.mean),
    }
}

/// Claimed answers, each with the request that it claims to answer.
type Claims = Vec<(GenerateRequest, Claim)>;

/// The requests of one measurement, and the auditor of their answers.
struct Experiment<'a> {
    auditor: Auditor,
    asked: Vec<GenerateRequest>,
    progress: &'a Progress,
}

impl Experiment<'_> {
    /// How far the examinations of honest answers are from their claims.
    async fn measure_noise(&self, requests: Vec<GenerateRequest>) -> Result<Vec<Distance>> {
        let count = requests.len();
        let mut noise = vec![];
        for (number, request) in requests.into_iter().enumerate() {
            self.progress.set(format!("Setting the limits: {} of {count}", number + 1));
            let claim = execute(&*self.auditor.engine, request.clone()).await.map_err(failed)?;
            let distance = self.auditor.distance(&request, &claim).await?;
            noise.push(
                distance.map_err(|flaw| Error::failure(format_args!("an honest answer cannot be audited: {flaw}")))?,
            );
        }
        Ok(noise)
    }

    /// An engine's answers to all requests; `change` is applied to each request before the engine answers it.
    async fn answer_all(
        &self,
        engine: &dyn Engine,
        execution: Execution,
        change: &dyn Fn(&mut GenerateRequest),
    ) -> Result<Claims> {
        let mut claims = vec![];
        for (number, asked) in self.asked.iter().enumerate() {
            self.progress.set(format!("Answering: {}, {} of {}", execution.what(), number + 1, self.asked.len()));
            let mut request = asked.clone();
            change(&mut request);
            claims.push((asked.clone(), execute(engine, request).await.map_err(failed)?));
        }
        Ok(claims)
    }

    /// False answers that the audited model itself gives, or that are made from its honest ones.
    async fn falsify(&self, honest: &Claims) -> Result<Vec<(Execution, Claims)>> {
        let auditor = &self.auditor;
        let own = &*auditor.engine;
        let halved = self.answer_all(own, Execution::AnotherPrompt, &halve_prompt).await?;
        let other_seeds = 2 * self.asked.len() as u64;
        let reseed = |request: &mut GenerateRequest| request.sampling.seed += other_seeds;
        let reseeded = self.answer_all(own, Execution::AnotherSeed, &reseed).await?;
        let cool = |request: &mut GenerateRequest| request.sampling.temperature = Micros::default();
        let greedy = self.answer_all(own, Execution::AnotherTemperature, &cool).await?;
        let forged = |forge: fn(&Claim, &Claim) -> Claim| -> Claims {
            let others = honest.iter().cycle().skip(1);
            honest.iter().zip(others).map(|((asked, own), (_, other))| (asked.clone(), forge(own, other))).collect()
        };
        Ok(vec![
            (Execution::AnotherPrompt, auditor.rewritten(halved).await?),
            (Execution::AnotherSeed, reseeded),
            (Execution::AnotherTemperature, greedy),
            (Execution::Truncated, auditor.rewritten(forged(truncated)).await?),
            (Execution::Spliced, auditor.rewritten(forged(spliced)).await?),
            (Execution::Copied, auditor.rewritten(forged(|_, other| other.clone())).await?),
            (Execution::Unproven, forged(|own, _| Claim { log_probabilities: vec![], ..own.clone() })),
        ])
    }

    /// Answers of the model with quantised weights, and the same with the probabilities of the whole model.
    async fn quantise(&self, source: &ModelSource, name: &str) -> Result<Vec<(Execution, Claims)>> {
        let mut cases = vec![];
        let kinds = [(Execution::Quantised8, Quantise::Q8_0), (Execution::Quantised4, Quantise::Q4_0)];
        for (execution, quantise) in kinds {
            self.progress.set(format!("Loading {}", execution.what()));
            let engine = load(source, name, Some(quantise)).await?;
            let claims = self.answer_all(&*engine, execution, &|_| {}).await?;
            if execution == Execution::Quantised4 {
                cases.push((Execution::Laundered, self.auditor.laundered(&claims).await?));
            }
            cases.push((execution, claims));
        }
        Ok(cases)
    }
}

/// Leaves the first half of every message.
fn halve_prompt(request: &mut GenerateRequest) {
    for message in &mut request.messages {
        let half = message.content.chars().count() / 2;
        message.content = message.content.chars().take(half).collect();
    }
}

/// The first half of an answer, as if the model had stopped there.
fn truncated(own: &Claim, _: &Claim) -> Claim {
    let mut claim = own.clone();
    let half = own.ids.len() / 2;
    claim.ids.truncate(half);
    claim.log_probabilities.truncate(half);
    claim.finish.completion_tokens = half as u32;
    claim.finish.reason = FinishReason::Stop;
    claim
}

/// The first half of an answer, followed by the second half of another one.
fn spliced(own: &Claim, other: &Claim) -> Claim {
    let mut claim = own.clone();
    let half = own.ids.len() / 2;
    let rest = half..half + other.ids.len().saturating_sub(half).min(own.ids.len() - half);
    claim.ids.truncate(half);
    claim.log_probabilities.truncate(half);
    claim.ids.extend(&other.ids[rest.clone()]);
    claim.log_probabilities.extend(&other.log_probabilities[rest]);
    claim.finish.completion_tokens = claim.ids.len() as u32;
    claim
}

fn read_prompts(args: &Args) -> Result<Vec<String>> {
    let text = match &args.prompts {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Error::failure(format_args!("{}: {error}", path.display())))?,
        None => PROMPTS.to_owned(),
    };
    let prompts: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if prompts.len() < 2 {
        return Err(Error::usage("at least two prompts are needed")
            .hint("put one prompt on each line of the file: --prompts PATH"));
    }
    Ok(prompts)
}

fn failed(error: EngineError) -> Error {
    MinerError::from(error).into()
}

impl Measured {
    fn report(&self, printer: &Printer) -> Result<()> {
        let mut table = Table::new(["execution", "audits", "suspected", "by"]);
        for row in &self.executions {
            let by: Vec<_> = row.flaws.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
            table.row([
                Cell::text(row.what),
                Cell::number(row.audits),
                Cell::number(row.suspected),
                Cell::text(by.join(", ")),
            ]);
        }
        let wrong = self.executions.iter().filter(|row| row.execution == Execution::Honest && row.suspected > 0);
        let missed = self
            .executions
            .iter()
            .filter(|row| row.execution.is_found_at_once() && row.suspected * 100 < row.audits * TARGET);
        let failures: Vec<_> = wrong.chain(missed).map(|row| row.what).collect();
        if failures.is_empty() || !printer.is_json() {
            printer.result(self, || Text::Table(table))?;
        }
        let (noise, limits) = (&self.noise, &self.limits.0);
        printer.say(format_args!(
            "noise of honest answers: {:.1e} logits; log-probabilities {:.1e} at most, {:.1e} on average; limits {:.1e}, {:.1e}, {:.1e}",
            noise.shortfall, noise.largest, noise.mean, limits.shortfall, limits.largest, limits.mean
        ));
        if failures.is_empty() {
            printer.ok(format_args!(
                "one audit finds at least {TARGET} % of each kind of false answer for {}",
                self.model
            ));
            return Ok(());
        }
        Err(Error::new(
            Class::CheckFailed,
            format_args!(
                "one audit does not reliably judge these executions of {}: {}",
                self.model,
                failures.join(", ")
            ),
        )
        .hint("answers from weights quantised on a CPU can only be audited by generating them again")
        .data(serde_json::to_value(self)?))
    }
}
