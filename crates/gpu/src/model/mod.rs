//! Where models come from, and the digest that names their weights.

pub mod catalogue;
#[cfg(feature = "mistralrs")]
mod dequantise;
pub mod diffusers;
mod error;
pub mod fetch;
mod files;
#[cfg(feature = "mistralrs")]
pub mod gguf;
pub mod memory;
mod source;
pub mod store;
pub mod template;
mod weights;

#[cfg(feature = "mistralrs")]
pub use dequantise::{DequantiseError, dequantise};
pub use source::{ModelSource, ModelSourceError};
pub use weights::{hash_files, weight_files};
