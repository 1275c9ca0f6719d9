//! Questions about tokens, for servers that have vLLM's `/tokenize` and `/detokenize`.

use std::time::Duration;

use cuckoo_protocol::task::{TokenAnswer, TokenQuestion};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::server::Server;
use crate::engine::api::{EngineError, Prompt};

/// How long a server may take to tell tokens.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of an answer.
const MAX_BODY: usize = 16 << 20;

/// Both are beside `/v1`, and not below it.
const TOKENISE: &str = "../tokenize";
const DETOKENISE: &str = "../detokenize";

#[derive(Deserialize)]
struct Tokenised {
    /// Other servers have the path for something else, and do not count.
    #[serde(rename = "count")]
    _count: u64,
    tokens: Vec<u32>,
    token_strs: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Detokenised {
    prompt: String,
}

/// Whether the server tells the tokens of a model.
pub(super) async fn is_told(server: &Server, model: &str) -> bool {
    let probe = json!({"model": model, "prompt": "a"});
    post(server, TOKENISE, &probe).await.is_ok_and(|body| serde_json::from_slice::<Tokenised>(&body).is_ok())
}

/// Asks the server.
pub(super) async fn tell(server: &Server, model: &str, question: &TokenQuestion) -> Result<TokenAnswer, EngineError> {
    let nonsense = |error: serde_json::Error| EngineError::Interrupted(format!("the server tells no tokens: {error}"));
    match question {
        TokenQuestion::Text(ids) => {
            let body = post(server, DETOKENISE, &json!({"model": model, "tokens": ids})).await?;
            let Detokenised { prompt } = serde_json::from_slice(&body).map_err(nonsense)?;
            Ok(TokenAnswer { text: prompt, ..TokenAnswer::default() })
        }
        TokenQuestion::Of { messages, add_special_tokens, add_generation_prompt, with_texts } => {
            let mut asked = json!({"model": model, "return_token_strs": with_texts});
            match Prompt::of(messages)? {
                Prompt::Alone(text) => {
                    (asked["prompt"], asked["add_special_tokens"]) = (json!(text), json!(add_special_tokens));
                }
                Prompt::Between(..) => {
                    let none = "the server does not tell the tokens of a `suffix`";
                    return Err(EngineError::Invalid(none.into()));
                }
                Prompt::Ids(ids) => return Ok(TokenAnswer { ids, ..TokenAnswer::default() }),
                Prompt::Chat(chat) => {
                    (asked["messages"], asked["tools"]) = (json!(chat.messages), json!(chat.tools));
                    if chat.tools.is_empty() {
                        asked["tools"] = Value::Null;
                    }
                    asked["add_generation_prompt"] = json!(add_generation_prompt);
                }
            }
            let body = post(server, TOKENISE, &asked).await?;
            let Tokenised { tokens, token_strs, .. } = serde_json::from_slice(&body).map_err(nonsense)?;
            let texts = token_strs.filter(|_| *with_texts).unwrap_or_default();
            Ok(TokenAnswer { ids: tokens, texts, text: String::new() })
        }
    }
}

/// The tokens of a chat as the model is given them.
pub(super) async fn render(
    server: &Server,
    model: &str,
    messages: &[Map<String, Value>],
    tools: &[Value],
) -> Result<Vec<u32>, EngineError> {
    let mut asked =
        json!({"model": model, "messages": messages, "add_generation_prompt": true, "add_special_tokens": false});
    if !tools.is_empty() {
        asked["tools"] = tools.into();
    }
    let nonsense = |error: serde_json::Error| EngineError::Interrupted(format!("the server tells no tokens: {error}"));
    let body = post(server, TOKENISE, &asked).await?;
    let Tokenised { tokens, .. } = serde_json::from_slice(&body).map_err(nonsense)?;
    Ok(tokens)
}

async fn post(server: &Server, path: &str, body: &Value) -> Result<Vec<u8>, EngineError> {
    let request = server.request(reqwest::Method::POST, path)?.json(body);
    let response = server.send(request, PATIENCE).await?;
    Ok(server.body(response, MAX_BODY).await)
}
