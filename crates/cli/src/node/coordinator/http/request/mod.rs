//! Reading a request: what is understood is checked, what is not understood is refused by name.

use cuckoo_protocol::task::{ChatMessage, ChatRole, ImageSize, Micros, Sampling, kind::MAX_INPUTS as MAX_TASK_INPUTS};
use serde_json::{Map, Value};

use self::tools::{Offered, Tools};
use super::{error::ApiError, response::Shape};

mod messages;
mod strict;
pub(super) mod tools;

/// Tokens generated when the application does not say how many.
const DEFAULT_MAX_TOKENS: u32 = 512;
/// The same of a text that is continued, as OpenAI has it.
const DEFAULT_TEXT_TOKENS: u64 = 16;
/// Tokens that an application may ask for.
const MAX_TOKENS: u64 = 131_072;
/// As OpenAI has it.
const MAX_STOPS: usize = 4;
/// Texts of one request.
const MAX_PROMPTS: usize = 8;
/// Answers to one prompt.
const MAX_ANSWERS: u64 = 8;
/// Bytes of one stop text.
const MAX_STOP_BYTES: usize = 256;
/// Bytes of a schema.
const MAX_SCHEMA_BYTES: usize = 32 * 1024;
/// What `json_object` asks for.
const ANY_OBJECT: &str = r#"{"type":"object"}"#;
/// Bytes of a model's name.
const MAX_MODEL_BYTES: usize = 256;

/// Texts that are embedded by one request, as OpenAI has it.
const MAX_INPUTS: usize = 2_048;
/// An image's width and height in pixels are multiples of this, as models make them.
const IMAGE_STEP: u32 = 16;
/// The least and the most that either may be.
const IMAGE_SIDES: std::ops::RangeInclusive<u32> = 64..=1_536;
/// What is drawn when the application does not say.
const DEFAULT_IMAGE: ImageSize = ImageSize { width: 1_024, height: 1_024 };

/// Parameters that are understood of everything.
const ALL: [&str; 3] = ["model", "user", "timeout_seconds"];
/// Of chats and of texts that are to be continued.
const GENERATED: [&str; 8] = ["max_tokens", "temperature", "top_p", "seed", "stop", "stream", "stream_options", "n"];
/// And of a chat alone.
const CHAT: [&str; 8] = [
    "messages",
    "max_completion_tokens",
    "logprobs",
    "top_logprobs",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
];
/// And of a text that is to be continued.
const TEXT: [&str; 3] = ["prompt", "logprobs", "echo"];
/// Of texts that are to be embedded.
const EMBEDDINGS: [&str; 2] = ["input", "encoding_format"];
/// Of images.
const IMAGES: [&str; 6] = ["prompt", "n", "size", "response_format", "output_format", "seed"];

/// Everything that a request may have.
pub(super) fn known(shape: Shape) -> impl Iterator<Item = &'static str> {
    let (shared, own): (&[_], &[_]) = match shape {
        Shape::Chat => (&GENERATED, &CHAT),
        Shape::Text => (&GENERATED, &TEXT),
        Shape::Embeddings { .. } => (&[], &EMBEDDINGS),
        Shape::Images => (&[], &IMAGES),
    };
    ALL.iter().chain(shared).chain(own).copied()
}

/// A checked request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Request {
    pub(super) shape: Shape,
    pub(super) model: String,
    /// Each is answered by itself, as a task of its own.
    pub(super) prompts: Vec<Vec<ChatMessage>>,
    /// Of the first answer; each one more has the next seed.
    pub(super) sampling: Sampling,
    /// Answers to every prompt.
    pub(super) n: u32,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    /// With the probability of every token.
    pub(super) logprobs: bool,
    /// What the answer may call.
    pub(super) offered: Option<Offered>,
    /// The application's own limit, in seconds.
    pub(super) timeout_seconds: Option<u64>,
}

fn invalid(param: &str, message: impl Into<String>) -> ApiError {
    ApiError::invalid("invalid_value", message, param)
}

