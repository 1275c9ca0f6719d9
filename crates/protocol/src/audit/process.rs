//! The e-process of a miner: what all that was examined of it weighs against its being honest.
//!
//! The null hypothesis is that a window's scores, given everything before, are on average at most those of a [`Null`]. Somebody who
//! bets against it at fair odds, a part of the capital on each window, wins nothing on average, so that the capital of a bettor
//! whose miner is honest *ever* reaches `1 / alpha` with a probability of at most `alpha` (Ville 1939), however often one looks and
//! whatever decides what is examined, as long as it is decided before. The capital here is spread over many bettors: over the
//! scores, over the part that is bet, over the share of false answers that the bettor expects, and over the answer with which a
//! miner begins to cheat.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{calibration::Null, window::Window};

/// From this value on a miner is suspected: one honest miner in 10,000 ever is.
pub const SUSPECTED: f64 = 1e4;
/// From this value on a suspicion is confirmed: one honest miner in 1,000,000 ever reaches it with one auditor.
pub const CONFIRMED: f64 = 1e6;

/// Parts of the largest bet that cannot lose more than there is.
const PARTS: [f64; 4] = [0.1, 0.3, 0.6, 0.95];
/// Shares of the answers that are false.
const SHARES: [f64; 3] = [1.0, 0.2, 0.05];
const SCORES: usize = 3;
/// Bets on a window.
const BETS: usize = SCORES * PARTS.len();
const BETTORS: usize = BETS * SHARES.len();
/// A capital above this is not counted: what is left out only makes it smaller.
pub(super) const MOST: f64 = 1e300;
/// Scores are compared with at least this mean, so that a bet stays finite.
const LEAST: f64 = 1e-9;

/// The evidence against one miner of one manifest, as one auditor has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Process {
    /// Answers that were taken in.
    answers: u64,
    /// The capital of each bettor among those who have begun to bet: sums of the products since each beginning, weighted by
    /// `1 / (t * (t + 1))` for a beginning with answer `t`.
    #[serde(serialize_with = "write", deserialize_with = "read")]
    capitals: [f64; BETTORS],
}

impl Default for Process {
    fn default() -> Self {
        Self { answers: 0, capitals: [0.0; BETTORS] }
    }
}

impl Process {
    /// Takes in an answer that was examined. Answers without a window say nothing.
    pub fn update(&mut self, null: &Null, answer: &[Window]) {
        if answer.is_empty() {
            return;
        }
        self.answers = self.answers.saturating_add(1);
        let products = products(null, answer);
        let count = self.answers as f64;
        let begin = 1.0 / (count * (count + 1.0));
        for (share, capitals) in SHARES.iter().zip(self.capitals.chunks_exact_mut(BETS)) {
            for (capital, product) in capitals.iter_mut().zip(products) {
                let factor = (1.0 - share) + share * product;
                *capital = ((*capital + begin) * factor).min(MOST);
            }
        }
    }

    /// The e-value: at most 1 on average for an honest miner.
    pub fn value(&self) -> f64 {
        // Who has not begun still has the rest: the weights of all beginnings after answer t are 1 / (t + 1) together.
        let waiting = 1.0 / (self.answers as f64 + 1.0);
        let begun: f64 = self.capitals.iter().map(|capital| capital / BETTORS as f64).sum();
        (begun + waiting).min(MOST)
    }

    /// Answers that were taken in.
    pub const fn answers(&self) -> u64 {
        self.answers
    }
}

/// By what each bet on an answer multiplies what is bet. Each is on average at most 1 where the null holds.
fn products(null: &Null, answer: &[Window]) -> [f64; BETS] {
    let mut products = [1.0; BETS];
    for window in answer {
        let scores =
            [(window.flips, null.flips), (window.shortfall, null.shortfall), (window.difference, null.difference)];
        for ((score, mean), bets) in scores.into_iter().zip(products.chunks_exact_mut(PARTS.len())) {
            // What is not a number is as bad as can be, and a mean that is not a number bounds nothing.
            let score = if score.is_nan() { 1.0 } else { f64::from(score).clamp(0.0, 1.0) };
            let mean = if mean.is_nan() { 1.0 } else { f64::from(mean).clamp(LEAST, 1.0) };
            for (part, product) in PARTS.iter().zip(bets) {
                *product = (*product * (1.0 + part / mean * (score - mean))).min(MOST);
            }
        }
    }
    products
}

/// What one answer alone says against its miner, at most 1 on average for an honest one, with each bet apart.
pub(super) fn bet(null: &Null, answer: &[Window]) -> Vec<f64> {
    products(null, answer).to_vec()
}

// As bits: a decimal number is not always read as the one that was written, and replicas have to agree.
fn write<S: Serializer>(capitals: &[f64; BETTORS], serializer: S) -> Result<S::Ok, S::Error> {
    let bytes: Vec<u8> = capitals.iter().flat_map(|capital| capital.to_le_bytes()).collect();
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[f64; BETTORS], D::Error> {
    let text = String::deserialize(deserializer)?;
    let bytes = STANDARD.decode(text).map_err(D::Error::custom)?;
    let (numbers, rest) = bytes.as_chunks::<8>();
    let capitals: Vec<f64> = numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect();
    match <[f64; BETTORS]>::try_from(capitals) {
        Ok(capitals) if rest.is_empty() && capitals.iter().all(|capital| (0.0..=MOST).contains(capital)) => {
            Ok(capitals)
        }
        _ => Err(D::Error::custom(format!("the state of an e-process is {BETTORS} numbers"))),
    }
}
