//! Tables of what a coordinator lists: tasks, and models with their prices.

use std::collections::BTreeMap;

use cuckoo_protocol::{Address, Cai, Untrusted, parse_address};
use serde_json::Value;

use super::answer::{task_cost, task_id, text_field};
use crate::{
    context::Context,
    host::{clock::moment, known_nodes},
    terminal::{Cell, Table},
};

/// The names of nodes that this machine has read from the chain before; none where the network is not known.
pub(super) fn names(context: &Context) -> BTreeMap<Address, String> {
    context.network().map(|network| known_nodes::names(&network)).unwrap_or_default()
}

/// One row for each task, the most telling columns first.
pub(super) fn tasks(tasks: &[Value], names: &BTreeMap<Address, String>) -> Table {
    let mut table = Table::new(["task", "state", "accepted", "cost", "model", "tokens", "prompt", "miner", "attempt"]);
    for task in tasks {
        let tokens = task["usage"]["completion_tokens"].as_u64();
        let accepted = task["accepted_at"].as_u64().map_or_else(String::new, |at| moment(at / 1_000));
        table.row([
            Cell::text(task_id(task)),
            Cell::text(text_field(task, "state")),
            Cell::text(accepted),
            task_cost(task).map_or_else(|| Cell::text(""), Cell::amount),
            Cell::text(text_field(task, "model")),
            Cell::number(tokens.map_or_else(String::new, |tokens| tokens.to_string())),
            Cell::text(text_field(task, "prompt")),
            miner(&text_field(task, "miner"), names),
            Cell::number(&task["attempt"]),
        ]);
    }
    table
}

/// A miner by its name for people, and by its address for programs.
fn miner(text: &str, names: &BTreeMap<Address, String>) -> Cell {
    let Ok(address) = parse_address(text) else { return Cell::text(text) };
    match names.get(&address) {
        Some(name) => Cell::both(Untrusted::new(name.as_str()), address),
        None => Cell::text(address),
    }
}

/// One row for each model, with what it costs.
pub(super) fn models(models: &[Value]) -> Table {
    let headers = ["model", "kind", "prompt/1000", "completion/1000", "image", "proof", "manifest"];
    let mut table = Table::new(headers);
    for model in models {
        let price = |field: &str| {
            let units = model["pricing"][field].as_str().and_then(|units| units.parse().ok());
            match units.map(Cai::from_base_units) {
                Some(free) if free.is_zero() => Cell::both("free", 0),
                Some(price) => Cell::amount(price),
                None => Cell::text(""),
            }
        };
        table.row([
            Cell::text(text_field(model, "id")),
            Cell::text(text_field(model, "kind")),
            price("prompt"),
            price("completion"),
            price("image"),
            Cell::text(text_field(model, "proof")),
            Cell::text(model["manifest"].as_str().filter(|text| text.len() <= 66).unwrap_or_default()),
        ]);
    }
    table
}
