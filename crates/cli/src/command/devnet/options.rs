//! The options of `cuckoo devnet`.

use std::{path::PathBuf, time::Duration};

use cuckoo_protocol::Cai;

use crate::{
    command::miner::options::{EngineOptions, cheat},
    terminal::{Error, Result},
};

/// CAI of own stake for each share.
const CAI_PER_SHARE: u64 = 2_000;
/// Run a whole network on this machine: a chain, contracts, wallets, a coordinator and miners
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Number of miners [default: one for each of --stakes, which is 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(super) miners: Option<u32>,
    /// Own stake of each miner, in shares of 2,000 CAI, separated by colons; 11 to 10000 shares each [default: 50:30:20, repeated
    /// for more miners]
    #[arg(long, value_name = "N:N:...", value_parser = parse_shares)]
    pub(super) stakes: Option<Shares>,
    /// Directory that keeps the network's state, so that the next start continues it [default: a temporary directory]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Time between two blocks in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(super) block_time: u64,
    /// Length of an epoch in seconds; stake unbonds for a minute longer than six epochs, because a dispute can take that long
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(4..))]
    pub(super) epoch: u64,
    /// Port of the coordinator's API; 0 for any free port [default: 8780, or any free port where that is in use]
    #[arg(long, value_name = "PORT")]
    pub(super) port: Option<u16>,
    /// Origin of web pages that may call the API from a browser, such as http://localhost:3000, or * for all; repeatable [default:
    /// none]
    #[arg(long, value_name = "ORIGIN", value_parser = crate::command::shared::origin::read_origin)]
    pub(super) cors_origin: Vec<String>,
    /// TOML file with the coordinator's prices, in CAI per 1,000 tokens [default: those of the earlier start in --data, or 0.1 for prompts and 0.4 for generated tokens]
    #[arg(long, value_name = "PATH")]
    pub(super) prices: Option<PathBuf>,
    /// Time between two settlements on chain of what miners are owed, at most 5s; 0s for never
    #[arg(long, default_value = "5s", value_parser = humantime::parse_duration, value_name = "DURATION")]
    pub(super) settle_every: Duration,
    /// Amount from which what is owed to a miner is paid to its owner by the miner itself, in CAI; 0 for never
    #[arg(long, default_value = "10", value_name = "CAI")]
    pub(super) payout_above: Cai,
    /// Have the coordinator audit its miners, as it does on other networks: what a model says of an answer is computed again
    #[arg(long)]
    pub(super) audits: bool,
    /// Have the coordinator examine answers itself, in a process of its own with the miners' models (needs --audits) [default: miners
    /// examine each other's answers]
    #[arg(long, requires = "audits")]
    pub(super) auditor: bool,
    /// Number of miners that give false answers, counted from the last one: they run the model with weights of 4 bits and do not say
    /// so, or make up words (--engine scripted)
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) cheats: usize,
    /// The way in which they cheat, such as `laundered` or `some_false=20`
    #[arg(long, hide = true, default_value = "other_words", value_parser = named_cheat, value_name = "WAY")]
    pub(super) cheat: String,
    /// Whether the coordinator opens cases before the court: off, ask or auto
    #[arg(long, hide = true, value_parser = ["off", "ask", "auto"], value_name = "MODE")]
    pub(super) court: Option<String>,
    /// The most CAI that the coordinator has in bonds of open cases at once
    #[arg(long, hide = true, value_name = "CAI")]
    pub(super) court_budget: Option<Cai>,
    /// What the coordinator does with miners whose devices no calibration is for: count or refuse
    #[arg(long, hide = true, value_parser = ["count", "refuse"], value_name = "MODE")]
    pub(super) uncalibrated_miners: Option<String>,
    /// Ask the network this question, print its answer, verify the receipt and exit [default: run until Ctrl-C]
    #[arg(long, value_name = "PROMPT")]
    pub(super) ask: Option<String>,
    /// The engine of every miner.
    #[command(flatten)]
    pub(super) engine: EngineOptions,
}

/// The own stake of each miner, in shares.
#[derive(Clone, Debug)]
pub(super) struct Shares(Vec<u64>);

fn parse_shares(text: &str) -> Result<Shares, String> {
    let shares: Result<Vec<u64>, _> = text.split(':').map(str::parse).collect();
    let shares = shares.map_err(|_| "it must be numbers separated by colons, such as 50:30:20".to_owned())?;
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
                return Err(Error::usage(format_args!("there are {miners} miners, but {} stakes", given.len()))
                    .hint("leave out --miners, or give one stake for each miner"));
            }
            (Some(miners), _) => miners as usize,
            (None, _) => given.len(),
        };
        Ok(given.iter().cycle().take(count).map(|share| Cai::from_whole(share * CAI_PER_SHARE)).collect())
    }
}

/// A way to cheat that the scripted engine knows.
fn named_cheat(text: &str) -> Result<String, String> {
    cheat(text).map(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stakes_are_above_the_minimum() {
        assert!(parse_shares("50:30:20").is_ok_and(|shares| shares.0 == [50, 30, 20]));
        assert!(parse_shares("50:10").is_err_and(|error| error.contains("must be more than")));
        assert!(parse_shares("50:9").is_err());
        assert!(parse_shares("50:x").is_err());
        assert!(parse_shares("").is_err());
    }
}
