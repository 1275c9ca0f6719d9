//! The four kinds of request in OpenAI's API, and the parameters of each.

/// A kind of request, which has an answer of its own form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `/v1/chat/completions`
    Chat,
    /// `/v1/completions`
    Text,
    /// `/v1/embeddings`
    Embeddings {
        /// Vectors are written as base64 of single precision, little endian, and not as numbers.
        base64: bool,
    },
    /// `/v1/images/generations`
    Images,
}

/// Parameters that every request may have.
const COMMON: [&str; 2] = ["model", "timeout_seconds"];
/// Parameters that chats share with texts that are continued.
const GENERATED: [&str; 14] = [
    "max_tokens",
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "logit_bias",
    "seed",
    "stop",
    "stream",
    "stream_options",
    "n",
];
/// Parameters of a chat alone.
const CHAT: [&str; 8] = [
    "messages",
    "max_completion_tokens",
    "logprobs",
    "top_logprobs",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
];
/// Parameters of a text that is continued.
const TEXT: [&str; 5] = ["prompt", "suffix", "logprobs", "echo", "best_of"];
/// Parameters of texts that are embedded.
const EMBEDDINGS: [&str; 3] = ["input", "encoding_format", "dimensions"];
/// Parameters of images.
const IMAGES: [&str; 10] = [
    "prompt",
    "negative_prompt",
    "n",
    "size",
    "quality",
    "num_inference_steps",
    "guidance_scale",
    "response_format",
    "output_format",
    "seed",
];

impl Shape {
    /// The names of all parameters that a request of this kind may have.
    pub(super) fn parameters(self) -> impl Iterator<Item = &'static str> {
        let (shared, own): (&[_], &[_]) = match self {
            Self::Chat => (&GENERATED, &CHAT),
            Self::Text => (&GENERATED, &TEXT),
            Self::Embeddings { .. } => (&[], &EMBEDDINGS),
            Self::Images => (&[], &IMAGES),
        };
        let neutral = self.neutral().map(|neutral| neutral.name);
        COMMON.iter().chain(shared).chain(own).copied().chain(neutral)
    }
}
