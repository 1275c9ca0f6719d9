//! What other servers have and this network does not: why, and what to use instead.

/// Why the API does not have a path that clients know from elsewhere; `None` for any other path.
pub(super) fn reason(path: &str) -> Option<&'static str> {
    let path = path.strip_prefix("/v1").unwrap_or(path);
    let begins = |beginnings: &[&str]| {
        beginnings
            .iter()
            .any(|beginning| path.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    };
    if begins(&["/rerank", "/v2/rerank", "/score"]) {
        return Some("no miner can offer a model that ranks texts; hint: compare the vectors of /v1/embeddings");
    }
    if begins(&["/moderations"]) {
        return Some(
            "no miner can offer a model that moderates; hint: ask a model at /v1/chat/completions with `response_format`",
        );
    }
    if begins(&["/audio"]) {
        return Some("no miner can offer a model that hears or speaks");
    }
    if begins(&["/images/edits", "/images/variations"]) {
        return Some("no miner can offer a model that changes images; hint: /v1/images/generations makes new ones");
    }
    begins(&["/assistants", "/threads", "/vector_stores", "/fine_tuning", "/conversations", "/uploads"]).then_some(
        "a coordinator keeps nothing of that kind; hint: /v1/responses goes on from earlier ones, /v1/files is for batches",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_know_from_elsewhere_is_told_with_a_way_out() {
        for path in ["/v1/rerank", "/v2/rerank", "/v1/moderations", "/v1/audio/speech", "/v1/threads/1/runs"] {
            assert!(reason(path).is_some(), "{path}");
        }
        for path in ["/v1/nothing", "/v1/audiobooks", "/v1/chat/completions", "/"] {
            assert_eq!(reason(path), None, "{path}");
        }
    }
}
