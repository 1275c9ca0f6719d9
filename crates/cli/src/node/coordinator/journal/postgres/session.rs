//! Sessions with the server of a journal.

use std::{sync::Arc, time::Duration};

use postgres::Client;
use rustls::{ClientConfig, RootCertStore};
use secrecy::ExposeSecret;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::node::coordinator::journal::{confirmed::PATIENCE, error::Failure, server::Server};

const CONNECT: Duration = Duration::from_secs(5);
/// A server that has heard nothing of a machine for about half a minute takes its lock away.
const SESSION: &str = "SET synchronous_commit = on; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; \
     SET tcp_keepalives_count = 3; SET client_min_messages = warning;";

/// The schema that the journal is in.
pub(super) fn schema(server: &Server) -> String {
    format!("cuckoo_{}", server.name())
}

/// Begins a session.
pub(super) fn connect(server: &Server) -> Result<Client, Failure> {
    let mut config: postgres::Config = server.url.as_str().parse()?;
    config.connect_timeout(CONNECT).keepalives_idle(Duration::from_secs(10)).tcp_user_timeout(PATIENCE / 2);
    config.application_name("cuckoo");
    if let Some(password) = &server.password {
        config.password(password.expose_secret());
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let tls = MakeRustlsConnect::new(tls.with_root_certificates(roots).with_no_client_auth());
    let mut client = config.connect(tls)?;
    client.batch_execute(SESSION)?;
    Ok(client)
}
