//! Whether a value follows a JSON Schema, as far as those that tools have go: types, properties, items, alternatives, bounds, and
//! references within the schema. What else a schema may say, such as patterns, is not looked at.

use serde_json::{Map, Value};

/// Schemas that are looked at for one value, at most: one that refers to itself in many ways comes to no end.
const MOST: u32 = 100_000;
/// How deep schemas are looked at within each other: arguments are no deeper, and one that refers to itself alone would be.
const DEEPEST: u32 = 200;

/// Whether the value follows the schema. `Null` stands for no schema.
pub(super) fn follows(schema: &Value, value: &Value) -> bool {
    let mut check = Check { top: schema, left: MOST, depth: 0 };
    schema.is_null() || check.follows(schema, value)
}

struct Check<'a> {
    /// What references start from.
    top: &'a Value,
    /// Schemas that are still looked at.
    left: u32,
    /// How deep this is.
    depth: u32,
}

impl<'a> Check<'a> {
    fn follows(&mut self, schema: &'a Value, value: &Value) -> bool {
        if self.left == 0 || self.depth == DEEPEST {
            return false;
        }
        self.left -= 1;
        self.depth += 1;
        let follows = match schema {
            Value::Bool(any) => *any,
            Value::Object(fields) => {
                self.of_reference(fields, value)
                    && of_type(fields.get("type"), value)
                    && fields.get("const").is_none_or(|expected| expected == value)
                    && fields.get("enum").and_then(Value::as_array).is_none_or(|known| known.contains(value))
                    && self.of_alternatives(fields, value)
                    && of_bounds(fields, value)
                    && self.of_parts(fields, value)
            }
            _ => true,
        };
        self.depth -= 1;
        follows
    }

    fn of_reference(&mut self, fields: &'a Map<String, Value>, value: &Value) -> bool {
        let Some(reference) = fields.get("$ref").and_then(Value::as_str) else { return true };
        // What is elsewhere is not looked at.
        let Some(at) = reference.strip_prefix('#') else { return true };
        let top = self.top;
        top.pointer(at).is_none_or(|schema| self.follows(schema, value))
    }

    fn of_alternatives(&mut self, fields: &'a Map<String, Value>, value: &Value) -> bool {
        let list = |name| fields.get(name).and_then(Value::as_array);
        let mut any = |name| list(name).is_none_or(|schemas| schemas.iter().any(|schema| self.follows(schema, value)));
        any("anyOf")
            && any("oneOf")
            && list("allOf").is_none_or(|schemas| schemas.iter().all(|schema| self.follows(schema, value)))
    }

    /// Properties and items.
    fn of_parts(&mut self, fields: &'a Map<String, Value>, value: &Value) -> bool {
        match value {
            Value::Object(parts) => {
                let known = fields.get("properties").and_then(Value::as_object);
                let needed = fields.get("required").and_then(Value::as_array);
                let mut needed = needed.into_iter().flatten().filter_map(Value::as_str);
                let other = fields.get("additionalProperties").filter(|_| !fields.contains_key("patternProperties"));
                needed.all(|name| parts.contains_key(name))
                    && parts.iter().all(|(name, part)| {
                        let schema = known.and_then(|known| known.get(name)).or(other);
                        schema.is_none_or(|schema| self.follows(schema, part))
                    })
            }
            Value::Array(items) => {
                let first = fields.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                let other = fields.get("items");
                items
                    .iter()
                    .enumerate()
                    .all(|(index, item)| first.get(index).or(other).is_none_or(|schema| self.follows(schema, item)))
            }
            _ => true,
        }
    }
}

fn of_type(wanted: Option<&Value>, value: &Value) -> bool {
    let is = |wanted: &Value| match wanted.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("number") => value.is_number(),
        Some("integer") => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    };
    match wanted {
        None => true,
        Some(Value::Array(any)) => any.iter().any(is),
        Some(one) => is(one),
    }
}

fn of_bounds(fields: &Map<String, Value>, value: &Value) -> bool {
    let bound = |name: &str| fields.get(name).and_then(Value::as_f64);
    let within = |size: f64, least: &str, most: &str| {
        bound(least).is_none_or(|least| size >= least) && bound(most).is_none_or(|most| size <= most)
    };
    match value {
        Value::Number(number) => number.as_f64().is_none_or(|number| {
            within(number, "minimum", "maximum")
                && bound("exclusiveMinimum").is_none_or(|least| number > least)
                && bound("exclusiveMaximum").is_none_or(|most| number < most)
        }),
        Value::String(text) => within(text.chars().count() as f64, "minLength", "maxLength"),
        Value::Array(items) => within(items.len() as f64, "minItems", "maxItems"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_follow_what_schemas_of_tools_say() {
        let schema = json!({
            "type": "object",
            "properties": {
                "city": {"type": "string", "minLength": 1},
                "days": {"type": "integer", "minimum": 1, "maximum": 7},
                "unit": {"enum": ["C", "F"]},
                "near": {"anyOf": [{"$ref": "#/$defs/Place"}, {"type": "null"}]},
                "tags": {"type": "array", "items": {"type": ["string", "number"]}, "maxItems": 2},
            },
            "required": ["city"],
            "additionalProperties": false,
            "$defs": {"Place": {"type": "object", "properties": {"near": {"$ref": "#/$defs/Place"}}, "required": ["name"]}},
        });
        for (value, expected) in [
            (json!({"city": "Paris"}), true),
            (json!({"city": "Paris", "days": 3, "unit": "C", "near": null, "tags": ["a", 1.5]}), true),
            (json!({"city": "Paris", "days": 3.0, "near": {"name": 1, "near": {"name": 2}}}), true),
            (json!({}), false),
            (json!({"city": ""}), false),
            (json!({"city": 3}), false),
            (json!({"city": "Paris", "town": "x"}), false),
            (json!({"city": "Paris", "days": 8}), false),
            (json!({"city": "Paris", "days": 2.5}), false),
            (json!({"city": "Paris", "unit": "K"}), false),
            (json!({"city": "Paris", "near": {"name": 1, "near": {}}}), false),
            (json!({"city": "Paris", "tags": [true]}), false),
            (json!({"city": "Paris", "tags": ["a", "b", "c"]}), false),
            (json!([]), false),
        ] {
            assert_eq!(follows(&schema, &value), expected, "{value}");
        }
        assert!(follows(&Value::Null, &json!({"a": 1})) && follows(&json!(true), &json!(1)));
        assert!(!follows(&json!(false), &json!(1)));
    }

    #[test]
    fn a_schema_that_refers_to_itself_comes_to_an_end() {
        for schema in [
            json!({"$ref": "#"}),
            json!({"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}),
            json!({"$ref": "#/a", "a": {"allOf": [{"$ref": "#/a"}]}}),
        ] {
            assert!(!follows(&schema, &json!({})), "{schema}");
        }
    }
}
