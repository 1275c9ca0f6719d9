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
}
