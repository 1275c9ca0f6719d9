//! `cuckoo audit model`: honest and dishonest executions of a model, audited, and how many of each were suspected.

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
    task::{ChatMessage, ChatRole, FinishReason, Micros, Sampling},
};
use serde::Serialize;

use crate::{
    context::Context,
    node::miner::MinerError,
    terminal::{Cell, Class, Error, Printer, Progress, Result, Table, Text},
};

/// What is asked, unless somebody has prompts of their own.
const PROMPTS: &str = include_str!("prompts.txt");
/// Percent of the false answers of each kind that have to be found.
const TARGET: usize = 95;

/// Measure how surely false answers for a model are found, and honest ones are not suspected
///
/// The model answers every prompt twice, with different seeds: the first answers set the limits, the second ones and all kinds of
/// false answers are judged by them. One audit is one prefill, many times cheaper than an answer.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A directory with safetensors, or the name of a model on the hub
    #[arg(long, value_name = "PATH|NAME")]
    model: String,
    /// Another model that is passed off as this one; it must have the same tokens
    #[arg(long, value_name = "PATH|NAME")]
    other: Option<String>,
    /// File with a prompt per line [default: 16 of our own]
    #[arg(long, value_name = "PATH")]
    prompts: Option<PathBuf>,
    /// Answers of each kind
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=100_000))]
    answers: u32,
    /// Tokens of an answer at most
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u32).range(8..=8_192))]
    tokens: u32,
    /// Temperature of the honest answers
    #[arg(long, default_value = "0.8", value_name = "NUMBER")]
    temperature: f64,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Measured {
    model: String,
    /// Hash of the manifest.
    manifest: B256,
    quantisation: String,
    /// Largest distances of the answers that set the limits.
    noise: Distance,
    limits: Limits,
    executions: Vec<Row>,
}

/// One kind of execution.
#[derive(Debug, Serialize)]
struct Row {
    execution: Execution,
    /// What it is, in words.
    what: &'static str,
    audits: usize,
    suspected: usize,
    /// Suspected by what.
    flaws: BTreeMap<&'static str, usize>,
}

/// What a miner can do.
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
            Self::Laundered => "written with 4 bits, probabilities by the model",
            Self::AnotherPrompt => "half of the prompt",
            Self::AnotherSeed => "another seed",
            Self::AnotherTemperature => "greedy",
            Self::Truncated => "half of the answer",
            Self::Spliced => "half of another answer",
            Self::Copied => "another prompt's answer",
            Self::Unproven => "no probabilities",
        }
    }

    /// Whether one audit has to find it. Laundering shows only where the cheap model would have chosen another token, so that it is
    /// found over several answers.
    const fn is_found_at_once(self) -> bool {
        !matches!(self, Self::Honest | Self::Laundered)
    }
}

/// A model that is audited, with the engine that examines.
struct Auditor {
    engine: Arc<dyn Engine>,
    context_length: u32,
}

impl Auditor {
    async fn distance(&self, request: &GenerateRequest, claim: &Claim) -> Result<Result<Distance, Flaw>> {
        match self.engine.examine(request, &claim.ids).await {
            Ok(examined) => Ok(compare(&request.sampling, claim, &examined, self.context_length)),
            Err(error) if error.is_request_fault() => Ok(Err(Flaw::Impossible(error.to_string()))),
            Err(error) => Err(failed(error)),
        }
    }

    /// The claims with the text and the count of prompt tokens that belong to them: whoever forges tokens can forge these as well.
    async fn rewritten(&self, mut claims: Vec<(GenerateRequest, Claim)>) -> Result<Vec<(GenerateRequest, Claim)>> {
        for (asked, claim) in &mut claims {
            let examined = self.engine.examine(asked, &claim.ids).await.map_err(failed)?;
            claim.text = examined.text;
            claim.finish.prompt_tokens = examined.prompt_tokens;
        }
        Ok(claims)
    }

