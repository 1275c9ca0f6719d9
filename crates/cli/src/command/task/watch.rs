//! `cuckoo task watch`: follows a task until it ends.

use cuckoo_protocol::{TaskId, chain::Network};
use futures::StreamExt;
use serde_json::Value;

use super::answer::{Streamed, VerifiedAnswer, text_field};
use crate::{
    args::IdPrefix,
    command::shared::api::{Api, read_events},
    context::Context,
    terminal::{Error, Result, Text},
};

/// Prints the answer as it is generated, and each new state of the task. A task that ends without a result is a failure.
pub(super) async fn watch(api: &Api, context: &Context, network: &Network, id: &IdPrefix) -> Result<()> {
    let printer = &context.printer;
    let response = api.send(api.get(&format!("/v1/tasks/{id}/events"))).await?;
    let mut events = Box::pin(read_events(response));
    let mut answer = String::new();
    while let Some(event) = events.next().await {
        let event = event?;
        let data: Value = serde_json::from_str(&event.data)?;
        match event.name.as_str() {
            "state" => printer.say(format_args!("{}, attempt {}", text_field(&data, "state"), data["attempt"])),
            "text" => {
                let piece = data["text"].as_str().unwrap_or_default();
                answer.push_str(piece);
                if !printer.is_json() {
                    printer.answer(piece)?;
                }
            }
            "ended" => return finish(api, context, network, answer, &data).await,
            // A newer coordinator may send other events.
            _ => {}
        }
    }
    Err(Error::unavailable("the stream broke off before the task's end")
        .hint(format_args!("follow it again: cuckoo task watch {id}")))
}

async fn finish(api: &Api, context: &Context, network: &Network, answer: String, task: &Value) -> Result<()> {
    let printer = &context.printer;
    if !printer.is_json() && !answer.is_empty() {
        printer.piece("\n")?;
    }
    let state = text_field(task, "state");
    if state != "done" {
        let reason = text_field(task, "reason");
        let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        return Err(Error::failure(format_args!("the task ended without a result, {state}{why}")));
    }
    let id = task["id"].as_str().and_then(|id| id.parse::<TaskId>().ok());
    let id = id.ok_or_else(|| Error::failure("the coordinator's answer names no task"))?;
    // The request is not known here, so the receipt is verified against the answer alone.
    let answer = VerifiedAnswer::verify(api, network, id, Streamed::Whole(answer), None).await?;
    answer.report(context);
    printer.result(&answer, || Text::Nothing)
}
