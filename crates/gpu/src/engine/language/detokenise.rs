//! Token ids to text as they come, never splitting a character.

use std::sync::Arc;

use tokenizers::Tokenizer;

/// Tokens that an incomplete character may take before it is shown as broken.
const MAX_PENDING: usize = 16;

/// One output's state.
pub(in crate::engine) struct Detokeniser {
    tokenizer: Arc<Tokenizer>,
    /// Tokens that are not part of the text.
    hidden: Arc<[u32]>,
    /// What comes before the first token's text.
    opening: &'static str,
    ids: Vec<u32>,
    /// Where the tokens begin that are decoded again for context: some decoders treat a text's beginning specially.
    context: usize,
    /// Tokens whose text is out.
    shown: usize,
}

impl Detokeniser {
    pub(in crate::engine) const fn new(tokenizer: Arc<Tokenizer>, hidden: Arc<[u32]>, opening: &'static str) -> Self {
        Self { tokenizer, hidden, opening, ids: Vec::new(), context: 0, shown: 0 }
    }

    /// Adds a token and returns the text that is now complete.
    pub(in crate::engine) fn push(&mut self, id: u32) -> Result<String, String> {
        let opening = std::mem::take(&mut self.opening).to_owned();
        self.ids.push(id);
        let text = self.pending()?;
        if text.is_empty() || (text.ends_with('\u{fffd}') && self.ids.len() - self.shown < MAX_PENDING) {
            return Ok(opening);
        }
        self.context = self.shown;
        self.shown = self.ids.len();
        Ok(opening + &text)
    }

    /// The rest, with what is incomplete shown as replacement characters.
    pub(in crate::engine) fn finish(&mut self) -> Result<String, String> {
        let text = self.pending()?;
        self.context = self.ids.len();
        self.shown = self.ids.len();
        Ok(text)
    }

    fn pending(&self) -> Result<String, String> {
        let decode = |ids: &[u32]| {
            let shown: Vec<u32> = ids.iter().copied().filter(|id| !self.hidden.contains(id)).collect();
            self.tokenizer.decode(&shown, false).map_err(|error| error.to_string())
        };
        let before = decode(&self.ids[self.context..self.shown])?;
        let all = decode(&self.ids[self.context..])?;
        Ok(all.get(before.len()..).unwrap_or_default().to_owned())
    }
}
