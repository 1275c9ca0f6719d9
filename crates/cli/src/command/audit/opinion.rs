//! What a model at hand says of answers with their evidence: how a juror with this model and this machine would vote.

use std::path::{Path, PathBuf};

use alloy::primitives::keccak256;
use cuckoo_gpu::GenerateRequest;
use cuckoo_protocol::{
    B256, Untrusted,
    audit::{Calibrations, Claim, Findings, Judgement, Process, judge},
    evidence::Bundle,
    manifest::ModelManifest,
    task::{Finish, FinishReason},
};
use serde::Serialize;

use super::{
    document::read_bytes,
    examiner::{Examiner, Run},
    model::read_calibrations,
};
use crate::terminal::{Class, Error, Result};

/// A model that is to examine answers, and what noise is honest.
#[derive(Debug)]
pub struct Model {
    run: Run,
    calibrations: Calibrations,
}

impl Model {
    /// Finds the model: a directory, a file, or a name on the Hugging Face hub; and reads calibrations beside the built-in ones.
    pub fn new(model: &str, calibrations: &[PathBuf]) -> Result<Self> {
        Ok(Self { run: Run::new(model)?, calibrations: read_calibrations(calibrations)? })
    }

    /// Loads it, in a process of its own. It has to be the model that the answers are promised to be from.
    pub async fn start(self, promised: &ModelManifest) -> Result<Judge> {
        let auditor = Run { name: promised.name.clone(), ..self.run }.start(None).await?;
        let own = auditor.served.manifest.id();
        if own != promised.id() {
            return Err(Error::precondition(format!(
                "the answer is promised to be from manifest {}, and this model is {own}",
                promised.id()
            ))
            .hint(
                "its weights, its configuration, its tokeniser or the engine's version differ: nothing follows from that",
            ));
        }
        Ok(Judge { auditor, calibrations: self.calibrations })
    }
}

/// A model that examines answers.
pub struct Judge {
    auditor: Examiner,
    calibrations: Calibrations,
}

/// What the answers show.
#[derive(Clone, Debug, Serialize)]
pub struct Opinion {
    /// How a juror would vote.
    pub judgement: Judgement,
    /// The e-value of the answers, one after the other.
    pub value: f64,
    /// What was found of each answer, in their order.
    pub answers: Vec<AnswerOpinion>,
}

/// What one answer shows.
#[derive(Clone, Debug, Serialize)]
pub struct AnswerOpinion {
    /// The class of the miner's device, as the miner has signed it; `None` where it has signed none.
    pub class: Option<Untrusted>,
    /// What was found, by the noise between that class and this machine's.
    pub findings: Findings,
}

impl Judge {
    /// Examines the answers of one miner, which were chosen among this number of its answers.
    pub async fn examine(&self, bundles: &[Bundle], answers: u64) -> Result<Opinion> {
        let (mut seen, mut process) = (vec![], Process::default());
        for bundle in bundles {
            let findings = self.examine_one(bundle).await?;
            if let Some(null) = &findings.null {
                process.update(null, &findings.windows);
            }
            let class = Some(bundle.class.as_str()).filter(|class| !class.is_empty()).map(Untrusted::from);
            seen.push(AnswerOpinion { class, findings });
        }
        let found: Vec<_> = seen.iter().map(|answer| Some(answer.findings.clone())).collect();
        Ok(Opinion { judgement: judge(&found, answers), value: process.value(), answers: seen })
    }

    async fn examine_one(&self, bundle: &Bundle) -> Result<Findings> {
        let receipt = &bundle.record.receipt;
        let reason = FinishReason::from_u8(receipt.finishReason)
            .ok_or_else(|| Error::new(Class::CheckFailed, "the receipt's finish reason is unknown"))?;
        let claim = Claim {
            ids: bundle.record.token_ids.clone(),
            log_probabilities: bundle.log_probabilities.clone(),
            text: bundle.text.clone(),
            finish: Finish {
                reason,
                prompt_tokens: receipt.promptTokens,
                completion_tokens: receipt.completionTokens,
                stop: None,
            },
        };
        let request = GenerateRequest {
            model: self.auditor.served.manifest.name.clone(),
            messages: bundle.messages.clone(),
            sampling: bundle.sampling.clone(),
        };
        self.auditor.judge(&self.calibrations, &bundle.class, &request, &claim).await
    }
}

impl Opinion {
    fn findings(&self) -> impl Iterator<Item = &Findings> {
        self.answers.iter().map(|answer| &answer.findings)
    }

    /// Why the answers are false, where the judgement is that they are.
    pub fn reason(&self) -> String {
        let gross = self.findings().find_map(|findings| findings.gross.clone());
        gross.unwrap_or_else(|| "its tokens are not those that the model chooses".into())
    }

    /// Why an answer was not examined, if one was not.
    pub fn unverified(&self) -> Option<&str> {
        self.findings().find_map(|findings| findings.unverified.as_deref())
    }

    /// Tokens that were compared.
    pub fn tokens(&self) -> usize {
        self.findings().map(|findings| findings.tokens as usize).sum()
    }
}

/// A file with an answer and its receipt, and with its evidence where it holds that.
#[derive(Debug)]
pub struct Answer {
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// Keccak-256 of the bytes.
    pub hash: B256,
    /// The bundle; none of a receipt alone.
    pub bundle: Option<Bundle>,
}

impl Answer {
    /// Reads a file, or stdin where the path is `-`. A bundle is checked: it opens every commitment of its ticket and its receipt.
    pub fn read(file: &Path) -> Result<Self> {
        let bytes = read_bytes(file)?;
        let bundle = serde_json::from_slice::<Bundle>(&bytes).ok();
        if let Some(bundle) = &bundle {
            check_bundle(bundle)?;
        }
        Ok(Self { hash: keccak256(&bytes), bytes, bundle })
    }
}

/// Reads the bundle of a file that has to be one, with every commitment checked.
pub(super) fn open_bundle(bytes: &[u8]) -> Result<Bundle> {
    let bundle: Bundle = serde_json::from_slice(bytes).map_err(|error| {
        Error::failure(format_args!("the answer cannot be examined, because this is not a bundle of evidence: {error}"))
            .hint("a receipt alone holds neither prompt nor log-probabilities; without --model its signatures are verified")
    })?;
    check_bundle(&bundle)?;
    Ok(bundle)
}

fn check_bundle(bundle: &Bundle) -> Result<()> {
    bundle.verify().map_err(|error| Error::new(Class::CheckFailed, format_args!("the bundle is not valid: {error}")))
}
