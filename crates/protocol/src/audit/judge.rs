//! How a juror votes on receipts of which it has examined the answers itself.

use serde::Serialize;

use super::{assessment::Findings, process};

/// A vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// At least one of the answers is false.
    Guilty,
    /// All answers can be honest.
    Innocent,
    /// The juror cannot say: an answer cannot be examined, or the noise between the two devices is not known.
    Unavailable,
}

/// The pure rule of votes. `findings` has an entry for each receipt of a case, `None` where its answer could not be had or examined;
/// `answers` is how many answers of the accused the receipts were chosen among: the evidence has to outweigh that choice as well as the
/// [`process::CONFIRMED`] that an auditor needs. It is a count, such as that of the miner's tickets in the assignment log, and never the
/// number of a ticket: numbers have gaps, and begin at the time.
pub fn judge(findings: &[Option<Findings>], answers: u64) -> Judgement {
    let known = || findings.iter().flatten();
    if known().any(|findings| findings.gross.is_some()) {
        return Judgement::Guilty;
    }
    if weigh(known()) >= (process::CONFIRMED * choices(answers, findings.len())).min(process::MOST) {
        return Judgement::Guilty;
    }
    let complete = !findings.is_empty() && known().count() == findings.len();
    match complete && known().all(|findings| findings.unverified.is_none() && findings.is_calibrated()) {
        true => Judgement::Innocent,
        false => Judgement::Unavailable,
    }
}

/// What some answers weigh together: the mean of the bettors' capitals after all of them.
fn weigh<'a>(findings: impl Iterator<Item = &'a Findings>) -> f64 {
    let mut capitals: Option<Vec<f64>> = None;
    for findings in findings {
        let Some(null) = &findings.null else { continue };
        let bets = process::bet(null, &findings.windows);
        match &mut capitals {
            None => capitals = Some(bets),
            Some(capitals) => {
                capitals.iter_mut().zip(bets).for_each(|(capital, bet)| *capital = (*capital * bet).min(process::MOST));
            }
        }
    }
    capitals.map_or(1.0, |capitals| capitals.iter().sum::<f64>() / capitals.len() as f64)
}

/// In how many ways the receipts can be chosen among the answers.
fn choices(answers: u64, receipts: usize) -> f64 {
    let receipts = receipts.min(usize::try_from(answers).unwrap_or(usize::MAX));
    (0..receipts)
        .fold(1.0, |ways: f64, at| ways * (answers as f64 - at as f64) / (at as f64 + 1.0))
        .clamp(1.0, process::MOST)
}
