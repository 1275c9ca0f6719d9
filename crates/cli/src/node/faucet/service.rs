//! The service: it checks requests, and has the faucet's contract serve them with the service's own coin.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy::sol_types::SolInterface;
use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use cuckoo_protocol::{
    Address, Cai,
    amount::DECIMALS,
    chain::{Call, ChainError, Confirmed, SendError, Sender},
    contract::Faucet::{FaucetErrors, nextRequestAtCall, requestCall},
    parse_address,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::{Mutex, Semaphore},
    time,
};
use tokio_util::sync::CancellationToken;

use super::{PuzzleError, Puzzles, Work};
use crate::{
    host::clock,
    node::{listener, service},
};

/// At most this many bytes are in a request's body.
const MAX_BODY: usize = 4 * 1024;
/// The time within which a request's body has to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// At most this many requests wait for their transaction; the key sends one after the other.
const MAX_WAITING: usize = 64;
/// Longest token, in bytes.
pub const MAX_TOKEN: usize = 256;

/// How the service is configured.
#[derive(Debug)]
pub struct Config {
    /// The address on which it listens.
    pub listen: SocketAddr,
    /// The number of zero bits that a puzzle's solution has.
    pub difficulty: u32,
    /// With a token, the service serves only those who have it, without a puzzle.
    pub token: Option<SecretString>,
    /// The faucet's contract.
    pub faucet: Address,
    /// The CAI that one request gets.
    pub drip: Cai,
}

struct Shared {
    sender: Sender,
    config: Config,
    puzzles: Puzzles,
    waiting: Semaphore,
    /// Held while a request is checked and the contract's work for it is done, so that one core works at a time and a
    /// transaction can be on its way meanwhile.
    solving: Mutex<()>,
    /// When the contract goes on after it has given all of a day, by its last refusal, in Unix seconds.
    capped_until: AtomicU64,
    /// Held while a transaction is on its way, so that nonces are used one after the other.
    sending: Mutex<()>,
}

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {reason}")]
pub struct ListenError {
    /// The address on which it should have listened.
    pub address: SocketAddr,
    /// The system's error.
    pub reason: io::Error,
}

/// A service that listens on its address, and does not serve yet.
pub struct Faucet {
    bound: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Faucet {
    /// Listens on the address. `sender` has the key that pays every fee.
    pub async fn bind(sender: Sender, config: Config) -> Result<Self, ListenError> {
        let failed = |reason| ListenError { address: config.listen, reason };
        let bound = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = bound.local_addr().map_err(failed)?;
        let puzzles = Puzzles::new(rand::random(), config.difficulty);
        let waiting = Semaphore::new(MAX_WAITING);
        let (solving, sending) = (Mutex::default(), Mutex::default());
        let capped_until = AtomicU64::default();
        let shared = Arc::new(Shared { sender, config, puzzles, waiting, solving, capped_until, sending });
        Ok(Self { bound, address, shared })
    }

    /// The address on which newcomers reach it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`.
    pub async fn serve(self, stop: CancellationToken) {
        tracing::info!(address = %self.address, faucet = %self.shared.config.faucet, "the faucet service listens");
        service::ready();
        listener::serve(self.bound, router(self.shared), stop).await;
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/challenge", get(challenge))
        .route("/request", post(request))
        .route("/liveness", get(|| async { "alive\n" }))
        .fallback(|| async {
            Refusal::new(StatusCode::NOT_FOUND, "not_found", "there is GET /challenge and POST /request")
        })
        .method_not_allowed_fallback(|| async {
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this path does not answer that method")
        })
        .with_state(shared)
}

/// The answer to a request that is not served: `{"error": {"code", "message", "retry_after"}}`.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// The seconds after which the request may be served.
    retry_after: Option<u64>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl ToString) -> Self {
        Self { status, code, message: message.to_string(), retry_after: None }
    }

    fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..self }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = json!({"code": self.code, "message": self.message, "retry_after": self.retry_after});
        let mut response = (self.status, Json(json!({ "error": error }))).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<PuzzleError> for Refusal {
    fn from(error: PuzzleError) -> Self {
        let (status, code) = match error {
            PuzzleError::Unknown => (StatusCode::BAD_REQUEST, "challenge_unknown"),
            PuzzleError::Expired => (StatusCode::GONE, "challenge_expired"),
            PuzzleError::Used => (StatusCode::GONE, "challenge_used"),
            PuzzleError::TooEasy { .. } => (StatusCode::FORBIDDEN, "puzzle_unsolved"),
            PuzzleError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
        };
        let refusal = Self::new(status, code, error);
        if error == PuzzleError::Busy { refusal.retry_after(60) } else { refusal }
    }
}

async fn challenge(State(shared): State<Arc<Shared>>) -> Response {
    if shared.config.token.is_some() {
        return unauthorized().into_response();
    }
    let challenge = shared.puzzles.issue(rand::random(), clock::now_seconds());
    ([(header::CACHE_CONTROL, "no-store")], Json(challenge)).into_response()
}

fn unauthorized() -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "token_needed", "this faucet serves only those who have its token")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    address: String,
    challenge: Option<alloy::primitives::Bytes>,
    /// A decimal string: not every JSON reader keeps 64 bits.
    nonce: Option<String>,
}

