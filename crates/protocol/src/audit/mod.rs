//! Audits: does an output come from the model, the prompt and the parameters that it is claimed to come from?
//!
//! One prefill of prompt and output gives the logits that an honest node had before each token. Three things have to fit: the
//! structure (counts, text, ending), every token (the sampler is a function of logits, seed and position, so that it can be
//! repeated), and the log-probabilities that the node committed to. The same sums in another order differ a little: how much,
//! calibrations say. What is far beyond that shows a false answer alone; smaller differences are pooled over a miner's answers by an
//! e-process, which bounds how many honest miners are ever suspected.

mod assessment;
mod calibration;
mod claim;
pub mod coin;
mod examined;
mod judge;
mod process;
mod window;

pub use assessment::{Findings, assess};
pub use calibration::{Calibration, CalibrationError, Calibrations, Noise, Null, Spread, Subject, calibrate};
pub use claim::Claim;
pub use examined::{Examined, ExaminedError};
pub use judge::{Judgement, MOST_ANSWERS, MOST_RECEIPTS, brief, judge};
pub use process::{CONFIRMED, Process, SUSPECTED};
pub use window::{Sample, WINDOW_TOKENS, Window};
