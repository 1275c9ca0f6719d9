//! Whether miners would connect to the endpoint that a coordinator registers.

use cuckoo_protocol::{Untrusted, contract::Role};
use url::Url;

use crate::{
    node::endpoint,
    terminal::{Error, Result},
};

/// Refuses a coordinator without an endpoint, and any endpoint that nobody could connect to.
pub(super) fn check(role: Role, address: &str) -> Result<()> {
    let problem = match endpoint::parse(address) {
        _ if role != Role::Coordinator => match is_web_address(address) {
            true => return Ok(()),
            false => format!("`{}` is not the URL of a site on the web", Untrusted::new(address)),
        },
        Ok(_) if address.contains("://HOST") => {
            format!("`{address}` is an example: HOST stands for the name of your machine")
        }
        Ok(_) => return Ok(()),
        Err(_) if address.is_empty() => "a coordinator needs an endpoint at which miners reach it".to_owned(),
        Err(error) => format!("miners do not connect to the endpoint `{}`: {error}", Untrusted::new(address)),
    };
    Err(Error::usage(problem).hint(match role {
        Role::Coordinator => "such as --endpoint wss://HOST:PORT/link",
        Role::Miner => "leave --endpoint out: coordinators do not connect to miners",
    }))
}

/// Nobody connects to a miner, so that its endpoint is for people to look at; most have none.
fn is_web_address(address: &str) -> bool {
    let web = |url: &Url| ["http", "https", "ws", "wss"].contains(&url.scheme()) && url.has_host();
    address.is_empty() || address.parse().is_ok_and(|url| web(&url))
}
