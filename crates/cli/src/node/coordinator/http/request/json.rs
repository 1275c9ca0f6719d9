//! A request's body as JSON: texts are borrowed from it, and each name of an object is unique, for where one has two values,
//! different readers take different ones.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::{
    Deserialize, Serialize,
    de::{self, Deserializer, MapAccess, SeqAccess, Visitor},
    ser::Serializer,
};
use serde_json::Number;

/// Names of an object are compared one by one up to this many, and looked up in a set above.
const FEW: usize = 16;

/// A value. The depth of a document is bounded by serde_json itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Object<'a>),
}

/// An object's fields, in the order in which they stand. Each look-up compares the names one by one: a reader asks for few.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl Json<'_> {
    pub(super) const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(super) const fn is_boolean(&self) -> bool {
        matches!(self, Self::Bool(_))
    }

    pub(super) const fn is_string(&self) -> bool {
        matches!(self, Self::String(_))
    }

    /// Whether this is the same value as the one that `text` writes: numbers count, however they are written.
    pub(super) fn means(&self, text: &str) -> bool {
        serde_json::from_str::<Json<'_>>(text).is_ok_and(|other| self.is_same(&other))
    }

    fn is_same(&self, other: &Json<'_>) -> bool {
        match (self, other) {
            (Self::Number(own), Json::Number(other)) => own.as_f64() == other.as_f64(),
            (Self::Array(own), Json::Array(other)) => {
                own.len() == other.len() && own.iter().zip(other).all(|(own, other)| own.is_same(other))
            }
            _ => self == other,
        }
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(super) const fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }
}

impl<'a> Json<'a> {
    pub(super) fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    pub(super) const fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// The field of an object; `None` also where this is something else.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }
}

impl<'a> Object<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Removes the fields that are null.
    pub(super) fn remove_nulls(&mut self) {
        self.0.retain(|(_, value)| !value.is_null());
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(Object(fields)) => serializer.collect_map(fields.iter().map(|(name, value)| (name, value))),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// A name, borrowed where it is written without escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json<'de>, E> {
        Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::String(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::String(value.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let mut values = vec![];
        while let Some(value) = items.next_element()? {
            values.push(value);
        }
        Ok(Json::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json<'de>, A::Error> {
        let (mut fields, mut names) = (Object::default(), HashSet::new());
        while let Some(Name(name)) = entries.next_key()? {
            if fields.0.len() == FEW {
                names = fields.0.iter().map(|(name, _)| name.clone()).collect();
            }
            let is_new = if fields.0.len() < FEW { !fields.contains(&name) } else { names.insert(name.clone()) };
            if !is_new {
                return Err(de::Error::custom("an object has the same name twice"));
            }
            fields.0.push((name, entries.next_value()?));
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn parse(text: &str) -> serde_json::Result<Json<'_>> {
        serde_json::from_slice(text.as_bytes())
    }

    #[test]
    fn a_name_that_an_object_has_twice_is_refused_at_any_depth_and_place() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"b":[{"a":1,"\u0061":2}]}"#] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains("twice"), "{error}");
        }
        for text in ["", "{", "{} {}", "[1e999]", "nul", r#""\ud800""#] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"[".repeat(10_000)).is_err());
        for count in [1, FEW - 1, FEW, FEW + 1, 3 * FEW] {
            let fields: Vec<_> = (0..count).map(|number| format!(r#""n{number}":{number}"#)).collect();
            let object = |more: &str| format!("{{{}{more}}}", fields.join(","));
            let whole = object("");
            let read = parse(&whole).expect("is valid");
            assert_eq!(read.as_object().expect("an object").names().count(), count);
            for again in 0..count {
                assert!(parse(&object(&format!(r#","n{again}":null"#))).is_err(), "{again} of {count}");
            }
        }
    }

    #[test]
    fn texts_without_escapes_are_borrowed() {
        let Ok(Json::Array(texts)) = parse(r#"["plain","\u0061 line\n"]"#) else { panic!("an array") };
        assert!(matches!(&texts[0], Json::String(Cow::Borrowed("plain"))));
        assert_eq!(texts[1].as_str(), Some("a line\n"));
    }

    proptest! {
        #[test]
        fn everything_else_is_read_and_written_as_serde_json_does(text in r#"\{("[a-d]":(-?[0-9]{1,20}(\.[0-9]{1,3})?|null|true|"[^"\\\x00-\x1f]*"|"\\n[a-z]"|\[1,\{\}\]),){0,3}"e":\{\}\}"#) {
            let usual = serde_json::from_str::<Value>(&text);
            match parse(&text) {
                Ok(value) => prop_assert_eq!(Some(value.to_string()), usual.ok().map(|value| value.to_string())),
                Err(error) => prop_assert!(usual.is_err() || error.to_string().contains("twice"), "{text}: {error}"),
            }
        }
    }
}