/// Reads the body of a chat. `seed` is used when the request has none.
pub(super) fn chat(body: &[u8], seed: u64) -> Result<Request, ApiError> {
    let fields = fields(body, Shape::Chat)?;
    let older = integer(&fields, "max_tokens", 1, MAX_TOKENS)?;
    let max_tokens = integer(&fields, "max_completion_tokens", 1, MAX_TOKENS)?.or(older);
    // What travels from the miner is the chosen token's, not the others'.
    if integer(&fields, "top_logprobs", 0, 20)?.is_some_and(|top| top > 0) {
        return Err(invalid("top_logprobs", "`top_logprobs` must be 0: only the chosen token's probability is known"));
    }
    let request = generated(&fields, Shape::Chat, max_tokens, seed)?;
    let logprobs = boolean(&fields, "logprobs")?.unwrap_or(false);
    let Tools { message, offered, schema: call } = tools::read(&fields)?;
    let schema = schema(&fields)?;
    if offered.is_some() && !schema.is_empty() {
        let message =
            "an answer that obeys `response_format` could call none of the `tools`; hint: leave one of them out";
        return Err(invalid("response_format", message));
    }
    let messages = message.into_iter().chain(messages::read(&fields)?).collect();
    let sampling = Sampling { schema: call.unwrap_or(schema), ..request.sampling };
    Ok(Request { prompts: vec![messages], sampling, logprobs, offered, ..request })
}

/// Reads the body of texts that are to be continued. `seed` is used when the request has none.
pub(super) fn text(body: &[u8], seed: u64) -> Result<Request, ApiError> {
    let fields = fields(body, Shape::Text)?;
    let max_tokens = integer(&fields, "max_tokens", 1, MAX_TOKENS)?.or(Some(DEFAULT_TEXT_TOKENS));
    if boolean(&fields, "echo")? == Some(true) {
        return Err(invalid("echo", "`echo` must be false: the prompt is not repeated"));
    }
    let request = generated(&fields, Shape::Text, max_tokens, seed)?;
    if integer(&fields, "logprobs", 0, 5)?.is_some_and(|top| top > 0) {
        return Err(invalid("logprobs", "`logprobs` must be 0: only the chosen token's probability is known"));
    }
    let logprobs = fields.contains_key("logprobs");
    Ok(Request { prompts: prompts(&fields)?, logprobs, ..request })
}

/// Reads the body of texts that are to be embedded. So many make one task, and the next ones another.
pub(super) fn embeddings(body: &[u8], seed: u64) -> Result<Request, ApiError> {
    let fields = fields(body, Shape::Embeddings { base64: false })?;
    let base64 = match choice(&fields, "encoding_format", &["float", "base64"])? {
        Some("base64") => true,
        Some(_) | None => false,
    };
    let request = request(&fields, Shape::Embeddings { base64 }, seed)?;
    let texts = inputs(&fields)?;
    let input = |text: &&str| ChatMessage { role: ChatRole::Input, content: (*text).to_owned() };
    let prompts = texts.chunks(MAX_TASK_INPUTS).map(|texts| texts.iter().map(input).collect()).collect();
    Ok(Request { prompts, ..request })
}

/// Reads the body of an image's description.
pub(super) fn images(body: &[u8], seed: u64) -> Result<Request, ApiError> {
    let fields = fields(body, Shape::Images)?;
    if choice(&fields, "response_format", &["b64_json", "url"])? == Some("url") {
        let message = "`response_format` must be b64_json: a coordinator keeps no files for others to fetch";
        return Err(invalid("response_format", message));
    }
    choice(&fields, "output_format", &["png"])?;
    let prompt = match fields.get("prompt") {
        None => return Err(ApiError::invalid("missing_parameter", "`prompt` is missing", "prompt")),
        Some(Value::String(text)) if !text.is_empty() => text.clone(),
        Some(_) => return Err(invalid("prompt", "`prompt` is not a text that says something")),
    };
    let request = request(&fields, Shape::Images, seed)?;
    let sampling = Sampling { max_tokens: 1, size: size(&fields)?, ..request.sampling };
    let prompts = vec![vec![ChatMessage { role: ChatRole::Description, content: prompt }]];
    Ok(Request { prompts, sampling, n: answers(&fields)?, ..request })
}

