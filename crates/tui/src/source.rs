//! Where snapshots come from: a node elsewhere, several of them, what this process finds out, or a made-up network.

mod attach;
mod demo;
mod embedded;
mod error;
mod group;
mod snapshots;

pub use attach::Attach;
pub use demo::Demo;
pub use embedded::{Embedded, News};
pub use error::SourceError;
pub use group::Group;
pub use snapshots::Source;
pub(crate) use snapshots::stream;
