//! The key in a bucket of NATS that expires unless it is renewed: who has it serves.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_nats::{
    ConnectOptions, ServerAddr,
    jetstream::{self, Context, context::CreateStreamErrorKind, kv, stream},
};
use secrecy::ExposeSecret;
use tokio::time;

use crate::node::coordinator::journal::{
    confirmed::{Confirmed, LOOK, PATIENCE},
    error::Failure,
    leader::Leader,
    server::Server,
};

const CONNECT: Duration = Duration::from_secs(5);
const PING: Duration = Duration::from_secs(1);
/// How long the key of a coordinator that has died keeps the next one out. With the second between two looks of those that wait, and
/// the time to open the journal, another one serves within ten seconds.
const LEASE: Duration = Duration::from_secs(6);
/// How long a renewal may take: a server that hangs leaves time for others.
const RENEWAL: Duration = Duration::from_secs(2);
/// Its name.
const LEADER: &str = "leader";

/// Where the key is.
pub(super) struct Bucket(kv::Store);

/// The key, once this process has it.
#[derive(Clone)]
pub(super) struct Key {
    bucket: kv::Store,
    value: String,
    /// As of now.
    revision: Arc<AtomicU64>,
    pub(super) confirmed: Confirmed,
    /// It had expired and was taken again, so that another one may have had it in between.
    is_anew: Arc<AtomicBool>,
}

impl Bucket {
    /// Takes the key; none where another process has it.
    pub(super) async fn take(&self, value: &str) -> Result<Option<Key>, Failure> {
        match self.0.create(LEADER, value.to_owned().into()).await {
            Ok(revision) => {
                let (bucket, revision) = (self.0.clone(), Arc::new(AtomicU64::new(revision)));
                let (value, confirmed) = (value.to_owned(), Confirmed::new());
                Ok(Some(Key { bucket, value, revision, confirmed, is_anew: Arc::default() }))
            }
            Err(error) if error.kind() == kv::CreateErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Who has the key, as far as the server says.
    pub(super) async fn leader(&self) -> Option<Leader> {
        let entry = self.0.entry(LEADER).await.inspect_err(|error| tracing::debug!(%error, "who leads cannot be read"));
        Leader::of_key(&entry.ok()??.value)
    }
}

impl Key {
    /// Keeps the key. Without it another coordinator takes over, and what this one still writes is refused.
    pub(super) fn hold(&self) -> impl Future<Output = ()> + use<> {
        let key = self.clone();
        async move {
            loop {
                time::sleep(LOOK).await;
                match time::timeout(RENEWAL, key.renew()).await {
                    Ok(Ok(true)) => key.confirmed.note(),
                    Ok(Ok(false)) => return key.confirmed.lose(),
                    Ok(Err(error)) => tracing::warn!(%error, "the journal's key is not renewed yet"),
                    Err(_) => tracing::warn!("the journal's key is not renewed yet: its server does not answer"),
                }
            }
        }
    }

    /// False where another one has the key.
    async fn renew(&self) -> Result<bool, Failure> {
        let (value, revision) = (self.value.clone().into(), self.revision.load(Ordering::Relaxed));
        let failed = match self.bucket.update(LEADER, value, revision).await {
            Ok(next) => {
                self.revision.store(next, Ordering::Relaxed);
                return Ok(true);
            }
            Err(error) => error,
        };
        match self.bucket.entry(LEADER).await? {
            // An earlier renewal arrived, and its answer did not.
            Some(entry) if entry.value == self.value.as_bytes() => {
                self.revision.store(entry.revision, Ordering::Relaxed);
                Err(failed.into())
            }
            Some(entry) if entry.operation == kv::Operation::Put => Ok(false),
            // Its time is over, and nobody else has taken it. While servers elect a leader among them, nobody can.
            _ => {
                let revision = self.bucket.create(LEADER, self.value.clone().into()).await?;
                self.is_anew.store(true, Ordering::Relaxed);
                self.revision.store(revision, Ordering::Relaxed);
                Ok(true)
            }
        }
    }

    /// Whether it had expired, and another one may have had it since it was last [found to be as before](Self::is_as_before).
    pub(super) fn is_anew(&self) -> bool {
        self.is_anew.load(Ordering::Relaxed)
    }

    /// Nobody else has written meanwhile.
    pub(super) fn is_as_before(&self) {
        self.is_anew.store(false, Ordering::Relaxed);
    }

    /// Gives it back, so that the next one need not wait for it to expire.
    pub(super) async fn leave(&self) {
        let revision = self.revision.load(Ordering::Relaxed);
        if let Err(error) = self.bucket.purge_expect_revision(LEADER, Some(revision)).await {
            tracing::debug!(%error, "the key stays until it expires");
        }
    }
}

/// Connects to a server, and finds or makes the bucket with the key.
pub(super) async fn connect(server: &Server) -> Result<(Context, Bucket), Failure> {
    // A server that hangs is left for another one before the key expires.
    let mut options = ConnectOptions::new().name("cuckoo").connection_timeout(CONNECT).ping_interval(PING);
    if let Some(password) = &server.password {
        options = options.user_and_password(server.url.username().to_owned(), password.expose_secret().to_owned());
    }
    let (scheme, host) = (server.url.scheme(), server.url.host_str().unwrap_or_default());
    let port = server.url.port().unwrap_or(4_222);
    let address = |host: &str| match host.contains(':') {
        true => format!("{scheme}://{host}").parse(),
        false => format!("{scheme}://{host}:{port}").parse(),
    };
    let hosts = std::iter::once(host).chain(server.also.iter().map(String::as_str));
    let servers = hosts.map(address).collect::<Result<Vec<ServerAddr>, _>>()?;
    let client = options.connect(servers).await?;
    let context = jetstream::new(client);
    let bucket = format!("cuckoo_{}", server.name());
    open(&context, &bucket, server.replicas).await?;
    let bucket = Bucket(context.get_key_value(bucket).await?);
    Ok((context, bucket))
}

/// The bucket's stream, in which a key lives for [`LEASE`].
async fn open(context: &Context, bucket: &str, replicas: usize) -> Result<(), Failure> {
    // What `create_key_value` makes, which itself asks for more than servers before 2.10 say.
    let config = stream::Config {
        name: format!("KV_{bucket}"),
        subjects: vec![format!("$KV.{bucket}.>")],
        max_messages_per_subject: 1,
        max_age: LEASE,
        num_replicas: replicas,
        discard: stream::DiscardPolicy::New,
        allow_rollup: true,
        deny_delete: true,
        allow_direct: true,
        ..stream::Config::default()
    };
    let began = Instant::now();
    let stream = loop {
        match context.get_or_create_stream(config.clone()).await {
            Ok(stream) => break stream,
            Err(error) => {
                // A cluster that has just lost a server, or was just started, elects a leader first.
                let may_pass = matches!(
                    error.kind(),
                    CreateStreamErrorKind::TimedOut | CreateStreamErrorKind::JetStreamUnavailable
                );
                if !may_pass || began.elapsed() > PATIENCE / 2 {
                    return Err(error.into());
                }
                tracing::warn!(%error, "the journal's server is not ready; trying again");
            }
        }
    };
    // One that an earlier version made keeps keys for longer.
    let known = stream.cached_info().config.max_age;
    if known != LEASE {
        tracing::info!(from = ?known, to = ?LEASE, "the time after which the journal's key expires is changed");
        // Nor is the time in which the server knows a message again longer.
        let changed = stream::Config { max_age: LEASE, duplicate_window: LEASE, ..stream.cached_info().config.clone() };
        context.update_stream(&changed).await?;
    }
    Ok(())
}
