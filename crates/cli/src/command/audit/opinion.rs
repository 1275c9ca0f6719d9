//! What a model at hand says of answers with their evidence: how a juror with this model and this machine would vote.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use alloy::primitives::keccak256;
use cuckoo_gpu::{GenerateRequest, ServedModel};
use cuckoo_protocol::{
    B256,
    audit::{Calibrations, Claim, ClassFindings, Findings, Judgement, Process, assess_by_class, judge_by_class},
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
    /// The same by each class of device that the miner may have. The class is not signed: what is honest for one of those that
    /// are known is honest.
    pub classes: Vec<ClassOpinion>,
}

/// What the answers show if the miner's device is of one class.
#[derive(Clone, Debug, Serialize)]
pub struct ClassOpinion {
    /// The class; `unknown` where none is known for the model.
    pub class: String,
    /// The e-value of the answers, one after the other.
    pub value: f64,
    /// For each answer what was found, in the order of the answers.
    pub findings: Vec<Findings>,
}

impl Judge {
    /// Examines the answers of one miner, which were chosen among this number of its answers.
    pub async fn examine(&self, bundles: &[Bundle], answers: u64) -> Result<Opinion> {
        let mut found = vec![];
        for bundle in bundles {
            found.push(self.examine_one(bundle).await?);
        }
        let names: BTreeSet<_> = found.iter().flat_map(|found| found.0.keys()).collect();
        let classes = names.into_iter().map(|class| ClassOpinion::new(class, &found)).collect();
        let found: Vec<_> = found.iter().cloned().map(Some).collect();
        Ok(Opinion { judgement: judge_by_class(&found, answers), classes })
    }

    async fn examine_one(&self, bundle: &Bundle) -> Result<ClassFindings> {
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
        let ServedModel { manifest, class: own, context_length, .. } = &self.auditor.served;
        let request = GenerateRequest {
            model: manifest.name.clone(),
            messages: bundle.messages.clone(),
            sampling: bundle.sampling.clone(),
        };
        let (calibrations, family) = (&self.calibrations, manifest.family());
        Ok(match self.auditor.examine(&request, &claim).await? {
            Ok(examined) => {
                assess_by_class(calibrations, &family, own, &request.sampling, &claim, &examined, *context_length)
            }
            Err(reason) => ClassFindings::of_any(Findings::unverified(format!("it cannot be examined: {reason}"))),
        })
    }
}

impl ClassOpinion {
    fn new(class: &str, found: &[ClassFindings]) -> Self {
        let of = |found: &ClassFindings| found.0.get(class).or_else(|| found.0.values().next()).cloned();
        let findings: Vec<_> = found.iter().map(|found| of(found).unwrap_or_default()).collect();
        let mut process = Process::default();
        for findings in &findings {
            if let Some(null) = &findings.null {
                process.update(null, &findings.windows);
            }
        }
        Self { class: class.to_owned(), value: process.value(), findings }
    }
}

impl Opinion {
    /// Why the answers are false, where the judgement is that they are.
    pub fn reason(&self) -> String {
        let gross = self.classes.iter().flat_map(|class| &class.findings).find_map(|findings| findings.gross.clone());
        gross.unwrap_or_else(|| "its tokens are not those that the model chooses".into())
    }

    /// Why an answer was not examined, if one was not.
    pub fn unverified(&self) -> Option<&str> {
        let mut findings = self.classes.iter().flat_map(|class| &class.findings);
        findings.find_map(|findings| findings.unverified.as_deref())
    }

    /// Tokens that were compared.
    pub fn tokens(&self) -> usize {
        self.classes.first().map_or(0, |class| class.findings.iter().map(|findings| findings.tokens as usize).sum())
    }

    /// The smallest e-value by any class.
    pub fn value(&self) -> f64 {
        self.classes.iter().map(|class| class.value).fold(f64::INFINITY, f64::min)
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
