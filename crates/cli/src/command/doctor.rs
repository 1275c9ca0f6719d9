//! `cuckoo doctor`: checks that this machine is ready for a node.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::{
    command::shared::check::{self, Report},
    context::Context,
    terminal::Result,
};

/// The addresses that nodes listen on by default.
const ADDRESSES: [(&str, u16); 4] =
    [("--listen", 8780), ("--link-listen", 8781), ("--admin-listen", 8782), ("--admin-listen", 8792)];

/// Check that this machine is ready: chain, clock, keys, disk, ports and devices
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `cuckoo doctor`.
pub async fn run(_: Args, context: &Context) -> Result<()> {
    let mut report = Report::default();
    for path in context.config.files() {
        report.ok("config", path.display().to_string());
    }
    let client = check::chain(context, &mut report).await;
    if let Some(network) = client.map(|client| client.network().clone()).or_else(|| context.network().ok()) {
        check::keys(context, &network, &mut report).await;
    }
    check::disk(&mut report);
    let local = |(option, port)| (option, SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    check::ports(&ADDRESSES.map(local), &mut report);
    check::devices(&mut report);
    report.finish(context)
}
