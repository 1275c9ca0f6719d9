//! The faucet's HTTP service, by which somebody without coin for fees gets CAI and coin: the service and its puzzle.
//!
//! `GET /challenge` answers `{"challenge", "difficulty", "expires"}`. `POST /request` takes `{"address", "challenge", "nonce"}`,
//! where SHA-256 of the text `challenge:address:nonce` (the address in lower case, the nonce in decimal) begins with
//! `difficulty` zero bits. A challenge is good once. With a token, `{"address"}` and the header `Authorization: Bearer TOKEN`
//! are enough. How much there is for whom and how often, the contract decides.

mod puzzle;
mod service;

pub use puzzle::{Challenge, MAX_DIFFICULTY, PuzzleError, Puzzles, solve};
pub use service::{Config, Faucet, ListenError, MAX_TOKEN};
