//! The options of `cuckoo devnet`.

use std::{path::PathBuf, time::Duration};

use cuckoo_protocol::Cai;

use crate::{
    command::miner::options::EngineOptions,
    terminal::{Error, Result},
};

/// CAI of own stake per share.
const CAI_PER_SHARE: u64 = 2_000;
/// A whole network on this machine: chain, contracts, wallets, a coordinator and miners.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Miners
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(super) miners: Option<u32>,
    /// Own stakes of the miners in shares of 2,000 CAI each [default: 50:30:20, repeated]
    #[arg(long, value_name = "N:N:...", value_parser = shares)]
    pub(super) stakes: Option<Shares>,
    /// Keep everything here, and go on from it at the next start [default: a temporary directory]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Seconds between two blocks
    #[arg(long, value_name = "SECONDS", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(super) block_time: u64,
    /// Blocks of an epoch; stake unbonds for a little longer than six of them, as long as a dispute can take
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(4..))]
    pub(super) epoch_blocks: u64,
    /// Port of the application API, 0 for any [default: 8780 if it is free]
    #[arg(long, value_name = "PORT")]
    pub(super) port: Option<u16>,
    /// File with what tokens cost, for the coordinator [default: 0.1 CAI per 1,000 prompt tokens, 0.4 per 1,000 generated ones]
    #[arg(long, value_name = "PATH")]
    pub(super) prices: Option<PathBuf>,
    /// How often the coordinator puts on chain what miners are owed; 0s for never
    #[arg(long, default_value = "1h", value_parser = humantime::parse_duration, value_name = "DURATION")]
    pub(super) settle_every: Duration,
    /// Have the coordinator audit its miners, as it does on other networks: tasks are done a second time and compared
    #[arg(long)]
    pub(super) audits: bool,
    /// Let so many of the miners, the last ones, give false answers (scripted)
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) cheats: usize,
    /// Ask the network this one question, verify the receipt of its answer, and end
    #[arg(long, value_name = "PROMPT")]
    pub(super) ask: Option<String>,
    /// What the miners run.
    #[command(flatten)]
    pub(super) engine: EngineOptions,
}

#[derive(Clone, Debug)]
pub(super) struct Shares(Vec<u64>);

fn shares(text: &str) -> Result<Shares, String> {
    let shares: Result<Vec<u64>, _> = text.split(':').map(str::parse).collect();
    let shares = shares.map_err(|_| "write it like 50:30:20".to_owned())?;
    // The minimum is exclusive, and ten shares are exactly it.
    match shares.iter().find(|share| !(11..=10_000).contains(*share)) {
        Some(10) => Err("10 shares are 20,000 CAI, and a miner's own stake must be more than that".into()),
        Some(share) => Err(format!("{share} is not within 11 to 10000 shares of 2,000 CAI")),
        None => Ok(Shares(shares)),
    }
}

impl Args {
    pub(super) fn stakes(&self) -> Result<Vec<Cai>> {
        let given = self.stakes.as_ref().map_or(&[50, 30, 20][..], |shares| &shares.0);
        let count = match (self.miners, &self.stakes) {
            (Some(miners), Some(_)) if miners as usize != given.len() => {
                return Err(Error::usage(format_args!("{miners} miners, but {} stakes", given.len()))
                    .hint("leave --miners out, or give one stake for each"));
            }
            (Some(miners), _) => miners as usize,
            (None, _) => given.len(),
        };
        Ok(given.iter().cycle().take(count).map(|share| Cai::from_whole(share * CAI_PER_SHARE)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stakes_are_above_the_minimum() {
        assert!(shares("50:30:20").is_ok_and(|shares| shares.0 == [50, 30, 20]));
        assert!(shares("50:10").is_err_and(|error| error.contains("must be more than")));
        assert!(shares("50:9").is_err());
        assert!(shares("50:x").is_err());
        assert!(shares("").is_err());
    }
}
