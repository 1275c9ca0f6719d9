//! `cuckoo task`: asks a coordinator for inference, as an application does, and verifies the receipts.

mod answer;
mod listing;
mod watch;

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::Subcommand;
use cuckoo_protocol::{
    TaskId,
    chain::{DisplaySafeUrl, Network},
    harmless, http,
    task::{
        ChatMessage, ChatRole, Micros, Sampling,
        chat::{Conversation, image_type},
        kind,
        speech::Speech,
    },
};
use futures::StreamExt;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::{
    args::IdPrefix,
    command::{
        audit::Asked,
        shared::api::{Api, api_error, read_events},
    },
    context::Context,
    host::{env, files::write_private},
    terminal::{Cell, Class, Error, Result, Table, Text, quoted},
};
use answer::{Streamed, VerifiedAnswer, draw_share, format_percent, task_cost, task_id, text_field};

/// A question from stdin has at most this many bytes.
const MAX_PROMPT: u64 = 4 << 20;
/// Maximum length of an answer in tokens where --max-tokens is not given.
const MAX_TOKENS: u32 = 256;

/// Ask the network for inference, as an application does
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Base URL of the coordinator's API
    #[arg(long, global = true, env = env::COORDINATOR_URL, default_value = "http://127.0.0.1:8780", value_name = "URL")]
    coordinator_url: DisplaySafeUrl,
    /// File with your API key for the coordinator, or - for stdin; needed only where the coordinator asks for a key
    #[arg(long, global = true, env = env::API_KEY_FILE, value_name = "PATH")]
    api_key_file: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask a question, print the answer as it is generated, and verify its receipt
    Run(Question),
    /// Ask a question and print only the task's id; the task runs on without this command
    Submit(Question),
    /// List the models that the coordinator offers, and their prices
    Models,
    /// Show the state of a task
    Show {
        /// Task id, or at least its first 6 digits
        id: IdPrefix,
    },
    /// Follow a task: print its states and its answer as it is generated, then verify its receipt
    Watch {
        /// Task id, or at least its first 6 digits
        id: IdPrefix,
    },
    /// List your newest tasks at the coordinator
    List {
        /// Maximum number of tasks to list
        #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
    },
    /// Print the signed receipt of a finished task with its answer, for `cuckoo audit receipt` and `cuckoo dispute`
    Receipt {
        /// Task id, or at least its first 6 digits
        id: IdPrefix,
    },
    /// Print the evidence of a finished task: its receipt and answer with the prompt, the parameters and the log-probabilities, for
    /// `cuckoo audit receipt --model` and `cuckoo dispute open --model`
    Evidence {
        /// Task id, or at least its first 6 digits
        id: IdPrefix,
        /// New file to write it to, which only you can read
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Cancel a task; a task that has already ended stays as it is
    Cancel {
        /// Task id, or at least its first 6 digits
        id: IdPrefix,
    },
}

/// What to ask, and how to sample the answer.
#[derive(Debug, clap::Args)]
struct Question {
    /// Question to ask, or - to read it from stdin
    #[arg(required_unless_present = "files")]
    prompt: Option<String>,
    /// Text file to put after the question; without a question, the file is the question. Repeat it for several files
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Name of the model to ask [default: the only text model that the coordinator offers]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// System message with instructions for the model [default: none]
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
    /// PNG, JPEG, GIF or WebP file to show to the model before the question; repeat it for several images
    #[arg(long = "image", value_name = "FILE")]
    images: Vec<PathBuf>,
    /// Maximum length of the answer in tokens
    #[arg(long, default_value_t = MAX_TOKENS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: u32,
    /// Sampling temperature from 0 to 2; 0 always takes the most likely token
    #[arg(long, default_value_t = 0.0, value_name = "NUMBER")]
    temperature: f64,
    /// Seed of the sampling, from which the same model generates the same answer
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
}

/// A question in the form that the API takes.
struct Asking {
    model: String,
    messages: Vec<ChatMessage>,
    /// The same messages in the API's form.
    sent: Conversation,
    sampling: Sampling,
}

impl Question {
    async fn prepare(self, api: &Api) -> Result<Asking> {
        let Self { prompt, files, model, system, images, max_tokens, temperature, seed } = self;
        let prompt = read_prompt(prompt, &files)?;
        let temperature = Micros::from_f64(temperature)
            .filter(|temperature| *temperature <= Micros(2_000_000))
            .ok_or_else(|| Error::usage("--temperature must be a number from 0 to 2"))?;
        let system = system.map(|content| ChatMessage { role: ChatRole::System, content });
        let images = images.iter().map(|path| read_image(path)).collect::<Result<Vec<_>>>()?;
        let question = ChatMessage { role: ChatRole::User, content: prompt };
        let messages: Vec<_> = system.into_iter().chain(images).chain([question]).collect();
        let sent = Conversation::new(&messages).map_err(|error| Error::usage(error.to_string()))?;
        let model = match model {
            Some(model) => model,
            None => api.only_model().await?,
        };
        let sampling = Sampling { max_tokens, temperature, top_p: Micros::ONE, seed, ..Sampling::default() };
        Ok(Asking { model, messages, sent, sampling })
    }
}

