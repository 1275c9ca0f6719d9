//! What an auditor is given beside a task's request: the output to examine. Its log-probabilities are not part of it, so that an
//! auditor that invents numbers shows.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::kind::Kind;

/// A claimed output that is to be examined. `Debug` shows lengths only: completions do not belong in logs.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Examine {
    /// Ids of the tokens; none of an embedding and of an image.
    pub ids: Vec<u32>,
    /// An embedding or an image as the text that travels, see [`super::kind`]; empty for text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub output: String,
    /// Draws what is looked at where not everything can be: windows of tokens ([`crate::audit::coin::windows`]), or steps of an image
    /// ([`super::drawing::drawn`]).
    pub seed: u64,
}

impl Examine {
    /// An output of this kind that is to be examined.
    pub fn new(kind: Kind, ids: &[u32], text: &str, seed: u64) -> Self {
        match kind {
            Kind::Text => Self { ids: ids.to_vec(), output: String::new(), seed },
            Kind::Embedding | Kind::Image => Self { ids: vec![], output: text.to_owned(), seed },
        }
    }
}

impl fmt::Debug for Examine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Examine({} ids, {} bytes of output)", self.ids.len(), self.output.len())
    }
}

/// Bytes that the text of one token may have in what an auditor sends, with its numbers, generously.
const TOKEN_BYTES: usize = 1024;

impl Examine {
    /// Bytes that the encoding of what an engine finds may have at most.
    pub fn most_bytes(&self) -> usize {
        4096 + self.ids.len() * TOKEN_BYTES + self.output.len()
    }
}
