//! How the scripted engine behaves, and what it does wrong.

use cuckoo_protocol::task::Kind;
use serde::{Deserialize, Serialize};

/// Tokens a second of a slow engine.
pub(super) const SLOW_PACE: u32 = 5;

/// How the scripted engine behaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScriptedConfig {
    /// Name of its model.
    pub name: String,
    /// What it makes.
    pub kind: Kind,
    /// Requests that run at once.
    pub slots: u32,
    /// Tokens of prompt and output together.
    pub context_length: u32,
    /// Tokens per second and request; 0 is as fast as possible.
    pub tokens_per_second: u32,
    /// Length of an answer in tokens, where the request allows it.
    pub tokens: u32,
    /// What it does wrong.
    pub misbehave: Misbehave,
}

impl Default for ScriptedConfig {
    fn default() -> Self {
        Self {
            name: "scripted".into(),
            kind: Kind::Text,
            slots: 4,
            context_length: 8_192,
            tokens_per_second: 0,
            tokens: 24,
            misbehave: Misbehave::None,
        }
    }
}

/// A fault to inject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misbehave {
    /// It does nothing wrong.
    #[default]
    None,
    /// It claims one token more than it gave.
    WrongTokenCount,
    /// Its last token's text is not the one that honest nodes compute.
    WrongText,
    /// It says something else than honest nodes, as another model would. It examines with that model as well.
    OtherWords,
    /// It says something else than honest nodes, with the log-probabilities that the right model gives to its tokens.
    Laundered,
    /// One in this many of its answers is as with [`Self::Laundered`], the others are honest.
    SomeFalse(u32),
    /// It goes on after the end of an answer, as far as the request allows.
    Padded,
    /// It ends every answer after half of its tokens.
    Cut,
    /// It says that its device is of a class that nobody has measured, so that small differences say nothing against it.
    OtherClass,
    /// It leaves out bias and penalties, which an application asks for and cannot see.
    NoRules,
    /// It gives neither token ids nor log-probabilities, although it should.
    NoIds,
    /// It takes 0.2 s for a token, and as long for a token that it examines.
    Slow,
    /// Its examinations find that everything is right, with numbers that it has made up.
    Acquits,
    /// Its examinations find that everything is false, with numbers that it has made up.
    Accuses,
    /// It hangs after this many tokens.
    HangAfter(u32),
    /// It fails after this many tokens.
    FailAfter(u32),
    /// Its stream ends after this many tokens, without an error.
    EndAfter(u32),
}
