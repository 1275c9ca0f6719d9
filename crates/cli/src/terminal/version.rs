//! What this binary is: its version, the commit that it was built from, and how.

use std::{sync::LazyLock, time::Duration};

use cuckoo_protocol::contract::{
    AccessManager, CAIToken, DisputeCourt, EmissionController, Faucet, Settlement, Staking,
};
use serde::Serialize;

/// Release.
pub const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// What this binary is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// Release.
    pub version: &'static str,
    /// Commit; with `+` at its end, something else than what was committed.
    pub commit: Option<&'static str>,
    /// Day of the commit.
    pub commit_date: Option<&'static str>,
    /// When it was built.
    pub built_at: String,
    /// For which machines.
    pub target: &'static str,
    /// `debug` or `release`.
    pub profile: &'static str,
    /// Engines and accelerators that were compiled in.
    pub features: Vec<&'static str>,
    /// Hash of the code of all the contracts that it knows how to deploy.
    pub contracts: String,
}

/// This binary.
pub fn version() -> Version {
    let known = |text: &'static str| Some(text).filter(|text| !text.is_empty());
    let features = [
        ("mistralrs", cfg!(feature = "mistralrs")),
        ("cuda", cfg!(feature = "cuda")),
        ("flash-attn", cfg!(feature = "flash-attn")),
        ("metal", cfg!(feature = "metal")),
        ("ledger", cfg!(feature = "ledger")),
    ];
    let seconds = Duration::from_secs(env!("CUCKOO_BUILD_SECONDS").parse().unwrap_or_default());
    let code = [
        &AccessManager::BYTECODE[..],
        &CAIToken::BYTECODE,
        &DisputeCourt::BYTECODE,
        &EmissionController::BYTECODE,
        &Faucet::BYTECODE,
        &Settlement::BYTECODE,
        &Staking::BYTECODE,
    ]
    .concat();
    Version {
        version: RELEASE,
        commit: known(env!("CUCKOO_BUILD_COMMIT")),
        commit_date: known(env!("CUCKOO_BUILD_DATE")),
        built_at: humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + seconds).to_string(),
        target: env!("CUCKOO_BUILD_TARGET"),
        profile: env!("CUCKOO_BUILD_PROFILE"),
        features: features.into_iter().filter_map(|(name, there)| there.then_some(name)).collect(),
        contracts: alloy::hex::encode(&alloy::primitives::keccak256(code)[..5]),
    }
}

/// In a line: `0.1.0 (3cb96bde9b 2026-11-22)`.
pub fn short() -> &'static str {
    const COMMIT: &str = env!("CUCKOO_BUILD_COMMIT");
    match COMMIT {
        "" => RELEASE,
        _ => concat!(env!("CARGO_PKG_VERSION"), " (", env!("CUCKOO_BUILD_COMMIT"), " ", env!("CUCKOO_BUILD_DATE"), ")"),
    }
}

/// In several lines, for `--version`.
pub fn long() -> &'static str {
    static LONG: LazyLock<String> = LazyLock::new(|| {
        let Version { built_at, target, profile, features, contracts, .. } = version();
        let features = if features.is_empty() { "none".to_owned() } else { features.join(" ") };
        format!(
            "{}\nbuilt     {built_at}, {profile}\ntarget    {target}\nfeatures  {features}\ncontracts {contracts}",
            short()
        )
    });
    &LONG
}
