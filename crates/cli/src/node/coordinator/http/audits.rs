//! What operators are told of audits: the miners' records, the audits that are pending, and what models' names stand for.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State};
use cuckoo_protocol::{
    Address, B256, Cai, Untrusted,
    coordinator::{Audit, AuditRow, Coordinator, Counts, SUSPENSION, Standing},
    digits,
    manifest::{ModelManifest, Proof},
    task::{Kind, Millis, TaskId},
};
use serde::{Deserialize, Serialize};

use crate::{host::clock::now, node::coordinator::Shared};

/// Pending audits that are listed, the oldest first.
const LISTED: usize = 1_000;

/// Audits of a coordinator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Audits {
    /// The epoch whose coin is in force; `None` where nothing is audited.
    pub epoch: Option<u64>,
    /// Audits in figures, since the journal began.
    pub counts: Counts,
    /// What audits say of each miner.
    pub miners: Vec<MinerAudits>,
    /// Audits that have not ended, the oldest first.
    pub pending: Vec<PendingAudit>,
    /// Connected miners that get no tasks of a model, because no calibration is for their devices.
    #[serde(default)]
    pub refused: Vec<RefusedMiner>,
}

/// A connected miner that gets no tasks of a model, because no calibration is for its device.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefusedMiner {
    /// The miner.
    pub miner: Address,
    /// The model.
    pub model: Untrusted,
    /// The class of its device, as the miner says.
    pub class: Untrusted,
}

/// What audits say of one miner.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MinerAudits {
    /// The miner.
    pub miner: Address,
    /// `good`, `suspected`, `confirmed`, or `contradicted`: good, but two others contradict what it found as an auditor.
    pub state: String,
    /// What speaks against it, in words.
    pub why: Option<Untrusted>,
    /// When that was found, in milliseconds since the Unix epoch.
    pub since: Option<Millis>,
    /// When its suspension ends.
    pub suspended_until: Option<Millis>,
    /// Tasks that it has done, and their tokens, while the coordinator audited.
    pub done: u64,
    /// Tokens of these.
    pub tokens: u64,
    /// Examinations of its answers.
    pub examined: u64,
    /// Those that found nothing and could have found gross differences alone: the pair of devices is not calibrated.
    #[serde(default)]
    pub uncalibrated: u64,
    /// Audits in a row in which nothing was found.
    pub clean: u64,
    /// The share of its answers that is examined, in millionths.
    pub rate_ppm: u32,
    /// Audits of its answers that have not ended.
    pub pending: usize,
    /// What its tickets that wait for an audit will owe.
    pub held: Cai,
    /// Examinations that it has made of others' answers.
    pub made: u64,
    /// The largest e-value of its evidence: an honest miner ever reaches 1/p with probability p at most.
    pub e_value: f64,
    /// Answers that are false on their own.
    pub gross: u32,
    /// What each auditor's findings weigh.
    pub evidence: Vec<EvidenceRow>,
}

/// What one auditor's findings about a miner weigh.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EvidenceRow {
    /// The manifest that the answers claim.
    pub manifest: B256,
    /// The auditor; the zero address for all of them together.
    pub auditor: Address,
    /// The e-value.
    pub e_value: f64,
    /// Answers that it examined.
    pub answers: u32,
    /// Those that are false on their own.
    pub gross: u32,
    /// Why the first of these is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Untrusted>,
}

/// An audit that has not ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PendingAudit {
    /// The task.
    pub task: TaskId,
    /// The miner that answered.
    pub miner: Address,
    /// The number of its ticket.
    #[serde(with = "digits")]
    pub number: u64,
    /// Why it is examined.
    pub reason: String,
    /// Its ticket is held.
    pub holds: bool,
    /// Who examines it at the moment, where a miner does.
    pub auditor: Option<Address>,
    /// Those that examined it.
    pub examined_by: Vec<Address>,
    /// Those that were to examine it and had no result.
    pub failed: Vec<Address>,
    /// When the answer came, in milliseconds since the Unix epoch.
    pub at: Millis,
}

impl From<&Audit> for PendingAudit {
    fn from(audit: &Audit) -> Self {
        Self {
            task: audit.due.task,
            miner: audit.due.miner,
            number: audit.due.number,
            reason: audit.due.reason.as_str().into(),
            holds: audit.holds,
            auditor: audit.assigned.map(|assigned| assigned.auditor),
            examined_by: audit.verdicts.iter().map(|(auditor, _)| *auditor).collect(),
            failed: audit.failed.clone(),
            at: audit.due.at,
        }
    }
}

