//! Who leads of the coordinators that share a journal, as its server says, and what those hear that wait.

use std::net::SocketAddr;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{error::JournalError, store::pause};

/// The replica that leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    /// The process, among all that ever led.
    pub writer: String,
    /// Where the other replicas reach it.
    pub address: SocketAddr,
}

impl Leader {
    /// As the value of a key says it.
    pub(super) fn of_key(value: &[u8]) -> Option<Self> {
        let (writer, address) = std::str::from_utf8(value).ok()?.split_once(' ')?;
        Self::read(writer, address)
    }

    /// As the server has it; `None` for one whose address is not known.
    pub(super) fn read(writer: &str, address: &str) -> Option<Self> {
        Some(Self { writer: writer.to_owned(), address: address.parse().ok()? })
    }
}

/// A coordinator that waits until it leads.
pub struct Standby<F> {
    /// It ends before it leads.
    pub stop: CancellationToken,
    /// Called once if there is somebody to wait for.
    pub waits: F,
    /// Where other replicas reach this one, if they do.
    pub address: Option<SocketAddr>,
    /// Where it is told who leads.
    pub leader: watch::Sender<Option<Leader>>,
}

impl<F: FnOnce()> Standby<F> {
    /// Splits off what is called once.
    pub(super) fn begin(self) -> (Waiting, Option<F>) {
        let Self { stop, waits, address, leader } = self;
        (Waiting { stop, address, leader }, Some(waits))
    }
}

/// What is needed while another coordinator leads.
pub(super) struct Waiting {
    stop: CancellationToken,
    address: Option<SocketAddr>,
    leader: watch::Sender<Option<Leader>>,
}

impl Waiting {
    /// Waits before the next look.
    pub(super) fn pause(&self) -> Result<(), JournalError> {
        pause(&self.stop)
    }

    /// This replica's address as it is written down; empty where it has none.
    pub(super) fn address(&self) -> String {
        self.address.map(|address| address.to_string()).unwrap_or_default()
    }

    /// The value of a key that says who leads, if that is this replica.
    pub(super) fn key(&self, writer: &str) -> String {
        format!("{writer} {}", self.address())
    }

    /// Another one leads.
    pub(super) fn follow(&self, leader: Option<Leader>) {
        self.leader.send_if_modified(|known| {
            let is_new = leader.is_some() && *known != leader;
            if is_new {
                known.clone_from(&leader);
            }
            is_new
        });
    }

    /// This process leads from now on.
    pub(super) fn lead(&self, writer: &str) {
        self.follow(Leader::read(writer, &self.address()));
    }
}
