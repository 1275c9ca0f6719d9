//! What is between texts and the tokens of a model, whatever computes with these: its files, its tokeniser, and its control tokens.

mod control;
mod describe;
mod detokenise;
mod ends;
mod files;
mod fill;
mod read;

pub(super) use control::{Controls, for_each_string, hidden};
pub(super) use describe::{Described, describe_directory};
#[cfg(feature = "mistralrs")]
pub(super) use describe::{UNQUANTISED, hash_descriptions};
pub(super) use detokenise::Detokeniser;
pub(super) use ends::Ends;
#[cfg(feature = "mistralrs")]
pub(super) use files::failed;
pub(super) use files::{hub, hub_snapshot, json};
pub(super) use read::read_answer;
