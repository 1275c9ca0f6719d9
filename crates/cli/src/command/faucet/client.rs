//! A client of the faucet's service.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cuckoo_protocol::{Address, B256, Untrusted, chain::DisplaySafeUrl, http, sentence};
use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use tokio::{task::spawn_blocking, time::interval};
use tokio_util::sync::CancellationToken;

use crate::node::faucet::{Challenge, MAX_DIFFICULTY, solve};
use crate::terminal::{Error, Progress, Result};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the service may take to answer; it answers once its transaction is in a block.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(180);
const TICK: Duration = Duration::from_millis(200);
/// The most bytes of an answer.
const MAX_ANSWER: usize = 64 * 1024;

/// The service's answer to a request.
#[derive(Clone, Debug, Deserialize)]
pub struct FaucetAnswer {
    /// Hash of the transaction that it sent.
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

/// Requests CAI and coin for `to`, with the token if there is one, or by solving the service's puzzle.
pub async fn ask(
    url: &DisplaySafeUrl,
    to: Address,
    token: Option<&SecretString>,
    progress: &Progress,
) -> Result<FaucetAnswer> {
    let http = http::client(url.expose())
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
            let nonce = solve_puzzle(&challenge, to, progress).await?;
            progress.set("Waiting for the faucet's transaction");
            request.json(&json!({"address": to, "challenge": challenge.challenge, "nonce": nonce.to_string()}))
        }
    };
    send(request, url).await
}

async fn solve_puzzle(challenge: &Challenge, to: Address, progress: &Progress) -> Result<u64> {
    let difficulty = challenge.difficulty;
    if difficulty > MAX_DIFFICULTY {
        return Err(Error::failure(format_args!(
            "the faucet service asks for a puzzle of {difficulty} bits, and this command solves at most {MAX_DIFFICULTY}"
        )));
    }
    let expected = 1u64 << difficulty;
    let attempts = Arc::new(AtomicU64::new(0));
    let stop = CancellationToken::new();
    // The search stops when this function returns or is cancelled.
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
        Error::unavailable(format_args!("cannot reach the faucet service {url}: {}", http::words(error)))
            .hint("check that it is running: cuckoo faucet serve")
    };
    let mut response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    let mut bytes = vec![];
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_ANSWER {
            return Err(Error::failure(format_args!("the faucet service {url} sends more than {MAX_ANSWER} bytes")));
        }
    }
    if status.is_success() {
        return serde_json::from_slice(&bytes).map_err(|error| {
            Error::failure(format_args!("the answer of the faucet service {url} is not valid: {error}"))
        });
    }
    let Ok(Failure { error: reason }) = serde_json::from_slice(&bytes) else {
        return Err(Error::unavailable(format_args!("the faucet service {url} answers with HTTP status {status}")));
    };
    let words = format!("the faucet service refuses: {}", sentence(reason.message.raw()));
    let wait = reason.retry_after.map(|seconds| humantime::format_duration(Duration::from_secs(seconds)));
    let error = match reason.code.as_str() {
        "cooldown" | "daily_cap" | "empty" => Error::precondition(words),
        "token_needed" => Error::auth(words).hint("give its access token: --faucet-token-file PATH"),
        "busy" | "unavailable" => Error::unavailable(words),
        _ => Error::failure(words),
    };
    Err(match wait {
        Some(wait) => error.hint(format_args!("try again in {wait}")),
        None => error,
    })
}
