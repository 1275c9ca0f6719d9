//! How much is audited.

use crate::task::Millis;

/// How long a suspension lasts.
pub const SUSPENSION: Millis = 7 * 24 * 60 * 60 * 1000;
/// How long a ticket is held at most.
pub const HOLD: Millis = 30_000;
/// How long an examination by a miner may take.
pub const EXAMINATION: Millis = 30_000;
/// A ticket is in a voucher this long after its answer, whether it was audited or not.
pub const WINDOW: Millis = 5_000;
/// Audits that are owed at once; the oldest ones that hold no ticket are given up for new ones.
pub const MAX_PENDING: usize = 1_024;
/// Answers of the past that are examined on a suspicion.
pub(super) const BACK: usize = 64;
/// How long an auditor of another owner is waited for before two that agree are enough.
pub const GRACE: Millis = 10 * 60 * 1000;
/// How long a suspicion lasts at most. It ends without a verdict where nobody has confirmed or contradicted it by then.
pub const LONGEST_SUSPICION: Millis = 60 * 60 * 1000;
/// Examinations in a row that an auditor may miss before nobody waits for it any more.
pub(super) const SILENT: u32 = 3;
/// Auditors that examine a suspect's answers, where the coordinator's own cannot.
pub(super) const PANEL: u32 = 3;
pub(super) use crate::audit::coin::ALL;

/// How much is audited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Everything that a miner answers, and everything of a manifest, up to this many generated tokens.
    pub first: u64,
    /// The share of what follows, in percent. It falls to a fifth of it with a clean record.
    pub percent: u32,
}

/// What becomes of a miner that offers a model which can be audited on a device of a class that nobody has measured: audits can find gross
/// differences alone in what it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Uncalibrated {
    /// It gets tasks as any other, and such examinations are counted.
    #[default]
    Count,
    /// It gets no tasks of that model, and hears why.
    Refuse,
}

impl Policy {
    /// Whether anything is audited.
    pub const fn is_on(&self) -> bool {
        self.first > 0 || self.percent > 0
    }

    /// The share of a miner's answers that is examined after `clean` audits in which nothing was found, in millionths.
    pub fn ppm(&self, clean: u64) -> u32 {
        let full = u64::from(self.percent.min(100)) * 10_000;
        let falling = full.saturating_mul(100) / clean.saturating_add(100);
        falling.max(full / 5) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_falls_from_five_percent_to_one() {
        let policy = Policy { first: 1_000, percent: 5 };
        assert_eq!(
            [0, 100, 300, 400, 1_000, u64::MAX].map(|clean| policy.ppm(clean)),
            [50_000, 25_000, 12_500, 10_000, 10_000, 10_000]
        );
        assert_eq!((Policy { first: 0, percent: 100 }.ppm(0), Policy { first: 1, percent: 0 }.ppm(0)), (ALL, 0));
        assert!(!Policy::default().is_on() && Policy { first: 1, percent: 0 }.is_on());
    }
}
