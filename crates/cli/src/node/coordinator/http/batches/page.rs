//! Lists in pages, and the errors that files and batches share.

use std::io;

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::StatusCode,
};
use cuckoo_protocol::Untrusted;
use serde_json::{Value, json};

use super::super::{
    error::ApiError,
    translate::{unsupported, wrong},
};
use crate::node::coordinator::batches::Quota;

/// A list has this many entries when the application does not set `limit`.
const LIST: usize = 20;
/// A list has at most this many entries.
const MAX_LIST: usize = 10_000;

/// What an application has asked for of a list, as it came.
pub(in super::super) type Asked = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// Which part of a list is wanted.
#[derive(Debug, Default)]
pub(super) struct Page {
    limit: Option<usize>,
    after: Option<String>,
    /// Oldest first.
    ascends: bool,
    /// Of files: only those for this.
    pub(super) purpose: Option<String>,
}

impl Page {
    /// Reads the query of a list of files or of batches.
    pub(super) fn read(asked: Asked, of_files: bool) -> Result<Self, ApiError> {
        let unreadable = |rejection: QueryRejection| ApiError::invalid("invalid_value", rejection.body_text(), "");
        let Query(asked) = asked.map_err(|error| ApiError { param: None, ..unreadable(error) })?;
        let mut page = Self::default();
        for (name, value) in asked {
            match name.as_str() {
                "limit" => match value.parse() {
                    Ok(limit) if (1..=MAX_LIST).contains(&limit) => page.limit = Some(limit),
                    _ => return Err(wrong("limit", &format!("is not an integer from 1 to {MAX_LIST}"))),
                },
                "after" => page.after = Some(value),
                "order" if ["asc", "desc"].contains(&value.as_str()) => page.ascends = value == "asc",
                "order" => return Err(wrong("order", "must be one of: asc, desc")),
                "purpose" if of_files => page.purpose = Some(value),
                _ => return Err(unsupported(Untrusted::new(name).to_string(), "is not supported")),
            }
        }
        Ok(page)
    }

    /// The part of `all`, oldest first, that is wanted, as a list. Newer entries have larger ids.
    pub(super) fn of(&self, mut all: Vec<(String, Value)>) -> Value {
        if !self.ascends {
            all.reverse();
        }
        let is_before = |id: &String, after: &String| if self.ascends { id <= after } else { id >= after };
        let start = self.after.as_ref().map_or(0, |after| all.partition_point(|(id, _)| is_before(id, after)));
        let page: Vec<_> = all.iter().skip(start).take(self.limit.unwrap_or(LIST)).collect();
        json!({
            "object": "list",
            "data": page.iter().map(|(_, object)| object).collect::<Vec<_>>(),
            "first_id": page.first().map(|(id, _)| id),
            "last_id": page.last().map(|(id, _)| id),
            "has_more": start + page.len() < all.len(),
        })
    }
}

pub(super) fn missing(what: &str, id: &str, param: &str) -> ApiError {
    let message = format!("there is no {what} `{}`, or its time is over", Untrusted::new(id));
    let code = if what == "batch" { "batch_not_found" } else { "file_not_found" };
    let error = ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", code, message);
    ApiError { param: Some(param.to_owned()), ..error }
}

pub(super) fn exhausted(quota: Quota) -> ApiError {
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "quota_exceeded", quota.to_string())
}

pub(super) fn broken(error: &io::Error) -> ApiError {
    tracing::error!(%error, "the files of batches cannot be read or written");
    let message = "the coordinator's files cannot be read or written";
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error", "internal_error", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_on_after_the_last_entry_of_the_page_before_even_if_that_is_gone() {
        let page = |after: Option<&str>, ascends: bool| {
            let all: Vec<_> = ["a", "c", "d"].map(|id| (id.to_owned(), json!(id))).into();
            let list = Page { limit: Some(2), after: after.map(str::to_owned), ascends, purpose: None }.of(all);
            (list["data"].clone(), list["has_more"].clone(), list["last_id"].clone())
        };
        assert_eq!(page(None, false), (json!(["d", "c"]), json!(true), json!("c")));
        assert_eq!(page(Some("c"), false), (json!(["a"]), json!(false), json!("a")));
        assert_eq!(page(Some("b"), false), (json!(["a"]), json!(false), json!("a")));
        assert_eq!(page(Some("a"), false), (json!([]), json!(false), Value::Null));
        assert_eq!(page(None, true), (json!(["a", "c"]), json!(true), json!("c")));
        assert_eq!(page(Some("b"), true), (json!(["c", "d"]), json!(false), json!("d")));
    }

    #[test]
    fn what_is_asked_of_a_list_is_refused_by_its_own_name() {
        let read = |query: &[(&str, &str)], of_files: bool| {
            let query = query.iter().map(|(name, value)| (String::from(*name), String::from(*value))).collect();
            Page::read(Ok(Query(query)), of_files).map_err(|error| error.param.unwrap_or_default())
        };
        let page = read(&[("limit", "10000"), ("order", "asc"), ("purpose", "batch")], true).expect("is valid");
        assert_eq!((page.limit, page.ascends, page.purpose.as_deref()), (Some(10_000), true, Some("batch")));
        for (name, value) in
            [("limit", "0"), ("limit", "x"), ("limit", "10001"), ("order", "up"), ("purpose", "batch"), ("page", "1")]
        {
            assert_eq!(read(&[(name, value)], false).expect_err(value), name);
        }
    }
}
