//! The calendar of a case: everything about its course is fixed by the epoch in which it was opened.

use serde::{Deserialize, Serialize};

/// Epochs from that in which a case is opened to that of its first draw.
pub const FIRST_DRAW: u64 = 1;
/// Epochs from that in which a case is opened to that of its second draw.
pub const SECOND_DRAW: u64 = 4;
/// The second draw has this many times the seats of the first.
pub const WIDENING: u64 = 3;

/// Whether a round is the first draw of an attempt. Rounds are counted over all attempts: odd for a first draw, even for a second one.
pub const fn is_first(round: u64) -> bool {
    round % 2 == 1
}

/// Whether a case is open, and how it ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It was never opened.
    #[default]
    None,
    /// It is open.
    Open,
    /// The accused was found guilty.
    Guilty,
    /// The accused was found innocent.
    Innocent,
    /// It ended without a verdict, and can be opened again.
    Void,
}

impl State {
    /// From the court's number; an unknown number is that of a court of another release, and `None`.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::None),
            1 => Some(Self::Open),
            2 => Some(Self::Guilty),
            3 => Some(Self::Innocent),
            4 => Some(Self::Void),
            _ => None,
        }
    }

    /// One word for tables and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Open => "open",
            Self::Guilty => "guilty",
            Self::Innocent => "innocent",
            Self::Void => "void",
        }
    }
}

/// What a draw brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It is not closed.
    #[default]
    Pending,
    /// No verdict.
    None,
    /// Guilty.
    Guilty,
    /// Innocent.
    Innocent,
    /// A third of its seats could not get the evidence.
    Unavailable,
}

impl Outcome {
    /// From the court's number; an unknown number is that of a court of another release, and `None`.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Pending),
            1 => Some(Self::None),
            2 => Some(Self::Guilty),
            3 => Some(Self::Innocent),
            4 => Some(Self::Unavailable),
            _ => None,
        }
    }
}

/// The phase of a case: what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It waits for the epoch of the draw.
    Drawing,
    /// It waits for somebody to record the draw's seed.
    Seed,
    /// It waits for jurors to commit to their votes.
    Committing,
    /// It waits for jurors to reveal their votes.
    Revealing,
    /// It waits for somebody to count the votes.
    Counting,
    /// It is closed.
    Closed,
}

impl Phase {
    /// What it waits for, for tables.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Drawing => "waits for the draw of its jury",
            Self::Seed => "the draw's seed can be recorded",
            Self::Committing => "jurors commit to votes",
            Self::Revealing => "jurors reveal their votes",
            Self::Counting => "the votes can be counted",
            Self::Closed => "closed",
        }
    }
}

/// Seats of a draw that have revealed a vote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Seats that said guilty.
    pub guilty: u64,
    /// Seats that said innocent.
    pub innocent: u64,
    /// Seats that could not get the evidence.
    pub unavailable: u64,
}

/// What the course of a case depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// The epoch in which the case was opened.
    pub opened: u64,
    /// The state that the court has written down.
    pub state: State,
    /// The number of the draw that the court has written down; a first draw that is over stays until somebody closes it.
    pub round: u64,
    /// The votes of that draw.
    pub tally: Tally,
}

/// Where a case is in its fixed course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The number of the draw whose time it is, whether or not somebody has closed the one before.
    pub round: u64,
    /// That draw's epoch, in which jurors commit.
    pub epoch: u64,
    /// What the case waits for. A draw that has begun is in [`Phase::Seed`] here: whether its seed is known, the calendar does not say.
    pub phase: Phase,
    /// When the phase ends, in seconds since the Unix epoch, where that is fixed.
    pub until: Option<u64>,
}

/// The court's clock: the time of a block, and how long epochs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Time of the block, in seconds since the Unix epoch.
    pub now: u64,
    /// Length of an epoch, in seconds.
    pub epoch_seconds: u64,
    /// Expected seats of a first draw.
    pub seats: u64,
}

impl Clock {
    /// The epoch that the block is in.
    pub fn epoch(&self) -> u64 {
        self.now.checked_div(self.epoch_seconds).unwrap_or_default()
    }

    /// When an epoch begins, in seconds since the Unix epoch.
    pub const fn start_of(&self, epoch: u64) -> u64 {
        epoch.saturating_mul(self.epoch_seconds)
    }

    /// Expected seats of a draw.
    pub const fn seats_in(&self, round: u64) -> u64 {
        if is_first(round) { self.seats } else { self.seats * WIDENING }
    }

    /// What the revealed votes of a draw decide, by the court's rules: a third of the seats that could not get the evidence, or, where
    /// half of the seats have voted, two thirds of those that have judged. [`Outcome::None`] where they decide nothing.
    pub const fn decide(&self, round: u64, tally: &Tally) -> Outcome {
        let Tally { guilty, innocent, unavailable } = *tally;
        let (expected, judged) = (self.seats_in(round), guilty + innocent);
        if unavailable * 3 >= expected {
            return Outcome::Unavailable;
        }
        if (judged + unavailable) * 2 < expected {
            return Outcome::None;
        }
        if guilty * 3 >= judged * 2 {
            return Outcome::Guilty;
        }
        if innocent * 3 >= judged * 2 { Outcome::Innocent } else { Outcome::None }
    }

    /// Where a case is now.
    pub fn timing(&self, course: &Course) -> Timing {
        let now = self.epoch();
        let epoch_of = |round| course.opened.saturating_add(if is_first(round) { FIRST_DRAW } else { SECOND_DRAW });
        let mut round = course.round;
        let is_open = course.state == State::Open;
        let is_over = is_first(round) && now > epoch_of(round).saturating_add(1);
        if is_open && is_over && self.decide(round, &course.tally) == Outcome::None {
            round += 1;
        }
        let epoch = epoch_of(round);
        let (phase, until) = match now {
            _ if !is_open => (Phase::Closed, None),
            now if now < epoch => (Phase::Drawing, Some(self.start_of(epoch))),
            now if now == epoch => (Phase::Seed, Some(self.start_of(epoch + 1))),
            now if now == epoch + 1 => (Phase::Revealing, Some(self.start_of(epoch + 2))),
            _ => (Phase::Counting, None),
        };
        Timing { round, epoch, phase, until }
    }
}
