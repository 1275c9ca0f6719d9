//! What names the models of a report of slots may have: coordinators refuse others, and miners do not begin with them.

/// Models of one report at most.
pub const MOST_MODELS: usize = 256;
/// Bytes of a model's name at most.
pub const LONGEST_NAME: usize = 256;
/// Bytes of the names of all models of one report together, which the assignment log has.
pub const MOST_NAME_BYTES: usize = 4 << 10;

/// Why no coordinator takes a report of slots for models with these names, as what such a report has; `None` where they do.
pub fn objection_to_names<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    if names.clone().count() > MOST_MODELS {
        Some(format!("more than {MOST_MODELS} models"))
    } else if names.clone().any(|name| name.len() > LONGEST_NAME) {
        Some(format!("a model's name of more than {LONGEST_NAME} bytes"))
    } else if names.clone().map(str::len).sum::<usize>() > MOST_NAME_BYTES {
        Some(format!("names of models of more than {MOST_NAME_BYTES} bytes together"))
    } else if names.clone().any(|name| name.contains(char::is_control)) {
        // Each would take six bytes in the log.
        Some("control characters in a model's name".to_owned())
    } else {
        None
    }
}