fn miner(row: AuditRow<'_>) -> MinerAudits {
    let record = row.record;
    let (state, why, since) = match &record.standing {
        Standing::Good if record.contradicted => ("contradicted", None, None),
        Standing::Good => ("good", None, None),
        Standing::Suspected { why, at, .. } => ("suspected", Some(why), Some(*at)),
        Standing::Confirmed { why, at, .. } => ("confirmed", Some(why), Some(*at)),
    };
    let evidence = record.all_evidence().map(|evidence| EvidenceRow {
        manifest: evidence.manifest,
        auditor: evidence.auditor,
        e_value: evidence.process.value(),
        answers: evidence.answers,
        gross: evidence.gross,
        reason: evidence.reason.as_deref().map(Untrusted::from),
    });
    let evidence: Vec<_> = evidence.collect();
    MinerAudits {
        miner: row.miner,
        state: state.into(),
        why: why.map(|why| why.as_str().into()),
        since,
        suspended_until: since.filter(|_| record.is_confirmed()).map(|at| at.saturating_add(SUSPENSION)),
        done: record.done,
        tokens: record.tokens,
        examined: record.examined,
        uncalibrated: record.uncalibrated,
        clean: record.clean,
        rate_ppm: row.ppm,
        pending: row.pending,
        held: Cai::from(row.held),
        made: record.made,
        e_value: evidence.iter().map(|row| row.e_value).fold(1.0, f64::max),
        gross: evidence.iter().map(|row| row.gross).max().unwrap_or(0),
        evidence,
    }
}

fn refused((miner, model, class): (Address, String, String)) -> RefusedMiner {
    RefusedMiner { miner, model: model.as_str().into(), class: class.as_str().into() }
}

/// What is known of audits.
pub(super) async fn audits(State(shared): State<Arc<Shared>>) -> Json<Audits> {
    let read = |machine: &Coordinator| {
        let book = machine.audits();
        Audits {
            epoch: book.epoch(),
            counts: book.counts(),
            miners: machine.audit_rows(now()).into_iter().map(miner).collect(),
            pending: book.pending().take(LISTED).map(PendingAudit::from).collect(),
            refused: machine.unmeasured().into_iter().map(refused).collect(),
        }
    };
    Json(shared.handle.read(read).await)
}

/// A ticket whose payment waits for an audit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HeldTicket {
    /// The number of the ticket.
    #[serde(with = "digits")]
    pub number: u64,
    /// The task.
    pub task: Option<TaskId>,
    /// What it will owe.
    pub owed: Cai,
    /// Why its answer is examined.
    pub reason: String,
    /// When the answer came, in milliseconds since the Unix epoch.
    pub at: Option<Millis>,
}

/// The tickets that are held, by miner, in order of their numbers.
pub(super) fn held(machine: &Coordinator) -> BTreeMap<Address, Vec<HeldTicket>> {
    let audits: BTreeMap<_, _> =
        machine.audits().pending().map(|audit| ((audit.due.miner, audit.due.number), audit)).collect();
    let mut held: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (miner, number, owed) in machine.accounts().held() {
        let audit = audits.get(&(miner, number));
        held.entry(miner).or_default().push(HeldTicket {
            number,
            task: audit.map(|audit| audit.due.task),
            owed: Cai::from(owed),
            reason: audit.map_or("suspected", |audit| audit.due.reason.as_str()).into(),
            at: audit.map(|audit| audit.due.at),
        });
    }
    held
}

/// What a model's name stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BoundModel {
    /// The name.
    pub model: Untrusted,
    /// What it makes.
    pub kind: Kind,
    /// The hash of the manifest.
    pub manifest: B256,
    /// What exactly it is.
    pub preimage: ModelManifest,
    /// How much of an answer can be checked.
    pub proof: Proof,
    /// Connected miners that offer it, and others that offer something else under the name.
    pub miners: usize,
    /// The latter.
    pub mismatched: usize,
    /// When it was bound, in milliseconds since the Unix epoch.
    pub at: Millis,
}

/// What models' names stand for.
pub(super) async fn models(State(shared): State<Arc<Shared>>) -> Json<Vec<BoundModel>> {
    let read = |machine: &Coordinator| {
        let rows = machine.bindings().iter().map(|(pool, bound)| {
            let (miners, mismatched) = machine.offering(pool);
            BoundModel {
                model: bound.model.as_str().into(),
                kind: bound.kind,
                manifest: bound.manifest.id(),
                proof: bound.manifest.proof,
                preimage: (*bound.manifest).clone(),
                miners,
                mismatched,
                at: bound.at,
            }
        });
        rows.collect::<Vec<_>>()
    };
    Json(shared.handle.read(read).await)
}
