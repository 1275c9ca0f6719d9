//! Where miners reach a coordinator: `wss://HOST/link`. What they tell each other is nobody else's to read or to change, so that
//! plain text goes no further than this machine.

use url::{Host, Url};

/// Why miners cannot go there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// It is none.
    #[error("it is no URL")]
    NoUrl,
    /// Another protocol, or no host.
    #[error("it does not begin with wss://HOST")]
    NotWebSocket,
    /// `ws://` at another machine.
    #[error("ws:// would carry prompts and answers to another machine as plain text")]
    PlainText,
}

/// The endpoint as a URL, if it is one for miners.
pub fn parse(endpoint: &str) -> Result<Url, EndpointError> {
    let url: Url = endpoint.parse().map_err(|_| EndpointError::NoUrl)?;
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(EndpointError::NotWebSocket),
    };
    match url.scheme() {
        "wss" => Ok(url),
        "ws" if here => Ok(url),
        "ws" => Err(EndpointError::PlainText),
        _ => Err(EndpointError::NotWebSocket),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_on_this_machine() {
        for good in [
            "wss://coordinator.example/link",
            "wss://10.0.0.1:8781/link",
            "ws://127.0.0.1:1/link",
            "ws://127.9.9.9/",
            "ws://localhost:8781/link",
            "ws://[::1]:8781/link",
        ] {
            assert!(parse(good).is_ok(), "{good}");
        }
        for plain in
            ["ws://10.0.0.1/link", "ws://localhost.example/", "ws://[::2]/", "ws://0.0.0.0/", "WS://example.org"]
        {
            assert_eq!(parse(plain), Err(EndpointError::PlainText), "{plain}");
        }
        for other in ["https://coordinator.example/link", "http://127.0.0.1/", "unix:/tmp/x", "mailto:a@b", "wss:"] {
            assert!(matches!(parse(other), Err(EndpointError::NotWebSocket | EndpointError::NoUrl)), "{other}");
        }
        assert_eq!(parse("no address"), Err(EndpointError::NoUrl));
        assert_eq!(parse(""), Err(EndpointError::NoUrl));
    }
}
