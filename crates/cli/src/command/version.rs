//! `cuckoo version`: prints the version and build of this program.

use crate::{
    context::Context,
    terminal::{
        Result, Text,
        version::{long, version},
    },
};

/// Runs `cuckoo version`.
pub fn run(context: &Context) -> Result<()> {
    context.printer.result(&version(), || Text::Value(format!("cuckoo {}", long())))
}
