//! What the scripted engine says: words, vectors and pictures that are functions of the request.

use alloy::primitives::keccak256;
use cuckoo_protocol::task::{
    Alternative, ChatMessage, ChatRole, Micros, PromptScores, Sampling, Score, TokenAnswer, TokenDetail, TokenQuestion,
    chat::Conversation,
    sampler::{History, Position, choose, examine, mix},
    tools::{Call, ToolResult, write_call},
};

use crate::engine::api::{EngineError, GenerateRequest};

/// Ids below this are kept for tokens that end an answer.
const FIRST_WORD_ID: u32 = 16;
/// Ids of words.
const WORD_IDS: u32 = 32_000;
/// Logits that a wrong token lacks.
pub(super) const WRONG: f32 = 16.0;
/// The token that ends an answer.
pub(super) const END_ID: u32 = 2;

/// Numbers of a vector.
pub(super) const DIMENSIONS: usize = 16;

const WORDS: [&str; 32] = [
    "the", "a", "cuckoo", "nest", "egg", "bird", "song", "spring", "forest", "branch", "leaf", "wind", "river",
    "stone", "light", "morning", "sings", "waits", "flies", "finds", "leaves", "returns", "quiet", "small", "green",
    "old", "bright", "and", "then", "over", "under", "again",
];

/// Tokens of a message's frame.
const FRAME: usize = 3;
/// What each of them is.
const FRAME_ID: u32 = 3;

/// Words of the chat, and three tokens per message for its frame; of token ids as many as there are.
pub(super) fn count_prompt_tokens(messages: &[ChatMessage]) -> u32 {
    let count = |message: &ChatMessage| match message.role {
        ChatRole::Ids => read_ids(&message.content).len(),
        _ => FRAME + message.content.split_whitespace().count(),
    };
    u32::try_from(messages.iter().map(count).sum::<usize>()).unwrap_or(u32::MAX)
}

/// The token ids of a prompt; none of one that is malformed, which no request is.
pub(super) fn read_ids(content: &str) -> Vec<u32> {
    serde_json::from_str(content).unwrap_or_default()
}

/// The texts of a prompt's tokens. Those of a message's frame have none, and spaces belong to the word behind them.
fn prompt_texts(message: &ChatMessage) -> Vec<String> {
    if message.role == ChatRole::Ids {
        return texts_of(&read_ids(&message.content)).collect();
    }
    let mut texts = vec![String::new(); FRAME];
    let mut rest = message.content.as_str();
    for word in message.content.split_whitespace() {
        let (token, after) = rest.split_at(rest.find(word).map_or(rest.len(), |start| start + word.len()));
        texts.push(token.to_owned());
        rest = after;
    }
    texts.iter_mut().last().into_iter().for_each(|last| last.push_str(rest));
    texts
}

/// The tokens of a text or a chat, as many as a prompt of it is counted as, or the text of tokens.
pub(super) fn tell_tokens(question: &TokenQuestion) -> TokenAnswer {
    match question {
        TokenQuestion::Of { messages, add_special_tokens, with_texts, .. } => {
            let is_alone = |message: &ChatMessage| message.role == ChatRole::Prompt && !add_special_tokens;
            let texts = messages.iter().flat_map(|message| {
                let frame = if is_alone(message) { FRAME } else { 0 };
                prompt_texts(message).into_iter().skip(frame)
            });
            let texts: Vec<_> = texts.collect();
            let ids = texts.iter().map(|text| if text.is_empty() { FRAME_ID } else { word_id(text) }).collect();
            TokenAnswer { ids, texts: if *with_texts { texts } else { vec![] }, text: String::new() }
        }
        TokenQuestion::Text(ids) => TokenAnswer { text: texts_of(ids).collect(), ..TokenAnswer::default() },
    }
}

/// The texts of tokens, as far as they are words that the engine says itself.
fn texts_of(ids: &[u32]) -> impl Iterator<Item = String> {
    let known = |id: u32| known_words().find(|text| word_id(text) == id);
    ids.iter().map(move |id| match *id {
        FRAME_ID | END_ID => String::new(),
        id => known(id).unwrap_or_else(|| format!(" <{id}>")),
    })
}

