//! Answers that obey a JSON Schema: which tokens it allows next.
//!
//! The mask is a pure function of the schema and the tokens before, so that an auditor makes the same one.

use std::{sync::Arc, time::Duration};

use llguidance::{
    Matcher, ParserFactory,
    api::{ParserLimits, TopLevelGrammar},
    toktrie::{SimpleVob, TokEnv},
};
use tokenizers::Tokenizer;
use tokio::time::timeout;
use toktrie_hf_tokenizers::ByteTokenizer;

use crate::engine::EngineError;

/// How long a schema may take to be understood. Its size in memory is bounded by llguidance's own limits.
const PATIENCE: Duration = Duration::from_secs(5);

/// What may stand between two words of JSON: without a bound, a model that has lost its way never comes to an end.
const WHITESPACE: &str = r" |\n {0,16}";

/// Makes grammars for one model's tokens.
pub(super) struct Grammars(Arc<ParserFactory>);

impl Grammars {
    /// `ends` are the tokens that end answers; `vocabulary` is the model's. `None` where the tokeniser's tokens do not stand for
    /// bytes that are known.
    pub(super) fn new(tokenizer: &Tokenizer, ends: &[u32], vocabulary: usize) -> Option<Self> {
        let made = || -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
            let mut bytes = ByteTokenizer::from_tokenizer(tokenizer.clone())?;
            if !ends.is_empty() {
                bytes.set_eos_tokens(ends);
            }
            let vocabulary = vocabulary.max(tokenizer.get_vocab_size(true));
            let mut factory = ParserFactory::new_simple(&bytes.into_tok_env(Some(vocabulary))?)?;
            factory.quiet();
            *factory.limits_mut() = ParserLimits { verbose_errors: false, ..ParserLimits::default() };
            Ok(Self(Arc::new(factory)))
        };
        made().inspect_err(|error| tracing::warn!(%error, "this model cannot be held to a schema")).ok()
    }

    /// The bytes of the model's tokens.
    pub(super) fn tokens(&self) -> TokEnv {
        self.0.tok_env().clone()
    }

    /// A schema's grammar, at its beginning.
    pub(super) async fn start(&self, schema: &str) -> Result<Grammar, EngineError> {
        let refused =
            |error: &dyn std::fmt::Display| EngineError::Invalid(format!("the schema cannot be used: {error}"));
        let mut value: serde_json::Value = serde_json::from_str(schema).map_err(|error| refused(&error))?;
        let Some(fields) = value.as_object_mut() else { return Err(refused(&"it is not an object")) };
        // llguidance's own options are not part of JSON Schema, and only this crate sets them.
        fields.insert("x-guidance".into(), serde_json::json!({ "whitespace_pattern": WHITESPACE }));
        let factory = Arc::clone(&self.0);
        let parsed =
            tokio::task::spawn_blocking(move || factory.create_parser(TopLevelGrammar::from_json_schema(value)));
        match timeout(PATIENCE, parsed).await {
            Ok(Ok(Ok(parser))) => Ok(Grammar(Matcher::new(Ok(parser)))),
            Ok(Ok(Err(error))) => Err(refused(&first_line(&error.to_string()))),
            Ok(Err(_)) => Err(refused(&"it is too much")),
            Err(_) => Err(refused(&"it takes too long to understand")),
        }
    }
}

fn first_line(text: &str) -> String {
    cuckoo_protocol::sentence(text.lines().next().unwrap_or_default())
}

/// An answer that is being written, or read again.
pub(super) struct Grammar(Matcher);

impl Grammar {
    /// What may come next; only an end where nothing else may.
    pub(super) fn allowed(&mut self) -> Result<Allowed, String> {
        self.0.compute_mask_or_eos().map(Allowed).map_err(|error| first_line(&error.to_string()))
    }

    /// What came next. It may be something that was not allowed: then nothing is allowed any more.
    pub(super) fn take(&mut self, id: u32) -> Result<(), String> {
        // What comes after the end is an end.
        if self.0.is_stopped() && !self.0.is_error() {
            return Ok(());
        }
        self.0.consume_token(id).map_err(|error| first_line(&error.to_string()))
    }
}

/// Some of a model's tokens.
pub(super) struct Allowed(SimpleVob);

impl Allowed {
    /// The logits with all others out of question.
    pub(super) fn of(&self, logits: &[f32]) -> Vec<f32> {
        let allowed = |index: usize| index < self.0.len() && self.0.get(index);
        let logit = |(index, &logit)| if allowed(index) { logit } else { f32::NEG_INFINITY };
        logits.iter().enumerate().map(logit).collect()
    }
}
