//! The form of sampling parameters in frames, which tickets commit to.

use prost::Message;

/// Sampling parameters; their encoding is what a ticket commits to.
#[derive(Clone, PartialEq, Message)]
pub struct Sampling {
    /// Upper bound of generated tokens.
    #[prost(uint32, tag = "1")]
    pub max_tokens: u32,
    /// The temperature in millionths.
    #[prost(uint32, tag = "2")]
    pub temperature: u32,
    /// The limit of top-p in millionths.
    #[prost(uint32, tag = "3")]
    pub top_p: u32,
    /// Seed of the noise.
    #[prost(uint64, tag = "4")]
    pub seed: u64,
    /// Texts before which generation ends.
    #[prost(string, repeated, tag = "5")]
    pub stop: Vec<String>,
    /// Of an image, in pixels.
    #[prost(uint32, tag = "6")]
    pub width: u32,
    /// Of an image, in pixels.
    #[prost(uint32, tag = "7")]
    pub height: u32,
    /// JSON Schema that the text obeys; empty: none.
    #[prost(string, tag = "8")]
    pub schema: String,
    /// How many of the likeliest tokens are kept; 0: all.
    #[prost(uint32, tag = "9")]
    pub top_k: u32,
    /// The limit of min-p in millionths; 0: none.
    #[prost(uint32, tag = "10")]
    pub min_p: u32,
    /// Logits in millionths.
    #[prost(sint32, tag = "11")]
    pub frequency_penalty: i32,
    /// Logits in millionths.
    #[prost(sint32, tag = "12")]
    pub presence_penalty: i32,
    /// A factor in millionths; 0: none. A factor of 1 is written as none, so that it changes no commitment.
    #[prost(uint32, tag = "13")]
    pub repetition_penalty: u32,
    /// What is added to logits.
    #[prost(message, repeated, tag = "14")]
    pub logit_bias: Vec<Bias>,
    /// One more than the number of likeliest tokens that come with each token; 0: not even its own bytes do.
    #[prost(uint32, tag = "15")]
    pub top_logprobs: u32,
    /// The prompt's tokens come as well.
    #[prost(bool, tag = "16")]
    pub echo: bool,
    /// Of an image; 0: the model's own.
    #[prost(uint32, tag = "17")]
    pub steps: u32,
    /// Of an image in millionths, increased by one; 0: the model's own.
    #[prost(uint32, tag = "18")]
    pub guidance: u32,
}

/// What is added to a token's logit.
#[derive(Clone, PartialEq, Message)]
pub struct Bias {
    /// The token's id.
    #[prost(uint32, tag = "1")]
    pub id: u32,
    /// Logits in millionths.
    #[prost(sint32, tag = "2")]
    pub logits: i32,
}
