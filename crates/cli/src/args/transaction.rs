//! Options of every command that sends a transaction.

use cuckoo_protocol::{U256, chain::Simulation};

/// How a transaction is sent.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Transaction options")]
pub struct TransactionOptions {
    /// Simulate the transaction and print it; send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Return once the transaction is sent, without waiting until it is in a block
    #[arg(long, conflicts_with = "dry_run")]
    pub no_wait: bool,
    /// Simulate the transaction and print its call data, for another wallet to send; send nothing
    #[arg(long, conflicts_with_all = ["no_wait", "dry_run"])]
    pub calldata: bool,
    /// Number of blocks to wait for, counting the one that holds the transaction
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub confirmations: u64,
    /// Gas limit, in units of gas, instead of the estimate with a margin
    #[arg(long, value_name = "GAS", value_parser = clap::value_parser!(u64).range(21_000..))]
    pub gas_limit: Option<u64>,
    /// Highest price of a unit of gas, such as 2gwei or 1500000000 (in wei), instead of the estimate
    #[arg(long, value_name = "PRICE", value_parser = gas_price)]
    pub max_fee: Option<u128>,
    /// Tip for a unit of gas, such as 25gwei, within the highest price, instead of the estimate: some chains ask for a least one
    #[arg(long, value_name = "PRICE", value_parser = gas_price, conflicts_with = "legacy")]
    pub priority_fee: Option<u128>,
    /// Send a transaction with one price of gas, as before EIP-1559; chains without it get such ones anyway
    #[arg(long)]
    pub legacy: bool,
    /// Nonce to use instead of the account's next; the nonce of a stuck transaction replaces it
    #[arg(long, value_name = "N")]
    pub nonce: Option<u64>,
}

impl Default for TransactionOptions {
    /// The values that hold without any option.
    fn default() -> Self {
        Self {
            dry_run: false,
            no_wait: false,
            calldata: false,
            confirmations: 1,
            gas_limit: None,
            max_fee: None,
            priority_fee: None,
            legacy: false,
            nonce: None,
        }
    }
}

impl TransactionOptions {
    /// True if nothing is to be sent.
    pub fn only_simulates(&self) -> bool {
        self.dry_run || self.calldata
    }

    /// Puts what the options say in the place of what the simulation found.
    pub fn adjust(&self, simulation: Simulation) -> Simulation {
        let tip = self.priority_fee.unwrap_or(simulation.max_priority_fee_per_gas);
        // What the block itself asks for is not less for a higher tip.
        let more = tip.saturating_sub(simulation.max_priority_fee_per_gas);
        let max_fee_per_gas = self.max_fee.unwrap_or(simulation.max_fee_per_gas.saturating_add(more));
        Simulation {
            gas: self.gas_limit.unwrap_or(simulation.gas),
            max_fee_per_gas,
            // A tip that is higher than the whole price would be refused.
            max_priority_fee_per_gas: tip.min(max_fee_per_gas),
            legacy: simulation.legacy,
        }
    }
}

/// Reads a price of gas: in wei, or with a unit.
fn gas_price(text: &str) -> Result<u128, String> {
    let wrong = || "it is not a price of gas, such as 2gwei or 1500000000 (in wei)".to_owned();
    let (number, decimals) = match (text.strip_suffix("gwei"), text.strip_suffix("wei")) {
        (Some(number), _) => (number, 9),
        (None, Some(number)) => (number, 0),
        (None, None) => (text, 0),
    };
    let (whole, part) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > decimals || !digits(whole) || !digits(part) {
        return Err(wrong());
    }
    let price: U256 = format!("{whole}{part:0<decimals$}").parse().map_err(|_| wrong())?;
    u128::try_from(price).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_of_gas_has_a_unit_or_is_in_wei() {
        for (text, price) in [("7", 7), ("7wei", 7), ("2gwei", 2_000_000_000), ("0.5gwei", 500_000_000)] {
            assert_eq!(gas_price(text), Ok(price), "{text}");
        }
        for text in ["", "gwei", "-1", "0.5", "1.0000000001gwei", "1e9", "999999999999999999999999999999999999999gwei"]
        {
            assert!(gas_price(text).is_err(), "{text}");
        }
    }

    #[test]
    fn options_win_over_the_simulation() {
        let simulation = Simulation { gas: 90_000, max_fee_per_gas: 100, max_priority_fee_per_gas: 10, legacy: false };
        assert_eq!(TransactionOptions::default().adjust(simulation), simulation);
        let options = TransactionOptions { gas_limit: Some(21_000), max_fee: Some(7), ..TransactionOptions::default() };
        let adjusted = Simulation { gas: 21_000, max_fee_per_gas: 7, max_priority_fee_per_gas: 7, legacy: false };
        assert_eq!(options.adjust(simulation), adjusted);
        let options = TransactionOptions { priority_fee: Some(25), ..TransactionOptions::default() };
        let adjusted = Simulation { max_fee_per_gas: 115, max_priority_fee_per_gas: 25, ..simulation };
        assert_eq!(options.adjust(simulation), adjusted);
        let options = TransactionOptions { max_fee: Some(20), ..options };
        let adjusted = Simulation { max_fee_per_gas: 20, max_priority_fee_per_gas: 20, ..simulation };
        assert_eq!(options.adjust(simulation), adjusted);
    }
}
