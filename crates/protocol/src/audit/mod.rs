//! Audits: does an output come from the model, the prompt and the parameters that it is claimed to come from?
//!
//! One prefill of prompt and output gives the logits that an honest node had before each token. Three things have to fit: the
//! structure (counts, text, ending), every token (the sampler is a function of logits, seed and position, so that it can be
//! repeated), and the log-probabilities that the node committed to. The same sums in another order differ a little, so the last
//! two have limits, which honest executions of the same model on the same kind of device set: [`Limits::calibrated`].

mod claim;
mod comparison;
mod examination;

pub use claim::Claim;
pub use comparison::{Comparison, Difference, DifferenceKind, compare_runs};
pub use examination::{Distance, Examined, Flaw, Limits, compare};
