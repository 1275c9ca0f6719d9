//! The faucet's HTTP service, from which somebody without coin for fees gets CAI and coin: the service and its puzzle.
//!
//! `GET /challenge` answers `{"challenge", "difficulty", "expires"}`. `POST /request` takes `{"address", "challenge",
//! "nonce"}`, where SHA-256 of the text `challenge:address:nonce` (the address in lower case, the nonce in decimal) begins with
//! `difficulty` zero bits. A challenge can be used once. With a token, `{"address"}` and the header `Authorization: Bearer
//! TOKEN` are enough. The contract decides who gets how much, and how often; the work that it asks for as well is done by the
//! service.

mod puzzle;
mod service;
mod work;

pub use puzzle::{Challenge, MAX_DIFFICULTY, PuzzleError, Puzzles, solve};
pub use service::{Config, Faucet, ListenError, MAX_TOKEN};
pub use work::{Search, Work};
