//! Requests to this machine itself, which no proxy can reach, and the proxies that all others go through.

use std::net::IpAddr;

/// Whether the host of a URL is this machine: a proxy for the internet cannot reach its loopback.
pub fn is_loopback(host: Option<&str>) -> bool {
    let Some(host) = host else { return false };
    let name = host.trim_end_matches('.');
    let address = host.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The beginnings of a client for one URL: by the environment's proxy, but not to this machine itself.
#[cfg(feature = "http")]
pub fn client(url: &reqwest::Url) -> reqwest::ClientBuilder {
    match is_loopback(url.host_str()) {
        true => reqwest::Client::builder().no_proxy(),
        false => reqwest::Client::builder(),
    }
}

/// Why a request failed, with its causes and the proxy that it went through. Its URL is left out: that may hold a secret.
#[cfg(feature = "http")]
pub fn words(error: reqwest::Error) -> String {
    let url = error.url().cloned();
    let reason = crate::text::described(&error.without_url());
    match url {
        Some(url) => with_proxy(reason, &url),
        None => reason,
    }
}

/// A reason, and the variable that names the proxy for requests to this URL, if there is one.
#[cfg(feature = "http")]
pub fn with_proxy(reason: String, url: &reqwest::Url) -> String {
    match proxy_variable(url) {
        Some(name) => format!("{reason} (through the proxy of {name})"),
        None => reason,
    }
}

#[cfg(feature = "http")]
fn proxy_variable(url: &reqwest::Url) -> Option<&'static str> {
    // By the same rules as the client's own, `NO_PROXY` among them.
    let proxies = hyper_util::client::proxy::matcher::Matcher::from_env();
    proxies.intercept(&url.as_str().parse().ok()?)?;
    let of_scheme: &[&'static str] = match url.scheme() {
        "https" => &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        _ => &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    let is_set = |name: &&&'static str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    of_scheme.iter().find(is_set).copied().filter(|_| !is_loopback(url.host_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_many_names() {
        for host in ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "[::1]", "::1"] {
            assert!(is_loopback(Some(host)), "{host}");
        }
        for host in ["example.org", "10.0.0.1", "localhost.example.org", "[::2]", "0.0.0.0"] {
            assert!(!is_loopback(Some(host)), "{host}");
        }
        assert!(!is_loopback(None));
    }
}
