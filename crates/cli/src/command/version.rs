//! `cuckoo version`: what this binary is.

use crate::{
    context::Context,
    error::Result,
    output::Text,
    version::{long, version},
};

/// Runs it.
pub fn run(context: &Context) -> Result<()> {
    context.printer.result(&version(), || Text::Value(format!("cuckoo {}", long())))
}
