//! The frames between a coordinator and a miner: protobuf, one frame per WebSocket message, versioned.
//!
//! ```text
//! miner -> coordinator                coordinator -> miner
//! Hello(version, node)                Challenge(32 bytes, single use)
//! Login(EIP-712)                      Welcome(session) | Close(reason)
//! Slots(model -> granted, devices)    Offer(ticket, prompt)
//! Accept | Refuse(reason)             Cancel(task, attempt)
//! Chunk(tokens)  Result(receipt)      Settled(task, attempt) | Voucher
//! Ping/Pong in both directions        Drain
//! ```

mod convert;
mod field;
mod frame;
mod lease;
mod sampling;
mod session;

pub use field::{FrameError, MAX_FRAME, address, amount, b256, rate};
pub use frame::{Body, Frame, OLDEST_VERSION, VERSION};
pub use lease::{ChatMessage, Chunk, Lease, Offer, Refuse, RefuseCode, TaskResult, Voucher};
pub use sampling::Sampling;
pub use session::{Challenge, Close, Device, Drain, Hello, Login, ModelSlots, Pause, Ping, Price, Slots, Welcome};
