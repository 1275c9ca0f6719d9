//! A URL that may carry secrets and never shows them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;

/// An RPC endpoint. Providers put keys into the user, the path and the query, so [`fmt::Display`] and [`fmt::Debug`] show none
/// of them. Serialising keeps everything: that is for the network file. Boxed, because every error carries one.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DisplaySafeUrl(Box<Url>);

impl DisplaySafeUrl {
    /// Reads an RPC endpoint. What is wrong with it is said without repeating it, since it may hold a key.
    pub fn endpoint(text: &str) -> Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("ws://") || lower.starts_with("wss://") {
            let instead = if lower.starts_with("wss") { "https://" } else { "http://" };
            return Err(format!("cuckoo does not speak JSON-RPC over WebSockets; give the endpoint's {instead} URL"));
        }
        if !lower.contains("://") {
            return Err("it has no scheme; write http:// or https:// before the host".into());
        }
        let url: Self = text.parse().map_err(|error| format!("{error}"))?;
        match url.expose().scheme() {
            "http" | "https" => Ok(url),
            _ => Err("an RPC endpoint is an http:// or https:// URL".into()),
        }
    }

    /// The whole URL with its secrets, for connecting.
    pub fn expose(&self) -> &Url {
        &self.0
    }
}

impl From<Url> for DisplaySafeUrl {
    fn from(url: Url) -> Self {
        Self(Box::new(url))
    }
}

impl FromStr for DisplaySafeUrl {
    type Err = url::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The parser's own errors repeat nothing of the text.
        Url::parse(text).map(Self::from)
    }
}

impl fmt::Display for DisplaySafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.0;
        write!(f, "{}://", url.scheme())?;
        if !url.username().is_empty() || url.password().is_some() {
            f.write_str("[redacted]@")?;
        }
        f.write_str(url.host_str().unwrap_or("[redacted]"))?;
        if let Some(port) = url.port() {
            write!(f, ":{port}")?;
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            f.write_str("/[redacted]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for DisplaySafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_where_but_no_secret() {
        for (url, shown) in [
            ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
            ("https://rpc.example/", "https://rpc.example"),
            ("https://rpc.example/v3/s3cr3t", "https://rpc.example/[redacted]"),
            (
                "https://s3cr3t:s3cr3t@rpc.example:8443/?key=s3cr3t#s3cr3t",
                "https://[redacted]@rpc.example:8443/[redacted]",
            ),
            ("https://s3cr3t@rpc.example", "https://[redacted]@rpc.example"),
            ("data:s3cr3t", "data://[redacted]/[redacted]"),
        ] {
            let parsed: DisplaySafeUrl = url.parse().expect("a URL");
            assert_eq!(parsed.to_string(), shown);
            assert!(!format!("{parsed:?}").contains("s3cr3t"));
        }
    }

    #[test]
    fn an_endpoint_that_is_none_is_explained_without_its_secrets() {
        for (text, words) in [
            ("127.0.0.1:8545", "no scheme; write http://"),
            ("localhost:8545", "no scheme; write http://"),
            ("rpc.example/s3cr3t", "no scheme"),
            ("ws://127.0.0.1:8546/s3cr3t", "give the endpoint's http:// URL"),
            ("WSS://rpc.example/s3cr3t", "give the endpoint's https:// URL"),
            ("ftp://rpc.example/s3cr3t", "http:// or https://"),
            ("http://", "empty host"),
        ] {
            let error = DisplaySafeUrl::endpoint(text).expect_err(text);
            assert!(error.contains(words) && !error.contains("s3cr3t"), "{text}: {error}");
        }
        for text in ["http://127.0.0.1:8545", "https://rpc.example/key"] {
            assert!(DisplaySafeUrl::endpoint(text).is_ok(), "{text}");
        }
    }
}
