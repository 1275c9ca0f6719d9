//! Lists in pages, and the errors that files and batches share.

use std::io;

use axum::{
    extract::{Query, rejection::QueryRejection},
    http::StatusCode,
};
use cuckoo_protocol::Untrusted;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{error::ApiError, translate::wrong};
use crate::node::coordinator::batches::Quota;

/// A list has this many entries when the application does not set `limit`.
const LIST: usize = 20;
/// A list has at most this many entries.
const MAX_LIST: usize = 100;

/// Which part of a list is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Page {
    limit: Option<usize>,
    after: Option<String>,
}

impl Page {
    pub(super) fn read(page: Result<Query<Self>, QueryRejection>) -> Result<Self, ApiError> {
        let Query(page) =
            page.map_err(|rejection| ApiError::invalid("invalid_value", rejection.body_text(), "limit"))?;
        match page.limit {
            Some(limit) if !(1..=MAX_LIST).contains(&limit) => {
                Err(wrong("limit", &format!("is not an integer from 1 to {MAX_LIST}")))
            }
            _ => Ok(page),
        }
    }

    /// The part of `all`, newest first, that is wanted, as a list. Newer entries have larger ids.
    pub(super) fn of(&self, all: &[(String, Value)]) -> Value {
        let start = self.after.as_ref().map_or(0, |after| all.partition_point(|(id, _)| id >= after));
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
        let all: Vec<_> = ["d", "c", "a"].map(|id| (id.to_owned(), json!(id))).into();
        let page = |after: Option<&str>| {
            let list = Page { limit: Some(2), after: after.map(str::to_owned) }.of(&all);
            (list["data"].clone(), list["has_more"].clone(), list["last_id"].clone())
        };
        assert_eq!(page(None), (json!(["d", "c"]), json!(true), json!("c")));
        assert_eq!(page(Some("c")), (json!(["a"]), json!(false), json!("a")));
        assert_eq!(page(Some("b")), (json!(["a"]), json!(false), json!("a")));
        assert_eq!(page(Some("a")), (json!([]), json!(false), Value::Null));
    }
}
