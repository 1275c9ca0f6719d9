//! What is said to the plugin in a vLLM server (`crates/gpu/plugins/vllm`), and how it is found out.

use std::time::Duration;

use cuckoo_protocol::task::{Bias, Sampling, sampler::RULES};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{super::server::Server, tokens::Tokens};
use crate::engine::api::EngineError;

/// The version of what is said.
const PLUGIN: u32 = 1;
/// How long a server may take to answer at all.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of what the plugin says of itself.
const MOST: usize = 1_024;
/// The byte, which is a token's id, behind what the plugin says.
pub(super) const END: u32 = 255;
/// Where requests go.
pub(super) const PATH: &str = "completions";

/// What the plugin says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(in crate::engine::openai) struct Hello {
    plugin: u32,
    rules: u32,
    /// The device and its numbers, in the words of [`crate::ServedModel::class`].
    pub(super) class: String,
    /// How vLLM has quantised the weights, or finds them quantised.
    pub(super) quantised: Option<String>,
}

/// Asks a server whether it samples a model's tokens by our rules. `None` where it does not.
pub(in crate::engine::openai) async fn ask(server: &Server, model: &str) -> Result<Option<Hello>, EngineError> {
    let own = Map::from_iter([("hello".to_owned(), true.into())]);
    let body = body(model, &[0], MOST as u32, own);
    let request = server.request(reqwest::Method::POST, PATH)?.json(&body);
    let Ok(response) = server.send(request, PATIENCE).await else { return Ok(None) };
    let mut tokens = Tokens::new(Box::pin(response.bytes_stream()), server.idle);
    let mut said = vec![];
    // A server without the plugin says something else, and need not go on with it.
    while let Ok(Some(more)) = tokens.next().await {
        for id in more.ids {
            match u8::try_from(id) {
                _ if id == END => return understand(&said),
                Ok(byte) if said.len() < MOST && (byte == b'{' || !said.is_empty()) => said.push(byte),
                _ => return Ok(None),
            }
        }
        if said.is_empty() {
            return Ok(None);
        }
    }
    Ok(None)
}

/// The plugin in a server that answers again after it did not.
pub(in crate::engine::openai) async fn check(server: &Server, models: &[String]) -> Result<(), EngineError> {
    for model in models {
        if ask(server, model).await?.is_none() {
            let reason = format!("the server does not sample `{model}` by cuckoo's rules any more");
            return Err(EngineError::Unavailable(reason));
        }
    }
    Ok(())
}

fn understand(said: &[u8]) -> Result<Option<Hello>, EngineError> {
    let Ok(hello) = serde_json::from_slice::<Hello>(said) else { return Ok(None) };
    if (hello.plugin, hello.rules) != (PLUGIN, RULES) {
        let reason = format!(
            "the server's plugin is of version {} with rules {}, and this program knows version {PLUGIN} with rules {RULES}; \
             hint: both come with one release of cuckoo",
            hello.plugin, hello.rules
        );
        return Err(EngineError::Start(reason));
    }
    Ok(Some(hello))
}

/// A request for tokens after these, with what the plugin is to do.
pub(super) fn body(model: &str, prompt: &[u32], max_tokens: u32, own: Map<String, Value>) -> Value {
    json!({
        "model": model,
        "prompt": prompt,
        "max_tokens": max_tokens,
        "temperature": 0,
        "stream": true,
        "logprobs": 0,
        "ignore_eos": true,
        "return_token_ids": true,
        "return_tokens_as_token_ids": true,
        // What it takes beyond numbers and texts is no part of its interface.
        "vllm_xargs": { "cuckoo": Value::Object(own).to_string() },
    })
}

/// How tokens are to be chosen, in the plugin's words; `ends` are those that end an answer, which matter to a schema.
pub(super) fn parameters(sampling: &Sampling, ends: &[u32]) -> Map<String, Value> {
    let biases: Vec<_> = sampling.logit_bias.iter().map(|Bias { id, logits }| json!([id, logits.0])).collect();
    let mut own = Map::from_iter([
        ("seed".to_owned(), sampling.seed.into()),
        ("temperature".to_owned(), sampling.temperature.0.into()),
        ("top_p".to_owned(), sampling.top_p.0.into()),
        ("top_k".to_owned(), sampling.top_k.into()),
        ("min_p".to_owned(), sampling.min_p.0.into()),
        ("frequency_penalty".to_owned(), sampling.frequency_penalty.0.into()),
        ("presence_penalty".to_owned(), sampling.presence_penalty.0.into()),
        ("repetition_penalty".to_owned(), sampling.repetition_penalty.0.into()),
        ("logit_bias".to_owned(), biases.into()),
    ]);
    if !sampling.schema.is_empty() {
        own.insert("schema".to_owned(), sampling.schema.clone().into());
        own.insert("ends".to_owned(), ends.into());
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_refused_and_nonsense_is_no_plugin() {
        let said = |plugin: u32| format!(r#"{{"plugin":{plugin},"rules":{RULES},"class":"cpu-f32","quantised":null}}"#);
        let known = understand(said(PLUGIN).as_bytes()).expect("known").expect("a plugin");
        assert_eq!((known.class.as_str(), known.quantised), ("cpu-f32", None));
        let other = understand(said(PLUGIN + 1).as_bytes());
        assert!(other.is_err_and(|error| error.to_string().contains("one release")));
        assert_eq!(understand(b"{\"plugin\""), Ok(None));
    }
}
