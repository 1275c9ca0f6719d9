//! `cuckoo audit calibrate`: measures how far honest answers are from what an auditor computes, for the hardware of this machine.

use std::{collections::BTreeMap, path::PathBuf};

use cuckoo_gpu::{EngineError, GenerateRequest, audit::execute};
use cuckoo_protocol::{
    audit::{CONFIRMED, Calibrations, Claim, Findings, Process, SUSPECTED, Sample, Subject, calibrate},
    task::Kind,
};
use futures::StreamExt;
use serde::Serialize;

use super::{
    examiner::{Examiner, Run, failed},
    questions::question,
};
use crate::{
    command::shared::check::count,
    context::Context,
    terminal::{Cell, Class, Error, Progress, Result, Table, Text},
};

/// Measure honest answers on this machine, so that audits know the noise between its devices
///
/// One process answers, another one examines. The one that answers is restarted four times, and computes with one thread and with
/// all. Questions are chats with and without tools, schemas, stop texts and penalties, long and foreign texts, greedy and warm. The models have
/// to be of one family: the same engine and the same quantisation. The file is for a directory that `cuckoo coordinator run --calibrations` names.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Models to measure: directories with safetensors, names on the Hugging Face hub, or URLs of vLLM servers with cuckoo's plugin;
    /// `scripted` is the engine for tests
    #[arg(value_name = "MODEL", required = true)]
    models: Vec<String>,
    /// Honest answers of each model
    #[arg(long, default_value_t = 400, value_name = "N", value_parser = clap::value_parser!(u32).range(8..=1_000_000))]
    answers: u32,
    /// Maximum length of an answer in tokens
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = clap::value_parser!(u32).range(8..=8_192))]
    tokens: u32,
    /// Answers that are generated at once, as of a miner with this many busy slots; on a CPU a model has one slot
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    at_once: u8,
    /// Answer on the CPU even where there is a GPU
    #[arg(long)]
    miner_cpu: bool,
    /// Examine on the CPU even where there is a GPU
    #[arg(long)]
    auditor_cpu: bool,
    /// File of an earlier measurement of the same family and devices, to which this one is added; may be repeated
    #[arg(long, value_name = "FILE")]
    add: Vec<PathBuf>,
    /// File to write [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Restarts of the engine that answers, each with this number of threads; `None`: all that there are.
const ROUNDS: [Option<usize>; 4] = [None, Some(1), None, Some(2)];

/// What one kind of question gave.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Measured {
    answers: u64,
    tokens: u64,
    flips: u64,
    shortfall: f32,
    difference: f32,
    refused: u64,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let progress = context.printer.progress("Loading the model");
    let mut measurement = Measurement {
        args: &args,
        progress: &progress,
        known: Calibrations::built_in(),
        answers: vec![],
        sorts: BTreeMap::new(),
        process: Process::default(),
        highest: None,
        gross: 0,
    };
    let mut subject = Subject::default();
    let mut vectors = false;
    for model in &args.models {
        let (found, kind) = measurement.measure(model).await?;
        let of_another = |known: &Subject, found: &Subject| {
            (&known.family, &known.miner, &known.auditor) != (&found.family, &found.miner, &found.auditor)
        };
        if !subject.models.is_empty() && (of_another(&subject, &found) || vectors != (kind == Kind::Embedding)) {
            return Err(Error::precondition(format!(
                "`{model}` is of another family than {}",
                subject.models.join(", ")
            ))
            .hint("measure models of each family by a command of its own"));
        }
        vectors = kind == Kind::Embedding;
        let models = [subject.models, found.models].concat();
        subject = Subject { models, ..found };
    }
    let Measurement { answers, sorts, highest, gross, .. } = measurement;
    drop(progress);
    subject.command = format!("cuckoo audit calibrate --answers {} --tokens {} ...", args.answers, args.tokens);
    subject.version = env!("CARGO_PKG_VERSION").into();
    let measured = calibrate(subject, vectors, &answers);
    let calibration = args.add.iter().try_fold(measured, |sum, path| {
        let failed = |error: &dyn std::fmt::Display| Error::failure(format_args!("{}: {error}", path.display()));
        let mut known = Calibrations::default();
        known.add(&std::fs::read_to_string(path).map_err(|error| failed(&error))?).map_err(|error| failed(&error))?;
        let found = known.iter().next().ok_or_else(|| failed(&"it is empty"))?;
        sum.pool(found).map_err(|error| failed(&error))
    })?;
    let toml = calibration.to_toml().map_err(|error| Error::failure(error.to_string()))?;
    Calibrations::default()
        .add(&toml)
        .map_err(|error| Error::failure(error.to_string()).hint("measure more answers: --answers N"))?;
    let null = calibration.null();
    context.printer.say(format_args!(
        "{} with {}: honest scores are at most {:.2e} (flips), {:.2e} (shortfall), {:.2e} (difference) on average",
        count(calibration.answers as usize, "answer"),
        count(calibration.tokens as usize, "token"),
        null.flips,
        null.shortfall,
        null.difference
    ));
    if let Some(highest) = highest {
        context.printer.say(format_args!(
            "by the calibrations that this version knows: {} found false at once, and the highest e-value is {highest:.1e} (suspected from {SUSPECTED:.0e}, confirmed from {CONFIRMED:.0e})",
            count(gross as usize, "answer"),
        ));
    }
    if let Some(path) = &args.out {
        std::fs::write(path, &toml).map_err(|error| Error::failure(format_args!("{}: {error}", path.display())))?;
        return context.printer.result(&sorts, || Text::Table(table(&sorts)));
    }
    context.printer.result(&calibration, || Text::Piece(toml))
}

