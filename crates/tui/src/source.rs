//! Where snapshots come from: a node elsewhere, the node in this process, or a made-up network.

mod attach;
mod demo;
mod embedded;
mod error;
mod snapshots;

pub use attach::Attach;
pub use demo::Demo;
pub use embedded::Embedded;
pub use error::SourceError;
pub use snapshots::Source;
pub(crate) use snapshots::stream;
