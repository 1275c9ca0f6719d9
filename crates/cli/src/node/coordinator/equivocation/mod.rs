//! Miners that sign two receipts for one ticket are noticed, and the court hears of it.
//!
//! The first receipt of an attempt is with the task, or in the evidence of its answer. That of a lease which ended otherwise is kept
//! here, together with the ticket. A result for an attempt that its session has no lease of, whenever it comes, is compared with it.

mod prover;
mod store;
mod watch;

pub use self::store::ReceiptsError;
pub(super) use self::{
    prover::Prover,
    watch::{Ears, Watch},
};
