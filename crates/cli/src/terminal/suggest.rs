//! Suggests the name that a mistyped word may have meant.

/// How alike two words have to be, from 0 to 1.
const ALIKE: f64 = 0.75;

/// Finds the name that is most like a mistyped one, if any is like it.
pub fn closest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = names.into_iter().map(|name| (strsim::jaro_winkler(typed, name), name));
    let best = scored.filter(|(score, _)| *score >= ALIKE).max_by(|left, right| left.0.total_cmp(&right.0));
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_nonsense_is_not() {
        let names = ["rpc-url", "account", "network"];
        assert_eq!(closest("rpc_url", names), Some("rpc-url"));
        assert_eq!(closest("netwrok", names), Some("network"));
        assert_eq!(closest("zzz", names), None);
    }
}
