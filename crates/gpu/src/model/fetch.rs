//! Fetching models from a hub that speaks Hugging Face's API, going on where an earlier attempt broke off.

use std::{
    fs::{self, OpenOptions},
    io::{Read, Write},
    path::Path,
    time::Duration,
};

use alloy::primitives::hex;
use cuckoo_protocol::http;
use futures::StreamExt;
use reqwest::{Client, RequestBuilder, StatusCode, header};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::Url;

use super::{
    error::{StoreError, io_error},
    files::{Wanted, below, select},
};

/// How long a hub may be silent.
const SILENCE: Duration = Duration::from_secs(30);
/// Attempts in a row that bring nothing before it is given up.
const ATTEMPTS: u32 = 4;

/// A model hub, with the token for it if there is one.
#[derive(Clone)]
pub struct Hub {
    endpoint: Url,
    token: Option<String>,
    client: Client,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("endpoint", &self.endpoint.as_str()).finish_non_exhaustive()
    }
}

/// A model's files as the hub tells of them.
#[derive(Deserialize)]
struct Listing {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    lfs: Option<Lfs>,
}

#[derive(Deserialize)]
struct Lfs {
    sha256: String,
    size: u64,
}

impl Hub {
    /// A hub by its address, with an access token for models that are not open to everybody.
    pub fn new(endpoint: Url, token: Option<String>) -> Result<Self, StoreError> {
        let client = Client::builder()
            .user_agent(concat!("cuckoo/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(SILENCE)
            .read_timeout(SILENCE)
            .build()
            .map_err(|error| StoreError::Hub(error.to_string()))?;
        Ok(Self { endpoint, token, client })
    }

    fn get(&self, path: &str) -> RequestBuilder {
        let request = self.client.get(format!("{}/{path}", self.endpoint.as_str().trim_end_matches('/')));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// The commit that a name stands for now, and the files of it that an engine needs.
    pub(super) async fn list(&self, name: &str) -> Result<(String, Vec<Wanted>), StoreError> {
        let response = self.get(&format!("api/models/{name}/revision/main?blobs=true")).send().await;
        let response = response.map_err(broken_off)?;
        match response.status() {
            status if status.is_success() => {}
            StatusCode::NOT_FOUND => return Err(StoreError::Hub(format!("there is no model {name}"))),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(StoreError::Hub(format!("{name} does not exist, or is not open to everybody")));
            }
            status => return Err(StoreError::Hub(format!("it answered {status}"))),
        }
        let listing: Listing = response.json().await.map_err(|error| StoreError::Hub(http::words(error)))?;
        if listing.sha.is_empty() || !listing.sha.chars().all(|character| character.is_ascii_alphanumeric()) {
            return Err(StoreError::Hub("it names no commit".into()));
        }
        let mut wanted = vec![];
        let names: Vec<_> = listing.siblings.iter().map(|file| file.rfilename.clone()).collect();
        let selected = select(&names);
        for file in listing.siblings.into_iter().filter(|file| selected.contains(&file.rfilename.as_str())) {
            below(Path::new(""), &file.rfilename)?;
            let bytes = file.lfs.as_ref().map(|lfs| lfs.size).or(file.size);
            let bytes =
                bytes.ok_or_else(|| StoreError::Hub(format!("it does not tell the size of {}", file.rfilename)))?;
            wanted.push(Wanted { path: file.rfilename, bytes, sha256: file.lfs.map(|lfs| lfs.sha256) });
        }
        match wanted.iter().any(|file| file.path.ends_with(".safetensors")) {
            true => Ok((listing.sha, wanted)),
            false => Err(StoreError::NoWeights(name.into())),
        }
    }

    /// Fetches one file, and gives its SHA-256. A connection that breaks off is made again as long as that brings something.
    pub(super) async fn fetch(
        &self,
        name: &str,
        revision: &str,
        file: &Wanted,
        path: &Path,
        report: &mut (dyn FnMut(u64) + Send),
    ) -> Result<String, StoreError> {
        let mut failures = 0;
        loop {
            let before = fs::metadata(path).map_or(0, |metadata| metadata.len());
            match self.go_on(name, revision, file, path, report).await {
                Err(error @ (StoreError::BrokenOff(_) | StoreError::Unreachable(..))) => {
                    let after = fs::metadata(path).map_or(0, |metadata| metadata.len());
                    failures = if after > before { 0 } else { failures + 1 };
                    if failures == ATTEMPTS {
                        return Err(error);
                    }
                    if failures > 0 {
                        tokio::time::sleep(Duration::from_millis(250 << failures)).await;
                    }
                }
                other => return other,
            }
        }
    }

    async fn go_on(
        &self,
        name: &str,
        revision: &str,
        file: &Wanted,
        path: &Path,
        report: &mut (dyn FnMut(u64) + Send),
    ) -> Result<String, StoreError> {
        let (mut hasher, mut there) = (Sha256::new(), 0);
        if let Ok(mut known) = fs::File::open(path) {
            let mut buffer = vec![0; 1 << 20];
            loop {
                let count = known.read(&mut buffer).map_err(io_error(path))?;
                if count == 0 {
                    break;
                }
                hasher.update(&buffer[..count]);
                there += count as u64;
                report(there);
            }
        }
        if there > file.bytes {
            fs::remove_file(path).map_err(io_error(path))?;
            return Err(StoreError::BrokenOff(format!("{} was longer than it should be", file.path)));
        }
        let mut target = OpenOptions::new().create(true).append(true).open(path).map_err(io_error(path))?;
        if there < file.bytes {
            let request = self.get(&format!("{name}/resolve/{revision}/{}", file.path));
            let request = match there {
                0 => request,
                _ => request.header(header::RANGE, format!("bytes={there}-")),
            };
            let response = request.send().await.map_err(broken_off)?;
            match (response.status(), there) {
                (StatusCode::PARTIAL_CONTENT, 1..) | (StatusCode::OK, 0) => {}
                (StatusCode::OK, _) => {
                    // It sends everything again.
                    target.set_len(0).map_err(io_error(path))?;
                    (hasher, there) = (Sha256::new(), 0);
                }
                (status, _) if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                    return Err(StoreError::BrokenOff(format!("it answered {status}")));
                }
                (status, _) => return Err(StoreError::Hub(format!("{}: it answered {status}", file.path))),
            }
            let mut body = response.bytes_stream();
            while let Some(bytes) = body.next().await {
                let bytes = bytes.map_err(broken_off)?;
                there += bytes.len() as u64;
                if there > file.bytes {
                    return Err(StoreError::Hub(format!("{} is longer than it said", file.path)));
                }
                hasher.update(&bytes);
                target.write_all(&bytes).map_err(io_error(path))?;
                report(there);
            }
            if there < file.bytes {
                return Err(StoreError::BrokenOff(format!("{} ended early", file.path)));
            }
        }
        target.sync_all().map_err(io_error(path))?;
        Ok(hex::encode(hasher.finalize()))
    }
}

fn broken_off(error: reqwest::Error) -> StoreError {
    let address = error.url().map(|url| url.origin().ascii_serialization());
    match address {
        Some(address) if error.is_connect() => StoreError::Unreachable(address, http::words(error)),
        _ => StoreError::BrokenOff(http::words(error)),
    }
}
