//! What somebody sees who opens the API's address: what this is, how to call it, and which models there are at which price.

use std::{fmt::Write, sync::Arc};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use cuckoo_protocol::{Cai, Untrusted, price::Rate, task::Kind};
use serde_json::{Value, json};

use super::{
    models::{model_object, read_models},
    openapi,
};
use crate::node::coordinator::Shared;

/// Nothing but the page's own style is loaded or run.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}\
    pre{background:#8882;padding:1rem;overflow-x:auto}td,th{text-align:left;padding:.2rem 1.5rem .2rem 0}\
    :root{color-scheme:light dark}";

/// The page for browsers, and the same as JSON for programs. It needs no key and says nothing that `/v1/models` does not.
pub(super) async fn show(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let models = shared.gateway.models(read_models(&shared.handle)).await;
    let needs_key = shared.keys.admit(None, false).is_err();
    let mut response = if wants_html(&headers) {
        let rows: Vec<_> =
            models.iter().map(|(name, kind, _)| (name.as_str(), *kind, shared.prices.rate(name))).collect();
        Html(page(&base_address(&headers), needs_key, &rows)).into_response()
    } else {
        let models =
            models.iter().map(|(name, kind, manifest)| model_object(&shared, name, *kind, manifest.as_deref()));
        Json(described(&base_address(&headers), needs_key, models.collect())).into_response()
    };
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::VARY, "accept"),
    ];
    response.headers_mut().extend(fixed.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}

/// Browsers ask for HTML by name; programs ask for JSON, for anything, or for nothing.
fn wants_html(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .any(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")))
}

/// The address that clients are given, as far as the request shows it.
fn base_address(headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_host = |host: &&str| {
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(&byte))
    };
    let host = text(header::HOST).filter(is_host).unwrap_or("HOST");
    let is_tls = text(header::HeaderName::from_static("x-forwarded-proto")) == Some("https");
    format!("{}://{host}/v1", if is_tls { "https" } else { "http" })
}

fn described(base: &str, needs_key: bool, models: Vec<Value>) -> Value {
    json!({
        "object": "coordinator",
        "name": "cuckoo",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "A coordinator of a decentralised marketplace for AI model serving. It speaks OpenAI's API.",
        "base_url": base,
        "document": openapi::PATH,
        "needs_key": needs_key,
        "models": models,
    })
}

fn page(base: &str, needs_key: bool, models: &[(&str, Kind, Rate)]) -> String {
    let key = if needs_key { "KEY" } else { "unused" };
    let header = if needs_key { " \\\n  -H 'authorization: Bearer KEY'" } else { "" };
    let model = models.iter().find(|(name, kind, _)| *kind == Kind::Text && is_plain(name));
    let model = model.map_or("MODEL", |(name, ..)| *name);
    let asks = if needs_key { "Calls need an API key, which the operator gives out." } else { "Calls need no key." };
    let mut rows = String::new();
    for (name, kind, rate) in models {
        // Writing to a String does not fail.
        let _ = writeln!(rows, "<tr><td>{}<td>{}<td>{}", escaped(name), kind.as_str(), price(*kind, *rate));
    }
    if models.is_empty() {
        rows.push_str("<tr><td colspan=3>No miner is connected at the moment.\n");
    }
    let (base, model, document) = (escaped(base), escaped(model), openapi::PATH);
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>cuckoo coordinator</title><style>{STYLE}</style>\n<h1>cuckoo coordinator</h1>\n\
         <p>A decentralised marketplace for AI model serving. This coordinator speaks OpenAI's API: give a client the base \
         address <code>{base}</code>. {asks} Each answer comes with a signed receipt.\n\
         <pre>curl {base}/chat/completions -H 'content-type: application/json'{header} \\\n  \
         -d '{{\"model\": \"{model}\", \"messages\": [{{\"role\": \"user\", \"content\": \"Hello\"}}]}}'</pre>\n\
         <pre>from openai import OpenAI\nclient = OpenAI(base_url=\"{base}\", api_key=\"{key}\")</pre>\n\
         <h2>Models</h2>\n<table><tr><th>name<th>makes<th>price\n{rows}</table>\n\
         <p><a href=\"{document}\">All that it understands</a> (OpenAPI) · <a href=\"/v1/models\">Models as JSON</a></html>\n"
    )
}

/// Whether a name, which a miner chooses, means nothing to a shell and to JSON: people copy the example into a terminal.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:/@+-".contains(&byte))
}

fn price(kind: Kind, rate: Rate) -> String {
    let amount = |units: u128| Cai::from(units).plain();
    match kind {
        _ if rate == Rate::default() => "free".to_owned(),
        Kind::Text => {
            format!(
                "{} for 1,000 tokens of the prompt, {} for 1,000 of the answer",
                amount(rate.prompt()),
                amount(rate.completion())
            )
        }
        Kind::Embedding => format!("{} for 1,000 tokens", amount(rate.prompt())),
        Kind::Image => {
            format!("{} an image, {} for 1,000 tokens of the prompt", amount(rate.image()), amount(rate.prompt()))
        }
    }
}

/// A stranger's text as HTML, also between quotes.
fn escaped(text: &str) -> String {
    let shown = Untrusted::new(text).to_string();
    shown.chars().fold(String::new(), |mut html, letter| {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            letter => html.push(letter),
        }
        html
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_models_and_prices_and_runs_nothing_of_what_miners_call_them() {
        let rate = Rate::new(100_000_000_000_000_000, 400_000_000_000_000_000).expect("a rate");
        let models = [("<script>alert('x')</script>", Kind::Text, rate), ("emb", Kind::Embedding, Rate::default())];
        let html = page("http://h/v1", true, &models);
        assert!(!html.contains("<script") && html.contains("&lt;script&gt;alert(&#39;x&#39;)"), "{html}");
        for said in
            ["0.1cai for 1,000 tokens of the prompt, 0.4cai", "<td>embedding<td>free", "Bearer KEY", "/openapi.json"]
        {
            assert!(html.contains(said), "{said}: {html}");
        }
        let odd = ("x'; id #", Kind::Text, rate);
        let example = |models: &[(&str, Kind, Rate)]| {
            let html = page("http://h/v1", true, models);
            html.split("<pre>").nth(1).and_then(|rest| rest.split("</pre>").next()).expect("an example").to_owned()
        };
        assert!(example(&[odd]).contains("\"MODEL\"") && !example(&[odd]).contains("id #"));
        assert!(example(&[odd, ("org/m-1:8b@q4", Kind::Text, rate)]).contains("\"org/m-1:8b@q4\""));
        assert!(page("http://h/v1", false, &[]).contains("No miner is connected"));
    }

    #[test]
    fn the_base_address_is_the_one_that_was_called_or_none() {
        let of = |fields: &[(&'static str, &'static str)]| {
            let fields = fields
                .iter()
                .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)));
            base_address(&fields.collect())
        };
        assert_eq!(of(&[("host", "127.0.0.1:8780")]), "http://127.0.0.1:8780/v1");
        assert_eq!(of(&[("host", "api.example"), ("x-forwarded-proto", "https")]), "https://api.example/v1");
        assert_eq!(of(&[("host", "x'><script>")]), "http://HOST/v1");
        assert_eq!(of(&[]), "http://HOST/v1");
    }
}
