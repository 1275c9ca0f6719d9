//! `cuckoo task`: inference as an application would ask for it, with the receipt checked.

use std::time::Duration;

use clap::Subcommand;
use cuckoo_protocol::{
    Address, TaskId,
    chain::{DisplaySafeUrl, Network},
    task::{ChatMessage, ChatRole, Micros, Sampling},
};
use futures::StreamExt;
use reqwest::{Client, Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::audit::{self, Asked, Document, Verified};
use crate::{
    context::Context,
    env,
    error::{Error, Result},
    output::Text,
};

/// Tokens of an answer, unless somebody says otherwise.
const MAX_TOKENS: u32 = 256;
/// Bytes of one line of a stream.
const MAX_LINE: usize = 1024 * 1024;

/// Inference, as an application asks for it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The coordinator's API
    #[arg(long, global = true, env = env::COORDINATOR_URL, default_value = "http://127.0.0.1:8780", value_name = "URL")]
    coordinator_url: DisplaySafeUrl,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask, print the answer as it comes, and verify its receipt
    Run {
        /// What to ask
        prompt: String,
        /// Which model; without it, the only one that there is
        #[arg(long, value_name = "NAME")]
        model: Option<String>,
        /// Instructions before the question
        #[arg(long, value_name = "TEXT")]
        system: Option<String>,
        /// Tokens of the answer at most
        #[arg(long, default_value_t = MAX_TOKENS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        max_tokens: u32,
        /// 0 always takes the likeliest token
        #[arg(long, default_value_t = 0.0, value_name = "NUMBER")]
        temperature: f64,
        /// Seed of the sampling
        #[arg(long, default_value_t = 0, value_name = "N")]
        seed: u64,
    },
    /// Where a task stands
    Show {
        /// Which
        id: TaskId,
    },
}

/// An answer that was checked.
#[derive(Debug, Serialize)]
struct Answer {
    task: TaskId,
    model: String,
    text: String,
    attempts: u64,
    /// The miner's share of the eligible stake at the draw, in millionths.
    share_ppm: Option<u64>,
    miner: Address,
    receipt: Verified,
    seconds: f64,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let api = Api { url: args.coordinator_url, client: client()? };
    match args.command {
        Command::Show { id } => {
            let task = api.json(api.client.get(api.at(&format!("/v1/tasks/{id}"))?)).await?;
            context.printer.result(&task, || Text::Value(format!("{task:#}")))
        }
        Command::Run { prompt, model, system, max_tokens, temperature, seed } => {
            let temperature = Micros::from_f64(temperature)
                .filter(|temperature| *temperature <= Micros(2_000_000))
                .ok_or_else(|| Error::usage("--temperature is a number from 0 to 2"))?;
            let mut messages = vec![];
            if let Some(content) = system {
                messages.push(ChatMessage { role: ChatRole::System, content });
            }
            messages.push(ChatMessage { role: ChatRole::User, content: prompt });
            let sampling = Sampling { max_tokens, temperature, top_p: Micros::ONE, seed, stop: vec![] };
            let model = match model {
                Some(model) => model,
                None => api.only_model().await?,
            };
            let network = context.network()?;
            tokio::select! {
                asked = ask(&api, context, &network, model, &messages, &sampling) => asked,
                _ = tokio::signal::ctrl_c() => {
                    Err(Error::new(crate::exit::Class::Interrupted, "interrupted; the task is cancelled"))
                }
            }
        }
    }
}

/// Asks the only model of a network one question, as `cuckoo task run` does.
pub(super) async fn ask_once(url: DisplaySafeUrl, prompt: String, network: &Network, context: &Context) -> Result<()> {
    let api = Api { url, client: client()? };
    let sampling =
        Sampling { max_tokens: MAX_TOKENS, temperature: Micros(0), top_p: Micros::ONE, seed: 0, stop: vec![] };
    let model = api.only_model().await?;
    ask(&api, context, network, model, &[ChatMessage { role: ChatRole::User, content: prompt }], &sampling).await
}

fn client() -> Result<Client> {
    Client::builder().connect_timeout(Duration::from_secs(5)).build().map_err(Error::failure)
}

/// Asks, prints the answer as it comes, and says who gave it and that the receipt proves it.
async fn ask(
    api: &Api,
    context: &Context,
    network: &Network,
    model: String,
    messages: &[ChatMessage],
    sampling: &Sampling,
) -> Result<()> {
    let answer = answer(api, context, network, model, messages, sampling).await?;
    let verified = &answer.receipt;
    let share =
        answer.share_ppm.map(|ppm| format!(", which held {:.1} % of the eligible stake", ppm as f64 / 10_000.0));
    context.printer.ok(format_args!(
        "answered by {} ({}){} in {:.1} s",
        verified.miner_name,
        answer.miner,
        share.unwrap_or_default(),
        answer.seconds
    ));
    context.printer.ok(format_args!(
        "receipt {} verified: both signatures, the prompt, {} tokens, registered nodes",
        verified.receipt, verified.completion_tokens
    ));
    // Without --json the text is on stdout already.
    context.printer.result(&answer, || Text::Nothing)
}

