//! `cuckoo audit model`: audits honest and dishonest executions of a model as a coordinator does, and counts what comes of each.

mod cost;
mod execution;
mod falsify;
mod goals;
mod pool;

use std::path::PathBuf;

use cuckoo_gpu::{GenerateRequest, ServedModel};
use cuckoo_protocol::{
    B256,
    audit::{Calibrations, Findings, Null},
    task::{ChatMessage, ChatRole, Kind, Micros, Sampling},
};
use serde::Serialize;

use self::{
    cost::Cost,
    execution::{Case, Execution},
    falsify::Experiment,
    goals::Judged,
    pool::{Detection, Pool},
};
use super::{examiner::Run, questions};
use crate::{
    context::Context,
    terminal::{Cell, Class, Error, Printer, Result, Table, Text},
};

/// Measure how reliably audits of a model catch false answers and spare honest ones
///
/// The model answers every prompt, honestly and in many false ways, and each answer is examined and judged by the calibrations,
/// thresholds and processes that coordinators use. Miners are made up of the answers, each of which begins with another one: how
/// many are confirmed within the tokens that are pooled? At the end the cost of an examination is measured over that of an answer.
///
/// It fails where a goal is missed, and says which: no honest answer is found; 99% of the answers that are grossly false are, by one
/// audit each, and 95% of those with another seed or temperature where several words are as likely; 95% of the miners with weights of
/// 4 bits are confirmed within the tokens that are pooled; and from 300 tokens on an examination takes a tenth of the answer's time at
/// most.
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
    /// Tokens within which a miner that always cheats has to be confirmed
    #[arg(long, default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u32).range(32..=1_000_000))]
    pool: u32,
    /// Miners that are made up of the answers of each kind
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    miners: u32,
    /// File of `cuckoo audit calibrate`, beside the calibrations that are built in; may be repeated
    #[arg(long, value_name = "FILE")]
    calibration: Vec<PathBuf>,
    /// Longest answer in tokens whose cost is measured; 0: none
    #[arg(long, default_value_t = 2_048, value_name = "N")]
    longest: u32,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Measured {
    model: String,
    /// Hash of the model's manifest.
    manifest: B256,
    family: String,
    /// Class of the device that answered and examined.
    class: String,
    null: Null,
    detections: Vec<Detection>,
    costs: Vec<Cost>,
    /// The goals with what was reached.
    goals: Vec<Judged>,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let prompts = read_prompts(&args)?;
    let temperature = Micros::from_f64(args.temperature)
        .filter(|temperature| (Micros(100_000)..=Micros(2_000_000)).contains(temperature))
        .ok_or_else(|| {
            Error::usage("--temperature must be a number from 0.1 to 2")
                .hint("greedy answers (temperature 0) use no seed, so a false seed could not be measured")
        })?;
    let calibrations = read_calibrations(&args.calibration)?;
    let right = Run::new(&args.model)?;
    let other = args.other.as_deref().map(Run::new).transpose()?;
    let progress = context.printer.progress("Loading the model");
    let auditor = right.start(None).await?;
    let served = auditor.served.clone();
    if served.kind != Kind::Text {
        return Err(Error::precondition(format!("`{}` does not generate text", served.manifest.name))
            .hint("the noise of embeddings is measured by: cuckoo audit calibrate"));
    }
    let null = known(&calibrations, &served)?;
    let sampling = Sampling { max_tokens: args.tokens, temperature, ..Sampling::default() };
    // Seeds differ in every answer; the same number asks for the same thing in every execution.
    let request = |number: usize| GenerateRequest {
        model: served.manifest.name.clone(),
        messages: vec![ChatMessage { role: ChatRole::User, content: prompts[number % prompts.len()].clone() }],
        sampling: Sampling { seed: number as u64, ..sampling.clone() },
    };
    let asked: Vec<_> = (0..args.answers as usize).map(request).collect();
    let experiment = Experiment { auditor, calibrations, asked, progress: &progress };
    let cases = experiment.run(&right, other.as_ref()).await?;
    let costs = cost::measure(&experiment.auditor, args.longest, &progress).await?;
    let detections = detect(&args, &cases);
    drop(progress);
    let ServedModel { manifest, class, .. } = served;
    let (model, id, family) = (manifest.name.clone(), manifest.id(), manifest.family());
    let goals =
        detections.iter().filter_map(goals::of_execution).chain(costs.iter().filter_map(goals::of_cost)).collect();
    Measured { model, manifest: id, family, class, null, detections, costs, goals }.report(&context.printer)
}

fn detect(args: &Args, cases: &[Case]) -> Vec<Detection> {
    let findings = |case: &Case, takes: &dyn Fn(usize) -> bool| -> Vec<Findings> {
        case.claims.iter().enumerate().filter(|(at, _)| takes(*at)).map(|(_, (_, findings))| findings.clone()).collect()
    };
    let find = |execution| cases.iter().find(|case| case.execution == execution);
    let honest = find(Execution::Honest).map_or_else(Vec::new, |case| findings(case, &|_| true));
    let pool = Pool { honest: &honest, miners: args.miners as usize, tokens: args.pool };
    let mut detections = vec![];
    for case in cases {
        let what = case.execution.what();
        if !case.execution.is_split() {
            detections.push(pool.detect(case.execution, what.to_owned(), &findings(case, &|_| true)));
            continue;
        }
        for (sure, how) in [(false, "where several words are as likely"), (true, "where the model is sure")] {
            let takes = |at: usize| case.sure.get(at) == Some(&sure);
            let found = pool.detect(case.execution, format!("{what}, {how}"), &findings(case, &takes));
            detections.push(Detection { sure: Some(sure), ..found });
        }
    }
    if let Some(laundered) = find(Execution::Quantised4Laundered) {
        let findings = findings(laundered, &|_| true);
        for execution in [Execution::OneInFive, Execution::OneInTwenty, Execution::Late] {
            detections.push(pool.detect(execution, execution.what().to_owned(), &findings));
        }
    }
    detections
}

