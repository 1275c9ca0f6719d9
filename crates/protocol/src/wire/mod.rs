//! The frames between a coordinator and a miner: protobuf, one frame per WebSocket message, versioned.
//!
//! ```text
//! miner -> coordinator                   coordinator -> miner
//! Hello(version, node)                   Challenge(version, 32 bytes, used once)
//! Login(session key, signature)          Welcome(session, prices)
//! Slots(models, devices)                 Offer(ticket, chat)
//! Accept(attempt) | Refuse(code)         Cancel(attempt)
//! Chunk(tokens), Result(receipt)         Settled(attempt), Voucher
//! Drain                                  Pause(seconds, reason)
//! Ping, Pong and Close(code, message) go in both directions.
//! ```

mod close;
mod convert;
mod field;
mod frame;
mod lease;
mod sampling;
mod session;

pub use close::{Close, CloseCode};
pub use field::{FrameError, MAX_FRAME, address, amount, b256, rate};
pub use frame::{Body, Frame, OLDEST_VERSION, VERSION};
pub use lease::{ChatMessage, Chunk, Lease, Offer, Refuse, RefuseCode, TaskResult, Voucher};
pub use sampling::Sampling;
pub use session::{Challenge, Device, Drain, Hello, Login, ModelSlots, Pause, Ping, Price, Slots, Welcome};
