//! A coordinator's API as commands use it.

use std::{path::Path, time::Duration};

use cuckoo_protocol::{Untrusted, chain::DisplaySafeUrl};
use futures::{Stream, StreamExt, stream};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::{
    host::secrets::given_secret,
    terminal::{Error, Result},
};

/// Bytes of one line of a stream.
const MAX_LINE: usize = 1024 * 1024;

/// One coordinator, and the key that it knows the caller by.
pub(in crate::command) struct Api {
    url: DisplaySafeUrl,
    key: Option<SecretString>,
    client: Client,
}

/// One event of a stream of server-sent events.
pub(in crate::command) struct Event {
    pub(in crate::command) name: String,
    pub(in crate::command) data: String,
}

impl Api {
    /// With the API key in a file, if there is one.
    pub(in crate::command) fn new(url: DisplaySafeUrl, key_file: Option<&Path>) -> Result<Self> {
        let client = Client::builder().connect_timeout(Duration::from_secs(5)).build().map_err(Error::failure)?;
        Ok(Self { url, key: key_file.map(given_secret).transpose()?, client })
    }

    /// A request of a path.
    pub(in crate::command) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let base = self.url.expose();
        let request = self.client.request(method, format!("{}{path}", base.as_str().trim_end_matches('/')));
        match &self.key {
            Some(key) => request.bearer_auth(key.expose_secret()),
            None => request,
        }
    }

    pub(in crate::command) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(in crate::command) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path).json(body)
    }

    /// The answer, if it is no error.
    pub(in crate::command) async fn send(&self, request: RequestBuilder) -> Result<Response> {
        let response = request.send().await.map_err(|error| {
            let cause = error.without_url();
            Error::unavailable(format_args!("the coordinator at {} cannot be reached: {cause}", self.url))
                .hint("start a local network: cuckoo devnet; or name another coordinator: --coordinator-url URL")
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body: Value = response.json().await.unwrap_or(Value::Null);
        Err(api_error(status, &body))
    }

    /// The answer's document.
    pub(in crate::command) async fn json(&self, request: RequestBuilder) -> Result<Value> {
        self.send(request).await?.json().await.map_err(|error| Error::failure(error.without_url()))
    }

    /// The model that is meant when nobody names one.
    pub(in crate::command) async fn only_model(&self) -> Result<String> {
        let models = self.json(self.get("/v1/models")).await?;
        let listed = models["data"].as_array().into_iter().flatten();
        // What is asked from the shell is a text.
        let names: Vec<_> =
            listed.filter(|model| model["kind"] == "text").filter_map(|model| model["id"].as_str()).collect();
        match names.as_slice() {
            [only] => Ok((*only).to_owned()),
            [] => Err(Error::unavailable("no miner offers a model at the moment")),
            several => {
                Err(Error::usage(format_args!("there are several models: {}", several.join(", "))).hint("--model NAME"))
            }
        }
    }
}

/// An error in OpenAI's shape, with the class that its status means.
pub(in crate::command) fn api_error(status: StatusCode, body: &Value) -> Error {
    let message = body["error"]["message"]
        .as_str()
        .map_or_else(|| format!("the coordinator answered {status}"), |message| Untrusted::new(message).to_string());
    match status.as_u16() {
        401 | 403 => Error::auth(message).hint("the key that the coordinator gave you: --api-key-file PATH"),
        400 | 404 | 409 | 413 | 422 => Error::failure(message),
        _ => Error::unavailable(message).hint("try again in a moment"),
    }
}

/// The events of a stream, until it ends. What breaks off in the middle ends without an error; the last event tells.
pub(in crate::command) fn events(response: Response) -> impl Stream<Item = Result<Event>> {
    let bytes = Box::pin(response.bytes_stream());
    stream::try_unfold((bytes, Vec::new()), async |(mut bytes, mut buffer)| {
        let mut event = Event { name: String::new(), data: String::new() };
        loop {
            while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = buffer.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line);
                match line.trim_end().split_once(':').map(|(field, value)| (field, value.trim_start())) {
                    Some(("event", name)) => event.name = name.to_owned(),
                    Some(("data", data)) => event.data.push_str(data),
                    _ if line.trim_end().is_empty() && !event.data.is_empty() => {
                        return Ok(Some((event, (bytes, buffer))));
                    }
                    _ => {}
                }
            }
            if buffer.len() + event.data.len() > MAX_LINE {
                return Err(Error::failure("the stream holds an event without end"));
            }
            match bytes.next().await {
                None => return Ok(None),
                Some(Ok(piece)) => buffer.extend_from_slice(&piece),
                Some(Err(error)) => {
                    let cause = error.without_url();
                    return Err(Error::unavailable(format_args!("the stream broke off: {cause}")));
                }
            }
        }
    })
}