async fn answer(
    api: &Api,
    context: &Context,
    network: &Network,
    model: String,
    messages: &[ChatMessage],
    sampling: &Sampling,
) -> Result<Answer> {
    let started = std::time::Instant::now();
    let body = json!({
        "model": model,
        "messages": messages,
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature.to_f64(),
        "seed": sampling.seed,
        "stream": true,
    });
    let response = api.send(api.client.post(api.at("/v1/chat/completions")?).json(&body)).await?;
    let task: TaskId = response
        .headers()
        .get("x-cuckoo-task")
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .ok_or_else(|| Error::failure("the answer names no task; is this a cuckoo coordinator?"))?;
    let text = print_stream(response, context).await?;
    let shown = api.json(api.client.get(api.at(&format!("/v1/tasks/{task}"))?)).await?;
    let document = api.json(api.client.get(api.at(&format!("/v1/tasks/{task}/receipt"))?)).await?;
    let document: Document = serde_json::from_value(document)?;
    if document.text != text {
        return Err(Error::new(
            crate::exit::Class::CheckFailed,
            "the receipt is about another answer than the one streamed",
        ));
    }
    let receipt = audit::verify(network, &document, Some(Asked { messages, sampling })).await?;
    Ok(Answer {
        task,
        model,
        text,
        attempts: shown["attempt"].as_u64().unwrap_or(0),
        share_ppm: share(&shown),
        miner: receipt.miner,
        receipt,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// The miner's weight over the weight that was eligible at the draw, as the coordinator says, in millionths.
fn share(task: &Value) -> Option<u64> {
    let of = |field: &str| task["pick"][field].as_str()?.parse::<u128>().ok();
    u64::try_from((of("weight")? * 1_000_000).checked_div(of("total")?)?).ok()
}

/// Prints the text of a stream as it comes, and returns it.
async fn print_stream(response: Response, context: &Context) -> Result<String> {
    let mut bytes = response.bytes_stream();
    let (mut buffer, mut text, mut done) = (Vec::new(), String::new(), false);
    while let Some(piece) = bytes.next().await {
        buffer.extend_from_slice(
            &piece.map_err(|error| Error::unavailable(format_args!("the stream broke off: {error}")))?,
        );
        while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = buffer.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let Some(data) = line.trim_end().strip_prefix("data:").map(str::trim_start) else { continue };
            if data == "[DONE]" {
                done = true;
                continue;
            }
            let chunk: Value = serde_json::from_str(data)?;
            if chunk.get("error").is_some() {
                return Err(api_error(StatusCode::BAD_GATEWAY, &chunk));
            }
            if let Some(piece) = chunk["choices"][0]["delta"]["content"].as_str() {
                text.push_str(piece);
                if !context.printer.is_json() {
                    context.printer.piece(piece)?;
                }
            }
        }
        if buffer.len() > MAX_LINE {
            return Err(Error::failure("the stream holds a line without end"));
        }
    }
    if !context.printer.is_json() {
        context.printer.piece("\n")?;
    }
    if done { Ok(text) } else { Err(Error::unavailable("the stream broke off before its end").hint("ask again")) }
}

struct Api {
    url: DisplaySafeUrl,
    client: Client,
}

impl Api {
    fn at(&self, path: &str) -> Result<String> {
        let base = self.url.expose();
        Ok(format!("{}{path}", base.as_str().trim_end_matches('/')))
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Response> {
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

    async fn json(&self, request: reqwest::RequestBuilder) -> Result<Value> {
        self.send(request).await?.json().await.map_err(|error| Error::failure(error.without_url()))
    }

    async fn only_model(&self) -> Result<String> {
        let models = self.json(self.client.get(self.at("/v1/models")?)).await?;
        let names: Vec<_> =
            models["data"].as_array().into_iter().flatten().filter_map(|model| model["id"].as_str()).collect();
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
fn api_error(status: StatusCode, body: &Value) -> Error {
    let message = body["error"]["message"].as_str().map_or_else(
        || format!("the coordinator answered {status}"),
        |message| cuckoo_protocol::Untrusted::new(message).to_string(),
    );
    match status.as_u16() {
        401 | 403 => Error::auth(message),
        400 | 404 | 409 | 413 | 422 => Error::failure(message),
        _ => Error::unavailable(message).hint("try again in a moment"),
    }
}
