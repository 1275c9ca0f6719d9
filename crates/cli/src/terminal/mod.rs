//! What people and scripts see: results on stdout, progress and errors on stderr, exit codes, and the log.

pub mod error;
pub mod exit;
pub mod log;
mod printer;
mod progress;
pub mod suggest;
mod table;
mod typed;
pub mod version;
mod waiting;

pub use error::{Error, Result};
pub use exit::Class;
pub use log::LogFormat;
pub use printer::{Color, Printer, PrinterOptions, SCHEMA_VERSION, Text};
pub use progress::Progress;
pub use table::{Cell, Table};
pub use typed::{Typed, quoted};
