//! The court as its nodes deal with it: cases as of a block, the calendar that every case keeps, ballots, and the planner, which says
//! what a node does next.
//!
//! The chain is the truth. [`plan`] is asked again at every block with what the chain says then: a step that has taken effect is not
//! planned again, and one that was lost, or taken back by a reorganisation, is. So a node that was away goes on where it is needed,
//! and has to keep nothing on disk but what the chain cannot give back: its ballots.

mod ballot;
mod book;
mod calendar;
mod case;
mod duty;
mod upkeep;

pub use ballot::{Ballot, COMMITMENT_BYTES, Part, Vote};
pub use book::Book;
pub use calendar::{Clock, Course, FIRST_DRAW, Outcome, Phase, SECOND_DRAW, State, Tally, Timing, WIDENING, is_first};
pub use case::{Case, Declaration, Draw, Juror, Record, Rules, Settlement, Standing, Unsettled, View};
pub use duty::{MOST_CORRECTED, MOST_SUMMONED, Me, Step, declarations, plan, summons};
pub use upkeep::{KEEPERS, LOOKED_AT, keeper, keeps, lapses, looked_at};