fn inputs(fields: &Map<String, Value>) -> Result<Vec<&str>, ApiError> {
    let texts: Vec<_> = match fields.get("input") {
        None => return Err(ApiError::invalid("missing_parameter", "`input` is missing", "input")),
        Some(Value::String(text)) => vec![text.as_str()],
        Some(Value::Array(texts)) if texts.len() > MAX_INPUTS => {
            let message = format!("`input` has {} texts; at most {MAX_INPUTS} are accepted", texts.len());
            return Err(invalid("input", message));
        }
        Some(Value::Array(texts)) if !texts.is_empty() && texts.iter().all(Value::is_string) => {
            texts.iter().filter_map(Value::as_str).collect()
        }
        Some(_) => {
            return Err(invalid("input", "`input` is not a text or an array of texts; tokens are not taken"));
        }
    };
    match texts.iter().any(|text| text.is_empty()) {
        true => Err(invalid("input", "`input` holds an empty text, which has no vector")),
        false => Ok(texts),
    }
}

fn size(fields: &Map<String, Value>) -> Result<ImageSize, ApiError> {
    let text = match fields.get("size") {
        None => return Ok(DEFAULT_IMAGE),
        Some(Value::String(text)) if text == "auto" => return Ok(DEFAULT_IMAGE),
        Some(Value::String(text)) => text.as_str(),
        Some(_) => "",
    };
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let size = text.split_once('x').and_then(|(width, height)| Some((number(width)?, number(height)?)));
    let good = |side: u32| IMAGE_SIDES.contains(&side) && side.is_multiple_of(IMAGE_STEP);
    match size.map(|(width, height)| ImageSize { width, height }) {
        Some(size) if good(size.width) && good(size.height) => Ok(size),
        _ => {
            let (least, most) = (IMAGE_SIDES.start(), IMAGE_SIDES.end());
            let message =
                format!("`size` is not such as 1024x1024: both are multiples of {IMAGE_STEP} from {least} to {most}");
            Err(invalid("size", message))
        }
    }
}

/// One of several words.
fn choice<'a>(fields: &'a Map<String, Value>, name: &str, words: &[&str]) -> Result<Option<&'a str>, ApiError> {
    match fields.get(name) {
        None => Ok(None),
        Some(value) => match value.as_str().filter(|word| words.contains(word)) {
            Some(word) => Ok(Some(word)),
            None => Err(invalid(name, format!("`{name}` is none of {}", words.join(", ")))),
        },
    }
}

/// Refuses an object that says more than is understood.
fn known_fields(at: &str, object: &Map<String, Value>, known: &[&str]) -> Result<(), ApiError> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            let param = format!("{at}.{}", cuckoo_protocol::Untrusted::new(unknown.as_str()));
            Err(ApiError::invalid("unsupported_parameter", format!("`{param}` is not supported"), param))
        }
    }
}

fn answers(fields: &Map<String, Value>) -> Result<u32, ApiError> {
    Ok(integer(fields, "n", 1, MAX_ANSWERS)?.map_or(1, |n| n as u32))
}

fn fields(body: &[u8], shape: Shape) -> Result<Map<String, Value>, ApiError> {
    let malformed = |message: String| {
        let error = ApiError::invalid("invalid_json", message, "");
        ApiError { param: None, ..error }
    };
    let value = strict::parse(body).map_err(|error| malformed(format!("the body is not valid JSON: {error}")))?;
    let Value::Object(mut fields) = value else { return Err(malformed("the body is not a JSON object".into())) };
    fields.retain(|_, value| !value.is_null());
    if let Some(unknown) = fields.keys().find(|name| known(shape).all(|known| known != name.as_str())) {
        let shown = cuckoo_protocol::Untrusted::new(unknown.as_str()).to_string();
        return Err(ApiError::invalid(
            "unsupported_parameter",
            format!("the parameter `{shown}` is not supported"),
            shown,
        ));
    }
    Ok(fields)
}

/// What every request has, still without a prompt.
fn request(fields: &Map<String, Value>, shape: Shape, seed: u64) -> Result<Request, ApiError> {
    let sampling = Sampling {
        max_tokens: 0,
        temperature: Micros::ONE,
        top_p: Micros::ONE,
        seed: seed_of(fields)?.unwrap_or(seed),
        ..Sampling::default()
    };
    Ok(Request {
        shape,
        model: model(fields)?,
        prompts: vec![],
        sampling,
        n: 1,
        stream: false,
        include_usage: false,
        logprobs: false,
        offered: None,
        timeout_seconds: integer(fields, "timeout_seconds", 1, 86_400)?,
    })
}

