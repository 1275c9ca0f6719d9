//! The description of the application API, `crates/cli/openapi.json`, and the tests that keep it true.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

/// The path of the description, which needs no key.
pub(super) const PATH: &str = "/openapi.json";

const DOCUMENT: &str = include_str!("../../../../openapi.json");

pub(super) async fn document() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], DOCUMENT).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::{
        super::{anthropic, batches, responses, shape::Shape, tokens},
        *,
    };

    fn parsed() -> Value {
        serde_json::from_str(DOCUMENT).expect("JSON")
    }

    #[test]
    fn it_has_every_route_and_no_other() {
        let document = parsed();
        let described: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .expect("paths")
            .iter()
            .flat_map(|(path, methods)| {
                methods.as_object().expect("methods").keys().map(|method| (method.clone(), path.clone()))
            })
            .collect();
        let served = super::super::routes().into_iter().map(|(method, path, _)| (method.to_string(), path.to_owned()));
        let mut served: BTreeSet<_> =
            served.map(|(method, path)| (method.to_lowercase(), path.replace("{*", "{"))).collect();
        served.extend(super::super::OPEN_PATHS.map(|path| ("get".to_owned(), path.to_owned())));
        assert_eq!(described, served);
    }

    #[test]
    fn it_has_every_parameter_and_no_other() {
        let document = parsed();
        let described = |schema: &str| -> BTreeSet<_> {
            let properties = document["components"]["schemas"][schema]["properties"].as_object().expect("properties");
            properties.keys().map(String::as_str).collect()
        };
        for (schema, shape) in [
            ("ChatRequest", Shape::Chat),
            ("TextRequest", Shape::Text),
            ("EmbeddingRequest", Shape::Embeddings { base64: false }),
            ("ImageRequest", Shape::Images),
        ] {
            assert_eq!(described(schema), shape.parameters().collect());
        }
        assert_eq!(described("ResponseRequest"), responses::parameters().collect());
        assert_eq!(described("MessageRequest"), anthropic::parameters().collect());
        assert_eq!(described("BatchRequest"), batches::parameters().collect());
        let [of_texts, of_tokens] = tokens::parameters();
        assert_eq!(described("TokenizeRequest"), of_texts.into_iter().collect());
        assert_eq!(described("DetokenizeRequest"), of_tokens.into_iter().collect());
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    }
}
