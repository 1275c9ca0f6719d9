//! `cuckoo audit receipt`: verifies a receipt, and with a model at hand judges the answer itself.

use std::path::PathBuf;

use cuckoo_protocol::{
    B256,
    audit::{CONFIRMED, Claim, Findings, Judgement, Process, judge},
    evidence::Bundle,
    task::{Finish, FinishReason},
};
use serde::Serialize;

use super::{
    document::{Verified, parse, read_bytes, verify},
    examiner::{Examiner, Run},
    model::read_calibrations,
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
    /// Examine the answer with this model: a directory with safetensors, a GGUF file, or a name on the Hugging Face hub
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
    /// By each class of device that the miner may have: what it weighs.
    findings: Vec<JudgedClass>,
}

#[derive(Debug, Serialize)]
struct JudgedClass {
    class: String,
    /// The e-value of this answer alone.
    value: f64,
    findings: Findings,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let bytes = read_bytes(&args.file)?;
    let document = parse(&bytes)?;
    // A model that is missing is noticed before the chain is asked.
    let model = args.model.as_deref().map(Run::new).transpose()?;
    let bundle = model.as_ref().map(|_| open(&bytes)).transpose()?;
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
    let auditor = Run { name: bundle.manifest.name.clone(), ..model }.start(None).await?;
    let own = auditor.served.manifest.id();
    if own != bundle.manifest.id() {
        return Err(Error::precondition(format!(
            "the answer is promised to be from manifest {}, and this model is {own}",
            bundle.manifest.id()
        ))
        .hint(
            "its weights, its configuration, its tokeniser or the engine's version differ: nothing follows from that",
        ));
    }
    progress.set("Examining the answer");
    let judged = examine(&args, &auditor, &bundle, verified).await?;
    drop(progress);
    report(context, &judged)
}

/// Reads the bundle, with every commitment checked.
fn open(bytes: &[u8]) -> Result<Bundle> {
    let bundle: Bundle = serde_json::from_slice(bytes).map_err(|error| {
        Error::failure(format_args!("the answer cannot be examined, because this is not a bundle of evidence: {error}"))
            .hint("a receipt alone holds neither prompt nor log-probabilities; without --model its signatures are verified")
    })?;
    bundle
        .verify()
        .map_err(|error| Error::new(Class::CheckFailed, format_args!("the bundle is not valid: {error}")))?;
    Ok(bundle)
}

async fn examine(args: &Args, auditor: &Examiner, bundle: &Bundle, verified: Verified) -> Result<Judged> {
    let calibrations = read_calibrations(&args.calibration)?;
    let receipt = &bundle.record.receipt;
    let reason = FinishReason::from_u8(receipt.finishReason)
        .ok_or_else(|| Error::new(Class::CheckFailed, "the receipt's finish reason is unknown"))?;
    let claim = Claim {
        ids: bundle.record.token_ids.clone(),
        log_probabilities: bundle.log_probabilities.clone(),
        text: bundle.text.clone(),
        finish: Finish { reason, prompt_tokens: receipt.promptTokens, completion_tokens: receipt.completionTokens },
    };
    let request = cuckoo_gpu::GenerateRequest {
        model: auditor.served.manifest.name.clone(),
        messages: bundle.messages.clone(),
        sampling: bundle.sampling.clone(),
    };
    let examined = auditor.examine(&request, &claim).await?;
    // The class of the miner's device is not signed: what is honest for one of those that are known is honest.
    let (family, own) = (auditor.served.manifest.family(), &auditor.served.class);
    let subjects = calibrations.iter().map(|calibration| &calibration.subject);
    let known = subjects.filter(|known| known.family == family && known.auditor == *own);
    let mut classes: Vec<String> = known.map(|known| known.miner.clone()).collect();
    if classes.is_empty() {
        classes.push(String::new());
    }
    let mut findings = vec![];
    let mut judgements = vec![];
    for class in classes {
        let found = match &examined {
            Ok(examined) => auditor.assess(&calibrations, &class, &request, &claim, examined),
            Err(reason) => Findings::unverified(format!("it cannot be examined: {reason}")),
        };
        judgements.push(judge(&[Some(found.clone())], 1));
        let mut process = Process::default();
        if let Some(null) = &found.null {
            process.update(null, &found.windows);
        }
        findings.push(JudgedClass { class, value: process.value(), findings: found });
    }
    let judgement = [Judgement::Innocent, Judgement::Unavailable]
        .into_iter()
        .find(|judgement| judgements.contains(judgement))
        .unwrap_or(Judgement::Guilty);
    Ok(Judged { verified, bundle: bundle.id(), judgement, findings })
}

fn report(context: &Context, judged: &Judged) -> Result<()> {
    let first = judged.findings.first();
    let reason = first.and_then(|class| class.findings.gross.clone());
    let tokens = first.map_or(0, |class| class.findings.tokens);
    match judged.judgement {
        Judgement::Guilty => {
            let reason = reason.unwrap_or_else(|| "its tokens are not those that the model chooses".into());
            return Err(Error::new(Class::CheckFailed, format_args!("the answer is false: {reason}"))
                .hint("to have the miner punished: cuckoo dispute open FILE")
                .data(serde_json::to_value(judged)?));
        }
        Judgement::Unavailable if judged.findings.iter().any(|class| class.findings.unverified.is_some()) => {
            let unverified = judged.findings.iter().find_map(|class| class.findings.unverified.as_ref());
            let reason = unverified.map_or("", String::as_str);
            return Err(Error::failure(format_args!("the answer was not examined: {reason}")).data(serde_json::to_value(judged)?));
        }
        Judgement::Unavailable => context.printer.warn(format_args!(
            "the answer is not grossly false; smaller differences cannot be told from noise, which is not known for this device ({})",
            count(tokens as usize, "token")
        )),
        Judgement::Innocent => {
            let value = judged.findings.iter().map(|class| class.value).fold(f64::INFINITY, f64::min);
            context.printer.ok(format_args!(
                "the model can have written it: an e-value of {value:.1e} over {}, and false ones are confirmed at {CONFIRMED:.0e}",
                count(tokens as usize, "token")
            ));
        }
    }
    context.printer.result(judged, || Text::Value(judged.verified.receipt.to_string()))
}