/// What chats and texts have, still without a prompt.
fn generated(
    fields: &Map<String, Value>,
    shape: Shape,
    max_tokens: Option<u64>,
    seed: u64,
) -> Result<Request, ApiError> {
    let request = request(fields, shape, seed)?;
    let sampling = Sampling {
        max_tokens: max_tokens.map_or(DEFAULT_MAX_TOKENS, |tokens| tokens as u32),
        temperature: number(fields, "temperature", 0.0, 2.0)?.unwrap_or(Micros::ONE),
        top_p: number(fields, "top_p", 0.0, 1.0)?.unwrap_or(Micros::ONE),
        stop: stops(fields)?,
        ..request.sampling
    };
    let stream = boolean(fields, "stream")?.unwrap_or(false);
    let include_usage = match fields.get("stream_options") {
        None => false,
        Some(_) if !stream => return Err(invalid("stream_options", "`stream_options` is only for streams")),
        Some(Value::Object(options)) => {
            known_fields("stream_options", options, &["include_usage"])?;
            boolean(options, "include_usage")?.unwrap_or(false)
        }
        Some(_) => return Err(invalid("stream_options", "`stream_options` is not an object")),
    };
    Ok(Request { sampling, n: answers(fields)?, stream, include_usage, ..request })
}

/// The JSON Schema that the answer has to obey; empty where there is none. Whether it can be obeyed, the model's tokens decide.
fn schema(fields: &Map<String, Value>) -> Result<String, ApiError> {
    const AT: &str = "response_format";
    let wrong = |message: &str| Err(invalid(AT, format!("`{AT}` {message}")));
    let format = match fields.get(AT) {
        None => return Ok(String::new()),
        Some(Value::Object(format)) => format,
        Some(_) => return wrong("is not an object"),
    };
    let only =
        |object: &Map<String, Value>, known: &[&str]| match object.keys().find(|key| !known.contains(&key.as_str())) {
            None => Ok(()),
            Some(unknown) => {
                let shown = cuckoo_protocol::Untrusted::new(unknown.as_str());
                Err(invalid(AT, format!("`{AT}` has a field `{shown}`, which is not supported")))
            }
        };
    match format.get("type").and_then(Value::as_str) {
        Some("text") => only(format, &["type"]).map(|()| String::new()),
        Some("json_object") => only(format, &["type"]).map(|()| ANY_OBJECT.to_owned()),
        Some("json_schema") => {
            only(format, &["type", "json_schema"])?;
            let Some(Value::Object(named)) = format.get("json_schema") else { return wrong("has no `json_schema`") };
            only(named, &["name", "description", "schema", "strict"])?;
            // For people and for other servers; it says nothing to this one.
            let absent = |name: &str| named.get(name).is_none_or(Value::is_null);
            if !named.get("name").is_some_and(Value::is_string) {
                return wrong("has no `name`, a text");
            }
            if !absent("description") && !named["description"].is_string() {
                return wrong("has a `description` that is no text");
            }
            if !absent("strict") && !named["strict"].is_boolean() {
                return wrong("has a `strict` that is neither true nor false");
            }
            let Some(schema @ Value::Object(_)) = named.get("schema") else {
                return wrong("has no `schema`, an object");
            };
            let text = schema.to_string();
            if text.len() > MAX_SCHEMA_BYTES {
                return wrong(&format!(
                    "has a schema of {} bytes; at most {MAX_SCHEMA_BYTES} are accepted",
                    text.len()
                ));
            }
            Ok(text)
        }
        _ => wrong("is of none of the types text, json_object, json_schema"),
    }
}

fn prompts(fields: &Map<String, Value>) -> Result<Vec<Vec<ChatMessage>>, ApiError> {
    let alone = |content: &str| vec![ChatMessage { role: ChatRole::Prompt, content: content.to_owned() }];
    match fields.get("prompt") {
        None => Err(ApiError::invalid("missing_parameter", "`prompt` is missing", "prompt")),
        Some(Value::String(text)) => Ok(vec![alone(text)]),
        Some(Value::Array(texts)) if texts.len() > MAX_PROMPTS => {
            Err(invalid("prompt", format!("`prompt` has {} texts; at most {MAX_PROMPTS} are accepted", texts.len())))
        }
        Some(Value::Array(texts)) if !texts.is_empty() && texts.iter().all(Value::is_string) => {
            Ok(texts.iter().filter_map(Value::as_str).map(alone).collect())
        }
        Some(_) => Err(invalid("prompt", "`prompt` is not a text or an array of texts; tokens are not taken")),
    }
}

