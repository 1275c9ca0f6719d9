//! What answers look like: OpenAI's JSON of chats and of continued texts, whole and in a stream, of vectors and of images.

use std::{borrow::Cow, sync::Arc};

use alloy::primitives::B256;
use axum::response::sse::Event;
use cuckoo_protocol::task::{
    ChatRole, Outcome, Score, Task, TaskId, kind,
    speech::{Part, Speech},
    tools::Call,
};
use serde::{Serialize, ser::Error as _};

use super::{
    calls::{Held, Offered, Shown, read_speech},
    logprobs::{ChatLogprobs, TextLogprobs},
    picture::shown,
    request::Request,
    shape::Shape,
    usage::{Usage, cost},
};

/// The `finish_reason` of an answer that calls something.
const TOOL_CALLS: &str = "tool_calls";

/// What the network adds to answers, in the field `cuckoo`: by a comment or a header alone many clients would not see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Proofs {
    /// A task for each answer; embeddings have one for every few texts.
    pub(super) tasks: Vec<TaskId>,
    /// The hash of the signed receipt of each task.
    pub(super) receipts: Vec<B256>,
    /// What they cost together, such as `0.0069cai`.
    pub(super) cost: String,
}

impl Proofs {
    /// Of the answer that is one task.
    pub(super) fn of(task: &Task, outcome: &Outcome) -> Self {
        let (tasks, receipts) = (vec![task.spec.id], vec![outcome.receipt.hash()]);
        Self { tasks, receipts, cost: cost(task, outcome).plain() }
    }
}

/// What the answers to one request have in common.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) shape: Shape,
    pub(super) model: String,
    /// The number of answers to every prompt.
    pub(super) n: usize,
    pub(super) logprobs: bool,
    /// The prompt that each answer repeats, by its number; `None` where the miner says it, and none where no answer repeats any.
    echoes: Vec<Option<String>>,
    /// The functions that answers may call.
    pub(super) offered: Option<Offered>,
    /// The id of the first task.
    task: String,
    id: String,
    created: u64,
}

/// The object around choices. It is written for every token, so it borrows.
#[derive(Serialize)]
struct Object<'a, C> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: &'a [C],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cuckoo: Option<&'a Proofs>,
}

#[derive(Serialize)]
struct Embeddings<'a> {
    object: &'static str,
    data: Vec<Embedding<'a>>,
    model: &'a str,
    usage: EmbeddingUsage,
    cuckoo: &'a Proofs,
}

#[derive(Serialize)]
struct Embedding<'a> {
    object: &'static str,
    index: usize,
    embedding: Vector<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Vector<'a> {
    Base64(&'a str),
    Numbers(Vec<f32>),
}

#[derive(Serialize)]
struct EmbeddingUsage {
    prompt_tokens: u64,
    total_tokens: u64,
}

#[derive(Serialize)]
struct Images<'a> {
    created: u64,
    data: Vec<Image<'a>>,
    output_format: &'static str,
    usage: ImageUsage,
    cuckoo: &'a Proofs,
}

#[derive(Serialize)]
struct Image<'a> {
    b64_json: Cow<'a, str>,
}

/// The usage of images, for which OpenAI has other names. An image counts as at least one token, see [`ImageSize::tokens`].
#[derive(Serialize)]
struct ImageUsage {
    input_tokens: u64,
    output_tokens: u64,
    total_tokens: u64,
}

#[derive(Serialize)]
struct ChatChoice<'a> {
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<Delta<'a>>,
    logprobs: Option<ChatLogprobs<'a>>,
    finish_reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Message {
    role: &'static str,
    content: Option<String>,
    refusal: (),
    /// What the model thought before it answered.
    #[serde(skip_serializing_if = "String::is_empty")]
    reasoning_content: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<ToolCall>,
}

#[derive(Serialize)]
struct ToolCall {
    /// The call's number, which only a stream shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    id: String,
    r#type: &'static str,
    function: Function,
}

