//! Several replicas of one coordinator that serve at once: the one that has the journal leads, and the others follow it.
//!
//! Draws and the assignment log are one sequence, so that one replica decides. What costs most is done by whichever replica a client
//! has come to: HTTP, the reading and checking of requests, streams of events in the dialect of each API, slow readers. Between replicas
//! there is one connection for each follower ([`line`]), over TLS in which both ends show the key that only holders of the node
//! key can compute ([`secured`]). On it go tasks that are ready to be accepted, pieces of answers, frames of miners as they are, and what only the
//! leader can answer ([`frame`]).
//!
//! A follower ([`uplink`]) keeps the requests that it has passed on until they have ended. When the leader ends, they wait for the next one,
//! to which the follower says what their readers were given by then: accepted tasks are in the journal, and attempts repeat what was given
//! before they go on.

mod elsewhere;
mod frame;
mod given;
mod leader;
mod line;
mod passage;
mod request;
mod roster;
mod secured;
mod standing;
mod tunnel;
mod uplink;

pub(super) use self::roster::Roster;
pub use self::standing::{Addresses, Standing};
