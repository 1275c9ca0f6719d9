//! The answers of a dispute as a juror sees them: fetched, verified, and examined where a model is at hand.

use std::path::{Path, PathBuf};

use cuckoo_protocol::{
    B256, Untrusted,
    audit::{Judgement, MOST_ANSWERS},
    chain::{Client, Signer},
    evidence::Bundle,
};
use serde::Serialize;

use super::{
    boards::{Found, collect},
    case::Dispute,
};
use crate::{
    command::{
        audit::{AnswerOpinion, Model, Opinion},
        shared::check::count,
    },
    context::Context,
    terminal::{Cell, Error, Result, Table},
};

/// At most this many characters of a question or an answer are shown in a table; JSON and the files have all of it.
const SHOWN: usize = 400;

/// How to see the answers.
#[derive(Debug, clap::Args)]
pub struct EvidenceArgs {
    /// Fetch the evidence into this folder, where it is not there yet, and show the answers; coordinators give it to jurors and
    /// parties of the dispute, so that the key in use has to be that of one
    #[arg(long, value_name = "FOLDER")]
    evidence: Option<PathBuf>,
    /// Examine the answers with this model, as jurors do: a directory with safetensors, a GGUF file, or a name on the Hugging Face hub
    #[arg(long, value_name = "PATH|NAME", requires = "evidence")]
    model: Option<String>,
    /// File of `cuckoo audit calibrate`, beside the calibrations that are built in; may be repeated
    #[arg(long, value_name = "FILE", requires = "model")]
    calibration: Vec<PathBuf>,
}

/// Evidence that is to be shown, which needs a key.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    folder: &'a Path,
    model: Option<Model>,
}

impl EvidenceArgs {
    /// What is wanted, if anything; an error where the model for it is not there.
    pub(super) fn wanted(&self) -> Result<Option<Wanted<'_>>> {
        let Some(folder) = &self.evidence else { return Ok(None) };
        let model = self.model.as_deref().map(|model| Model::new(model, &self.calibration)).transpose()?;
        Ok(Some(Wanted { folder, model }))
    }
}

/// One answer.
#[derive(Debug, Serialize)]
pub(super) struct SeenAnswer {
    receipt: B256,
    /// Where its evidence was found; none where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// Why its evidence was not found.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    content: Option<Content>,
}

#[derive(Debug, Serialize)]
struct Content {
    /// Keccak-256 of the bundle.
    bundle: B256,
    model: Untrusted,
    /// The last message of the question.
    question: Untrusted,
    text: Untrusted,
    prompt_tokens: u32,
    completion_tokens: u32,
}

/// The answers and what a model says of them.
#[derive(Debug, Serialize)]
pub(super) struct Answers {
    answers: Vec<SeenAnswer>,
    /// How a juror with the model would vote, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    opinion: Option<Opinion>,
}

/// Fetches the answers, and examines them with the model, if one is given.
pub(super) async fn read(
    wanted: Wanted<'_>,
    client: &Client,
    signer: &Signer,
    dispute: &Dispute,
    context: &Context,
) -> Result<Answers> {
    let Wanted { folder, model } = wanted;
    let progress = context.printer.progress("Fetching the evidence");
    let found = collect(client, signer, dispute, folder).await?;
    drop(progress);
    let mut bundles = vec![];
    let answers: Vec<_> = dispute
        .receipts
        .iter()
        .zip(found)
        .map(|(receipt, found)| {
            let answer = answer(*receipt, &found);
            bundles.extend(found.ok().map(|found| found.bundle));
            answer
        })
        .collect();
    let missing = answers.iter().filter(|answer| answer.content.is_none()).count();
    if missing > 0 {
        context.printer.warn(format_args!("the evidence of {} was not found", count(missing, "answer")));
    }
    let opinion = match model {
        None => None,
        Some(_) if missing > 0 => {
            return Err(Error::unavailable(
                "the answers cannot be examined, because some of their evidence was not found",
            )
            .hint(format_args!(
                "a juror votes unavailable then: cuckoo dispute commit {} --vote unavailable",
                dispute.id
            )));
        }
        Some(model) => Some(examine(model, &bundles, context).await?),
    };
    Ok(Answers { answers, opinion })
}

