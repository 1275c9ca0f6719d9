//! A coordinator's secret seeds, one per epoch, committed to long before they are used and revealed once they are not.
//!
//! Seeds of a span of [`SPAN`] epochs form a hash chain: the seed of an epoch is the Keccak-256 of the next epoch's. One commitment,
//! the hash of the span's first seed, binds the coordinator to all of them, and a revealed seed gives every earlier one but no
//! later one. So neither the coordinator nor anyone else can choose a seed after a beacon is known.

use std::{collections::BTreeMap, fmt, sync::Arc};

use alloy::primitives::{B256, keccak256};

/// Epochs under one commitment: 30 years of hours.
pub const SPAN: u64 = 1 << 18;
/// Seeds between two that are kept: the price of a look-up in hashes.
const STRIDE: u64 = 512;

/// The seeds of one span.
#[derive(Clone)]
pub struct SeedChain {
    span: u64,
    /// Every [`STRIDE`]-th seed, from the span's last epoch backwards.
    kept: Vec<B256>,
    commitment: B256,
}

impl fmt::Debug for SeedChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SeedChain({}, {})", self.span, self.commitment)
    }
}

impl SeedChain {
    /// The seeds of the span that `epoch` is in. Costs [`SPAN`] hashes.
    pub fn new(secret: &B256, epoch: u64) -> Self {
        let span = epoch / SPAN;
        let mut seed = keccak256([secret.as_slice(), &span.to_be_bytes()].concat());
        let mut kept = Vec::with_capacity((SPAN / STRIDE) as usize);
        for index in 0..SPAN {
            if index % STRIDE == 0 {
                kept.push(seed);
            }
            seed = keccak256(seed);
        }
        Self { span, kept, commitment: seed }
    }

    /// Number of the span.
    pub fn span(&self) -> u64 {
        self.span
    }

    /// What is published before any of the seeds is used.
    pub fn commitment(&self) -> B256 {
        self.commitment
    }

    /// The seed of an epoch, or `None` when it is in another span.
    pub fn seed(&self, epoch: u64) -> Option<B256> {
        (epoch / SPAN == self.span).then(|| self.at(epoch % SPAN))
    }

    /// The seed of the epoch at this place in the span.
    fn at(&self, place: u64) -> B256 {
        // Hashes from the span's last seed.
        let steps = SPAN - 1 - place;
        (0..steps % STRIDE).fold(self.kept[(steps / STRIDE) as usize], |seed, _| keccak256(seed))
    }
}

/// The seeds of all epochs. A span's chain is made when it is first asked for; clones share the chains that are made.
#[derive(Clone)]
pub struct Seeds {
    secret: B256,
    chains: BTreeMap<u64, Arc<SeedChain>>,
}

impl fmt::Debug for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seeds({:?})", self.chains)
    }
}

impl Seeds {
    /// The seeds that follow from a secret.
    pub const fn new(secret: B256) -> Self {
        Self { secret, chains: BTreeMap::new() }
    }

    /// The seeds of the coin that decides what is audited: others, that follow from the same secret.
    pub fn audits(&self) -> Self {
        Self::new(keccak256([b"audit".as_slice(), self.secret.as_slice()].concat()))
    }

    /// The chain of the span that `epoch` is in. Costs [`SPAN`] hashes the first time.
    pub fn chain(&mut self, epoch: u64) -> &SeedChain {
        let Self { secret, chains } = self;
        chains.entry(epoch / SPAN).or_insert_with(|| Arc::new(SeedChain::new(secret, epoch)))
    }

    /// The seed of an epoch.
    pub fn seed(&mut self, epoch: u64) -> B256 {
        self.chain(epoch).at(epoch % SPAN)
    }
}

/// The seed of an earlier epoch from a later one's of the same span, or `None` when there is no such way.
pub fn earlier(seed: &B256, of: u64, wanted: u64) -> Option<B256> {
    if wanted > of || wanted / SPAN != of / SPAN {
        return None;
    }
    let mut seed = *seed;
    for _ in wanted..of {
        seed = keccak256(seed);
    }
    Some(seed)
}

/// Whether a revealed seed of an epoch belongs to the commitment of its span.
pub fn opens(commitment: &B256, seed: &B256, epoch: u64) -> bool {
    earlier(seed, epoch, epoch / SPAN * SPAN).is_some_and(|first| keccak256(first) == *commitment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_open_their_commitment_and_no_other_epoch() {
        let secret = B256::repeat_byte(1);
        let chain = SeedChain::new(&secret, SPAN + 5);
        assert_eq!(chain.span(), 1);
        for epoch in [SPAN, SPAN + 1, SPAN + 511, SPAN + 512, SPAN + 513, 2 * SPAN - 1] {
            let seed = chain.seed(epoch).expect("in the span");
            assert!(opens(&chain.commitment(), &seed, epoch), "{epoch}");
            assert!(!opens(&chain.commitment(), &seed, epoch + 1) && !opens(&B256::ZERO, &seed, epoch));
            assert_eq!(earlier(&seed, epoch, SPAN), chain.seed(SPAN));
        }
        assert_eq!((chain.seed(SPAN - 1), chain.seed(2 * SPAN)), (None, None));
        assert_eq!(earlier(&B256::ZERO, SPAN, SPAN - 1), None);
        assert_eq!(earlier(&B256::ZERO, SPAN, SPAN + 1), None);
        assert_ne!(SeedChain::new(&secret, 0).commitment(), chain.commitment());
    }
}