    /// Answers of a cheaper model with the probabilities that the right model gives their tokens.
    async fn laundered(&self, claims: &[(GenerateRequest, Claim)]) -> Result<Vec<(GenerateRequest, Claim)>> {
        let mut laundered = claims.to_vec();
        for (asked, claim) in &mut laundered {
            let examined = self.engine.examine(asked, &claim.ids).await.map_err(failed)?;
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
    ) -> Result<Row> {
        let what = execution.what();
        let mut flaws = BTreeMap::new();
        for (number, (request, claim)) in claims.iter().enumerate() {
            progress.set(format!("Auditing: {what}, {} of {}", number + 1, claims.len()));
            let judged = self.distance(request, claim).await?.and_then(|distance| limits.judge(&distance));
            if let Err(flaw) = judged {
                *flaws.entry(flaw.kind()).or_default() += 1;
            }
        }
        Ok(Row { execution, what, audits: claims.len(), suspected: flaws.values().sum(), flaws })
    }
}

pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let prompts = prompts(&args)?;
    let temperature = Micros::from_f64(args.temperature)
        .filter(|temperature| (Micros(100_000)..=Micros(2_000_000)).contains(temperature))
        .ok_or_else(|| {
            Error::usage("--temperature is a number from 0.1 to 2: greedy answers have no seed to be false about")
        })?;
    let source = source(&args.model)?;
    let other = args.other.as_deref().map(self::source).transpose()?;
    let progress = context.printer.progress("Loading the model");
    let load = async |source: &ModelSource, quantise| -> Result<Arc<dyn Engine>> {
        let name = Some(source_name(&args.model)?);
        let source = source.clone();
        let config = MistralConfig { source, name, slots: None, expect_weights: None, quantise, force_cpu: false };
        start(EngineSpec::Mistral(config)).await.map_err(failed)
    };
    let engine = load(&source, None).await?;
    let served = engine.models();
    let served = served.first().ok_or_else(|| Error::unavailable("the engine serves no model"))?;
    let auditor = Auditor { engine, context_length: served.context_length };

    let honest = Sampling { max_tokens: args.tokens, temperature, top_p: Micros::ONE, seed: 0, ..Sampling::default() };
    // Seeds differ in every answer; the same number asks for the same thing in every execution.
    let request = |number: usize| GenerateRequest {
        model: served.manifest.name.clone(),
        messages: vec![ChatMessage { role: ChatRole::User, content: prompts[number % prompts.len()].clone() }],
        sampling: Sampling { seed: number as u64, ..honest.clone() },
    };
    let count = args.answers as usize;
    let asked: Vec<_> = (0..count).map(request).collect();
    let answers = async |engine: &dyn Engine, what: &str, change: &dyn Fn(&mut GenerateRequest)| {
        let mut claims = vec![];
        for (number, asked) in asked.iter().enumerate() {
            progress.set(format!("Answering: {what}, {} of {count}", number + 1));
            let mut request = asked.clone();
            change(&mut request);
            claims.push((asked.clone(), execute(engine, request).await.map_err(failed)?));
        }
        Ok::<_, Error>(claims)
    };

    let mut noise = vec![];
    for number in count..2 * count {
        progress.set(format!("Setting the limits: {} of {count}", number - count + 1));
        let request = request(number);
        let claim = execute(&*auditor.engine, request.clone()).await.map_err(failed)?;
        let distance = auditor.distance(&request, &claim).await?;
        noise
            .push(distance.map_err(|flaw| Error::failure(format_args!("an honest answer cannot be audited: {flaw}")))?);
    }
    let limits = Limits::calibrated(&noise);

