//! An answer whose receipt was verified, and what a coordinator says about a task.

use std::sync::Arc;

use cuckoo_protocol::{Address, Cai, TaskId, chain::Network, sentence, task::speech::Speech};
use serde::Serialize;
use serde_json::Value;

use crate::{
    command::{
        audit::{self, Asked, Document, Verified},
        shared::api::Api,
    },
    context::Context,
    terminal::{Class, Error, Result},
};

/// An answer whose receipt was verified.
#[derive(Debug, Serialize)]
pub(super) struct VerifiedAnswer {
    pub(super) task: TaskId,
    pub(super) model: String,
    pub(super) text: String,
    /// What the model thought before it answered.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) reasoning: String,
    pub(super) attempts: u64,
    /// The miner's share of the eligible stake at the draw, in millionths.
    pub(super) share_ppm: Option<u64>,
    pub(super) miner: Address,
    pub(super) receipt: Verified,
    /// What the answer cost, where the coordinator says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cost: Option<Cai>,
    /// Seconds from the question to the verified answer; unknown where this command did not ask the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seconds: Option<f64>,
}

/// An answer as it was streamed.
pub(super) enum Streamed {
    /// As the model wrote it.
    Whole(String),
    /// Taken apart into thoughts and words.
    Apart(Speech),
}

impl Streamed {
    /// True where this is how a text is streamed.
    fn is_of(&self, text: &str) -> bool {
        match self {
            Self::Whole(streamed) => streamed == text,
            Self::Apart(streamed) => *streamed == Speech::of(text, &Arc::default()),
        }
    }
}

impl VerifiedAnswer {
    /// Fetches a finished task's receipt and verifies it against the answer and, where `asked` is known, against the request.
    pub(super) async fn verify(
        api: &Api,
        network: &Network,
        task: TaskId,
        streamed: Streamed,
        asked: Option<Asked<'_>>,
    ) -> Result<Self> {
        let shown = api.json(api.get(&format!("/v1/tasks/{task}"))).await?;
        let document = api.json(api.get(&format!("/v1/tasks/{task}/receipt"))).await?;
        let document: Document = serde_json::from_value(document)?;
        if !streamed.is_of(&document.text) {
            let other = "the receipt belongs to another answer than the one that was streamed";
            return Err(Error::new(Class::CheckFailed, other));
        }
        let receipt = audit::verify(network, &document, asked).await?;
        let (reasoning, text) = match streamed {
            Streamed::Whole(text) => (String::new(), text),
            Streamed::Apart(Speech { thought, words, .. }) => (thought, words),
        };
        Ok(Self {
            task,
            model: text_field(&shown, "model"),
            text,
            reasoning,
            attempts: shown["attempt"].as_u64().unwrap_or(0),
            share_ppm: draw_share(&shown),
            miner: receipt.miner,
            receipt,
            cost: task_cost(&shown),
            seconds: None,
        })
    }

    /// Says which miner gave the answer, and what was verified.
    pub(super) fn report(&self, context: &Context) {
        let Self { receipt, miner, share_ppm, seconds, cost, .. } = self;
        let share = share_ppm.map(|ppm| format!("; its share of the eligible stake was {}", format_percent(ppm)));
        let share = share.unwrap_or_default();
        let time = seconds.map_or_else(String::new, |seconds| format!(" in {seconds:.1} s"));
        // A command that did not ask the question does not know the prompt.
        let prompt = if seconds.is_some() { "the prompt, " } else { "" };
        context.printer.ok(format_args!("answered{time} by {} ({miner}){share}", receipt.miner_name));
        if let Some(cost) = cost {
            let cost = if cost.is_zero() { "nothing".to_owned() } else { cost.to_string() };
            context.printer.ok(format_args!("the answer cost {cost}"));
        }
        context.printer.ok(format_args!(
            "receipt {} is valid: both signatures, {prompt}{} tokens, registered nodes",
            receipt.receipt, receipt.completion_tokens
        ));
    }
}

/// A task's id in the form that all commands print.
pub(super) fn task_id(task: &Value) -> String {
    task["id"].as_str().and_then(|id| id.parse::<TaskId>().ok()).map_or_else(String::new, |id| id.to_string())
}

/// A string of a coordinator's document, made harmless for a terminal.
pub(super) fn text_field(document: &Value, field: &str) -> String {
    document[field].as_str().map_or_else(String::new, sentence)
}

/// What a task cost, according to the coordinator.
pub(super) fn task_cost(task: &Value) -> Option<Cai> {
    task["cost"].as_str().and_then(|units| units.parse().ok()).map(Cai::from_base_units)
}

pub(super) fn format_percent(ppm: u64) -> String {
    format!("{:.1} %", ppm as f64 / 10_000.0)
}

/// The miner's share of the weight that was eligible at the draw, according to the coordinator, in millionths.
pub(super) fn draw_share(task: &Value) -> Option<u64> {
    let of = |field: &str| task["pick"][field].as_str()?.parse::<u128>().ok();
    u64::try_from((of("weight")? * 1_000_000).checked_div(of("total")?)?).ok()
}