async fn examine(model: Model, bundles: &[Bundle], context: &Context) -> Result<Opinion> {
    let [first, ..] = bundles else { return Err(Error::failure("the dispute has no answers")) };
    let progress = context.printer.progress("Loading the model");
    let judge = model.start(&first.manifest).await?;
    progress.set(format!("Examining {}", count(bundles.len(), "answer")));
    judge.examine(bundles, MOST_ANSWERS).await
}

fn answer(receipt: B256, found: &Result<Found, String>) -> SeenAnswer {
    match found {
        Err(problem) => SeenAnswer { receipt, place: None, problem: Some(problem.clone()), content: None },
        Ok(Found { bundle, place }) => {
            let question = bundle.messages.last().map(|message| message.content.as_str()).unwrap_or_default();
            let content = Content {
                bundle: bundle.id(),
                model: Untrusted::new(bundle.manifest.name.as_str()),
                question: Untrusted::new(question),
                text: Untrusted::new(bundle.text.as_str()),
                prompt_tokens: bundle.record.receipt.promptTokens,
                completion_tokens: bundle.record.receipt.completionTokens,
            };
            SeenAnswer { receipt, place: Some(place.clone()), problem: None, content: Some(content) }
        }
    }
}

impl Answers {
    /// Adds a row for everything that a juror sees.
    pub(super) fn rows(&self, table: &mut Table) {
        for (at, answer) in self.answers.iter().enumerate() {
            let Some(content) = &answer.content else {
                let problem = answer.problem.as_deref().unwrap_or_default();
                table.row([
                    Cell::text(format_args!("answer {}", at + 1)),
                    Cell::text(format_args!("not found: {problem}")),
                ]);
                continue;
            };
            let Content { model, prompt_tokens, completion_tokens, .. } = content;
            let place = answer.place.as_deref().unwrap_or_default();
            let tokens = count(*completion_tokens as usize, "token");
            table.row([
                Cell::text(format_args!("answer {}", at + 1)),
                Cell::text(format_args!("{tokens} of {model} to a prompt of {prompt_tokens}, from {place}")),
            ]);
            table.row([Cell::text("asked"), Cell::text(cut(&content.question))]);
            table.row([Cell::text("answered"), Cell::text(cut(&content.text))]);
            if let Some(seen) = self.opinion.as_ref().and_then(|opinion| opinion.answers.get(at)) {
                table.row([Cell::text("found"), Cell::text(words(seen))]);
            }
        }
        if let Some(opinion) = &self.opinion {
            let vote = match opinion.judgement {
                Judgement::Guilty => "guilty",
                Judgement::Innocent => "innocent",
                Judgement::Unavailable => "unavailable",
            };
            let text = format!("{vote}: an e-value of {:.1e} over all answers", opinion.value);
            table.row([Cell::text("a juror's vote"), Cell::text(text)]);
        }
    }
}

/// What was found, in words.
fn words(AnswerOpinion { class, findings }: &AnswerOpinion) -> String {
    let class = class.as_ref().map_or_else(|| "a class that is not signed".into(), |class| format!("class {class}"));
    let tokens = count(findings.tokens as usize, "token");
    match (&findings.gross, &findings.unverified) {
        (Some(gross), _) => format!("by a device of {class}: false: {gross}"),
        (None, Some(unverified)) => format!("by a device of {class}: not examined: {unverified}"),
        (None, None) if !findings.is_calibrated() => {
            format!("by a device of {class}, which is not calibrated with this one: not grossly false, over {tokens}")
        }
        (None, None) => format!("by a device of {class}: not false by itself, over {tokens}"),
    }
}

/// The beginning of a text.
fn cut(text: &Untrusted) -> String {
    let shown = text.to_string();
    match shown.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}... ({} characters)", &shown[..end], shown.chars().count()),
        None => shown,
    }
}
