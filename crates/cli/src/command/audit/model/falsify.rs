//! Answers of every kind of execution, each examined: the right model's, cheaper ones', and what is made of honest answers.

use std::{fs, path::Path};

use cuckoo_gpu::{GenerateRequest, audit::execute, engine::Quantise, model::ModelSource};
use cuckoo_protocol::{
    audit::{Calibrations, Claim, Findings},
    task::{FinishReason, Micros},
};

use super::execution::{Case, Execution};
use crate::{
    command::audit::examiner::{Examiner, Run, failed},
    terminal::{Error, Progress, Result},
};

/// A model whose words cost less than this on average, in nats, is sure of them.
const SURE: f32 = 0.5;
/// Tokens that a forger does honestly.
const RIGHT: usize = 5;

/// The requests of one measurement, and the auditor of their answers.
pub(super) struct Experiment<'a> {
    pub(super) auditor: Examiner,
    pub(super) calibrations: Calibrations,
    pub(super) asked: Vec<GenerateRequest>,
    pub(super) progress: &'a Progress,
}

/// Makes a false answer of an honest one and the one of the next prompt.
type Forge = fn(&Claim, &Claim) -> Claim;

impl Experiment<'_> {
    pub(super) async fn run(&self, right: &Run, other: Option<&Run>) -> Result<Vec<Case>> {
        self.progress.set("Starting the model once more");
        // The honest one is another process than the auditor, and computes with one thread.
        let miner = right.start(Some(1)).await?;
        let honest = self.answer_all(&miner, Execution::Honest, &|_| {}).await?;
        let mut answers = vec![(Execution::Honest, honest.clone())];
        answers.extend(self.falsify(&miner, &honest).await?);
        drop(miner);
        for (quantise, plain, laundered) in [
            (Quantise::Q8_0, Execution::Quantised8, Execution::Quantised8Laundered),
            (Quantise::Q4_0, Execution::Quantised4, Execution::Quantised4Laundered),
        ] {
            self.progress.set(format!("Loading {}", plain.what()));
            let engine = Run { quantise: Some(quantise), ..right.clone() }.start(None).await?;
            let claims = self.answer_all(&engine, plain, &|_| {}).await?;
            answers.push((laundered, self.launder(claims.clone()).await?));
            answers.push((plain, claims));
        }
        if let ModelSource::Directory(path) = &right.source {
            let halved = halve_layers(path)?;
            let source = ModelSource::Directory(halved.path().into());
            let engine = Run { source, ..right.clone() }.start(None).await?;
            let claims = self.answer_all(&engine, Execution::HalfOfTheLayers, &|_| {}).await?;
            answers.push((Execution::HalfOfTheLayers, self.launder(claims).await?));
        }
        if let Some(other) = other {
            self.progress.set("Loading the other model");
            let engine = Run { name: right.name.clone(), ..other.clone() }.start(None).await?;
            let claims = self.answer_all(&engine, Execution::AnotherModel, &|_| {}).await?;
            answers.push((Execution::AnotherModel, self.launder(claims).await?));
        }
        self.judge_all(&honest, answers).await
    }

    async fn judge_all(&self, honest: &[Claim], answers: Vec<(Execution, Vec<Claim>)>) -> Result<Vec<Case>> {
        let class = &self.auditor.served.class;
        let mut cases = vec![];
        for (execution, claims) in answers {
            let mut case = Case { execution, claims: vec![], sure: vec![] };
            for (number, (asked, claim)) in self.asked.iter().zip(claims).enumerate() {
                // An answer that does not differ from the honest one is not false.
                if execution != Execution::Honest && claim == honest[number] {
                    continue;
                }
                self.progress.set(format!("Auditing: {}, {} of {}", execution.what(), number + 1, self.asked.len()));
                let findings: Findings = self.auditor.judge(&self.calibrations, class, asked, &claim).await?;
                case.claims.push((claim, findings));
                case.sure.push(is_sure(&honest[number]));
            }
            cases.push(case);
        }
        Ok(cases)
    }

    /// An engine's answers to all requests; `change` is applied to each request before the engine answers it.
    async fn answer_all(
        &self,
        engine: &Examiner,
        execution: Execution,
        change: &dyn Fn(&mut GenerateRequest),
    ) -> Result<Vec<Claim>> {
        let mut claims = vec![];
        for (number, asked) in self.asked.iter().enumerate() {
            self.progress.set(format!("Answering: {}, {} of {}", execution.what(), number + 1, self.asked.len()));
            let mut request = asked.clone();
            change(&mut request);
            claims.push(execute(&*engine.engine, request).await.map_err(failed)?);
        }
        Ok(claims)
    }

    /// False answers that the right model itself gives, or that are made from its honest ones.
    async fn falsify(&self, miner: &Examiner, honest: &[Claim]) -> Result<Vec<(Execution, Vec<Claim>)>> {
        let halved = self.answer_all(miner, Execution::AnotherPrompt, &halve_prompt).await?;
        let other_seeds = 2 * self.asked.len() as u64;
        let reseed = |request: &mut GenerateRequest| request.sampling.seed += other_seeds;
        let reseeded = self.answer_all(miner, Execution::AnotherSeed, &reseed).await?;
        let cool = |request: &mut GenerateRequest| request.sampling.temperature = Micros::default();
        let greedy = self.answer_all(miner, Execution::AnotherTemperature, &cool).await?;
        let forged = |forge: Forge| -> Vec<Claim> {
            let others = honest.iter().cycle().skip(1);
            honest.iter().zip(others).map(|(own, other)| forge(own, other)).collect()
        };
        let mut answers = vec![
            (Execution::AnotherPrompt, self.launder(halved).await?),
            (Execution::AnotherSeed, self.launder(reseeded).await?),
            (Execution::AnotherTemperature, self.launder(greedy).await?),
        ];
        let forgeries: [(Execution, Forge); 5] = [
            (Execution::ForgedTie, |own, other| joined(own, other, RIGHT)),
            (Execution::Truncated, truncated),
            (Execution::Padded, padded),
            (Execution::Spliced, |own, other| joined(own, other, own.ids.len() / 2)),
            (Execution::Copied, |_, other| other.clone()),
        ];
        for (execution, forge) in forgeries {
            answers.push((execution, self.launder(forged(forge)).await?));
        }
        answers.push((Execution::Unproven, forged(|own, _| Claim { log_probabilities: vec![], ..own.clone() })));
        Ok(answers)
    }

    /// The claims with everything that the right model says of their tokens: text, prompt and log-probabilities. A miner that
    /// forges tokens can forge these as well.
    async fn launder(&self, mut claims: Vec<Claim>) -> Result<Vec<Claim>> {
        for (number, (asked, claim)) in self.asked.iter().zip(&mut claims).enumerate() {
            self.progress.set(format!("Laundering: {} of {}", number + 1, self.asked.len()));
            // What cannot be examined stays as it is.
            let Ok(examined) = self.auditor.examine(asked, claim).await? else { continue };
            claim.text = examined.text;
            claim.finish.prompt_tokens = examined.prompt_tokens;
            claim.finish.completion_tokens = claim.ids.len() as u32;
            // Of a long answer some tokens are examined, and nobody knows the others' numbers better than the forger.
            claim.log_probabilities.resize(claim.ids.len(), -1.0);
            for (at, position) in examined.positions.iter().enumerate() {
                let place = examined.places.as_ref().map_or(at, |places| places[at] as usize);
                if let Some(claimed) = claim.log_probabilities.get_mut(place) {
                    *claimed = position.log_probability;
                }
            }
        }
        Ok(claims)
    }
}

