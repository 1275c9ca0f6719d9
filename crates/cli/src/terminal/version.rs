//! The version of this binary, the commit that it was built from, and how it was built.

use std::{sync::LazyLock, time::Duration};

use cuckoo_protocol::contract::{
    AccessManager, BlockRandomness, CAIToken, DisputeCourt, DrandRandomness, EmissionController, Faucet, JurorRegistry,
    Settlement, Staking,
};
use serde::Serialize;

/// The release.
pub const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// The version of a binary, and how it was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// The release.
    pub version: &'static str,
    /// The commit; a `+` at its end means that the source differed from it.
    pub commit: Option<&'static str>,
    /// The day of the commit.
    pub commit_date: Option<&'static str>,
    /// The time of the build.
    pub built_at: String,
    /// The target that it was built for.
    pub target: &'static str,
    /// `debug` or `release`.
    pub profile: &'static str,
    /// The engines and accelerators that were compiled in.
    pub features: Vec<&'static str>,
    /// The hash of the code of all contracts that it can deploy.
    pub contracts: String,
}

/// The version of this binary.
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
        &BlockRandomness::BYTECODE,
        &CAIToken::BYTECODE,
        &DisputeCourt::BYTECODE,
        &DrandRandomness::BYTECODE,
        &EmissionController::BYTECODE,
        &Faucet::BYTECODE,
        &JurorRegistry::BYTECODE,
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

/// The version in one line: `0.1.0 (3cb96bde9b 2026-11-22)`.
pub fn short() -> &'static str {
    const COMMIT: &str = env!("CUCKOO_BUILD_COMMIT");
    match COMMIT {
        "" => RELEASE,
        _ => concat!(env!("CARGO_PKG_VERSION"), " (", env!("CUCKOO_BUILD_COMMIT"), " ", env!("CUCKOO_BUILD_DATE"), ")"),
    }
}

/// The version in several lines, for `--version`.
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
