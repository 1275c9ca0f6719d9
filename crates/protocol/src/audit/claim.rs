//! An output with what its maker says about it, as an audit takes it in.

use crate::task::Finish;

/// An output as a miner hands it in.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Ids of the tokens.
    pub ids: Vec<u32>,
    /// The natural log-probability of each token.
    pub log_probabilities: Vec<f32>,
    /// The text of the tokens.
    pub text: String,
    /// How it ended.
    pub finish: Finish,
}