/// Whether the model was sure of its words.
fn is_sure(claim: &Claim) -> bool {
    let sum: f32 = claim.log_probabilities.iter().sum();
    -sum < SURE * claim.log_probabilities.len() as f32
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
    claim.ids.truncate(own.ids.len() / 2);
    claim.finish.reason = FinishReason::Stop;
    claim
}

/// The first half of an answer, and its last word over and over.
fn padded(own: &Claim, _: &Claim) -> Claim {
    let mut claim = own.clone();
    let half = own.ids.len() / 2;
    if let Some(id) = own.ids.get(half.saturating_sub(1)).copied() {
        claim.ids[half..].fill(id);
    }
    claim
}

/// The beginning of an answer, followed by the rest of another one, and as long as before.
fn joined(own: &Claim, other: &Claim, from: usize) -> Claim {
    let mut claim = own.clone();
    let rest = other.ids.iter().skip(from).chain(own.ids.iter().cycle()).copied();
    claim.ids = own.ids.iter().copied().take(from).chain(rest).take(own.ids.len()).collect();
    claim
}

/// The model with half of its layers, under the same weights.
fn halve_layers(path: &Path) -> Result<tempfile::TempDir> {
    let directory = tempfile::tempdir()?;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        std::os::unix::fs::symlink(fs::canonicalize(entry.path())?, directory.path().join(entry.file_name()))?;
    }
    let config = directory.path().join("config.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&config)?)?;
    let layers = json["num_hidden_layers"].as_u64().unwrap_or(0);
    if layers < 2 {
        return Err(Error::precondition("the model's config.json says nothing of layers"));
    }
    json["num_hidden_layers"] = (layers / 2).into();
    fs::remove_file(&config)?;
    fs::write(&config, serde_json::to_vec(&json)?)?;
    Ok(directory)
}