fn model(fields: &Map<String, Value>) -> Result<String, ApiError> {
    match fields.get("model") {
        Some(Value::String(name)) if !name.is_empty() && name.len() <= MAX_MODEL_BYTES => Ok(name.clone()),
        Some(_) => Err(invalid("model", "`model` is not the name of a model")),
        None => Err(ApiError::invalid("missing_parameter", "`model` is missing", "model")),
    }
}

fn stops(fields: &Map<String, Value>) -> Result<Vec<String>, ApiError> {
    let texts = match fields.get("stop") {
        None => return Ok(vec![]),
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(texts)) if texts.len() <= MAX_STOPS => texts
            .iter()
            .map(|text| {
                text.as_str().map(str::to_owned).ok_or_else(|| invalid("stop", "`stop` holds something else than text"))
            })
            .collect::<Result<_, _>>()?,
        Some(_) => {
            return Err(invalid("stop", format!("`stop` is not a text or an array of at most {MAX_STOPS} texts")));
        }
    };
    if texts.iter().any(|text| text.is_empty() || text.len() > MAX_STOP_BYTES) {
        return Err(invalid("stop", format!("a stop text has 1 to {MAX_STOP_BYTES} bytes")));
    }
    Ok(texts)
}

/// Seeds are signed in OpenAI's API; the bits are what counts.
fn seed_of(fields: &Map<String, Value>) -> Result<Option<u64>, ApiError> {
    match fields.get("seed") {
        None => Ok(None),
        Some(value) => match whole(value).map(|seed| (u64::try_from(seed), i64::try_from(seed))) {
            Some((Ok(seed), _)) => Ok(Some(seed)),
            Some((Err(_), Ok(seed))) => Ok(Some(seed.cast_unsigned())),
            _ => Err(invalid("seed", "`seed` is not an integer of 64 bits")),
        },
    }
}

fn boolean(fields: &Map<String, Value>, name: &str) -> Result<Option<bool>, ApiError> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(invalid(name, format!("`{name}` is neither true nor false"))),
    }
}

/// JSON does not tell 1 from 1.0.
fn whole(value: &Value) -> Option<i128> {
    let exact = value.as_u64().map(i128::from).or_else(|| value.as_i64().map(i128::from));
    exact.or_else(|| {
        let number = value.as_f64()?;
        (number.fract() == 0.0 && number.abs() < 1e18).then_some(number as i128)
    })
}

fn integer(fields: &Map<String, Value>, name: &str, least: u64, most: u64) -> Result<Option<u64>, ApiError> {
    match fields.get(name) {
        None => Ok(None),
        Some(value) => match whole(value).and_then(|number| u64::try_from(number).ok()) {
            Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(invalid(name, format!("`{name}` is not an integer from {least} to {most}"))),
        },
    }
}