/// What honest scores are at most, if the noise of this model's device is known.
fn known(calibrations: &Calibrations, served: &ServedModel) -> Result<Null> {
    let (family, class) = (served.manifest.family(), &served.class);
    let calibration = calibrations.get(&family, class, class).ok_or_else(|| {
        Error::precondition(format!("the noise of `{family}` on {class} is not known"))
            .hint("measure it first, and name the file: cuckoo audit calibrate MODEL --out FILE")
    })?;
    Ok(calibration.null())
}

/// The calibrations that are built in, and those of some files.
pub(super) fn read_calibrations(files: &[PathBuf]) -> Result<Calibrations> {
    let mut calibrations = Calibrations::built_in();
    for path in files {
        let failed = |error: &dyn std::fmt::Display| Error::failure(format_args!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        calibrations.add(&text).map_err(|error| {
            failed(&error).hint("calibrations are made by: cuckoo audit calibrate MODEL --out FILE")
        })?;
    }
    Ok(calibrations)
}

fn read_prompts(args: &Args) -> Result<Vec<String>> {
    let prompts = match &args.prompts {
        Some(path) => questions::lines(
            &std::fs::read_to_string(path)
                .map_err(|error| Error::failure(format_args!("{}: {error}", path.display())))?,
        ),
        None => questions::prompts(),
    };
    if prompts.len() < 2 {
        return Err(Error::usage("at least two prompts are needed")
            .hint("put one prompt on each line of the file: --prompts PATH"));
    }
    Ok(prompts)
}

/// The goals in words, a missed one marked.
fn judged(goal: Option<&Judged>) -> [Cell; 3] {
    let of = |text: fn(&Judged) -> &str| Cell::text(goal.map_or("-", text));
    [of(|goal| &goal.goal), of(|goal| &goal.found), of(|goal| if goal.is_met { "yes" } else { "MISSED" })]
}

impl Measured {
    fn report(&self, printer: &Printer) -> Result<()> {
        let missed: Vec<&Judged> = self.goals.iter().filter(|goal| !goal.is_met).collect();
        if missed.is_empty() || !printer.is_json() {
            printer.result(self, || Text::Table(self.table()))?;
        }
        let Null { flips, shortfall, difference } = self.null;
        printer.say(format_args!(
            "honest scores are at most {flips:.1e}, {shortfall:.1e} and {difference:.1e} on average; the highest e-value of an honest miner was {:.1e}",
            goals::highest_honest(&self.detections)
        ));
        for cost in &self.costs {
            printer.say(format_args!(
                "{} tokens: {:.2} s to answer, {:.2} s to examine, {:.1} % (of all answers {:.2} % at a rate of 5 %, {:.2} % at 1 %)",
                cost.tokens,
                cost.generation,
                cost.examination,
                100.0 * cost.ratio(),
                5.0 * cost.ratio(),
                cost.ratio()
            ));
        }
        if missed.is_empty() {
            printer.ok(format_args!("audits of {} reach all goals, and spare the honest", self.model));
            return Ok(());
        }
        let missed: Vec<_> = missed
            .iter()
            .map(|Judged { what, goal, found, .. }| format!("{what}: {goal}, and it was {found}"))
            .collect();
        Err(Error::new(
            Class::CheckFailed,
            format_args!("audits of {} miss {} of their goals: {}", self.model, missed.len(), missed.join("; ")),
        )
        .hint("more answers are a better measurement: --answers N; weights quantised on a CPU can only be audited by generating again")
        .data(serde_json::to_value(self)?))
    }

    /// What was counted, with the goals.
    fn table(&self) -> Table {
        let headers = [
            "execution",
            "audits",
            "found at once",
            "miners",
            "suspected",
            "confirmed",
            "pooled",
            "within",
            "median",
            "goal",
            "reached",
            "met",
        ];
        let mut table = Table::new(headers);
        let goal = |what: &str| self.goals.iter().find(|goal| goal.what == what);
        for row in &self.detections {
            let counts = [
                Cell::text(&row.what),
                Cell::number(row.audits),
                Cell::number(row.at_once),
                Cell::number(row.miners),
                Cell::number(row.suspected),
                Cell::number(row.confirmed),
                Cell::number(row.pooled),
                Cell::number(row.pool),
                Cell::number(row.tokens.map_or_else(|| "-".to_owned(), |tokens| tokens.to_string())),
            ];
            table.row(counts.into_iter().chain(judged(goal(&row.what))));
        }
        for cost in self.costs.iter().filter_map(goals::of_cost) {
            let counts = [Cell::text(&cost.what)].into_iter().chain((0..8).map(|_| Cell::text("-")));
            table.row(counts.chain(judged(Some(&cost))));
        }
        table
    }
}