/// A vector of length one that is a function of the text's words and not of their order, so that similar texts are close.
pub(super) fn vector(text: &str) -> [f32; DIMENSIONS] {
    let mut vector = [0.0; DIMENSIONS];
    for word in text.split_whitespace() {
        let hash = keccak256(word.as_bytes());
        for (place, byte) in vector.iter_mut().zip(hash.iter()) {
            *place += f32::from(*byte) - 127.5;
        }
    }
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 { vector.map(|value| value / length) } else { vector }
}

/// One colour all over, by the description and the seed.
pub(super) fn picture(request: &GenerateRequest) -> Result<Vec<u8>, EngineError> {
    let size = request.sampling.size;
    let text = request.messages.first().map_or("", |message| message.content.as_str());
    let colour = keccak256([text.as_bytes(), &request.sampling.seed.to_be_bytes()].concat());
    let mut png = vec![];
    let mut encoder = png::Encoder::new(&mut png, size.width, size.height);
    encoder.set_color(png::ColorType::Rgb);
    let pixels = colour[..3].repeat(size.pixels() as usize);
    let mut writer = encoder.write_header().map_err(|error| EngineError::Invalid(error.to_string()))?;
    writer.write_image_data(&pixels).map_err(|error| EngineError::Invalid(error.to_string()))?;
    drop(writer);
    Ok(png)
}

/// A call of the first tool that it may call, with nothing in it.
fn first_tool(messages: &[ChatMessage]) -> Option<Call> {
    let Conversation { tools, .. } = Conversation::new(messages).ok()?;
    let name = tools.first()?.pointer("/function/name")?.as_str()?.to_owned();
    Some(Call { name, arguments: "{}".into() })
}

/// The first call of a schema that nothing but a call follows.
fn forced_call(schema: &str) -> Option<Call> {
    let schema: serde_json::Value = serde_json::from_str(schema).ok()?;
    let name = |choice: &serde_json::Value| Some(choice.pointer("/properties/name/const")?.as_str()?.to_owned());
    let names: Option<Vec<_>> = schema.get("anyOf")?.as_array()?.iter().map(name).collect();
    Some(Call { name: names?.into_iter().next()?, arguments: "{}".into() })
}

/// A token of a script.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) id: u32,
    pub(super) log_probability: f32,
}

/// What the engine says to a request, which stands for a model's logits: at each place one token is right, and all have a probability.
pub(super) struct Script {
    state: u64,
    texts: Vec<String>,
    /// Follow after the end, for who goes on.
    words: u64,
    /// Where logits are changed before the choice: the tokens before the answer, and how they change them.
    rules: Option<(Vec<u32>, Sampling)>,
}

