//! `cuckoo audit receipt`: verifies a receipt, and with a model at hand judges the answer itself.

use std::path::PathBuf;

use cuckoo_protocol::{
    B256,
    audit::{CONFIRMED, Judgement},
};
use serde::Serialize;

use super::{
    document::{Verified, parse, read_bytes, verify},
    opinion::{AnswerOpinion, Model, Opinion, open_bundle},
};
use crate::{
    command::shared::check::count,
    context::Context,
    terminal::{Class, Error, Result, Text},
};

/// Verify a receipt: its signatures, its nodes' registrations, and that it belongs to this answer
///
/// With --model the answer itself is examined: does the model choose these tokens, with these log-probabilities? That needs a
/// bundle of evidence, which holds the prompt, the parameters and the log-probabilities as well.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// File with the output of `cuckoo task receipt ID`, or with a bundle of evidence; - for stdin
    file: PathBuf,
    /// Examine the answer with this model: a directory with safetensors, a GGUF file, a name on the Hugging Face hub, or the URL of a
    /// vLLM server with cuckoo's plugin
    #[arg(long, value_name = "PATH|NAME")]
    model: Option<String>,
    /// File of `cuckoo audit calibrate`, beside the calibrations that are built in; may be repeated
    #[arg(long, value_name = "FILE", requires = "model")]
    calibration: Vec<PathBuf>,
}

/// What the answer itself shows.
#[derive(Debug, Serialize)]
struct Judged {
    #[serde(flatten)]
    verified: Verified,
    /// Keccak-256 of the bundle.
    bundle: B256,
    judgement: Judgement,
    /// The e-value of this answer alone.
    value: f64,
    #[serde(flatten)]
    answer: Option<AnswerOpinion>,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let bytes = read_bytes(&args.file)?;
    let document = parse(&bytes)?;
    // A model that is missing is noticed before the chain is asked.
    let model = args.model.as_deref().map(|model| Model::new(model, &args.calibration)).transpose()?;
    let bundle = model.as_ref().map(|_| open_bundle(&bytes)).transpose()?;
    let verified = verify(&context.network()?, &document, None).await?;
    // An embedding has no generated tokens.
    let tokens = match verified.completion_tokens {
        0 => String::new(),
        tokens => format!(" of {}", count(tokens as usize, "token")),
    };
    context.printer.ok(format_args!(
        "the receipt is valid: {} signed this answer{tokens} for {}",
        verified.miner_name, verified.coordinator
    ));
    let (Some(model), Some(bundle)) = (model, bundle) else {
        return context.printer.result(&verified, || Text::Value(verified.receipt.to_string()));
    };
    let progress = context.printer.progress("Loading the model");
    let judge = model.start(&bundle.manifest).await?;
    progress.set("Examining the answer");
    let id = bundle.id();
    let opinion = judge.examine(&[bundle], 1).await?;
    drop(progress);
    report(context, Judged::new(verified, id, &opinion), &opinion)
}

impl Judged {
    fn new(verified: Verified, bundle: B256, opinion: &Opinion) -> Self {
        let Opinion { judgement, value, ref answers } = *opinion;
        Self { verified, bundle, judgement, value, answer: answers.first().cloned() }
    }
}

fn report(context: &Context, judged: Judged, opinion: &Opinion) -> Result<()> {
    let tokens = count(opinion.tokens(), "token");
    match (judged.judgement, opinion.unverified()) {
        (Judgement::Guilty, _) => {
            return Err(Error::new(Class::CheckFailed, format_args!("the answer is false: {}", opinion.reason()))
                .hint("to have the miner punished: cuckoo dispute open FILE")
                .data(serde_json::to_value(&judged)?));
        }
        (Judgement::Unavailable, Some(reason)) => {
            return Err(Error::failure(format_args!("the answer was not examined: {reason}"))
                .data(serde_json::to_value(&judged)?));
        }
        (Judgement::Unavailable, None) => context.printer.warn(format_args!(
            "the answer is not grossly false; smaller differences cannot be told from noise, which is not calibrated between the \
             miner's device and this one ({tokens})"
        )),
        (Judgement::Innocent, _) => context.printer.ok(format_args!(
            "the model can have written it: an e-value of {:.1e} over {tokens}, and false ones are confirmed at {CONFIRMED:.0e}",
            opinion.value
        )),
    }
    context.printer.result(&judged, || Text::Value(judged.verified.receipt.to_string()))
}
