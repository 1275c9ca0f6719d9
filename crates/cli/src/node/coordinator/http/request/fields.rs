//! The fields of a request's body: each is read as a type and within bounds, and an unknown one is refused by name.

use cuckoo_protocol::{Untrusted, task::Micros};
use serde_json::{Map, Number, Value};

use super::{
    super::{
        error::ApiError,
        neutral::{Accepted, Neutral},
        shape::Shape,
    },
    json::{Json, Object},
};

/// The error of a field whose value is not accepted.
pub(super) fn invalid(param: &str, message: impl Into<String>) -> ApiError {
    ApiError::invalid("invalid_value", message, param)
}

/// The error of a field that a request has to have.
pub(super) fn missing(param: &str) -> ApiError {
    ApiError::invalid("missing_parameter", format!("`{param}` is missing"), param)
}

/// The fields of a body of this kind.
pub(super) fn parse_body(body: &[u8], shape: Shape) -> Result<Object<'_>, ApiError> {
    let fields = parse_object(body)?;
    if let Some(unknown) = fields.names().find(|name| shape.parameters().all(|known| known != *name)) {
        let shown = Untrusted::new(unknown).to_string();
        let message = format!("the parameter `{shown}` is not supported");
        return Err(ApiError::invalid("unsupported_parameter", message, shown));
    }
    check_neutral("", &fields, shape.neutral())?;
    Ok(fields)
}

/// The fields of a body. Those that are null count as absent, as OpenAI has it.
pub(super) fn parse_object(body: &[u8]) -> Result<Object<'_>, ApiError> {
    let malformed = |message: String| {
        let error = ApiError::invalid("invalid_json", message, "");
        ApiError { param: None, ..error }
    };
    let value =
        serde_json::from_slice(body).map_err(|error| malformed(format!("the body is not valid JSON: {error}")))?;
    let Json::Object(mut fields) = value else { return Err(malformed("the body is not a JSON object".into())) };
    fields.remove_nulls();
    Ok(fields)
}

/// Refuses a parameter without effect that asks for one. `at` is what its name begins with.
pub(super) fn check_neutral<'a>(
    at: &str,
    fields: &Object<'_>,
    parameters: impl IntoIterator<Item = &'a Neutral>,
) -> Result<(), ApiError> {
    for parameter in parameters {
        if let Some(value) = fields.get(parameter.name).filter(|value| !value.is_null()) {
            check_value(at, parameter, value)?;
        }
    }
    Ok(())
}

/// The same of a body that was translated.
pub(in super::super) fn check_neutral_values<'a>(
    fields: &Map<String, Value>,
    parameters: impl IntoIterator<Item = &'a Neutral>,
) -> Result<(), ApiError> {
    for parameter in parameters {
        let Some(value) = fields.get(parameter.name).filter(|value| !value.is_null()) else { continue };
        let text = value.to_string();
        // What was written as JSON is read as JSON.
        let value = serde_json::from_str(&text).unwrap_or(Json::Null);
        check_value("", parameter, &value)?;
    }
    Ok(())
}

fn check_value(at: &str, Neutral { name, accepted, hint }: &Neutral, value: &Json<'_>) -> Result<(), ApiError> {
    let (good, must) = match accepted {
        Accepted::Text => (value.is_string(), "must be a string".to_owned()),
        Accepted::Boolean => (value.is_boolean(), "must be true or false".to_owned()),
        Accepted::Object => (value.as_object().is_some(), "must be an object".to_owned()),
        Accepted::Count => {
            (whole_number(value).is_some_and(|count| count > 0), "must be an integer from 1 on".to_owned())
        }
        Accepted::Only([]) => (false, "is not supported".to_owned()),
        Accepted::Only(values) => {
            (values.iter().any(|same| value.means(same)), format!("must be {}", values.join(" or ")))
        }
    };
    if good {
        return Ok(());
    }
    let hint = if hint.is_empty() { String::new() } else { format!("; hint: {hint}") };
    let param = format!("{at}{name}");
    Err(ApiError::invalid("unsupported_value", format!("`{param}` {must}{hint}"), param))
}

/// Refuses an object that has another field than the known ones.
pub(super) fn known_fields(at: &str, object: &Object<'_>, known: &[&str]) -> Result<(), ApiError> {
    match object.names().find(|name| !known.contains(name)) {
        None => Ok(()),
        Some(unknown) => {
            let param = format!("{at}.{}", Untrusted::new(unknown));
            Err(ApiError::invalid("unsupported_parameter", format!("`{param}` is not supported"), param))
        }
    }
}

pub(super) fn read_boolean(fields: &Object<'_>, name: &str) -> Result<Option<bool>, ApiError> {
    match fields.get(name) {
        None => Ok(None),
        Some(Json::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(invalid(name, format!("`{name}` is neither true nor false"))),
    }
}

pub(super) fn read_integer(fields: &Object<'_>, name: &str, least: u64, most: u64) -> Result<Option<u64>, ApiError> {
    match fields.get(name) {
        None => Ok(None),
        Some(value) => match whole_number(value).and_then(|number| u64::try_from(number).ok()) {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(invalid(name, format!("`{name}` is not an integer from {least} to {most}"))),
        },
    }
}

pub(super) fn read_number(fields: &Object<'_>, name: &str, least: f64, most: f64) -> Result<Option<Micros>, ApiError> {
    match fields.get(name) {
        None => Ok(None),
        Some(value) => match value.as_number().and_then(Number::as_f64) {
            Some(number) if (least..=most).contains(&number) => Ok(Micros::from_f64(number)),
            _ => Err(invalid(name, format!("`{name}` is not a number from {least} to {most}"))),
        },
    }
}

/// Reads one of several words.
pub(super) fn read_word<'a>(fields: &'a Object<'_>, name: &str, words: &[&str]) -> Result<Option<&'a str>, ApiError> {
    match fields.get(name) {
        None => Ok(None),
        Some(value) => match value.as_str().filter(|word| words.contains(word)) {
            Some(word) => Ok(Some(word)),
            None => Err(invalid(name, format!("`{name}` must be one of: {}", words.join(", ")))),
        },
    }
}

/// Seeds are signed in OpenAI's API; only their bits matter here.
pub(super) fn read_seed(fields: &Object<'_>) -> Result<Option<u64>, ApiError> {
    match fields.get("seed") {
        None => Ok(None),
        Some(value) => match whole_number(value).map(|seed| (u64::try_from(seed), i64::try_from(seed))) {
            Some((Ok(seed), _)) => Ok(Some(seed)),
            Some((Err(_), Ok(seed))) => Ok(Some(seed.cast_unsigned())),
            _ => Err(invalid("seed", "`seed` is not an integer of 64 bits")),
        },
    }
}

/// The value of a whole number, which JSON may also write as 1.0.
pub(super) fn whole_number(value: &Json<'_>) -> Option<i128> {
    let number = value.as_number()?;
    let exact = number.as_u64().map(i128::from).or_else(|| number.as_i64().map(i128::from));
    exact.or_else(|| {
        let number = number.as_f64()?;
        (number.fract() == 0.0 && number.abs() < 1e18).then_some(number as i128)
    })
}