#[derive(Serialize)]
struct Function {
    name: String,
    arguments: String,
}

#[derive(Default, Serialize)]
struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<ToolCall>,
}

#[derive(Serialize)]
struct TextChoice<'a> {
    text: Cow<'a, str>,
    index: usize,
    logprobs: Option<TextLogprobs<'a>>,
    finish_reason: Option<&'a str>,
}

impl Head {
    /// The head of the answers of these tasks; the first one names it. `created` is in seconds since the Unix epoch.
    pub(super) fn new(request: Request, ids: &[TaskId], created: u64) -> Self {
        let Request { shape, model, prompts, n, logprobs, echo, offered, .. } = request;
        let texts =
            prompts.into_iter().flatten().map(|message| (message.role == ChatRole::Prompt).then_some(message.content));
        let echoes = if echo { texts.collect() } else { vec![] };
        let prefix = match shape {
            Shape::Chat => "chatcmpl",
            Shape::Text => "cmpl",
            Shape::Embeddings { .. } => "embd",
            Shape::Images => "img",
        };
        // There is a task for every answer, and at least one answer.
        let first = ids.first();
        let task = first.map(TaskId::to_string).unwrap_or_default();
        let id = format!("{prefix}-{:x}", first.map(|id| id.0).unwrap_or_default());
        Self { shape, model, n: n as usize, logprobs, echoes, offered, task, id, created }
    }