fn number(fields: &Map<String, Value>, name: &str, least: f64, most: f64) -> Result<Option<Micros>, ApiError> {
    match fields.get(name) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(number) if (least..=most).contains(&number) => Ok(Micros::from_f64(number)),
            _ => Err(invalid(name, format!("`{name}` is not a number from {least} to {most}"))),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(field: &str, value: Value) -> Vec<u8> {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        body[field] = value;
        body.to_string().into_bytes()
    }

    #[test]
    fn reads_what_the_official_clients_send() {
        let body = json!({
            "model": "m",
            "messages": [
                {"role": "developer", "content": "be brief"},
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                {"role": "assistant", "content": "c", "refusal": null},
            ],
            "temperature": 0.7, "top_p": null, "seed": -1, "stop": "x", "stream": true,
            "stream_options": {"include_usage": true}, "max_completion_tokens": 9.0, "max_tokens": 5, "n": 1,
        });
        let request = chat(body.to_string().as_bytes(), 3).expect("is valid");
        let [messages] = request.prompts.as_slice() else { panic!("one prompt") };
        assert_eq!(messages[0].role, ChatRole::System);
        assert_eq!(messages[1].content, "ab");
        let expected = Sampling {
            max_tokens: 9,
            temperature: Micros(700_000),
            top_p: Micros::ONE,
            seed: u64::MAX,
            stop: vec!["x".into()],
            ..Sampling::default()
        };
        assert_eq!(request.sampling, expected);
        assert!(request.stream && request.include_usage);
    }

    #[test]
    fn calls_and_their_results_become_messages() {
        let call = json!({"id": "a", "type": "function", "function": {"name": "time", "arguments": "{}"}});
        let body = json!({
            "model": "m",
            "messages": [
                {"role": "user", "content": "What time is it?"},
                {"role": "assistant", "content": null, "tool_calls": [call]},
                {"role": "tool", "content": "noon", "tool_call_id": "a"},
            ],
            "tools": [{"type": "function", "function": {"name": "time"}}],
        });
        let request = chat(body.to_string().as_bytes(), 3).expect("is valid");
        let [messages] = request.prompts.as_slice() else { panic!("one prompt") };
        let roles: Vec<_> = messages.iter().map(|message| message.role.as_str()).collect();
        assert_eq!(roles, ["tools", "user", "assistant", "calls", "tool"]);
        assert_eq!(messages[3].content, json!([call]).to_string());
        assert!(request.offered.is_some() && request.sampling.schema.is_empty());
    }

    #[test]
    fn schemas_are_taken_as_they_are_and_bounded() {
        let schema_of =
            |format: Value| chat(&with("response_format", format), 0).map(|request| request.sampling.schema);
        assert_eq!(schema_of(json!({"type": "text"})).expect("is valid"), "");
        assert_eq!(schema_of(json!({"type": "json_object"})).expect("is valid"), ANY_OBJECT);
        let named = |schema: Value| json!({"type": "json_schema", "json_schema": {"name": "x", "strict": true, "schema": schema}});
        let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
        assert_eq!(schema_of(named(schema.clone())).expect("is valid"), schema.to_string());
        for wrong in [
            json!("json_object"),
            json!({}),
            json!({"type": "xml"}),
            json!({"type": "json_object", "schema": {}}),
            json!({"type": "json_schema"}),
            json!({"type": "json_schema", "json_schema": {"schema": {}}}),
            json!({"type": "json_schema", "json_schema": {"name": 1, "schema": {}}}),
            json!({"type": "json_schema", "json_schema": {"name": "x", "schema": {}, "strict": 1}}),
            json!({"type": "json_schema", "json_schema": {"name": "x", "schema": {}, "description": 1}}),
            named(json!("object")),
            named(json!({"enum": ["x".repeat(MAX_SCHEMA_BYTES)]})),
        ] {
            assert_eq!(schema_of(wrong).expect_err("refused").param.as_deref(), Some("response_format"));
        }
    }

    #[test]
    fn many_texts_become_several_tasks() {
        let body = |input: Value| json!({"model": "m", "input": input}).to_string().into_bytes();
        let request = embeddings(&body(json!("one")), 0).expect("is valid");
        assert_eq!((request.prompts.len(), request.shape), (1, Shape::Embeddings { base64: false }));
        let request = embeddings(&body(json!(vec!["x"; MAX_TASK_INPUTS * 2 + 1])), 0).expect("is valid");
        assert_eq!(request.prompts.iter().map(Vec::len).collect::<Vec<_>>(), [MAX_TASK_INPUTS, MAX_TASK_INPUTS, 1]);
        assert_eq!((request.sampling.max_tokens, request.n), (0, 1));
        for wrong in [json!([]), json!(""), json!(["a", ""]), json!([1, 2]), json!([[1]]), json!(vec!["x"; 2_049])] {
            assert_eq!(embeddings(&body(wrong), 0).expect_err("refused").param.as_deref(), Some("input"));
        }
        let odd = json!({"model": "m", "input": "x", "encoding_format": "hex"}).to_string();
        assert_eq!(embeddings(odd.as_bytes(), 0).expect_err("refused").param.as_deref(), Some("encoding_format"));
    }

    #[test]
    fn images_have_sizes_that_models_make() {
        let body = |field: &str, value: Value| {
            let mut body = json!({"model": "m", "prompt": "a nest"});
            body[field] = value;
            body.to_string().into_bytes()
        };
        let request = images(&body("n", json!(2)), 5).expect("is valid");
        assert_eq!((request.sampling.size, request.sampling.max_tokens, request.n), (DEFAULT_IMAGE, 1, 2));
        let request = images(&body("size", json!("512x768")), 5).expect("is valid");
        assert_eq!(request.sampling.size, ImageSize { width: 512, height: 768 });
        for wrong in ["", "512", "512x", "0x0", "500x512", "1552x64", "48x64", "+512x512", "512X512"] {
            let error = images(&body("size", json!(wrong)), 5).expect_err(wrong);
            assert_eq!(error.param.as_deref(), Some("size"));
        }
        for (field, value) in [
            ("response_format", json!("url")),
            ("output_format", json!("webp")),
            ("prompt", json!("")),
            ("n", json!(9)),
            ("quality", json!("hd")),
        ] {
            assert_eq!(images(&body(field, value), 5).expect_err(field).param.as_deref(), Some(field));
        }
    }

    #[test]
    fn refuses_by_name_what_it_does_not_do() {
        for (field, value) in [
            ("messages", json!([])),
            ("messages", json!("hi")),
            (
                "messages",
                json!([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x"}}]}]),
            ),
            ("messages", json!([{"role": "user"}])),
            ("model", json!(3)),
            ("model", json!("")),
            ("temperature", json!(2.5)),
            ("temperature", json!("hot")),
            ("top_p", json!(-0.1)),
            ("max_tokens", json!(0)),
            ("max_tokens", json!(-5)),
            ("max_tokens", json!(2_147_483_648u64)),
            ("max_tokens", json!(1.5)),
            ("n", json!(9)),
            ("n", json!(0)),
            ("logprobs", json!(2)),
            ("top_logprobs", json!(3)),
            ("seed", json!(0.5)),
            ("seed", json!(1e300)),
            ("stop", json!(["a", "b", "c", "d", "e"])),
            ("stop", json!([""])),
            ("stream", json!("yes")),
            ("stream_options", json!({"include_usage": true})),
            ("tools", json!([])),
            ("tool_choice", json!("auto")),
            ("messages", json!([{"role": "assistant", "tool_calls": []}])),
            ("messages", json!([{"role": "assistant", "tool_calls": [{"id": "a", "type": "function"}]}])),
            ("messages", json!([{"role": "user", "content": "x", "tool_calls": [1]}])),
            ("messages", json!([{"role": "tool", "content": "x"}])),
            ("api_base", json!("http://169.254.169.254")),
        ] {
            let error = chat(&with(field, value.clone()), 0).expect_err(&format!("{field}: {value}"));
            assert_eq!(error.status, 400, "{field}: {value}");
            assert!(error.param.as_deref().is_some_and(|param| param.starts_with(field)), "{field}: {error:?}");
        }
    }

    #[test]
    fn texts_are_continued_one_by_one() {
        let read = |body: Value| text(body.to_string().as_bytes(), 3);
        let request = read(json!({"model": "m", "prompt": ["a", ""], "n": 2, "logprobs": 0})).expect("is valid");
        assert!(request.logprobs && request.shape == Shape::Text);
        let contents: Vec<_> =
            request.prompts.iter().map(|prompt| (prompt[0].role, prompt[0].content.as_str())).collect();
        assert_eq!(contents, [(ChatRole::Prompt, "a"), (ChatRole::Prompt, "")]);
        for (field, value) in [
            ("prompt", json!([1, 2])),
            ("prompt", json!([])),
            ("prompt", json!(vec!["a"; 9])),
            ("echo", json!(true)),
            ("logprobs", json!(1)),
            ("messages", json!([])),
            ("best_of", json!(3)),
        ] {
            let mut body = json!({"model": "m", "prompt": "a", "n": 2});
            body[field] = value;
            let error = read(body).expect_err(field);
            assert_eq!((error.status.as_u16(), error.param.as_deref()), (400, Some(field)));
        }
    }

    #[test]
    fn refuses_what_is_not_json() {
        let deep = "[".repeat(10_000);
        for body in ["", "{", "[]", "nul", "{\"model\": NaN}", "\u{feff}{}", &deep] {
            let error = chat(body.as_bytes(), 0).expect_err(body);
            assert_eq!((error.status.as_u16(), error.code), (400, "invalid_json"), "{}", &body[..body.len().min(20)]);
        }
    }
}