/// The question: as it was typed or from stdin, and the files after it.
fn read_prompt(typed: Option<String>, files: &[PathBuf]) -> Result<String> {
    let typed = match typed.as_deref() {
        Some("-") => Some(std::io::read_to_string(std::io::stdin().take(MAX_PROMPT)).map_err(|error| {
            Error::new(Class::Precondition, format!("cannot read the question from stdin: {error}"))
        })?),
        _ => typed,
    };
    let read = |path: &PathBuf| {
        fs::read_to_string(path)
            .map_err(|error| Error::precondition(format_args!("cannot read the text in {}: {error}", path.display())))
    };
    let files = files.iter().map(read).collect::<Result<Vec<_>>>()?;
    let parts: Vec<_> = typed.into_iter().chain(files).map(|part| part.trim_end().to_owned()).collect();
    let prompt = parts.join("\n\n");
    match prompt.trim().is_empty() {
        true => Err(Error::usage("the question is empty").hint("such as: cuckoo task run \"What is a cuckoo?\"")),
        false => Ok(prompt),
    }
}

/// Reads an image into the form that the coordinator takes.
fn read_image(path: &Path) -> Result<ChatMessage> {
    let bytes = fs::read(path).map_err(|error| {
        Error::new(Class::Precondition, format!("cannot read the image {}: {error}", path.display()))
    })?;
    let content = kind::write_image(&bytes);
    match image_type(&content) {
        Some(_) => Ok(ChatMessage { role: ChatRole::Image, content }),
        None => Err(Error::usage(format!("{} is not a PNG, JPEG, GIF or WebP file", path.display()))),
    }
}

impl Asking {
    fn body(&self) -> Value {
        json!({
            "model": self.model,
            "messages": self.sent.messages,
            "max_tokens": self.sampling.max_tokens,
            "temperature": self.sampling.temperature.to_f64(),
            "seed": self.sampling.seed,
        })
    }
}

/// Runs `cuckoo task`.
pub async fn run(args: Args, context: &Context) -> Result<()> {
    let api = Api::new(args.coordinator_url, args.api_key_file.as_deref())?;
    let printer = &context.printer;
    match args.command {
        Command::Run(question) => {
            let asking = question.prepare(&api).await?;
            let network = context.network()?;
            tokio::select! {
                asked = ask(&api, context, &network, &asking) => asked,
                _ = tokio::signal::ctrl_c() => Err(Error::new(Class::Interrupted, "interrupted; the task is cancelled")),
            }
        }
        Command::Submit(question) => {
            let asking = question.prepare(&api).await?;
            let task = api.json(api.post("/v1/tasks", &asking.body())).await?;
            let id = task_id(&task);
            printer.ok(format_args!("the coordinator accepted the task for model {}", text_field(&task, "model")));
            printer.hint(format_args!("to follow it: cuckoo task watch {id}"));
            printer.result(&task, || Text::Value(id))
        }
        Command::Show { id } => {
            let task = api.json(api.get(&format!("/v1/tasks/{id}"))).await?;
            printer.result(&task, || Text::Table(task_table(&task)))
        }
        Command::Watch { id } => {
            let network = context.network()?;
            tokio::select! {
                watched = watch::watch(&api, context, &network, &id) => watched,
                _ = tokio::signal::ctrl_c() => Err(Error::new(Class::Interrupted, "interrupted; the task runs on")),
            }
        }
        Command::List { limit } => {
            let listed = api.json(api.get(&format!("/v1/tasks?limit={limit}"))).await?;
            let tasks = listed["data"].as_array().cloned().unwrap_or_default();
            let names = listing::names(context);
            printer.result(&tasks, || Text::Table(listing::tasks(&tasks, &names)))
        }
        Command::Models => {
            let listed = api.json(api.get("/v1/models")).await?;
            let models = listed["data"].as_array().cloned().unwrap_or_default();
            if models.is_empty() {
                printer.say("No miner offers a model at the moment");
            }
            printer.result(&models, || Text::Table(listing::models(&models)))
        }
        Command::Receipt { id } => {
            let document = api.json(api.get(&format!("/v1/tasks/{id}/receipt"))).await?;
            printer.result(&document, || Text::Value(document.to_string()))
        }
        Command::Evidence { id, out } => {
            let answer = api.send(api.get(&format!("/v1/tasks/{id}/evidence"))).await?;
            // Its hash names it, so that it is printed as it is.
            let bundle = answer.text().await.map_err(|error| Error::failure(http::words(error)))?;
            let document: Value = serde_json::from_str(&bundle)?;
            let Some(out) = out else { return printer.result(&document, || Text::Value(bundle)) };
            write_private(&out, bundle.as_bytes()).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Error::precondition(format_args!("{} exists already", out.display()))
                    .hint("name a file that does not exist"),
                _ => Error::failure(format_args!("cannot write {}: {error}", out.display())),
            })?;
            printer.ok(format_args!("the evidence is in {}", out.display()));
            printer.hint(format_args!(
                "judge it: cuckoo audit receipt {} --model DIR",
                quoted(&out.display().to_string())
            ));
            printer.result(&json!({"path": out}), || Text::Nothing)
        }
        Command::Cancel { id } => {
            let task = api.json(api.request(Method::DELETE, &format!("/v1/tasks/{id}"))).await?;
            let state = text_field(&task, "state");
            match state.as_str() {
                "cancelled" => printer.ok("the task is cancelled"),
                ended => printer.say(format_args!("The task had already ended: {ended}")),
            }
            printer.result(&task, || Text::Value(state))
        }
    }
}

