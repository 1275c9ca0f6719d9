//! Reading texts that are to be embedded.

use cuckoo_protocol::task::{
    ChatMessage, ChatRole,
    kind::{MAX_DIMENSIONS, MAX_INPUTS as MAX_TASK_INPUTS},
};

use super::{
    super::{error::ApiError, shape::Shape},
    Request,
    fields::{invalid, missing, parse_body, read_integer, read_word},
    json::{Json, Object},
    read_common,
};

/// A request has at most this many texts, as OpenAI has it.
const MAX_INPUTS: usize = 2_048;

/// Reads the body of texts that are to be embedded. Every `MAX_TASK_INPUTS` of them make one task.
pub(in super::super) fn read(body: &[u8], seed: u64) -> Result<Request, ApiError> {
    let fields = parse_body(body, Shape::Embeddings { base64: false })?;
    let base64 = match read_word(&fields, "encoding_format", &["float", "base64"])? {
        Some("base64") => true,
        Some(_) | None => false,
    };
    let request = read_common(&fields, Shape::Embeddings { base64 }, seed)?;
    let dimensions = read_integer(&fields, "dimensions", 1, MAX_DIMENSIONS as u64)?.map(|number| number as usize);
    let texts = read_inputs(&fields)?;
    let input = |text: &&str| ChatMessage { role: ChatRole::Input, content: (*text).to_owned() };
    let prompts = texts.chunks(MAX_TASK_INPUTS).map(|texts| texts.iter().map(input).collect()).collect();
    Ok(Request { prompts, dimensions, ..request })
}

fn read_inputs<'a>(fields: &'a Object<'_>) -> Result<Vec<&'a str>, ApiError> {
    let texts: Vec<_> = match fields.get("input") {
        None => return Err(missing("input")),
        Some(Json::String(text)) => vec![text.as_ref()],
        Some(Json::Array(texts)) if texts.len() > MAX_INPUTS => {
            let message = format!("`input` has {} texts; at most {MAX_INPUTS} are accepted", texts.len());
            return Err(invalid("input", message));
        }
        Some(Json::Array(texts)) if !texts.is_empty() && texts.iter().all(Json::is_string) => {
            texts.iter().filter_map(Json::as_str).collect()
        }
        Some(_) => {
            let message = "`input` is neither a string nor an array of strings; hint: for token ids, as LangChain sends \
                           them, set check_embedding_ctx_length=False, so that it sends the texts";
            return Err(invalid("input", message));
        }
    };
    match texts.iter().any(|text| text.is_empty()) {
        true => Err(invalid("input", "`input` has an empty text, which cannot be embedded")),
        false => Ok(texts),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn many_texts_become_several_tasks() {
        let body = |input: Value| json!({"model": "m", "input": input}).to_string().into_bytes();
        let request = read(&body(json!("one")), 0).expect("is valid");
        assert_eq!((request.prompts.len(), request.shape), (1, Shape::Embeddings { base64: false }));
        let request = read(&body(json!(vec!["x"; MAX_TASK_INPUTS * 2 + 1])), 0).expect("is valid");
        assert_eq!(request.prompts.iter().map(Vec::len).collect::<Vec<_>>(), [MAX_TASK_INPUTS, MAX_TASK_INPUTS, 1]);
        assert_eq!((request.sampling.max_tokens, request.n), (0, 1));
        for wrong in [json!([]), json!(""), json!(["a", ""]), json!([1, 2]), json!([[1]]), json!(vec!["x"; 2_049])] {
            assert_eq!(read(&body(wrong), 0).expect_err("refused").param.as_deref(), Some("input"));
        }
        let odd = json!({"model": "m", "input": "x", "encoding_format": "hex"}).to_string();
        assert_eq!(read(odd.as_bytes(), 0).expect_err("refused").param.as_deref(), Some("encoding_format"));
    }
}
