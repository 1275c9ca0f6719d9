//! The types that options are made of. Nothing here acts.

mod global;
mod id;
mod parse;
mod transaction;
mod wallet;

pub use global::GlobalOptions;
pub use id::IdPrefix;
pub use parse::{Amount, AmountArgs, Percent};
pub use transaction::TransactionOptions;
pub use wallet::WalletOptions;
