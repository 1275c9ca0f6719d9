//! Where miners reach a coordinator: `wss://HOST/link`. Nobody else may read or change what they send each other, so plain text
//! goes no further than this machine.

use url::{Host, Url};

/// Why an endpoint cannot be used by miners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The text is not a URL.
    #[error("it is not a URL")]
    NoUrl,
    /// The URL has another protocol, or no host.
    #[error("it does not begin with wss://HOST")]
    NotWebSocket,
    /// The URL is `ws://` at another machine.
    #[error("ws:// would carry prompts and answers to another machine as plain text")]
    PlainText,
}

/// Returns the host and port of an endpoint that miners can use.
pub fn parse(endpoint: &str) -> Result<(String, u16), EndpointError> {
    let url: Url = endpoint.parse().map_err(|_| EndpointError::NoUrl)?;
    let (host, here) = match url.host().ok_or(EndpointError::NotWebSocket)? {
        Host::Domain(name) => (name.to_owned(), name == "localhost"),
        Host::Ipv4(address) => (address.to_string(), address.is_loopback()),
        Host::Ipv6(address) => (address.to_string(), address.is_loopback()),
    };
    let usual = match url.scheme() {
        "wss" => 443,
        "ws" if here => 80,
        "ws" => return Err(EndpointError::PlainText),
        _ => return Err(EndpointError::NotWebSocket),
    };
    Ok((host, url.port().unwrap_or(usual)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_on_this_machine() {
        for (good, host, port) in [
            ("wss://coordinator.example/link", "coordinator.example", 443),
            ("wss://10.0.0.1:8781/link", "10.0.0.1", 8781),
            ("ws://127.0.0.1:1/link", "127.0.0.1", 1),
            ("ws://127.9.9.9/", "127.9.9.9", 80),
            ("ws://localhost:8781/link", "localhost", 8781),
            ("ws://[::1]:8781/link", "::1", 8781),
        ] {
            assert_eq!(parse(good), Ok((host.to_owned(), port)), "{good}");
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
