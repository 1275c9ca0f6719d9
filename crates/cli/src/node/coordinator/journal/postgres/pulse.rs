//! Signs of life of the coordinator that serves, on a connection of their own: a large commit, a checkpoint or a long journal that is being
//! read keeps none of them back.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
};

use cuckoo_protocol::described;
use postgres::Client;

use super::session::{connect, schema};
use crate::node::coordinator::journal::{
    confirmed::{Confirmed, LOOK},
    error::Failure,
    server::Server,
};

/// Ends when it is dropped.
pub(super) struct Pulse {
    pub(super) confirmed: Confirmed,
    _stop: mpsc::Sender<()>,
}

impl Pulse {
    /// Begins to show every second that the process `writer` is alive, and to see that none other serves.
    pub(super) fn begin(server: &Server, writer: &str) -> Result<Self, Failure> {
        let (confirmed, (stop, stopped)) = (Confirmed::new(), mpsc::channel());
        let (server, writer, seen) = (server.clone(), writer.to_owned(), confirmed.clone());
        let beats = move || {
            let mut client = None;
            while stopped.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                match beat(&mut client, &server, &writer) {
                    Ok(true) => seen.note(),
                    Ok(false) => return seen.lose(),
                    Err(error) => {
                        client = None;
                        tracing::warn!(
                            error = described(&*error),
                            "the journal's server does not answer; trying again"
                        );
                    }
                }
            }
        };
        thread::Builder::new().name("journal-pulse".into()).spawn(beats)?;
        Ok(Self { confirmed, _stop: stop })
    }
}

/// False where another process serves.
fn beat(client: &mut Option<Client>, server: &Server, writer: &str) -> Result<bool, Failure> {
    let client = match client {
        Some(client) => client,
        None => client.insert(connect(server)?),
    };
    let beat = format!("UPDATE {}.leader SET at = clock_timestamp() WHERE writer = $1", schema(server));
    Ok(client.execute(&beat, &[&writer])? > 0)
}
