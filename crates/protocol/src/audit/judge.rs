//! How a juror votes on receipts of which it has examined the answers itself.

use serde::Serialize;

use super::{assessment::Findings, process};

/// How many answers of a miner jurors take a case's receipts to be chosen among: more than a miner gives in the time in which a receipt can
/// be disputed.
///
/// One receipt has to weigh 1e12 for it, and 32 together 1e163, which is 1e5.1 each: short answers that are a little off convict nobody. A
/// better rule would need a smaller number that every juror knows. The chain has none, since the numbers of tickets have gaps, and the
/// log of a coordinator that accuses is its own word. Nor would other bets help: capital that is spread over shares of false answers
/// (`1 - s + s * e` for each answer, as [`super::Process`] does) pays for the same choice, by Stirling's formula.
pub const MOST_ANSWERS: u64 = 1_000_000;
/// Most receipts of a case.
pub const MOST_RECEIPTS: usize = 32;

/// A vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
    if weigh(known()) >= threshold(answers, findings.len()) {
        return Judgement::Guilty;
    }
    let complete = !findings.is_empty() && known().count() == findings.len();
    match complete && known().all(|findings| findings.unverified.is_none() && findings.is_calibrated()) {
        true => Judgement::Innocent,
        false => Judgement::Unavailable,
    }
}

/// Chooses the answers to open a case over: at most [`MOST_RECEIPTS`] of which [`judge`] says guilty by the widest margin among
/// [`MOST_ANSWERS`], as ascending indices into `answers`; `None` where no such choice is enough.
pub fn brief(answers: &[Findings]) -> Option<Vec<usize>> {
    let gross = answers.iter().enumerate().filter(|(_, findings)| findings.gross.is_some()).map(|(index, _)| index);
    let gross: Vec<usize> = gross.take(MOST_RECEIPTS).collect();
    let bets: Vec<(usize, Vec<f64>)> = answers
        .iter()
        .enumerate()
        .filter_map(|(index, findings)| Some((index, process::bet(findings.null.as_ref()?, &findings.windows))))
        .collect();
    let bettors = bets.first().map_or(0, |(_, bets)| bets.len());
    let mut best: Option<(f64, Vec<usize>)> = None;
    for bettor in 0..bettors {
        // The worst answers first, as this bettor sees them.
        let mut order: Vec<_> = bets.iter().filter(|(index, _)| !gross.contains(index)).collect();
        order.sort_by(|(_, one), (_, other)| other[bettor].total_cmp(&one[bettor]));
        for count in 1..=order.len().min(MOST_RECEIPTS) {
            let chosen = order[..count].iter().map(|(index, _)| *index);
            let margin = weigh(chosen.clone().map(|index| &answers[index])) / threshold(MOST_ANSWERS, count);
            if margin >= 1.0 && best.as_ref().is_none_or(|(most, _)| margin > *most) {
                best = Some((margin, chosen.collect()));
            }
        }
    }
    let pooled = best.map(|(_, chosen)| chosen).unwrap_or_default();
    let mut chosen: Vec<usize> = gross.into_iter().chain(pooled).take(MOST_RECEIPTS).collect();
    chosen.sort_unstable();
    (!chosen.is_empty()).then_some(chosen)
}

/// What the evidence of this many receipts has to weigh.
fn threshold(answers: u64, receipts: usize) -> f64 {
    (process::CONFIRMED * choices(answers, receipts)).min(process::MOST)
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
