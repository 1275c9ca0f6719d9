//! More about tokens than their text: their bytes, and what else was likely in their place.

use std::sync::Arc;

use cuckoo_protocol::task::{Alternative, TokenDetail, sampler::Choice};
use llguidance::toktrie::TokEnv;
use tokenizers::Tokenizer;

/// What toktrie writes before the name of a special token.
const SPECIAL: u8 = 0xff;

/// Knows the bytes of a model's tokens.
#[derive(Clone)]
pub(super) struct Teller {
    tokenizer: Arc<Tokenizer>,
    /// `None` where the tokeniser's tokens do not stand for bytes that are known.
    tokens: Option<TokEnv>,
}

impl Teller {
    pub(super) const fn new(tokenizer: Arc<Tokenizer>, tokens: Option<TokEnv>) -> Self {
        Self { tokenizer, tokens }
    }

    /// The bytes of a token by itself; those of its name where it is a special one.
    pub(super) fn bytes(&self, id: u32) -> Vec<u8> {
        match &self.tokens {
            Some(tokens) if (id as usize) < tokens.tok_trie().vocab_size() => {
                let bytes = tokens.tok_trie().token(id);
                bytes.strip_prefix(&[SPECIAL]).unwrap_or(bytes).to_vec()
            }
            _ => self.tokenizer.decode(&[id], false).unwrap_or_default().into_bytes(),
        }
    }

    /// More about a token, with what else was likely in its place.
    pub(super) fn detail(&self, id: u32, top: Vec<Choice>) -> TokenDetail {
        // JSON cannot express an infinite number.
        let likely = top.into_iter().filter(|choice| choice.log_probability.is_finite());
        let alternative =
            |choice: Choice| Alternative { bytes: self.bytes(choice.id), bits: choice.log_probability.to_bits() };
        TokenDetail { bytes: self.bytes(id), top: likely.map(alternative).collect() }
    }
}
