//! How an engine is run as a child, and how long it may take for what.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use crate::engine::EngineSpec;

/// How to run an engine as a child.
#[derive(Clone, Debug)]
pub struct SuperviseConfig {
    /// The program; it must call [`super::run_child`].
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Environment variables in addition to this process's own.
    pub environment: Vec<(OsString, OsString)>,
    /// The engine that the child starts.
    pub engine: EngineSpec,
    /// How long a start may take, the download of a model included.
    pub start_timeout: Duration,
    /// How long a request may wait for its first token.
    pub first_token_timeout: Duration,
    /// How long a request may wait for each further token.
    pub token_timeout: Duration,
    /// How long an examination may take, the wait for a slot included. One that takes longer is cancelled.
    pub examine_timeout: Duration,
    /// Pause before the first restart; it doubles with every failure in a row.
    pub restart_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl SuperviseConfig {
    /// The usual times, for a program that is called with these arguments.
    pub fn new(program: impl Into<PathBuf>, arguments: impl IntoIterator<Item = OsString>, engine: EngineSpec) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().collect(),
            environment: Vec::new(),
            engine,
            start_timeout: Duration::from_secs(60 * 60),
            first_token_timeout: Duration::from_secs(300),
            token_timeout: Duration::from_secs(60),
            examine_timeout: Duration::from_secs(600),
            restart_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
        }
    }
}