    fn object<'a, C>(&'a self, object: &'static str, choices: &'a [C]) -> Object<'a, C> {
        let (usage, cuckoo) = (None, None);
        Object { id: &self.id, object, created: self.created, model: &self.model, choices, usage, cuckoo }
    }

    fn chat_logprobs<'a>(&self, text: &'a str, scores: &'a [Score]) -> Option<ChatLogprobs<'a>> {
        self.logprobs.then(|| ChatLogprobs::of(text, scores)).flatten()
    }

    /// `offset` is the number of the answer's characters before `text`.
    fn text_logprobs<'a>(&self, text: &'a str, scores: &'a [Score], offset: usize) -> Option<TextLogprobs<'a>> {
        self.logprobs.then(|| TextLogprobs::of(text, scores, offset)).flatten()
    }

    /// A repeated request has the same ids.
    fn tool_calls(&self, answer: usize, calls: Vec<Call>, streamed: bool) -> Vec<ToolCall> {
        let task = &self.task;
        let call = |(index, Call { name, arguments })| ToolCall {
            index: streamed.then_some(index),
            id: format!("call_{task:.24}_{answer}_{index}"),
            r#type: "function",
            function: Function { name, arguments },
        };
        calls.into_iter().enumerate().map(call).collect()
    }

    fn measure(&self, outcomes: &[Arc<Outcome>]) -> Usage {
        let usage = Usage::new(outcomes, self.n);
        if self.shape == Shape::Chat { usage.with_reasoning(outcomes) } else { usage }
    }

    fn chat_choice<'a>(&self, (index, outcome): (usize, &'a Arc<Outcome>)) -> ChatChoice<'a> {
        let Speech { thought, words, calls } = read_speech(self.offered.as_ref(), &outcome.text);
        let finish = if calls.is_empty() { outcome.finish.as_str() } else { TOOL_CALLS };
        let content = (calls.is_empty() || !words.is_empty()).then_some(words);
        let tool_calls = self.tool_calls(index, calls, false);
        ChatChoice {
            index,
            message: Some(Message { role: "assistant", content, refusal: (), reasoning_content: thought, tool_calls }),
            delta: None,
            logprobs: self.chat_logprobs(&outcome.text, &outcome.scores),
            finish_reason: Some(finish),
        }
    }

    fn text_choice<'a>(&'a self, (index, outcome): (usize, &'a Arc<Outcome>)) -> TextChoice<'a> {
        let own = |offset| self.text_logprobs(&outcome.text, &outcome.scores, offset);
        let (text, logprobs) = match (self.echo(index), &outcome.prompt) {
            (None, _) => (outcome.text.as_str().into(), own(0)),
            (Some(echo), None) => ((echo.unwrap_or_default().to_owned() + &outcome.text).into(), None),
            (Some(echo), Some(prompt)) => {
                let begin = self.logprobs.then(|| TextLogprobs::of_prompt(prompt)).flatten();
                // A miner's tokens may read a little otherwise than what the client sent, which is what the text begins with.
                let echo = echo.unwrap_or(&prompt.text);
                let logprobs = begin.zip(own(echo.chars().count())).map(|(begin, own)| begin.followed_by(own));
                ((echo.to_owned() + &outcome.text).into(), logprobs)
            }
        };
        TextChoice { text, index, logprobs, finish_reason: Some(outcome.finish.as_str()) }
    }

    /// The prompt that an answer repeats, if it repeats one and the prompt is a text.
    fn echo(&self, index: usize) -> Option<Option<&str>> {
        self.echoes.get(index / self.n.max(1)).map(Option::as_deref)
    }

    fn embeddings(&self, outcomes: &[Arc<Outcome>], base64: bool, cuckoo: &Proofs) -> serde_json::Result<Vec<u8>> {
        let vector = |line| match base64 {
            true => Ok(Vector::Base64(line)),
            // The form was checked when the task ended; an error is better than a made-up vector.
            false => kind::read_vectors(line, 1).map(|vectors| Vector::Numbers(vectors.concat())),
        };
        let lines = outcomes.iter().flat_map(|outcome| outcome.text.lines()).enumerate();
        let data = lines.map(|(index, line)| Ok(Embedding { object: "embedding", index, embedding: vector(line)? }));
        let data = data.collect::<Result<_, kind::OutputError>>().map_err(serde_json::Error::custom)?;
        let prompt_tokens = outcomes.iter().map(|outcome| u64::from(outcome.prompt_tokens)).sum();
        let usage = EmbeddingUsage { prompt_tokens, total_tokens: prompt_tokens };
        serde_json::to_vec(&Embeddings { object: "list", data, model: &self.model, usage, cuckoo })
    }

    fn images(&self, outcomes: &[Arc<Outcome>], cuckoo: &Proofs) -> serde_json::Result<Vec<u8>> {
        let Usage { prompt_tokens, completion_tokens, total_tokens, .. } = Usage::new(outcomes, self.n);
        let usage = ImageUsage { input_tokens: prompt_tokens, output_tokens: completion_tokens, total_tokens };
        let data =
            outcomes.iter().map(|outcome| Image { b64_json: shown(&outcome.text, &outcome.receipt.hash()) }).collect();
        serde_json::to_vec(&Images { created: self.created, data, output_format: "png", usage, cuckoo })
    }

    /// The body of an answer that is not streamed.
    pub(super) fn whole(&self, outcomes: &[Arc<Outcome>], proofs: &Proofs) -> serde_json::Result<Vec<u8>> {
        let usage = Some(self.measure(outcomes));
        let all = outcomes;
        let outcomes = outcomes.iter().enumerate();
        match self.shape {
            Shape::Chat => {
                let choices: Vec<_> = outcomes.map(|outcome| self.chat_choice(outcome)).collect();
                serde_json::to_vec(&Object { usage, cuckoo: Some(proofs), ..self.object("chat.completion", &choices) })
            }
            Shape::Text => {
                let choices: Vec<_> = outcomes.map(|outcome| self.text_choice(outcome)).collect();
                serde_json::to_vec(&Object { usage, cuckoo: Some(proofs), ..self.object("text_completion", &choices) })
            }
            Shape::Embeddings { base64 } => self.embeddings(all, base64, proofs),
            Shape::Images => self.images(all, proofs),
        }
    }

    fn chat_event(&self, choice: ChatChoice<'_>, cuckoo: Option<&Proofs>) -> Event {
        data(&Object { cuckoo, ..self.object("chat.completion.chunk", &[choice]) })
    }

    fn text_event(&self, choice: TextChoice<'_>, cuckoo: Option<&Proofs>) -> Event {
        data(&Object { cuckoo, ..self.object("text_completion", &[choice]) })
    }

    /// The event before the text of an answer, if its kind has one, or the answer begins with its prompt.
    pub(super) fn begin(&self, index: usize) -> Option<Event> {
        let delta = Some(Delta { role: Some("assistant"), content: Some(""), ..Delta::default() });
        let choice = ChatChoice { index, message: None, delta, logprobs: None, finish_reason: None };
        match self.echo(index) {
            Some(echo) => {
                let text = echo.unwrap_or_default().into();
                Some(self.text_event(TextChoice { text, index, logprobs: None, finish_reason: None }, None))
            }
            None => (self.shape == Shape::Chat).then(|| self.chat_event(choice, None)),
        }
    }

    /// How answers are taken apart where they are chats.
    pub(super) fn hold(&self) -> Option<Held> {
        (self.shape == Shape::Chat).then(|| Held::new(self.offered.as_ref()))
    }

    /// The event of more of a chat.
    pub(super) fn part(&self, index: usize, Shown { part, scores, raw }: &Shown) -> Event {
        let delta = Some(match part {
            Part::Thought(text) => Delta { reasoning_content: Some(text), ..Delta::default() },
            Part::Words(text) => Delta { content: Some(text), ..Delta::default() },
        });
        let logprobs = if scores.is_empty() { None } else { self.chat_logprobs(raw, scores) };
        self.chat_event(ChatChoice { index, message: None, delta, logprobs, finish_reason: None }, None)
    }

    /// The event of more text and its tokens. `offset` is the number of the answer's characters before it.
    pub(super) fn text(&self, index: usize, text: &str, scores: &[Score], offset: usize) -> Event {
        let logprobs = self.text_logprobs(text, scores, offset);
        self.text_event(TextChoice { text: text.into(), index, logprobs, finish_reason: None }, None)
    }

    /// The last events of an answer, of which `held` has what was not sent yet. The very last one has the proofs.
    pub(super) fn end(
        &self,
        index: usize,
        (outcome, proofs): (&Outcome, &Proofs),
        held: Option<&mut Held>,
    ) -> Vec<Event> {
        let finish_reason = Some(outcome.finish.as_str());
        let Some(held) = held else {
            let choice = TextChoice { text: "".into(), index, logprobs: None, finish_reason };
            return vec![self.text_event(choice, Some(proofs))];
        };
        let end = |delta, finish_reason: Option<&str>| {
            let choice = ChatChoice { index, message: None, delta: Some(delta), logprobs: None, finish_reason };
            self.chat_event(choice, finish_reason.map(|_| proofs))
        };
        let (rest, calls) = held.finish();
        let mut events: Vec<_> = rest.iter().map(|shown| self.part(index, shown)).collect();
        let finish_reason = if calls.is_empty() { finish_reason } else { Some(TOOL_CALLS) };
        if !calls.is_empty() {
            let tool_calls = self.tool_calls(index, calls, true);
            events.push(end(Delta { tool_calls, ..Delta::default() }, None));
        }
        events.push(end(Delta::default(), finish_reason));
        events
    }

    /// The event after the last answer that says what all of them used.
    pub(super) fn usage(&self, outcomes: &[Arc<Outcome>]) -> Event {
        let usage = Some(self.measure(outcomes));
        match self.shape {
            Shape::Chat => data(&Object { usage, ..self.object::<ChatChoice<'_>>("chat.completion.chunk", &[]) }),
            _ => data(&Object { usage, ..self.object::<TextChoice<'_>>("text_completion", &[]) }),
        }
    }
}

/// An event whose data is this value as JSON.
pub(super) fn data(value: &impl Serialize) -> Event {
    // Only a map whose keys are not strings, or an error of a type's own writer, cannot be written. None of our types has either.
    Event::default().json_data(value).unwrap_or_default()
}
