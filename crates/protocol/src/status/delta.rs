//! The difference of two documents, so that a dashboard that follows a node reads only what has changed.
//!
//! A patch is applied to the document before it. An object's patch has the members that are new or different, and `null` for those that
//! are gone. A list of objects that have an `id`, an `address` or a `node` is patched as `{"~": {"gone": [..], "rows": [..], "new": [[place, row], ..]}}`,
//! where `rows` are patches of objects with that member; any other list is replaced.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

/// The member that marks the patch of a list.
const LIST: &str = "~";

/// What `after` has that `before` has not.
pub fn difference(before: &Value, after: &Value) -> Value {
    changed(before, after).unwrap_or_else(|| Value::Object(Map::new()))
}

/// The patch, or nothing where there is no difference.
fn changed(before: &Value, after: &Value) -> Option<Value> {
    if before == after {
        return None;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let mut patch = Map::new();
            for (name, value) in new {
                let part = match old.get(name) {
                    Some(old) => changed(old, value),
                    None => Some(value.clone()),
                };
                patch.extend(part.map(|part| (name.clone(), part)));
            }
            let gone = old.keys().filter(|name| !new.contains_key(*name));
            patch.extend(gone.map(|name| (name.clone(), Value::Null)));
            Some(Value::Object(patch))
        }
        (Value::Array(old), Value::Array(new)) => list(old, new).or_else(|| Some(after.clone())),
        _ => Some(after.clone()),
    }
}

/// What a row of a list is found by.
fn key(row: &Value) -> Option<(&'static str, &str)> {
    ["id", "address", "node"].into_iter().find_map(|name| Some((name, row.get(name)?.as_str()?)))
}

/// The places of rows by their keys; none where a row has no key or two have the same.
fn places(rows: &[Value]) -> Option<HashMap<&str, usize>> {
    let places: HashMap<_, _> =
        rows.iter().enumerate().map(|(place, row)| Some((key(row)?.1, place))).collect::<Option<_>>()?;
    (places.len() == rows.len()).then_some(places)
}

fn list(old: &[Value], new: &[Value]) -> Option<Value> {
    let (was, is) = (places(old)?, places(new)?);
    let gone: Vec<_> =
        old.iter().filter_map(|row| key(row).map(|(_, key)| key)).filter(|key| !is.contains_key(key)).collect();
    // Rows that stay must stay in their order.
    let stay = |row: &Value| key(row).and_then(|(_, key)| was.get(key));
    if !new.iter().filter_map(stay).is_sorted() {
        return None;
    }
    let (mut rows, mut added) = (vec![], vec![]);
    for (place, row) in new.iter().enumerate() {
        let Some(before) = stay(row) else {
            added.push(Value::Array(vec![place.into(), row.clone()]));
            continue;
        };
        if let (Some(Value::Object(mut part)), Some((name, key))) = (changed(&old[*before], row), key(row)) {
            part.insert(name.to_owned(), key.into());
            rows.push(Value::Object(part));
        }
    }
    let mut patch = Map::new();
    for (name, part) in [("gone", gone.into_iter().map(Value::from).collect()), ("rows", rows), ("new", added)] {
        if !part.is_empty() {
            patch.insert(name.to_owned(), Value::Array(part));
        }
    }
    Some(Value::Object([(LIST.to_owned(), Value::Object(patch))].into_iter().collect()))
}

/// Applies a patch. One that does not fit changes what it can; the document's reader finds out.
pub fn apply(document: &mut Value, patch: Value) {
    match (document, patch) {
        (Value::Object(old), Value::Object(patch)) => {
            for (name, part) in patch {
                match (old.get_mut(&name), part) {
                    (Some(_), Value::Null) => drop(old.remove(&name)),
                    (Some(value), part) => apply(value, part),
                    (None, part) => drop(old.insert(name, part)),
                }
            }
        }
        (Value::Array(rows), Value::Object(mut patch)) => {
            if let Some(Value::Object(patch)) = patch.remove(LIST) {
                apply_list(rows, patch);
            }
        }
        (document, patch) => *document = patch,
    }
}

fn apply_list(rows: &mut Vec<Value>, mut patch: Map<String, Value>) {
    let mut part = |name: &str| match patch.remove(name) {
        Some(Value::Array(part)) => part,
        _ => vec![],
    };
    let gone: HashSet<String> = part("gone").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if !gone.is_empty() {
        rows.retain(|row| key(row).is_none_or(|(_, key)| !gone.contains(key)));
    }
    let places: HashMap<String, usize> =
        rows.iter().enumerate().filter_map(|(place, row)| Some((key(row)?.1.to_owned(), place))).collect();
    for row in part("rows") {
        let place = key(&row).and_then(|(_, key)| places.get(key)).copied();
        if let Some(known) = place.and_then(|place| rows.get_mut(place)) {
            apply(known, row);
        }
    }
    for added in part("new") {
        let Value::Array(added) = added else { continue };
        if let [place, row] = added.as_slice() {
            let place = place.as_u64().and_then(|place| usize::try_from(place).ok()).unwrap_or(usize::MAX);
            rows.insert(place.min(rows.len()), row.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn assert_exact(before: &Value, after: &Value) -> Value {
        let patch = difference(before, after);
        let mut document = before.clone();
        apply(&mut document, patch.clone());
        assert_eq!(&document, after, "{patch}");
        patch
    }

    #[test]
    fn a_patch_has_what_has_changed_alone() {
        let before = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": [1, 2], "gone": 1});
        let after = json!({"a": 1, "b": {"c": 2, "d": 4}, "e": [1, 3], "new": []});
        assert_eq!(assert_exact(&before, &after), json!({"b": {"d": 4}, "e": [1, 3], "gone": null, "new": []}));
        assert_eq!(assert_exact(&after, &after), json!({}));
    }

    #[test]
    fn rows_come_go_and_change_by_their_keys() {
        let row = |id: u32, tokens: u32| json!({"id": format!("{id}"), "tokens": tokens, "model": "m"});
        let before = json!({"rows": [row(4, 0), row(3, 7), row(2, 9), row(1, 9)]});
        let after = json!({"rows": [row(5, 0), row(4, 1), row(3, 7), row(6, 1), row(2, 9)]});
        let patch = assert_exact(&before, &after);
        let expected = json!({"rows": {"~": {
            "gone": ["1"], "rows": [{"id": "4", "tokens": 1}], "new": [[0, row(5, 0)], [3, row(6, 1)]],
        }}});
        assert_eq!(patch, expected);
        // Another order, no keys, or one key twice: the list is replaced.
        for list in [json!([row(3, 7), row(4, 0)]), json!([1]), json!([row(4, 0), row(4, 1)]), json!([])] {
            assert_exact(&before, &json!({"rows": list}));
            assert_exact(&json!({"rows": list}), &before);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_two_lists_are_told_apart(
            old in proptest::collection::vec((0u8..12, 0u8..3), 0..12),
            new in proptest::collection::vec((0u8..12, 0u8..3), 0..12),
        ) {
            let rows = |rows: &[(u8, u8)]| -> Value {
                rows.iter().map(|(id, value)| json!({"id": format!("{id}"), "value": value})).collect()
            };
            assert_exact(&json!({"nodes": rows(&old)}), &json!({"nodes": rows(&new)}));
        }
    }
}
