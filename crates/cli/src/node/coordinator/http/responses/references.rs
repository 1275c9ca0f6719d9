//! References to items, which clients send instead of items that they have from here.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use alloy::primitives::B128;
use axum::http::StatusCode;
use cuckoo_protocol::{Untrusted, coordinator::Coordinator, task::Task};
use serde_json::{Map, Value};

use super::{
    super::{answer::read_outcome, error::ApiError},
    kept::{self, unreadable},
    object::{Head, ended, offered},
};
use crate::node::coordinator::{Shared, api_keys::Caller};

/// The id that an item refers to; `None` where it is an item itself.
fn referred(item: &Value) -> Option<&str> {
    item.get("type").filter(|kind| *kind == "item_reference")?;
    item.get("id")?.as_str()
}

/// The first half of the id of the task that an item was made of, which the item's id tells; `None` where no item here has such an id.
fn task_half(id: &str) -> Option<B128> {
    let (_, digits) = id.split_once('_').filter(|(kind, _)| ["rs", "msg", "fc", "ctc", "lsc"].contains(kind))?;
    digits.get(..32)?.parse().ok()
}

/// Puts the items of kept responses into the places of references to them.
pub(super) async fn resolve(shared: &Shared, caller: &Caller, fields: &mut Map<String, Value>) -> Result<(), ApiError> {
    let Some(items) = fields.get_mut("input").and_then(Value::as_array_mut) else { return Ok(()) };
    let halves: HashSet<_> = items.iter().filter_map(referred).filter_map(task_half).collect();
    let known = if halves.is_empty() { HashMap::new() } else { read_items(shared, caller, halves).await? };
    for (index, item) in items.iter_mut().enumerate() {
        let Some(id) = referred(item) else { continue };
        *item = known.get(id).cloned().ok_or_else(|| not_found(id, index))?;
    }
    Ok(())
}

/// The items of the caller's kept responses, by their ids.
async fn read_items(
    shared: &Shared,
    caller: &Caller,
    halves: HashSet<B128>,
) -> Result<HashMap<String, Value>, ApiError> {
    let (key, most) = (caller.key.clone(), halves.len());
    let is_wanted =
        move |task: &Task| task.spec.caller == key && halves.contains(&B128::from_slice(&task.spec.id.0[..16]));
    let newest = move |machine: &Coordinator| machine.newest(is_wanted, most).into_iter().cloned().collect();
    let tasks: Vec<Arc<Task>> = shared.handle.read_tasks(newest).await;
    let mut items = HashMap::new();
    for task in tasks {
        let echo = kept::read(shared, task.spec.id).await.map_err(|error| unreadable(&error))?;
        let (Some(echo), Ok(outcome)) = (echo, read_outcome(&task)) else { continue };
        let head = Head::new(&task, echo);
        let mut response = ended(&head, &task, &outcome, offered(&task.spec.messages, &head.echo).as_ref());
        let Some(Value::Array(output)) = response.get_mut("output").map(Value::take) else { continue };
        items.extend(output.into_iter().filter_map(|item| Some((item.get("id")?.as_str()?.to_owned(), item))));
    }
    Ok(items)
}

fn not_found(id: &str, index: usize) -> ApiError {
    let shown = Untrusted::new(id);
    let message = format!("there is no item `{shown}`, or its response is not kept; hint: send the item itself");
    let error = ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", "item_not_found", message);
    ApiError { param: Some(format!("input[{index}]")), ..error }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::keccak256;
    use cuckoo_protocol::task::TaskId;
    use serde_json::json;

    use super::{super::object::item_id, *};

    #[test]
    fn the_id_of_an_item_tells_its_task() {
        let task = TaskId(keccak256("a task"));
        for kind in ["rs", "msg", "fc", "ctc", "lsc"] {
            for index in [0, 7, 120] {
                assert_eq!(task_half(&item_id(kind, &task, index)), Some(B128::from_slice(&task.0[..16])));
            }
        }
        for id in
            ["", "msg_", "at_0123456789abcdef0123456789abcdef00", "msg_0123456789abcdef0123456789abcdeg00", "msg_ää"]
        {
            assert_eq!(task_half(id), None, "{id}");
        }
        assert_eq!(referred(&json!({"type": "item_reference", "id": "msg_1"})), Some("msg_1"));
        assert_eq!(referred(&json!({"type": "message", "id": "msg_1"})), None);
    }
}
