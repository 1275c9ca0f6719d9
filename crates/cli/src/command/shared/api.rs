//! A client of a coordinator's API, for commands.

use std::{path::Path, time::Duration};

use cuckoo_protocol::{chain::DisplaySafeUrl, http, sentence};
use futures::{Stream, StreamExt, stream};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::{
    host::secrets::given_secret,
    terminal::{Error, Result},
};

/// The most bytes of one event of a stream.
const MAX_LINE: usize = 1024 * 1024;

/// One coordinator's API, with the caller's API key.
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
    /// Reads the API key from a file, if one is given.
    pub(in crate::command) fn new(url: DisplaySafeUrl, key_file: Option<&Path>) -> Result<Self> {
        let client =
            http::client(url.expose()).connect_timeout(Duration::from_secs(5)).build().map_err(Error::failure)?;
        Ok(Self { url, key: key_file.map(given_secret).transpose()?, client })
    }

    /// Prepares a request to a path of the API.
    pub(in crate::command) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        // Clients of OpenAI's API are given the URL with /v1.
        let base = self.url.expose().as_str().trim_end_matches('/').trim_end_matches("/v1");
        let request = self.client.request(method, format!("{base}{path}"));
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

    /// Sends a request; an answer with an error status is an error.
    pub(in crate::command) async fn send(&self, request: RequestBuilder) -> Result<Response> {
        let response = request.send().await.map_err(|error| {
            let cause = http::words(error);
            Error::unavailable(format_args!("the coordinator at {} cannot be reached: {cause}", self.url))
                .hint("start a local network: cuckoo devnet; or name another coordinator: --coordinator-url URL")
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body: Value = response.json().await.unwrap_or(Value::Null);
        Err(match body["error"].is_object() {
            true => api_error(status, &body),
            false => self.not_an_api(format_args!("status {status}")),
        })
    }

    /// Sends a request and reads the JSON document of the answer.
    pub(in crate::command) async fn json(&self, request: RequestBuilder) -> Result<Value> {
        let answer = self.send(request).await?.bytes().await;
        let answer = answer.map_err(|error| {
            Error::unavailable(format_args!("the answer of {} broke off: {}", self.url, http::words(error)))
        })?;
        serde_json::from_slice(&answer).map_err(|_| self.not_an_api("something other than JSON"))
    }

    /// Something answers, but not as a coordinator does to applications.
    fn not_an_api(&self, answered: impl std::fmt::Display) -> Error {
        Error::unavailable(format_args!("{} answered {answered}, which no coordinator's API does", self.url))
            .hint("give the address of its --listen, by default port 8780: --coordinator-url http://HOST:8780")
    }

    /// Finds the only text model of the coordinator, for a question that names no model.
    pub(in crate::command) async fn only_model(&self) -> Result<String> {
        let models = self.json(self.get("/v1/models")).await?;
        let listed = models["data"].as_array().into_iter().flatten();
        // A question from the shell can only be text.
        let names: Vec<_> =
            listed.filter(|model| model["kind"] == "text").filter_map(|model| model["id"].as_str()).collect();
        match names.as_slice() {
            [only] => Ok((*only).to_owned()),
            [] => Err(Error::unavailable("no miner offers a text model at the moment")
                .hint("to see which miners are connected: cuckoo coordinator status")),
            several => Err(Error::usage(format_args!("the coordinator offers several models: {}", several.join(", ")))
                .hint("choose one: --model NAME")),
        }
    }
}

/// Turns an error in OpenAI's format into an error of the class that its status means.
pub(in crate::command) fn api_error(status: StatusCode, body: &Value) -> Error {
    let message =
        body["error"]["message"].as_str().map_or_else(|| format!("the coordinator answered {status}"), sentence);
    match (status.as_u16(), body["error"]["code"].as_str().unwrap_or_default()) {
        (401 | 403, _) => {
            Error::auth(message).hint("give the API key that you got from the coordinator: --api-key-file PATH")
        }
        (_, "task_not_found") => Error::precondition(message).hint("list your tasks: cuckoo task list"),
        (_, "model_not_found") => Error::precondition(message).hint("list the models: cuckoo task models"),
        (_, "insufficient_quota") => {
            Error::precondition(message).hint("ask the coordinator's operator for a larger budget of your key")
        }
        (_, "escrow_exhausted") => Error::unavailable(message)
            .hint("its owner, or anybody, can prepay for it: cuckoo escrow deposit COORDINATOR AMOUNT"),
        (402 | 404 | 409, _) => Error::precondition(message),
        (400 | 413 | 422, _) => Error::failure(message),
        _ => Error::unavailable(message).hint("try again in a moment"),
    }
}

/// Reads the events of a stream until it ends. A stream that is cut off between two events ends without an error: the caller sees
/// that its last event is missing.
pub(in crate::command) fn read_events(response: Response) -> impl Stream<Item = Result<Event>> {
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
                return Err(Error::failure(format_args!("the stream holds an event of more than {MAX_LINE} bytes")));
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
