//! What an auditor is given beside a task's request: the output to examine. Its log-probabilities are not part of it, so that an
//! auditor that invents numbers shows.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A claimed output that is to be examined. `Debug` shows lengths only: completions do not belong in logs.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Examine {
    /// Ids of the tokens; none of an embedding.
    pub ids: Vec<u32>,
    /// The vectors of an embedding as the text that travels, see [`super::kind::write_vectors`]; empty for everything else.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub vectors: String,
    /// Draws the windows where not every token can be examined, see [`crate::audit::coin::windows`].
    pub seed: u64,
}

impl fmt::Debug for Examine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Examine({} ids, {} bytes of vectors)", self.ids.len(), self.vectors.len())
    }
}

/// Bytes that the text of one token may have in what an auditor sends, with its numbers, generously.
const TOKEN_BYTES: usize = 1024;

impl Examine {
    /// Bytes that the encoding of what an engine finds may have at most.
    pub fn most_bytes(&self) -> usize {
        4096 + self.ids.len() * TOKEN_BYTES + self.vectors.len()
    }
}
