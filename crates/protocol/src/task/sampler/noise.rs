//! The noise that makes a choice random: Gumbel's, a function of seed, position and token.

/// What rounding may add to a noise beyond its bound.
const SLACK: f64 = 1e-9;

/// The noise of one position: a number for each token.
pub(super) struct Noise(u64);

impl Noise {
    pub(super) const fn new(seed: u64, position: u64) -> Self {
        Self(mix(mix(seed) ^ position))
    }

    /// 53 random bits of a token, from which its noise is made.
    const fn bits(&self, token: usize) -> u64 {
        mix(self.0 ^ token as u64) >> 11
    }

    pub(super) fn of(&self, token: usize) -> f64 {
        let uniform = (self.bits(token) as f64 + 0.5) / (1u64 << 53) as f64;
        -(-uniform.ln()).ln()
    }

    /// What the noise of a token does not exceed. It costs no logarithm: with `u` the uniform number, -ln(-ln u) is at most
    /// -ln(1 - u), and the ones that `u` begins with say how small 1 - u is at least.
    pub(super) fn bound(&self, token: usize) -> f64 {
        let ones = (self.bits(token) << 11).leading_ones().min(53);
        f64::from(ones + 1) * std::f64::consts::LN_2 + SLACK
    }

    /// The candidate with the largest sum of scaled logit and noise, the lowest of equals. `likely` is a candidate whose sum is
    /// probably among the large ones.
    pub(super) fn loudest(&self, scaled: &[f64], likely: usize, candidates: impl IntoIterator<Item = usize>) -> usize {
        let mut best = (likely, scaled[likely] + self.of(likely));
        for index in candidates {
            // Most of a large vocabulary is too unlikely for its noise to lift it: no need to compute that noise.
            if scaled[index] + self.bound(index) < best.1 {
                continue;
            }
            let value = scaled[index] + self.of(index);
            if value > best.1 || (value == best.1 && index < best.0) {
                best = (index, value);
            }
        }
        best.0
    }
}

/// Standard Gumbel noise, a function of its key alone.
pub fn gumbel(seed: u64, position: u64, token: u64) -> f64 {
    Noise::new(seed, position).of(token as usize)
}

/// The finaliser of SplitMix64: every bit of the input moves every bit of the output.
pub const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
