//! A few models that are a good beginning, by the memory that they need.

/// One suggestion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// A short name.
    pub name: &'static str,
    /// Its name at the hub.
    pub hub: &'static str,
    /// Millions of parameters, as its publisher says.
    pub million_parameters: u64,
}

impl Suggestion {
    /// Bytes of memory to run it with: two per parameter, and a quarter more for what running takes. An estimate.
    pub const fn memory(self) -> u64 {
        self.million_parameters * 1_000_000 * 2 / 4 * 5
    }
}

/// All of them, smallest first. Their licences (Apache 2.0) allow to serve them for money.
pub const SUGGESTIONS: [Suggestion; 6] = [
    Suggestion { name: "smollm2-135m-instruct", hub: "HuggingFaceTB/SmolLM2-135M-Instruct", million_parameters: 135 },
    Suggestion { name: "smollm2-1.7b-instruct", hub: "HuggingFaceTB/SmolLM2-1.7B-Instruct", million_parameters: 1_710 },
    Suggestion { name: "qwen3-4b", hub: "Qwen/Qwen3-4B", million_parameters: 4_020 },
    Suggestion { name: "qwen3-8b", hub: "Qwen/Qwen3-8B", million_parameters: 8_190 },
    Suggestion { name: "qwen3-14b", hub: "Qwen/Qwen3-14B", million_parameters: 14_770 },
    Suggestion { name: "qwen3-32b", hub: "Qwen/Qwen3-32B", million_parameters: 32_760 },
];

/// A suggestion by its short name.
pub fn suggested(name: &str) -> Option<Suggestion> {
    SUGGESTIONS.into_iter().find(|suggestion| suggestion.name == name)
}
