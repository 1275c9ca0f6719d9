//! The court of the network in use, and what it accepts.

use cuckoo_protocol::{Address, chain::Client, task::ReceiptRecord};

use crate::terminal::{Error, Result};

/// The address of the court; an error on a network without one.
pub(super) fn court_address(client: &Client) -> Result<Address> {
    let network = client.network();
    network.court.ok_or_else(|| {
        Error::precondition(format_args!("the description of the network `{}` names no dispute court", network.name))
            .hint("show the description: cuckoo network show")
    })
}

/// Checks that both signatures hold on this network: the court would refuse anything else.
pub(super) fn check(client: &Client, record: &ReceiptRecord) -> Result<()> {
    let domain = client.domain();
    let of_network = record.domain() == domain;
    let coordinator = domain.verify(&record.ticket, &record.ticket_signature, record.ticket.coordinator);
    let miner = domain.verify(&record.receipt, &record.receipt_signature, record.ticket.miner);
    if of_network && coordinator.is_ok() && miner.is_ok() && record.receipt.ticket == domain.digest(&record.ticket) {
        return Ok(());
    }
    Err(Error::precondition("the receipt is not of this network, so its court would refuse it")
        .hint("check it: cuckoo audit receipt FILE"))
}
