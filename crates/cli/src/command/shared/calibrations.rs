//! Calibrations that an operator has measured, beside those that come with the program.

use std::{fs, path::Path};

use cuckoo_protocol::audit::Calibrations;

use crate::terminal::{Error, Result};

/// The calibrations that come with the program, and those of a directory.
pub fn read(directory: Option<&Path>) -> Result<Calibrations> {
    let mut calibrations = Calibrations::built_in();
    let Some(directory) = directory else { return Ok(calibrations) };
    let failed = |error: &dyn std::fmt::Display| {
        Error::config(format_args!("the calibrations in {} cannot be read: {error}", directory.display()))
            .hint("to make one: cuckoo audit calibrate")
    };
    for entry in fs::read_dir(directory).map_err(|error| failed(&error))? {
        let path = entry.map_err(|error| failed(&error))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = fs::read_to_string(&path).map_err(|error| failed(&error))?;
            calibrations.add(&text).map_err(|error| failed(&format_args!("{}: {error}", path.display())))?;
        }
    }
    Ok(calibrations)
}
