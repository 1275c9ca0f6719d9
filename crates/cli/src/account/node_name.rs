//! Names of nodes: what may be one, and which ones people would take for another.

use cuckoo_protocol::{Address, Untrusted, chain::Registry, looks_like_address};
use unicode_security::confusable_detection::skeleton;

use crate::terminal::{Error, Printer, Result};

/// Refuses a name that commands would take for something else, or that nobody could type.
pub fn check(name: &str) -> Result<()> {
    let problem = if name.trim().is_empty() {
        "is empty"
    } else if name.trim() != name {
        "begins or ends with a space"
    } else if name.contains(char::is_control) {
        "has control characters"
    } else if looks_like_address(name) {
        "looks like an address"
    } else if name.starts_with('-') {
        "looks like an option"
    } else {
        return Ok(());
    };
    Err(Error::usage(format_args!("a node cannot be called `{}`: the name {problem}", Untrusted::new(name)))
        .hint("choose a name that people can type, such as --name gpu-box"))
}

/// The nodes whose names are this one or look like it.
fn alike<'a>(registry: &'a Registry, name: &str, own: Address) -> impl Iterator<Item = (&'a str, Address)> {
    let shape: String = skeleton(&name.to_lowercase()).collect();
    let others = registry.nodes.values().filter(move |node| node.address != own);
    others.filter_map(move |node| {
        let other = node.name.raw();
        let is_alike = skeleton(&other.to_lowercase()).eq(shape.chars());
        is_alike.then_some((other, node.address))
    })
}

/// Warns of names that people would take for this one.
pub fn warn_of_likeness(printer: &Printer, registry: &Registry, name: &str, own: Address) {
    for (other, address) in alike(registry, name, own) {
        let shown = Untrusted::new(other);
        match other == name {
            true => printer.warn(format_args!(
                "the node {address} is called `{shown}` too: commands take neither by this name, only by address"
            )),
            false => printer.warn(format_args!("the name looks like `{shown}`, that of the node {address}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_take_for_something_else_is_no_name() {
        for name in
            ["", " ", "a ", "\ta", "a\u{7}b", "--all", "-x", "0x253635a200F797e746DE81C1BdE3c335c88BFF23", "0xab"]
        {
            assert!(check(name).is_err(), "{name:?}");
        }
        for name in ["gpu-box", "Büro 2", "矿工", "cafe"] {
            assert!(check(name).is_ok(), "{name:?}");
        }
    }
}
