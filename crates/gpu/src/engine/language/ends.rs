//! Tokens that end answers.

use std::collections::BTreeSet;

use tokenizers::Tokenizer;

/// Tokens that end answers. mistral.rs has a list of its own, which holds only special tokens, and all of them that
/// the model's files name.
pub(in crate::engine) struct Ends {
    named: Vec<u32>,
    special: BTreeSet<u32>,
}

impl Ends {
    pub(in crate::engine) fn new(named: Vec<u32>, tokenizer: Option<&Tokenizer>) -> Self {
        let added = tokenizer.map(|tokenizer| tokenizer.get_added_tokens_decoder()).unwrap_or_default();
        Self { named, special: added.into_iter().filter(|(_, token)| token.special).map(|(id, _)| id).collect() }
    }

    /// Those that the model's files name.
    pub(in crate::engine) fn named(&self) -> &[u32] {
        &self.named
    }

    /// True for a token that nothing can follow.
    pub(in crate::engine) fn must(&self, id: u32) -> bool {
        self.named.contains(&id)
    }

    /// True for a token that may be the end of an answer.
    pub(in crate::engine) fn may(&self, id: u32) -> bool {
        self.special.contains(&id) || self.must(id)
    }
}