async fn request(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response, Refusal> {
    let (head, body) = request.into_parts();
    let invalid =
        |message: &dyn ToString| Refusal::new(StatusCode::BAD_REQUEST, "invalid_request", message.to_string());
    let bytes = time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY))
        .await
        .map_err(|_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "the body did not arrive in time"))?
        .map_err(|_| invalid(&format!("the body is broken, or has more than {MAX_BODY} bytes")))?;
    let body: Body = serde_json::from_slice(&bytes).map_err(|error| invalid(&format!("the body: {error}")))?;
    let to = parse_address(&body.address).map_err(|error| invalid(&format!("`address` is {error}")))?;
    match &shared.config.token {
        Some(token) => {
            let given = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
            if !same(given, token.expose_secret()) {
                return Err(unauthorized());
            }
        }
        None => {
            let (Some(challenge), Some(nonce)) = (&body.challenge, &body.nonce) else {
                return Err(invalid(&"`challenge` and `nonce` are needed: GET /challenge"));
            };
            let nonce = nonce.parse().map_err(|_| invalid(&"`nonce` is not a 64-bit number in a decimal string"))?;
            shared.puzzles.accept(challenge, to, nonce, clock::now_seconds())?;
        }
    }
    let Ok(_permit) = shared.waiting.try_acquire() else {
        return Err(
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "too many requests are waiting").retry_after(5)
        );
    };
    serve(&shared, to).await
}

/// Compares two tokens without a hint at where they differ.
fn same(left: &str, right: &str) -> bool {
    let padded = |text: &str| {
        let mut bytes = [0; MAX_TOKEN];
        bytes.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        bytes
    };
    let differs = padded(left).iter().zip(padded(right)).fold(0, |differs, (left, right)| differs | (left ^ right));
    (differs == 0) & (left.len() == right.len())
}

async fn serve(shared: &Shared, to: Address) -> Result<Response, Refusal> {
    let Config { faucet, drip, .. } = shared.config;
    let nonce = {
        let _turn = shared.solving.lock().await;
        check(shared, to).await?;
        let work = Work::read(shared.sender.client(), faucet, to).await.map_err(|error| unavailable(&error))?;
        work.solve().await.ok_or_else(|| unavailable(&"the contract's work was not done"))?
    };
    let _turn = shared.sending.lock().await;
    let call = Call::new(faucet, &requestCall { to, nonce });
    if let Err(error) = shared.sender.simulate(&call).await {
        return Err(refused(shared, to, error).await);
    }
    match shared.sender.send(format!("Give {drip}"), &call).await {
        Ok(Confirmed { hash, block, .. }) => {
            tracing::info!(%to, %hash, block, "served");
            let answer = json!({
                "to": to, "amount": drip, "decimals": DECIMALS, "transaction": hash, "block": block,
            });
            Ok(Json(answer).into_response())
        }
        Err(SendError::Unconfirmed { hash, .. }) => {
            tracing::warn!(%to, %hash, "the transaction is sent, and not yet in a block");
            let answer = json!({ "to": to, "amount": drip, "decimals": DECIMALS, "transaction": hash });
            Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
        }
        Err(error) => Err(unavailable(&error)),
    }
}

/// Refuses what the contract would refuse, as far as that is known before its work is done.
async fn check(shared: &Shared, to: Address) -> Result<(), Refusal> {
    let Config { faucet, drip, .. } = shared.config;
    let client = shared.sender.client();
    let read = async {
        let now = client.head().await?.timestamp;
        let next = client.read(faucet, &nextRequestAtCall { to }).await?.saturating_to::<u64>();
        Ok::<_, ChainError>((now, next, client.cai_balance(faucet).await?))
    };
    let (now, next, holds) = read.await.map_err(|error| unavailable(&error))?;
    let capped_until = shared.capped_until.load(Ordering::Relaxed);
    match () {
        () if now < next => Err(cooldown(to, next - now)),
        () if now < capped_until => Err(daily_cap(capped_until - now)),
        () if holds < drip => Err(empty()),
        () => Ok(()),
    }
}

/// Translates the chain's refusal for the one who asked.
async fn refused(shared: &Shared, to: Address, error: ChainError) -> Refusal {
    let ChainError::Reverts(revert) = &error else { return unavailable(&error) };
    let now = shared.sender.client().head().await.map_or_else(|_| clock::now_seconds(), |head| head.timestamp);
    match FaucetErrors::abi_decode(&revert.data) {
        Ok(FaucetErrors::FaucetCooldown(served)) => {
            cooldown(to, served.availableAt.saturating_to::<u64>().saturating_sub(now))
        }
        Ok(FaucetErrors::FaucetDailyCap(spent)) => {
            let until = spent.availableAt.saturating_to::<u64>();
            shared.capped_until.store(until, Ordering::Relaxed);
            daily_cap(until.saturating_sub(now))
        }
        Ok(FaucetErrors::FaucetEmpty(_)) => empty(),
        // A day has begun since the work was done.
        Ok(FaucetErrors::BadWork(_)) => {
            let message = "the work was done for the day before; ask again";
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message).retry_after(1)
        }
        _ => unavailable(&error),
    }
}

fn cooldown(to: Address, wait: u64) -> Refusal {
    let message = format!("the faucet has served {to} already");
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "cooldown", message).retry_after(wait)
}

fn daily_cap(wait: u64) -> Refusal {
    let message = "the faucet has given away all that it gives in a day";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "daily_cap", message).retry_after(wait)
}

fn empty() -> Refusal {
    tracing::error!("the faucet is empty; send it CAI");
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "empty", "the faucet is empty").retry_after(3_600)
}

/// A failure of the service itself. The endpoint's words go to the log only.
fn unavailable(error: &dyn std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a request cannot be served");
    let message = "the service cannot reach the chain, or has no coin for the fee";
    Refusal::new(StatusCode::BAD_GATEWAY, "unavailable", message).retry_after(30)
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn tokens_are_compared_whole() {
        assert!(same("token", "token"));
        for other in ["", "toke", "tokem", "token\0", "token ", &"token".repeat(100)] {
            assert!(!same(other, "token"), "{other:?}");
        }
    }
}
