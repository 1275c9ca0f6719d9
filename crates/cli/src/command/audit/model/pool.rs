//! What findings add up to: made-up miners whose answers are those that were measured.

use std::collections::BTreeMap;

use cuckoo_protocol::audit::{CONFIRMED, Findings, Process, SUSPECTED};
use serde::Serialize;

use super::execution::{Execution, HONEST_BEFORE};

/// One kind of execution.
#[derive(Debug, Serialize)]
pub(super) struct Detection {
    pub(super) execution: Execution,
    /// The execution in words.
    pub(super) what: String,
    /// Whether the model was sure of the honest answers in the place of these; `None` where that makes no difference.
    pub(super) sure: Option<bool>,
    /// Answers that were examined.
    pub(super) audits: usize,
    /// Answers that one examination shows to be false.
    pub(super) at_once: usize,
    /// Made-up miners with such answers.
    pub(super) miners: usize,
    /// Tokens of each of them at most.
    pub(super) pool: u32,
    /// Those that were suspected.
    pub(super) suspected: usize,
    /// Those that were confirmed, by one answer or by all together.
    pub(super) confirmed: usize,
    /// Those whose answers together were enough.
    pub(super) pooled: usize,
    /// Median of the tokens until the confirmed ones were.
    pub(super) tokens: Option<u32>,
    /// The highest e-value of any of the miners.
    pub(super) highest: f64,
    /// Why single answers are false, with numbers left out.
    pub(super) reasons: BTreeMap<String, usize>,
}

/// When a made-up miner cheats: by the number of its answer and the tokens before it.
type When = fn(usize, u32) -> bool;

/// What is made of an execution's findings, with honest ones between them where it cheats now and then.
pub(super) struct Pool<'a> {
    pub(super) honest: &'a [Findings],
    pub(super) miners: usize,
    pub(super) tokens: u32,
}

impl Pool<'_> {
    pub(super) fn detect(&self, execution: Execution, what: String, findings: &[Findings]) -> Detection {
        let when: When = match execution {
            Execution::OneInFive => |number, _| number % 5 == 4,
            Execution::OneInTwenty => |number, _| number % 20 == 19,
            Execution::Late => |_, tokens| tokens >= HONEST_BEFORE,
            _ => |_, _| true,
        };
        let mut reasons = BTreeMap::new();
        for reason in findings.iter().filter_map(|findings| findings.gross.as_ref()) {
            let reason: String = reason.chars().filter(|letter| !letter.is_ascii_digit()).collect();
            *reasons.entry(reason.trim_start_matches(" of ").trim().to_owned()).or_default() += 1;
        }
        let miners = if findings.is_empty() { 0 } else { self.miners };
        let pool = execution.pool(self.tokens);
        let mut detection = Detection {
            execution,
            what,
            sure: None,
            audits: findings.len(),
            at_once: findings.iter().filter(|findings| findings.gross.is_some()).count(),
            miners,
            pool,
            suspected: 0,
            confirmed: 0,
            pooled: 0,
            tokens: None,
            highest: 0.0,
            reasons,
        };
        let mut tokens: Vec<u32> =
            (0..miners).filter_map(|miner| self.follow(miner, findings, when, &mut detection)).collect();
        tokens.sort_unstable();
        detection.tokens = tokens.get(tokens.len() / 2).copied();
        detection
    }

    /// Follows one miner; returns the tokens after which it is confirmed.
    fn follow(&self, miner: usize, findings: &[Findings], when: When, detection: &mut Detection) -> Option<u32> {
        let mut process = Process::default();
        let (mut tokens, mut gross, mut suspected, mut pooled) = (0u32, None, false, None);
        // Each begins with another answer.
        let (mut own, mut others) = (miner * findings.len() / self.miners, miner * self.honest.len() / self.miners);
        for number in 0.. {
            let is_false = when(number, tokens);
            let (list, next) = if is_false { (findings, &mut own) } else { (self.honest, &mut others) };
            let found = &list[*next % list.len()];
            *next += 1;
            tokens += found.tokens.max(1);
            if found.gross.is_some() {
                gross = gross.or(Some(tokens));
            }
            if let Some(null) = &found.null {
                process.update(null, &found.windows);
            }
            detection.highest = detection.highest.max(process.value());
            suspected |= process.value() >= SUSPECTED || gross.is_some();
            if process.value() >= CONFIRMED {
                pooled = pooled.or(Some(tokens));
            }
            if tokens >= detection.pool || pooled.is_some() {
                break;
            }
        }
        detection.suspected += usize::from(suspected);
        detection.pooled += usize::from(pooled.is_some());
        detection.confirmed += usize::from(pooled.or(gross).is_some());
        match (gross, pooled) {
            (Some(gross), Some(pooled)) => Some(gross.min(pooled)),
            (gross, pooled) => gross.or(pooled),
        }
    }
}
