//! `cuckoo version`: what this binary is.

use crate::{
    context::Context,
    terminal::{
        Result, Text,
        version::{long, version},
    },
};

/// Runs it.
pub fn run(context: &Context) -> Result<()> {
    context.printer.result(&version(), || Text::Value(format!("cuckoo {}", long())))
}
