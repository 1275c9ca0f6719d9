//! How to reach a server, and what of it to offer.

use std::{fmt, path::PathBuf};

use cuckoo_protocol::task::Kind;
use serde::{Deserialize, Serialize};
use url::Url;

/// A server, and what of it to offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAiConfig {
    /// Its address, with or without `/v1`.
    pub url: Url,
    /// Sent as the bearer token.
    #[serde(default)]
    pub api_key: Option<ApiKey>,
    /// The models to offer, by what they make. When none are named, all that it lists, for text: a list does not say what for.
    #[serde(default)]
    pub models: Vec<(String, Kind)>,
    /// Directories with the files of the text models among `models`, in their order, or of the one that the server lists: what a server
    /// generates that chooses tokens by cuckoo's rules is examined by these. Where there are none, the paths count that the server tells.
    #[serde(default)]
    pub directories: Vec<PathBuf>,
    /// Requests that run at once, all models together.
    #[serde(default = "default_slots")]
    pub slots: u32,
    /// Tokens of prompt and output together, where the server does not say.
    #[serde(default)]
    pub context_length: Option<u32>,
    /// Seconds without any bytes after which an answer is given up.
    #[serde(default = "default_idle")]
    pub idle_timeout_s: u64,
}

impl OpenAiConfig {
    /// All models of the server at `url`.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            api_key: None,
            models: Vec::new(),
            directories: Vec::new(),
            slots: default_slots(),
            context_length: None,
            idle_timeout_s: default_idle(),
        }
    }
}

const fn default_slots() -> u32 {
    8
}

const fn default_idle() -> u64 {
    60
}

/// A secret that `Debug` does not show.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiKey(pub(super) String);

impl ApiKey {
    /// Wraps the secret.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_not_shown() {
        let mut config = OpenAiConfig::new("http://h".parse().expect("an address"));
        config.api_key = Some(ApiKey::new("sk-secret"));
        assert!(!format!("{config:?}").contains("sk-secret"));
    }
}
