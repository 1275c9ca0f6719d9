//! Whether miners would connect to the endpoint that a coordinator registers.

use cuckoo_protocol::{Untrusted, contract::Role};

use crate::{
    node::endpoint,
    terminal::{Error, Result},
};

/// Refuses a coordinator without an endpoint, or with one that miners do not connect to.
pub(super) fn check(role: Role, address: &str) -> Result<()> {
    if role != Role::Coordinator {
        return Ok(());
    }
    let problem = match endpoint::parse(address) {
        Ok(_) => return Ok(()),
        Err(_) if address.is_empty() => "a coordinator needs an endpoint at which miners reach it".to_owned(),
        Err(error) => format!("miners do not connect to the endpoint `{}`: {error}", Untrusted::new(address)),
    };
    Err(Error::usage(problem).hint("such as --endpoint wss://HOST:PORT/link"))
}