impl Script {
    /// The whole answer: what a tool has said, unless it has to call one, or a call of the first tool, where there are tools; else what
    /// follows `echo: ` in the last user message, or `length` words drawn from the chat and the seed.
    pub(super) fn of(request: &GenerateRequest, length: u32) -> Self {
        let mut state = request.sampling.seed;
        for message in &request.messages {
            for part in [message.role.as_str(), &message.content] {
                let hash = keccak256(part.as_bytes());
                for chunk in hash.as_chunks::<8>().0 {
                    state = mix(state ^ u64::from_be_bytes(*chunk));
                }
            }
        }
        let last = request.messages.iter().rfind(|message| matches!(message.role, ChatRole::User | ChatRole::Prompt));
        let echo = last.and_then(|message| message.content.split_once("echo: ")).map(|(_, text)| text);
        let result = request.messages.last().filter(|message| message.role == ChatRole::Tool);
        let result = result.and_then(|message| serde_json::from_str::<ToolResult>(&message.content).ok());
        let words = |text: &str| text.split_inclusive(' ').map(str::to_owned).collect();
        let schema = !request.sampling.schema.is_empty();
        let forced = forced_call(&request.sampling.schema);
        let result = result.filter(|_| forced.is_none());
        let texts: Vec<String> = match (result, echo, forced.or_else(|| first_tool(&request.messages))) {
            (Some(result), ..) => words(&format!("It says: {}", result.content)),
            (None, Some(text), _) => words(text),
            (None, None, Some(call)) if schema => {
                vec![serde_json::json!({"name": call.name, "arguments": {}}).to_string()]
            }
            (None, None, Some(call)) => write_call(&call).split_inclusive('"').map(str::to_owned).collect(),
            // An object without anything in it: what a schema asks for beyond that, it does not know.
            (None, None, None) if schema => vec!["{".into(), "}".into()],
            (None, None, None) => (0..u64::from(length.saturating_sub(1))).map(|place| word(state, place)).collect(),
        };
        let rules = changes_logits(&request.sampling).then(|| {
            let content = request.messages.iter().flat_map(|message| message.content.split_inclusive(' '));
            // It knows no noise: of what the rules leave of its logits, it takes the likeliest.
            (content.map(word_id).collect(), Sampling { temperature: Micros(0), ..request.sampling.clone() })
        });
        Self { state, words: texts.len() as u64, texts, rules }
    }

    /// The answer's tokens, at most `most`, the one that ends it included.
    pub(super) fn tokens(&self, most: usize) -> Vec<Token> {
        let Some((prompt, sampling)) = &self.rules else {
            return (0..=self.texts.len()).map(|place| self.token(place)).take(most).collect();
        };
        let mut history = History::new(sampling, prompt);
        let mut tokens: Vec<Token> = vec![];
        while tokens.len() < most && tokens.last().is_none_or(|last| last.id != END_ID) {
            let place = tokens.len();
            let Some(choice) = choose(&self.logits(place), sampling, &history) else { break };
            history.push(choice.id);
            let text = self.text(choice.id, place).unwrap_or_default();
            let log_probability = self.log_probability(choice.id, place);
            tokens.push(Token { text, id: choice.id, log_probability });
        }
        tokens
    }

    /// What the script says of the tokens of an answer.
    pub(super) fn positions(&self, ids: &[u32]) -> Vec<Position> {
        let own = |place: usize, id: u32, shortfall: f32| match exists(id) {
            true => Position { log_probability: self.log_probability(id, place), shortfall },
            false => IMPOSSIBLE,
        };
        let Some((prompt, sampling)) = &self.rules else {
            let wrong = |place: usize, id: u32| if self.token(place).id == id { 0.0 } else { WRONG };
            return ids.iter().enumerate().map(|(place, id)| own(place, *id, wrong(place, *id))).collect();
        };
        let mut history = History::new(sampling, prompt);
        let mut position = |(place, id): (usize, &u32)| {
            let found = examine(&self.logits(place), sampling, &history, *id);
            history.push(*id);
            own(place, *id, found.map_or(f32::INFINITY, |found| found.shortfall))
        };
        ids.iter().enumerate().map(&mut position).collect()
    }

    /// Logits at a place, for rules that change them: the right token stands out among those that have a text.
    fn logits(&self, place: usize) -> Vec<f32> {
        let mut logits = vec![f32::NEG_INFINITY; (FIRST_WORD_ID + WORD_IDS) as usize];
        for text in known_words().chain(self.texts.iter().cloned()) {
            let id = word_id(&text);
            logits[id as usize] = -WRONG + self.log_probability(id, place);
        }
        logits[END_ID as usize] = -WRONG + self.log_probability(END_ID, place);
        logits[self.token(place).id as usize] = 0.0;
        logits
    }

    /// The right token at a place; after the end of the answer, the end again.
    pub(super) fn token(&self, place: usize) -> Token {
        let text = self.texts.get(place).cloned().unwrap_or_default();
        self.claimed(text, place)
    }

    /// A word that does not belong there, with its probability.
    pub(super) fn wrong_word(&self, place: usize) -> Token {
        self.claimed(word(!self.state, self.words + place as u64), place)
    }

