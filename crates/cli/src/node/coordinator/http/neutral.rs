//! Parameters that applications send and that nothing here depends on: what may stand in them, and what is refused since it
//! asks for something that is not done. All APIs have theirs in this table.

use super::shape::Shape;

/// What a parameter without effect may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accepted {
    /// Any string: no answer depends on it.
    Text,
    /// True or false: no answer depends on it.
    Boolean,
    /// Any object: no answer depends on it.
    Object,
    /// A number of things that never happen here, from one on.
    Count,
    /// One of these values, written as JSON. They mean the same as leaving the parameter out, which others do not. Where there is none,
    /// the parameter is left out or refused.
    Only(&'static [&'static str]),
}

/// A parameter without effect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neutral {
    pub(super) name: &'static str,
    pub(super) accepted: Accepted,
    /// What somebody can do who needs another value.
    pub(super) hint: &'static str,
}

const fn any(name: &'static str, accepted: Accepted) -> Neutral {
    Neutral { name, accepted, hint: "" }
}

const fn only(name: &'static str, values: &'static [&'static str], hint: &'static str) -> Neutral {
    Neutral { name, accepted: Accepted::Only(values), hint }
}

/// Of requests of every kind.
const COMMON: [Neutral; 4] = [
    any("user", Accepted::Text),
    any("safety_identifier", Accepted::Text),
    any("metadata", Accepted::Object),
    only("service_tier", &[r#""auto""#, r#""default""#], "there is one tier for all requests"),
];

/// Of chats and of texts that are continued.
const GENERATED: [Neutral; 10] = [
    any("cache_prompt", Accepted::Boolean),
    only("ignore_eos", &["false"], "an answer ends where the model ends it; use `stop` and `max_tokens`"),
    only("skip_special_tokens", &["true"], "control tokens are never part of an answer"),
    only("length_penalty", &["1"], "answers are drawn one by one, without a beam search"),
    only("use_beam_search", &["false"], "answers are drawn one by one; ask for several with `n`"),
    only("priority", &["0"], "requests are served in the order in which they come"),
    only("min_tokens", &["0"], "an answer ends where the model ends it"),
    only("stop_token_ids", &["[]"], "give the text of what ends an answer in `stop`"),
    only("include_stop_str_in_output", &["false"], "what ends an answer is not part of it"),
    only("spaces_between_special_tokens", &["true"], "control tokens are never part of an answer"),
];

/// Of chats alone.
const CHAT: [Neutral; 14] = [
    any("store", Accepted::Boolean),
    any("prompt_cache_key", Accepted::Text),
    any("prompt_cache_retention", Accepted::Text),
    any("prediction", Accepted::Object),
    only("modalities", &[r#"["text"]"#], "answers are text; images are made by /v1/images/generations"),
    only("verbosity", &[r#""medium""#], "say in a message of the role system how long the answer should be"),
    only(
        "reasoning_effort",
        &[r#""medium""#],
        "a model thinks as long as it was trained to; bound it with `max_tokens`",
    ),
    only("chat_template_kwargs", &["{}"], "the chat template is part of the model, and gets no arguments"),
    only("add_generation_prompt", &["true"], "use /v1/completions to continue a text"),
    only("continue_final_message", &["false"], "use /v1/completions to continue a text"),
    only("echo", &["false"], "use /v1/completions, whose answers can begin with the prompt"),
    only("best_of", &["1"], "ask for several answers with `n`"),
    only("functions", &["[]"], "use `tools`, which has replaced it"),
    only("function_call", &[r#""none""#, r#""auto""#], "use `tool_choice`, which has replaced it"),
];

/// Of images alone.
const IMAGES: [Neutral; 5] = [
    only("background", &[r#""auto""#], "describe the background in `prompt`"),
    only("moderation", &[r#""auto""#, r#""low""#], "nothing is moderated"),
    only("output_compression", &["100"], "images are PNG, which loses nothing"),
    only("stream", &["false"], "an image comes whole"),
    only("partial_images", &["0"], "an image comes whole"),
];

/// Of `/v1/responses`, beside those of all. What a response says of its request is read elsewhere.
const RESPONSES: [Neutral; 12] = [
    any("prompt_cache_key", Accepted::Text),
    any("prompt_cache_retention", Accepted::Text),
    any("prompt_cache_options", Accepted::Object),
    any("reasoning", Accepted::Object),
    any("stream_options", Accepted::Object),
    any("client_metadata", Accepted::Object),
    any("max_tool_calls", Accepted::Count),
    only("truncation", &[r#""disabled""#], "leave older items out of `input` yourself"),
    only("context_management", &["[]"], "leave older items out of `input` yourself"),
    only("background", &["false"], "POST /v1/tasks is for work that outlives its connection"),
    only("conversation", &[], "use `previous_response_id`, or send all items in `input`"),
    only("prompt", &[], "send the text of the prompt in `input` and `instructions`"),
];

/// Of `/v1/messages`, which has none of those of all.
const MESSAGES: [Neutral; 8] = [
    any("metadata", Accepted::Object),
    any("cache_control", Accepted::Object),
    any("diagnostics", Accepted::Object),
    only("service_tier", &[r#""auto""#, r#""standard_only""#], "there is one tier for all requests"),
    only("speed", &[r#""standard""#], "miners answer as fast as they can"),
    only("inference_geo", &[r#""global""#], "miners are drawn wherever they are"),
    only("container", &["{}"], "nothing runs here but the model"),
    only("mcp_servers", &["[]"], "nothing runs here but the model"),
];

/// Of `/tokenize`.
const TOKENS: [Neutral; 4] = [
    only("continue_final_message", &["false"], "use `prompt` for a text that goes on"),
    only("chat_template", &[], "the chat template is part of the model"),
    only("chat_template_kwargs", &["{}"], "the chat template is part of the model, and gets no arguments"),
    only("mm_processor_kwargs", &["{}"], "images are not told"),
];

/// Of `stream_options`.
pub(super) const STREAM_OPTIONS: [Neutral; 2] = [
    only("include_obfuscation", &["false"], "events are not padded"),
    only("continuous_usage_stats", &["false"], "the usage comes once, after the last answer; use `include_usage`"),
];

impl Shape {
    /// The parameters without effect that a request of this kind may have.
    pub(super) fn neutral(self) -> impl Iterator<Item = &'static Neutral> {
        let (shared, own): (&[_], &[_]) = match self {
            Self::Chat => (&GENERATED, &CHAT),
            Self::Text => (&GENERATED, &[]),
            Self::Embeddings { .. } => (&[], &[]),
            Self::Images => (&[], &IMAGES),
        };
        COMMON.iter().chain(shared).chain(own)
    }
}

/// The parameters without effect that a request of `/v1/responses` may have.
pub(super) fn of_responses() -> impl Iterator<Item = &'static Neutral> {
    COMMON.iter().chain(&RESPONSES)
}

/// The parameters without effect that a request of `/v1/messages` may have.
pub(super) fn of_messages() -> impl Iterator<Item = &'static Neutral> {
    MESSAGES.iter()
}

/// The parameters without effect that a request of `/tokenize` may have.
pub(super) fn of_tokens() -> impl Iterator<Item = &'static Neutral> {
    TOKENS.iter()
}
