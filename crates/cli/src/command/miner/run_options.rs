//! Options of `cuckoo miner run`, which the systemd unit takes as well.

use std::{net::SocketAddr, path::PathBuf};

use cuckoo_protocol::Cai;

use super::options::EngineOptions;

#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// Directory where the miner records its signatures and vouchers [default: `miner` in the data directory]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Number of answered tasks that one coordinator may leave without an acknowledgement, or without a voucher a minute after it,
    /// before the miner stops working for it
    #[arg(long, default_value_t = 256, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) max_unpaid: u16,
    /// Lowest price to work for, in CAI per 1,000 prompt tokens
    #[arg(long, default_value = "0", value_name = "CAI")]
    pub(super) min_prompt_price: Cai,
    /// Lowest price to work for, in CAI per 1,000 generated tokens
    #[arg(long, default_value = "0", value_name = "CAI")]
    pub(super) min_completion_price: Cai,
    /// Address to serve status and metrics on for operators and dashboards; it must be a loopback address
    #[arg(long, default_value = "127.0.0.1:8792", value_name = "ADDRESS")]
    pub(super) admin_listen: SocketAddr,
    /// Amount from which what coordinators owe is redeemed, claimed and paid to the miner's owner, in CAI; whatever it is, once half a
    /// week has passed since the last payment; 0 for never. The node key pays the fees in the chain's coin
    #[arg(long, default_value = "10", value_name = "CAI")]
    pub(super) payout_above: Cai,
    /// Size of the evidence of answers to keep, in mebibytes; the oldest goes first
    #[arg(long, default_value_t = 1_024, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) evidence_size: u32,
    /// Take no part in juries. Without this, the miner offers itself for juries over answers of the models that it can examine, for
    /// as long as it runs; its key pays the fees
    #[arg(long)]
    pub(super) no_jury: bool,
    /// Directory with calibrations for more engines and devices, as `cuckoo audit calibrate` writes them; a juror tells honest noise
    /// by them [default: those that are built in]
    #[arg(long, value_name = "DIR")]
    pub(super) calibrations: Option<PathBuf>,
    /// Show the log at a terminal, too [default: at a terminal the dashboard, with the log in it; closing it does not end the node]
    #[arg(long)]
    pub(super) no_tui: bool,
    /// Exit when stdin is closed
    #[arg(long, hide = true)]
    pub(super) exit_with_parent: bool,
    // This must stay last: the heading of these options would apply to every option after them.
    #[command(flatten)]
    pub(super) engine: EngineOptions,
}