    let own = &*auditor.engine;
    let honest = answers(own, Execution::Honest.what(), &|_| {}).await?;
    let halved = answers(own, Execution::AnotherPrompt.what(), &halve_prompt).await?;
    let reseeded = |request: &mut GenerateRequest| request.sampling.seed += 2 * count as u64;
    let reseeded = answers(own, Execution::AnotherSeed.what(), &reseeded).await?;
    let greedy = |request: &mut GenerateRequest| request.sampling.temperature = Micros::default();
    let greedy = answers(own, Execution::AnotherTemperature.what(), &greedy).await?;
    let forged = |forge: fn(&Claim, &Claim) -> Claim| -> Vec<_> {
        let others = honest.iter().cycle().skip(1);
        honest.iter().zip(others).map(|((asked, own), (_, other))| (asked.clone(), forge(own, other))).collect()
    };
    let mut cases = vec![
        (Execution::AnotherPrompt, auditor.rewritten(halved).await?),
        (Execution::AnotherSeed, reseeded),
        (Execution::AnotherTemperature, greedy),
        (Execution::Truncated, auditor.rewritten(forged(truncated)).await?),
        (Execution::Spliced, auditor.rewritten(forged(spliced)).await?),
        (Execution::Copied, auditor.rewritten(forged(|_, other| other.clone())).await?),
    ];
    cases.push((Execution::Unproven, forged(|own, _| Claim { log_probabilities: vec![], ..own.clone() })));
    let quantised = [(Execution::Quantised8, Quantise::Q8_0), (Execution::Quantised4, Quantise::Q4_0)];
    for (execution, quantise) in quantised {
        progress.set(format!("Loading {}", execution.what()));
        let claims = answers(&*load(&source, Some(quantise)).await?, execution.what(), &|_| {}).await?;
        if execution == Execution::Quantised4 {
            cases.push((Execution::Laundered, auditor.laundered(&claims).await?));
        }
        cases.push((execution, claims));
    }
    if let Some(other) = &other {
        progress.set("Loading the other model");
        let claims = answers(&*load(other, None).await?, Execution::AnotherModel.what(), &|_| {}).await?;
        cases.push((Execution::AnotherModel, claims));
    }
    // What differs in nothing from an honest answer is not false.
    for (_, claims) in &mut cases {
        claims.retain(|claim| !honest.contains(claim));
    }

    let mut executions = vec![auditor.judge(Execution::Honest, &honest, &limits, &progress).await?];
    for (execution, claims) in &cases {
        executions.push(auditor.judge(*execution, claims, &limits, &progress).await?);
    }
    drop(progress);
    let largest = |part: fn(&Distance) -> f32| noise.iter().map(part).fold(0.0, f32::max);
    let measured = Measured {
        model: served.manifest.name.clone(),
        manifest: served.manifest.id(),
        quantisation: served.manifest.quantisation.clone(),
        noise: Distance {
            shortfall: largest(|distance| distance.shortfall),
            largest: largest(|distance| distance.largest),
            mean: largest(|distance| distance.mean),
        },
        limits,
        executions,
    };
    measured.report(&context.printer)
}

/// A chat model's answer to half of what was asked.
fn halve_prompt(request: &mut GenerateRequest) {
    for message in &mut request.messages {
        let half = message.content.chars().count() / 2;
        message.content = message.content.chars().take(half).collect();
    }
}

/// The first half, as if the model had ended there.
fn truncated(own: &Claim, _: &Claim) -> Claim {
    let mut claim = own.clone();
    let half = own.ids.len() / 2;
    claim.ids.truncate(half);
    claim.log_probabilities.truncate(half);
    claim.finish.completion_tokens = half as u32;
    claim.finish.reason = FinishReason::Stop;
    claim
}

/// The second half of another answer after the first half.
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

fn prompts(args: &Args) -> Result<Vec<String>> {
    let text = match &args.prompts {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Error::failure(format_args!("{}: {error}", path.display())))?,
        None => PROMPTS.to_owned(),
    };
    let prompts: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if prompts.len() < 2 {
        return Err(Error::usage("at least two prompts are needed").hint("one per line: --prompts PATH"));
    }
    Ok(prompts)
}

fn source(text: &str) -> Result<ModelSource> {
    ModelSource::parse(text).map_err(Error::usage)
}

fn source_name(text: &str) -> Result<String> {
    Ok(source(text)?.default_name())
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
            "noise of honest answers: {:.1e} logits, log-probabilities {:.1e} at most and {:.1e} in the mean; limits {:.1e}, {:.1e}, {:.1e}",
            noise.shortfall, noise.largest, noise.mean, limits.shortfall, limits.largest, limits.mean
        ));
        if failures.is_empty() {
            printer.ok(format_args!(
                "false answers for {} are found by one audit, {TARGET} % of each kind or more",
                self.model
            ));
            return Ok(());
        }
        Err(Error::new(
            Class::CheckFailed,
            format_args!("one audit does not tell these for {}: {}", self.model, failures.join(", ")),
        )
        .hint("weights that are quantised on a CPU can only be audited by making the answer again")
        .data(serde_json::to_value(self)?))
    }
}