/// One row for each field of a task, its answer last.
fn task_table(task: &Value) -> Table {
    let mut table = Table::new(["", ""]);
    for (label, value) in [
        ("task", task_id(task)),
        ("state", text_field(task, "state")),
        ("reason", text_field(task, "reason")),
        ("model", text_field(task, "model")),
        ("attempt", task["attempt"].to_string()),
        ("miner", text_field(task, "miner")),
        ("share of the draw", draw_share(task).map_or_else(String::new, format_percent)),
        ("prompt tokens", task["usage"]["prompt_tokens"].as_u64().map_or_else(String::new, |n| n.to_string())),
        ("completion tokens", task["usage"]["completion_tokens"].as_u64().map_or_else(String::new, |n| n.to_string())),
        ("finish", text_field(task, "finish_reason")),
        ("cost", task_cost(task).filter(|cost| !cost.is_zero()).map_or_else(String::new, |cost| cost.to_string())),
        ("receipt", task["receipt_hash"].as_str().map_or_else(String::new, harmless)),
        ("text", harmless(task["text"].as_str().unwrap_or_default())),
    ] {
        if !value.is_empty() {
            table.row([Cell::text(label), Cell::text(value)]);
        }
    }
    table
}

/// Asks the only model of a network one question, as `cuckoo task run` does.
pub(super) async fn ask_once(url: DisplaySafeUrl, prompt: String, network: &Network, context: &Context) -> Result<()> {
    let api = Api::new(url, None)?;
    let question = Question {
        prompt: Some(prompt),
        files: vec![],
        model: None,
        system: None,
        images: vec![],
        max_tokens: MAX_TOKENS,
        temperature: 0.0,
        seed: 0,
    };
    ask(&api, context, network, &question.prepare(&api).await?).await
}

/// Asks, prints the answer as it is generated, and says which miner gave it and what its receipt proves.
async fn ask(api: &Api, context: &Context, network: &Network, asking: &Asking) -> Result<()> {
    let started = std::time::Instant::now();
    let mut answer = fetch_answer(api, context, network, asking).await?;
    answer.seconds = Some(started.elapsed().as_secs_f64());
    answer.report(context);
    // Without --json the text is on stdout already.
    context.printer.result(&answer, || Text::Nothing)
}

async fn fetch_answer(api: &Api, context: &Context, network: &Network, asking: &Asking) -> Result<VerifiedAnswer> {
    let mut body = asking.body();
    body["stream"] = json!(true);
    let response = api.send(api.post("/v1/chat/completions", &body)).await?;
    let task: TaskId = response
        .headers()
        .get("x-cuckoo-task")
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .ok_or_else(|| Error::failure("the answer names no task; is this a Cuckoo coordinator?"))?;
    let streamed = Streamed::Apart(print_stream(response, context).await?);
    let asked = Asked { messages: &asking.messages, sampling: &asking.sampling };
    VerifiedAnswer::verify(api, network, task, streamed, Some(asked)).await
}

/// Prints what the model answers as it arrives, and returns that with what it thought.
async fn print_stream(response: Response, context: &Context) -> Result<Speech> {
    let mut events = Box::pin(read_events(response));
    let (mut speech, mut done) = (Speech::default(), false);
    while let Some(event) = events.next().await {
        let event = event?;
        if event.data == "[DONE]" {
            done = true;
            continue;
        }
        let chunk: Value = serde_json::from_str(&event.data)?;
        if chunk.get("error").is_some() {
            return Err(api_error(StatusCode::BAD_GATEWAY, &chunk));
        }
        let delta = &chunk["choices"][0]["delta"];
        speech.thought.push_str(delta["reasoning_content"].as_str().unwrap_or_default());
        if let Some(piece) = delta["content"].as_str() {
            speech.words.push_str(piece);
            if !context.printer.is_json() {
                context.printer.answer(piece)?;
            }
        }
    }
    if !context.printer.is_json() {
        context.printer.piece("\n")?;
    }
    if done {
        Ok(speech)
    } else {
        Err(Error::unavailable("the stream broke off before its end").hint("ask the question again"))
    }
}
