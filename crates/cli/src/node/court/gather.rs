//! How a juror comes to its opinion: it fetches the bundles of a case, examines each answer with its own engine, and judges.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alloy::primitives::B256;
use cuckoo_gpu::{Engine, EngineError, GenerateRequest, ServedModel};
use cuckoo_protocol::{
    audit::{Calibrations, Claim, Examined, Findings, Judgement, MOST_ANSWERS, assess, judge},
    chain::Signer,
    evidence::Bundle,
    message::Domain,
    task::{Examine, Finish, FinishReason},
};
use futures::{StreamExt, future::BoxFuture, stream};
use tokio::{sync::Semaphore, time};

use super::board::{self, Board, Reader};

/// How long a place may take to give a bundle.
const FETCH: Duration = Duration::from_secs(20);
/// At most this many places are asked for a bundle at once: one that does not answer keeps nobody waiting, and what is held in
/// memory is bounded.
const PLACES_AT_ONCE: usize = 4;
/// An examination that takes longer than this has no result.
const EXAMINATION: Duration = Duration::from_secs(600);

/// Somewhere that may have bundles of a case.
pub trait Place: Send + Sync {
    /// The bundle of a receipt, verified; or why it is not to be had here.
    fn fetch(&self, case: B256, receipt: B256) -> BoxFuture<'_, Result<Bundle, String>>;
}

/// The board of a coordinator, as a juror reads it.
#[derive(Debug)]
pub struct OfCoordinator {
    /// The board.
    pub board: Board,
    /// The juror's key.
    pub signer: Signer,
    /// The network's domain.
    pub domain: Domain,
}

impl Place for OfCoordinator {
    fn fetch(&self, case: B256, receipt: B256) -> BoxFuture<'_, Result<Bundle, String>> {
        Box::pin(async move {
            let reader = Reader { signer: &self.signer, domain: self.domain };
            self.board.fetch(case, receipt, &reader).await.map_err(|error| error.to_string())
        })
    }
}

/// A folder in which the operator has put bundles, each in a file `RECEIPT.json`.
#[derive(Debug)]
pub struct Folder {
    /// Its path.
    pub path: PathBuf,
    /// The network's domain.
    pub domain: Domain,
}

impl Place for Folder {
    fn fetch(&self, _: B256, receipt: B256) -> BoxFuture<'_, Result<Bundle, String>> {
        let path = self.path.join(format!("{receipt}.json"));
        Box::pin(async move {
            let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
            let bytes = tokio::fs::read(&path).await.map_err(|error| failed(&error))?;
            board::check(&bytes, receipt, &self.domain).map_err(|error| failed(&error))
        })
    }
}

/// A case to judge.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its id.
    pub id: B256,
    /// The digests of its receipts.
    pub receipts: Vec<B256>,
}

/// What is known of a case so far, by receipt. Nothing of it is examined twice, also where judging the case was stopped meanwhile.
pub type Known = Arc<Mutex<BTreeMap<B256, Findings>>>;

/// What came of an attempt to judge a case.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// How to vote.
    pub judgement: Judgement,
    /// Why, in words.
    pub why: String,
}

/// A juror's means: an engine, and what is known of the noise between devices.
#[derive(Clone)]
pub struct Examiner {
    engine: Arc<dyn Engine>,
    calibrations: Arc<Calibrations>,
    /// One examination at a time, whatever number of cases there are: the engine has other work.
    turn: Arc<Semaphore>,
}

impl Examiner {
    /// With this engine, which goes on serving its tasks.
    pub fn new(engine: Arc<dyn Engine>, calibrations: Arc<Calibrations>) -> Self {
        Self { engine, calibrations, turn: Arc::new(Semaphore::new(1)) }
    }

    /// The manifests of the models whose answers the engine can examine.
    pub fn manifests(&self) -> BTreeSet<B256> {
        let models = self.engine.models().into_iter();
        models.filter(|served| served.examines).map(|served| served.manifest.id()).collect()
    }

    /// Fetches what is not known yet from these places, examines it, and judges the case by all of it.
    pub async fn judge(&self, subject: Subject, places: Vec<Arc<dyn Place>>, known: Known) -> Gathered {
        let find = |receipt: &B256| lock(&known).get(receipt).cloned();
        let mut missing = vec![];
        for receipt in &subject.receipts {
            if find(receipt).is_some() {
                continue;
            }
            match self.look(subject.id, *receipt, &places).await {
                Ok(found) => drop(lock(&known).insert(*receipt, found)),
                Err(reason) => missing.push(format!("{receipt}: {reason}")),
            }
        }
        let all: Vec<_> = subject.receipts.iter().map(find).collect();
        let judgement = judge(&all, MOST_ANSWERS);
        let why = match judgement {
            Judgement::Unavailable if !missing.is_empty() => missing.join("; "),
            _ => reason(judgement, &subject.receipts, &all),
        };
        Gathered { judgement, why }
    }

