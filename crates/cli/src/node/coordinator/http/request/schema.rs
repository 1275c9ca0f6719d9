//! The schema that an answer has to follow where it may be a call, or something that has a schema of its own.

use cuckoo_protocol::task::speech::Function;
use serde_json::{Map, Value, json};

/// Where a schema keeps what it refers to.
const DEFINITIONS: &str = "$defs";
/// Keywords whose values are data, and not schemas.
const DATA: [&str; 5] = ["const", "enum", "default", "examples", "example"];
/// Keywords whose values have schemas under names that are free.
const NAMED: [&str; 5] = ["properties", "patternProperties", "dependentSchemas", DEFINITIONS, "definitions"];

/// A call of a function as the whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    name: String,
    parameters: Value,
}

impl Call {
    pub(super) fn of(Function { name, parameters, .. }: &Function) -> Self {
        let any = || json!({"type": "object"});
        Self { name: name.clone(), parameters: if parameters.is_null() { any() } else { parameters.clone() } }
    }
}

/// The schema of an answer that is one of these calls, or else follows the other schema.
pub(super) fn of_answer(calls: Vec<Call>, other: Option<&Value>) -> String {
    let mut definitions = Map::new();
    let mut choices = vec![];
    for (index, Call { name, parameters }) in calls.into_iter().enumerate() {
        let arguments = place(parameters, format!("tool{index}"), &mut definitions);
        choices.push(json!({
            "type": "object",
            "properties": {"name": {"const": name}, "arguments": arguments},
            "required": ["name", "arguments"],
            "additionalProperties": false,
        }));
    }
    choices.extend(other.map(|schema| place(schema.clone(), "answer".to_owned(), &mut definitions)));
    // The top of a schema has to be an object.
    let mut schema = json!({"anyOf": choices});
    if !definitions.is_empty() {
        schema[DEFINITIONS] = definitions.into();
    }
    schema.to_string()
}

/// The schema to stand elsewhere for one that was whole. One that refers to itself is kept under a name, and its references are
/// turned to that: they go on meaning what they meant.
fn place(mut schema: Value, name: String, definitions: &mut Map<String, Value>) -> Value {
    if let Some(fields) = schema.as_object_mut() {
        // Which version of JSON Schema it is, only the top of a schema can say.
        fields.shift_remove("$schema");
        // Under an identity of its own, a schema's references are its own wherever it stands.
        if fields.contains_key("$id") {
            return schema;
        }
    }
    if !turn(&mut schema, &format!("#/{DEFINITIONS}/{name}")) {
        return schema;
    }
    let reference = json!({"$ref": format!("#/{DEFINITIONS}/{name}")});
    definitions.insert(name, schema);
    reference
}

/// Turns the references within a schema to another place of its top; returns true if there were any.
fn turn(schema: &mut Value, top: &str) -> bool {
    let mut turned = false;
    match schema {
        Value::Array(schemas) => schemas.iter_mut().for_each(|schema| turned |= turn(schema, top)),
        Value::Object(fields) => {
            for (keyword, value) in fields {
                match (keyword.as_str(), value) {
                    ("$ref" | "$dynamicRef", Value::String(reference)) => {
                        // `#` and `#/...` are places; other names are the schema's own.
                        if let Some(place) =
                            reference.strip_prefix('#').filter(|at| at.is_empty() || at.starts_with('/'))
                        {
                            *reference = format!("{top}{place}");
                            turned = true;
                        }
                    }
                    (keyword, Value::Object(schemas)) if NAMED.contains(&keyword) => {
                        schemas.values_mut().for_each(|schema| turned |= turn(schema, top));
                    }
                    (keyword, value) if !DATA.contains(&keyword) => turned |= turn(value, top),
                    _ => {}
                }
            }
        }
        _ => {}
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(calls: &[(&str, Value)], other: Option<Value>) -> Value {
        let call = |(name, parameters): &(&str, Value)| {
            Call::of(&Function { name: (*name).to_owned(), parameters: parameters.clone(), strict: false })
        };
        serde_json::from_str(&of_answer(calls.iter().map(call).collect(), other.as_ref())).expect("JSON")
    }

    #[test]
    fn a_call_has_a_name_and_arguments() {
        let schema = answer(&[("time", Value::Null)], None);
        assert_eq!(
            schema.to_string(),
            r#"{"anyOf":[{"type":"object","properties":{"name":{"const":"time"},"arguments":{"type":"object"}},"required":["name","arguments"],"additionalProperties":false}]}"#
        );
    }

    #[test]
    fn references_mean_what_they_meant() {
        let slot = |day: Value| json!({"properties": {"when": {"$ref": "#/$defs/Slot"}}, "$defs": {"Slot": day}});
        let tree = json!({"properties": {"children": {"items": {"$ref": "#"}}, "$ref": {"const": {"$ref": "#/x"}}}});
        let plain = json!({"properties": {"a": {"type": "string"}}});
        let calls = [("book", slot(json!({"enum": [1]}))), ("plain", plain.clone()), ("tree", tree)];
        let schema = answer(&calls, Some(slot(json!(true))));
        let choice = |index: usize| &schema["anyOf"][index]["properties"]["arguments"];
        assert_eq!(choice(0), &json!({"$ref": "#/$defs/tool0"}));
        assert_eq!(choice(1), &plain);
        assert_eq!(choice(2), &json!({"$ref": "#/$defs/tool2"}));
        assert_eq!(schema["anyOf"][3], json!({"$ref": "#/$defs/answer"}));
        // Each reference leads where it led before.
        let found = |reference: &Value| schema.pointer(&reference.as_str().expect("a text")[1..]);
        let when = |top: &str| found(&schema["$defs"][top]["properties"]["when"]["$ref"]);
        assert_eq!(when("tool0"), Some(&json!({"enum": [1]})));
        assert_eq!(when("answer"), Some(&json!(true)));
        let tree = &schema["$defs"]["tool2"];
        assert_eq!(found(&tree["properties"]["children"]["items"]["$ref"]), Some(tree));
        // A property may be called like a keyword, and data are no references.
        assert_eq!(tree["properties"]["$ref"], json!({"const": {"$ref": "#/x"}}));
    }

    #[test]
    fn names_of_their_own_and_identities_stay() {
        let anchored = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "items": {"$ref": "#node"}});
        let schema = answer(&[("a", anchored)], None);
        assert_eq!(schema["anyOf"][0]["properties"]["arguments"], json!({"items": {"$ref": "#node"}}));
        let named =
            json!({"$id": "https://example.com/a", "properties": {"b": {"$ref": "#/$defs/b"}}, "$defs": {"b": true}});
        let schema = answer(&[("a", named.clone())], None);
        assert_eq!(schema["anyOf"][0]["properties"]["arguments"], named);
    }
}
