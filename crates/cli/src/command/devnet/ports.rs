//! Ports of this machine for the nodes of a network.

use std::{
    net::TcpListener,
    sync::{
        LazyLock,
        atomic::{AtomicU16, Ordering},
    },
};

use crate::terminal::{Error, Result};

/// The coordinator's ports on the loopback interface.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) api: u16,
    pub(super) link: u16,
    pub(super) admin: u16,
}

impl Ports {
    /// Chooses the usual ports where they are free, so that other commands find the network by their defaults.
    pub(super) fn choose(api: Option<u16>) -> Result<Self> {
        let or_any = |port: u16| match port != 0 && is_free(port) {
            true => Ok(port),
            false => free_port(),
        };
        match api {
            Some(0) => Ok(Self { api: free_port()?, link: free_port()?, admin: free_port()? }),
            Some(port) if !is_free(port) => {
                Err(Error::unavailable(format_args!("port {port} is in use")).hint("to take any free port: --port 0"))
            }
            Some(port) => Ok(Self { api: port, link: or_any(8781)?, admin: or_any(8782)? }),
            None => Ok(Self { api: or_any(8780)?, link: or_any(8781)?, admin: or_any(8782)? }),
        }
    }
}

pub(super) fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

/// Finds a port to listen on a moment later: nothing listens on it, this process has not returned it before, and another process
/// that asks at the same time is unlikely to get it. It is below the ports that systems give to outgoing connections (from 32,768
/// on under Linux, from 49,152 on elsewhere), because such a connection could take it in the meantime.
pub(super) fn free_port() -> Result<u16> {
    /// The ports to return, one after the other and then from the start again.
    const PORTS: std::ops::Range<u16> = 10_000..32_000;
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(rand::random()));
    let next = || PORTS.start + NEXT.fetch_add(1, Ordering::Relaxed) % PORTS.len() as u16;
    let mut ports = std::iter::repeat_with(next).take(PORTS.len());
    ports.find(|port| is_free(*port)).ok_or_else(|| {
        Error::failure("no port from 10000 to 31999 is free").hint("stop a program that listens on one of them")
    })
}