fn table(sorts: &BTreeMap<&'static str, Measured>) -> Table {
    let headers = ["questions", "answers", "tokens", "flips", "largest shortfall", "largest difference", "refused"];
    let mut table = Table::new(headers);
    for (sort, measured) in sorts {
        table.row([
            Cell::text(sort),
            Cell::number(measured.answers),
            Cell::number(measured.tokens),
            Cell::number(measured.flips),
            Cell::number(format!("{:.1e}", measured.shortfall)),
            Cell::number(format!("{:.1e}", measured.difference)),
            Cell::number(measured.refused),
        ]);
    }
    table
}

/// What has been measured so far.
struct Measurement<'a> {
    args: &'a Args,
    progress: &'a Progress,
    /// What is known already of this family and these devices.
    known: Calibrations,
    answers: Vec<Vec<Sample>>,
    sorts: BTreeMap<&'static str, Measured>,
    /// What the answers of one engine's life weigh together, as those of one miner do.
    process: Process,
    /// The highest e-value of any; `None` while nothing is known of these devices.
    highest: Option<f64>,
    /// Answers that are false at once by what is known.
    gross: u64,
}

impl Measurement<'_> {
    async fn measure(&mut self, model: &str) -> Result<(Subject, Kind)> {
        let run = Run::new(model)?;
        self.progress.set(format!("Loading {}", run.name));
        let auditor = Run { cpu: self.args.auditor_cpu, ..run.clone() }.start(None).await?;
        let count = self.args.answers as usize;
        let mut class = String::new();
        for (round, threads) in ROUNDS.into_iter().enumerate() {
            self.progress.set(format!("Starting {} again", run.name));
            let miner = Run { cpu: self.args.miner_cpu, ..run.clone() }.start(threads).await?;
            let (slots, at_once) = (miner.served.slots, u32::from(self.args.at_once));
            if at_once > slots {
                return Err(Error::precondition(format_args!(
                    "{} answers {slots} at once here, and not {at_once}",
                    run.name
                ))
                .hint(format_args!("ask for no more: --at-once {slots}")));
            }
            self.process = Process::default();
            let ask = |number: usize| {
                // Every kind of question in every round.
                let number = number / ROUNDS.len() + round * count.div_ceil(ROUNDS.len());
                let (sort, request) = question(&miner.served, number, self.args.tokens);
                let engine = miner.engine.clone();
                async move { (number, sort, execute(&*engine, request.clone()).await, request) }
            };
            let numbers = (round..count).step_by(ROUNDS.len());
            let mut answers = futures::stream::iter(numbers.map(ask)).buffer_unordered(self.args.at_once.into());
            let mut done = round * count / ROUNDS.len();
            while let Some((number, sort, claim, request)) = answers.next().await {
                done += 1;
                self.progress.set(format!("{}: answer {done} of {count}", run.name));
                self.examine((&miner, &auditor), (number, sort), &request, claim).await?;
            }
            drop(answers);
            class = miner.served.class;
        }
        let served = &auditor.served;
        let subject = Subject {
            family: served.manifest.family(),
            miner: class,
            auditor: served.class.clone(),
            models: vec![served.manifest.name.clone()],
            ..Subject::default()
        };
        Ok((subject, served.kind))
    }

    /// Examines an answer, and keeps what the examination says.
    async fn examine(
        &mut self,
        (miner, auditor): (&Examiner, &Examiner),
        (number, sort): (usize, &'static str),
        request: &GenerateRequest,
        answer: std::result::Result<Claim, EngineError>,
    ) -> Result<()> {
        let measured = self.sorts.entry(sort).or_default();
        let claim = match answer {
            Ok(claim) => claim,
            // Not every model has a place for tools.
            Err(error) if error.is_request_fault() => {
                measured.refused += 1;
                return Ok(());
            }
            Err(error) => return Err(failed(error)),
        };
        let false_answer = |reason: String| {
            Error::new(
                Class::CheckFailed,
                format_args!("an honest answer ({sort}, number {number}) is found false: {reason}"),
            )
            .hint("audits of this model would strike honest miners; please report this")
        };
        let examined = auditor.examine(request, &claim).await?.map_err(false_answer)?;
        let Findings { gross, unverified, .. } =
            auditor.assess(&Calibrations::default(), &miner.served.class, request, &claim, &examined);
        if let Some(reason) = gross.or(unverified) {
            return Err(false_answer(reason));
        }
        let known = auditor.assess(&self.known, &miner.served.class, request, &claim, &examined);
        if let Some(null) = &known.null {
            self.process.update(null, &known.windows);
            self.gross += u64::from(known.gross.is_some());
            self.highest = Some(self.highest.unwrap_or(0.0).max(self.process.value()));
        }
        let samples: Vec<_> = match auditor.served.kind {
            Kind::Embedding | Kind::Image => examined.distances.iter().copied().map(Sample::vector).collect(),
            _ => {
                let claimed = |at: usize| examined.places.as_ref().map_or(at, |places| places[at] as usize);
                let positions = examined.positions.iter().enumerate();
                positions.map(|(at, position)| Sample::token(position, claim.log_probabilities[claimed(at)])).collect()
            }
        };
        measured.answers += 1;
        measured.tokens += samples.len() as u64;
        for sample in &samples {
            measured.flips += u64::from(sample.shortfall > 0.0);
            measured.shortfall = measured.shortfall.max(sample.shortfall);
            measured.difference = measured.difference.max(sample.difference);
        }
        self.answers.push(samples);
        Ok(())
    }
}