    /// What is to be said of one answer, or why nothing can be said of it now.
    async fn look(&self, case: B256, receipt: B256, places: &[Arc<dyn Place>]) -> Result<Findings, String> {
        let bundle = fetch(case, receipt, places).await?;
        self.examine(&bundle).await
    }

    async fn examine(&self, bundle: &Bundle) -> Result<Findings, String> {
        let ordered = bundle.manifest.id();
        let served = self.engine.models().into_iter().find(|served| served.manifest.id() == ordered);
        let served = served.filter(|served| served.examines);
        let served = served.ok_or_else(|| format!("the engine does not have the model {ordered}"))?;
        let claim = claim(bundle).ok_or("the receipt's finish reason is unknown")?;
        let request = GenerateRequest {
            model: served.manifest.name.clone(),
            messages: bundle.messages.clone(),
            sampling: bundle.sampling.clone(),
        };
        let examined = self.run(&served, &request, &claim).await.map_err(|error| error.to_string())?;
        Ok(self.assess(&served, bundle, &claim, &examined))
    }

    async fn run(
        &self,
        served: &ServedModel,
        request: &GenerateRequest,
        claim: &Claim,
    ) -> Result<Examined, EngineError> {
        // Nobody can know which windows of a long answer, or which steps of an image, are looked at.
        let examine = Examine::new(served.kind, &claim.ids, &claim.text, rand::random());
        let _turn = self.turn.acquire().await;
        if !self.engine.is_ready_for(&request.model) {
            return Err(EngineError::Unavailable("it is not ready".into()));
        }
        let late = |_| EngineError::Interrupted(format!("it took longer than {} s", EXAMINATION.as_secs()));
        time::timeout(EXAMINATION, self.engine.examine(request, &examine)).await.map_err(late)?
    }

    /// By the class of the miner's device that its receipt commits to, and the class of this one; where the noise between the two is not
    /// known, only what no noise explains counts. The context is that of this juror's own model: miners are given only what fits in theirs.
    fn assess(&self, served: &ServedModel, bundle: &Bundle, claim: &Claim, examined: &Examined) -> Findings {
        let (own, context) = (&served.class, served.context_length);
        let family = served.manifest.family();
        assess(&self.calibrations, &family, &bundle.class, own, &bundle.sampling, claim, examined, context)
    }
}

const UNCALIBRATED: &str = "the noise between the miner's device and this one is not calibrated";

/// Why a case is judged so, in words.
fn reason(judgement: Judgement, receipts: &[B256], all: &[Option<Findings>]) -> String {
    let findings = || receipts.iter().zip(all).flat_map(|(receipt, found)| Some((receipt, found.as_ref()?)));
    let first = |of: fn(&Findings) -> Option<&str>| {
        findings().find_map(|(receipt, found)| Some(format!("{receipt}: {}", of(found)?)))
    };
    let tokens: u32 = findings().map(|(_, found)| found.tokens).sum();
    match judgement {
        Judgement::Guilty => first(|found| found.gross.as_deref())
            .unwrap_or_else(|| format!("{tokens} tokens together are not those that the model chooses")),
        Judgement::Innocent => format!("the model can have written all {tokens} tokens"),
        Judgement::Unavailable => first(|found| found.unverified.as_deref())
            .or_else(|| first(|found| (!found.is_calibrated()).then_some(UNCALIBRATED)))
            .unwrap_or_else(|| "nothing is known of its answers".into()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a bundle says that its miner claims.
fn claim(bundle: &Bundle) -> Option<Claim> {
    let receipt = &bundle.record.receipt;
    let reason = FinishReason::from_u8(receipt.finishReason)?;
    Some(Claim {
        ids: bundle.record.token_ids.clone(),
        log_probabilities: bundle.log_probabilities.clone(),
        text: bundle.text.clone(),
        finish: Finish {
            reason,
            prompt_tokens: receipt.promptTokens,
            completion_tokens: receipt.completionTokens,
            stop: None,
        },
    })
}

async fn ask(place: Arc<dyn Place>, case: B256, receipt: B256) -> Result<Bundle, String> {
    let fetched = time::timeout(FETCH, place.fetch(case, receipt)).await;
    fetched.unwrap_or_else(|_| Err(format!("nothing came within {} s", FETCH.as_secs())))
}

/// The first good bundle that a place has, or what all places say.
async fn fetch(case: B256, receipt: B256, places: &[Arc<dyn Place>]) -> Result<Bundle, String> {
    let mut asked: Vec<BoxFuture<'static, Result<Bundle, String>>> = vec![];
    for place in places {
        asked.push(Box::pin(ask(place.clone(), case, receipt)));
    }
    let mut answers = stream::iter(asked).buffer_unordered(PLACES_AT_ONCE);
    let mut reasons = vec![];
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(bundle) => return Ok(bundle),
            Err(reason) => reasons.push(reason),
        }
    }
    reasons.sort_unstable();
    reasons.dedup();
    match reasons.is_empty() {
        true => Err("there is nowhere to ask for its evidence".into()),
        false => Err(reasons.join(", ")),
    }
}

#[cfg(test)]
mod tests;
