//! The frames between a coordinator and a miner: protobuf, one frame per WebSocket message, versioned.

mod close;
mod convert;
mod field;
mod frame;
mod lease;
mod names;
mod sampling;
mod session;
mod tokens;

pub use close::{Close, CloseCode};
pub use field::{FrameError, MAX_ANSWER, MAX_FRAME, MAX_JSON, MAX_REQUEST, MAX_TASK, address, amount, b256, rate};
pub use frame::{Body, Frame, OLDEST_VERSION, VERSION};
pub use lease::*;
pub use names::{LONGEST_NAME, MOST_MODELS, MOST_NAME_BYTES, objection_to_names};
pub use sampling::{Bias, Sampling};
pub use session::*;
pub use tokens::{AskTokens, TellTokens};
