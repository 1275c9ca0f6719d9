//! The server: requests to it, and what its refusals mean.

use std::{path::PathBuf, time::Duration};

use cuckoo_protocol::http;
use futures::StreamExt;
use reqwest::{Client, Response};
use serde::Deserialize;
use tokio::time::timeout;
use url::Url;

use super::{
    config::{ApiKey, OpenAiConfig},
    refusal::Refusal,
};
use crate::engine::{
    api::EngineError,
    language::{hub, hub_snapshot},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a server may take to list its models; one that is busy with answers does it in a moment.
const LIST_PATIENCE: Duration = Duration::from_secs(10);
/// Bytes that are read of an error's or a model list's body.
const MAX_BODY: usize = 1 << 20;

#[derive(Clone, Debug)]
pub(super) struct Server {
    client: Client,
    base: Url,
    api_key: Option<ApiKey>,
    pub(super) idle: Duration,
}

#[derive(Deserialize)]
struct ModelList {
    data: Vec<ModelEntry>,
}

#[derive(Deserialize)]
pub(super) struct ModelEntry {
    pub(super) id: String,
    /// What vLLM and SGLang call the context length; others have other names for it.
    #[serde(alias = "context_length", alias = "context_window", alias = "max_context_length")]
    max_model_len: Option<u32>,
    meta: Option<Meta>,
    /// The directory or the hub's name from which vLLM has loaded it.
    root: Option<String>,
}

/// What llama.cpp says of a model.
#[derive(Deserialize)]
struct Meta {
    n_ctx: Option<u32>,
}

impl ModelEntry {
    /// The directory with its files, where the server tells and it is on this machine.
    pub(super) fn directory(&self) -> Option<PathBuf> {
        let root = self.root.as_deref()?;
        let directory = PathBuf::from(root);
        if directory.is_absolute() {
            return directory.is_dir().then_some(directory);
        }
        hub_snapshot(&hub().ok()?, root).ok().filter(|directory| directory.is_dir())
    }

    /// Tokens of prompt and output together, where the server says.
    pub(super) fn context_length(&self) -> Option<u32> {
        self.max_model_len.or_else(|| self.meta.as_ref()?.n_ctx).filter(|length| *length > 0)
    }
}

/// Why a request has no answer.
pub(super) enum Failure {
    /// The server says why.
    Refused(Refusal),
    /// It cannot be reached, or says nothing.
    Unreached(String),
}

impl From<Failure> for EngineError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into_error(),
            Failure::Unreached(reason) => Self::Unavailable(reason),
        }
    }
}

/// The address with its path ending in `/v1/`.
fn base(url: &Url) -> Result<Url, EngineError> {
    let mut base = url.clone();
    base.set_query(None);
    base.set_fragment(None);
    let path = url.path().trim_end_matches('/');
    base.set_path(&if path.ends_with("/v1") { format!("{path}/") } else { format!("{path}/v1/") });
    if base.cannot_be_a_base() || !matches!(base.scheme(), "http" | "https") {
        return Err(EngineError::Start(format!(
            "`{}` is not an HTTP scheme; hint: the address begins with http:// or https://",
            base.scheme()
        )));
    }
    Ok(base)
}

impl Server {
    pub(super) fn new(config: &OpenAiConfig) -> Result<Self, EngineError> {
        let base = base(&config.url)?;
        // A connection costs nothing beside a generation, and servers close those that wait without a word: the next request
        // would fail.
        let client = http::client(&base)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| EngineError::Start(error.to_string()))?;
        let idle = Duration::from_secs(config.idle_timeout_s.max(1));
        Ok(Self { client, base, api_key: config.api_key.clone(), idle })
    }

    pub(super) fn request(&self, method: reqwest::Method, path: &str) -> Result<reqwest::RequestBuilder, EngineError> {
        let url = self.base.join(path).map_err(|error| EngineError::Start(error.to_string()))?;
        let request = self.client.request(method, url);
        Ok(match &self.api_key {
            Some(key) => request.bearer_auth(&key.0),
            None => request,
        })
    }

    /// `patience` is for the head of the answer, which comes last where everything comes at once.
    pub(super) async fn send(&self, request: reqwest::RequestBuilder, patience: Duration) -> Result<Response, Failure> {
        match timeout(patience, request.send()).await {
            Ok(Ok(response)) if response.status().is_success() => Ok(response),
            Ok(Ok(response)) => {
                let status = response.status();
                Err(Failure::Refused(Refusal::new(status, &self.body(response, MAX_BODY).await)))
            }
            // Without the address: it may hold a name or a secret that does not belong in an answer.
            Ok(Err(error)) => Err(Failure::Unreached(http::words(error))),
            Err(_) => Err(Failure::Unreached("the server does not answer".into())),
        }
    }

    pub(super) async fn models(&self) -> Result<Vec<ModelEntry>, EngineError> {
        let patience = self.idle.min(LIST_PATIENCE);
        let response = self.send(self.request(reqwest::Method::GET, "models")?, patience).await?;
        let body = self.body(response, MAX_BODY).await;
        let list: ModelList = serde_json::from_slice(&body)
            .map_err(|error| EngineError::Unavailable(format!("the server's model list does not decode: {error}")))?;
        Ok(list.data)
    }

    /// The beginning of a body, as far as it comes.
    pub(super) async fn body(&self, response: Response, most: usize) -> Vec<u8> {
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Ok(Some(Ok(bytes))) = timeout(self.idle, stream.next()).await {
            body.extend_from_slice(&bytes);
            if body.len() > most {
                break;
            }
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_and_without_the_version() {
        for (given, expected) in [
            ("http://h:1", "http://h:1/v1/"),
            ("http://h:1/v1", "http://h:1/v1/"),
            ("http://h/api/v1/?x=1", "http://h/api/v1/"),
            ("https://h/api/", "https://h/api/v1/"),
        ] {
            let url = given.parse().expect("an address");
            assert_eq!(base(&url).expect("a base").as_str(), expected);
        }
        assert!(base(&"ftp://h".parse().expect("an address")).is_err());
    }
}
