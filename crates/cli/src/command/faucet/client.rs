//! How a newcomer asks a faucet service.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cuckoo_protocol::{Address, B256, Untrusted, chain::DisplaySafeUrl};
use reqwest::{Client, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use tokio::{task::spawn_blocking, time::interval};
use tokio_util::sync::CancellationToken;

use crate::node::faucet::{Challenge, MAX_DIFFICULTY, solve};
use crate::terminal::{Error, Progress, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The service answers once its transaction is in a block.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(180);
const TICK: Duration = Duration::from_millis(200);
/// Bytes of an answer.
const MAX_ANSWER: usize = 64 * 1024;

/// What the service says it did.
#[derive(Clone, Debug, Deserialize)]
pub struct Answer {
    /// Its transaction.
    pub transaction: B256,
}

#[derive(Deserialize)]
struct Failure {
    error: Reason,
}

#[derive(Deserialize)]
struct Reason {
    code: String,
    message: Untrusted,
    retry_after: Option<u64>,
}

/// Asks for CAI and coin for `to`: solves the service's puzzle, or shows its token.
pub async fn ask(
    url: &DisplaySafeUrl,
    to: Address,
    token: Option<&SecretString>,
    progress: &Progress,
) -> Result<Answer> {
    let http = Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(ANSWER_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| Error::failure(error.without_url()))?;
    let at = |path: &str| {
        let mut url = url.expose().clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{path}"));
        url
    };
    let request = http.post(at("request"));
    let request = match token {
        Some(token) => request.bearer_auth(token.expose_secret()).json(&json!({ "address": to })),
        None => {
            let challenge: Challenge = send(http.get(at("challenge")), url).await?;
            let nonce = work(&challenge, to, progress).await?;
            progress.set("Waiting for the faucet's transaction");
            request.json(&json!({"address": to, "challenge": challenge.challenge, "nonce": nonce.to_string()}))
        }
    };
    send(request, url).await
}

async fn work(challenge: &Challenge, to: Address, progress: &Progress) -> Result<u64> {
    let difficulty = challenge.difficulty;
    if difficulty > MAX_DIFFICULTY {
        return Err(Error::failure(format_args!(
            "the faucet service asks for a puzzle of {difficulty} bits; more than {MAX_DIFFICULTY} are not solved"
        )));
    }
    let expected = 1u64 << difficulty;
    let attempts = Arc::new(AtomicU64::new(0));
    let stop = CancellationToken::new();
    // Nobody waits for the search any more once the command has ended.
    let _guard = stop.clone().drop_guard();
    let search = spawn_blocking({
        let (challenge, attempts) = (challenge.clone(), attempts.clone());
        move || {
            solve(&challenge, to, |made| {
                attempts.store(made, Ordering::Relaxed);
                !stop.is_cancelled()
            })
        }
    });
    tokio::pin!(search);
    let mut tick = interval(TICK);
    loop {
        tokio::select! {
            found = search.as_mut() => {
                return found.ok().flatten().ok_or_else(|| Error::failure("the faucet's puzzle was not solved"));
            }
            _ = tick.tick() => {
                let made = attempts.load(Ordering::Relaxed);
                progress.set(format!("Solving the faucet's puzzle: {made} attempts of about {expected}"));
            }
        }
    }
}

async fn send<T: DeserializeOwned>(request: RequestBuilder, url: &DisplaySafeUrl) -> Result<T> {
    let unreachable = |error: reqwest::Error| {
        // The library's words repeat the URL, which may hold a secret.
        let error = error.without_url();
        Error::unavailable(format_args!("cannot reach the faucet service {url}: {error}"))
            .hint("is it running? cuckoo faucet serve")
    };
    let mut response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    let mut bytes = vec![];
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_ANSWER {
            return Err(Error::failure(format_args!("the faucet service {url} sends more than anybody asked for")));
        }
    }
    if status.is_success() {
        return serde_json::from_slice(&bytes).map_err(|error| {
            Error::failure(format_args!("the faucet service {url} answers something unexpected: {error}"))
        });
    }
    let Ok(Failure { error: reason }) = serde_json::from_slice(&bytes) else {
        return Err(Error::unavailable(format_args!("the faucet service {url} answers with HTTP status {status}")));
    };
    let words = format!("the faucet service refuses: {}", reason.message);
    let wait = reason.retry_after.map(|seconds| humantime::format_duration(Duration::from_secs(seconds)));
    let error = match reason.code.as_str() {
        "cooldown" | "daily_cap" | "empty" => Error::precondition(words),
        "token_needed" => Error::auth(words).hint("show it: --faucet-token-file PATH"),
        "busy" | "unavailable" => Error::unavailable(words),
        _ => Error::failure(words),
    };
    Err(match wait {
        Some(wait) => error.hint(format_args!("come back in {wait}")),
        None => error,
    })
}