    /// Any text as a token, with its probability at a place. The empty text is the end of an answer.
    pub(super) fn claimed(&self, text: String, place: usize) -> Token {
        let id = if text.is_empty() { END_ID } else { word_id(&text) };
        Token { text, id, log_probability: self.log_probability(id, place) }
    }

    /// The logarithm of a token's probability at a place.
    pub(super) fn log_probability(&self, id: u32, place: usize) -> f32 {
        let noise = mix(self.state ^ u64::from(id) ^ ((place as u64) << 32)) % 4_000;
        -(noise as f32) / 1_000.0
    }

    /// More about a token, with this many others that are likely at its place.
    pub(super) fn detail(&self, text: &str, place: usize, count: u8) -> TokenDetail {
        let mut top: Vec<_> = known_words().map(|text| (self.log_probability(word_id(&text), place), text)).collect();
        top.sort_by(|(one, a), (other, b)| other.total_cmp(one).then_with(|| a.cmp(b)));
        let alternative =
            |(value, text): (f32, String)| Alternative { bytes: text.into_bytes(), bits: value.to_bits() };
        TokenDetail {
            bytes: text.as_bytes().to_vec(),
            top: top.into_iter().take(count.into()).map(alternative).collect(),
        }
    }

    /// The tokens of a prompt, with their probabilities.
    pub(super) fn prompt(&self, messages: &[ChatMessage], top_logprobs: Option<u8>) -> PromptScores {
        let texts: Vec<_> = messages.iter().flat_map(prompt_texts).collect();
        let score = |(place, text): (usize, &String)| {
            // No place of an answer is the same.
            let own = usize::MAX - place;
            let value = if place == 0 { 0.0 } else { self.log_probability(word_id(text), own) };
            Score {
                length: text.len() as u32,
                bits: value.to_bits(),
                detail: top_logprobs.map(|count| self.detail(text, own, count)).unwrap_or_default(),
            }
        };
        PromptScores { scores: texts.iter().enumerate().map(score).collect(), text: texts.concat() }
    }

    /// A number that depends on the request alone.
    pub(super) const fn number(&self) -> u64 {
        mix(self.state)
    }

    /// The text of a token: one of the answer, or any word that the engine draws. `None` of others.
    pub(super) fn text(&self, id: u32, place: usize) -> Option<String> {
        let right = self.token(place);
        if right.id == id {
            return Some(right.text);
        }
        if id == END_ID {
            return Some(String::new());
        }
        known_words().chain(self.texts.iter().cloned()).find(|text| word_id(text) == id)
    }
}

/// What a token lacks that does not exist.
const IMPOSSIBLE: Position = Position { log_probability: f32::NEG_INFINITY, shortfall: f32::INFINITY };

/// Words that every script has a token for, at the beginning of a text and behind others.
fn known_words() -> impl Iterator<Item = String> {
    WORDS.iter().flat_map(|word| [(*word).to_owned(), format!(" {word}")])
}

/// Whether the request changes logits before a token is chosen.
fn changes_logits(sampling: &Sampling) -> bool {
    let plain = Sampling::default();
    sampling.frequency_penalty != plain.frequency_penalty
        || sampling.presence_penalty != plain.presence_penalty
        || sampling.repetition_penalty != plain.repetition_penalty
        || !sampling.logit_bias.is_empty()
}

/// True for ids that are tokens.
pub(super) const fn exists(id: u32) -> bool {
    id == END_ID || (FIRST_WORD_ID <= id && id < FIRST_WORD_ID + WORD_IDS)
}

fn word(state: u64, place: u64) -> String {
    let word = WORDS[(mix(state ^ place) % WORDS.len() as u64) as usize];
    if place == 0 { word.to_owned() } else { format!(" {word}") }
}

fn word_id(text: &str) -> u32 {
    let hash = keccak256(text.as_bytes());
    FIRST_WORD_ID + u32::from_be_bytes([0, hash[0], hash[1], hash[2]]) % WORD_IDS
}
