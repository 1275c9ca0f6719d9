//! Questions that audits are measured with: chats of many kinds, each a function of its number.

use cuckoo_gpu::{GenerateRequest, ServedModel};
use cuckoo_protocol::task::{ChatMessage, ChatRole, ImageSize, Kind, Micros, Sampling, SignedMicros};

/// The prompts that are asked where no others are given.
const PROMPTS: &str = include_str!("prompts.txt");
/// Prompts in other scripts than Latin, with accents and symbols.
const FOREIGN: [&str; 5] = [
    "¿Qué es la fotosíntesis? Résumez en français, s'il vous plaît — kurz & bündig, äöüß!",
    "日本の首都はどこですか。その町について少し教えてください。",
    "Объясни, почему небо синее, в двух предложениях.",
    "ما هي عاصمة مصر؟ أجب بجملة قصيرة.",
    "Tell a story of three emoji: 🐦🪺🥚, and one of ∑∫√π≠∞.",
];
/// A tool that a model may call.
const TOOLS: &str = r#"[{"type":"function","function":{"name":"weather","description":"The weather at a place","parameters":{"type":"object","properties":{"place":{"type":"string"},"days":{"type":"integer"}},"required":["place"]}}}]"#;
/// A schema whose answers come to an end soon.
const SCHEMA: &str = r#"{"type":"object","additionalProperties":false,"required":["name","count","fits"],"properties":{"name":{"type":"string","maxLength":24},"count":{"type":"integer","minimum":0,"maximum":999},"fits":{"type":"boolean"}}}"#;
/// Letters of a description.
const MOST_LETTERS: usize = 60;
/// Times that a prompt is repeated for a long context.
const LONG: usize = 12;

/// What a question tests, in a word.
pub(super) const SORTS: [&str; 12] =
    ["chat", "top-p", "unicode", "tools", "schema", "text", "greedy", "long", "stop", "hot", "cut", "penalties"];

/// The prompts that come with the program.
pub(super) fn prompts() -> Vec<String> {
    lines(PROMPTS)
}

/// Lines that say something.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

fn says(role: ChatRole, content: impl Into<String>) -> ChatMessage {
    ChatMessage { role, content: content.into() }
}

/// A description of an image: upright, square or broad, in few steps or many, with guidance and without.
fn image(model: String, number: usize, prompt: &str) -> (&'static str, GenerateRequest) {
    let (width, height) = [(64, 96), (64, 64), (128, 64)][number % 3];
    let steps = [1, 4, 7, 20, 25][number % 5];
    let guidance = [None, Some(Micros::ONE), Some(Micros(3_000_000))][number / 3 % 3];
    let (size, seed) = (ImageSize { width, height }, number as u64);
    let sampling = Sampling { max_tokens: size.tokens(steps), size, steps, guidance, seed, ..Sampling::default() };
    // What fits into the few tokens that such a model reads.
    let mut messages = vec![says(ChatRole::Description, prompt.chars().take(MOST_LETTERS).collect::<String>())];
    if number % 2 == 1 {
        messages.push(says(ChatRole::Unwanted, "people, text"));
    }
    ("images", GenerateRequest { model, messages, sampling })
}

/// The question with this number, and its sort: of a model that embeds some texts, else one of the sorts above in turn.
pub(super) fn question(model: &ServedModel, number: usize, tokens: u32) -> (&'static str, GenerateRequest) {
    let prompts = prompts();
    // The number of a prompt does not follow that of the sort.
    let prompt = &prompts[(number / SORTS.len() + number) % prompts.len()];
    let name = model.manifest.name.clone();
    if model.kind == Kind::Embedding {
        let messages = vec![says(ChatRole::Input, prompt), says(ChatRole::Input, format!("{number} {prompt}"))];
        return ("vectors", GenerateRequest { model: name, messages, sampling: Sampling::default() });
    }
    if model.kind == Kind::Image {
        return image(name, number, prompt);
    }
    let sort = SORTS[number % SORTS.len()];
    let mut sampling = Sampling {
        max_tokens: tokens,
        temperature: Micros(800_000),
        top_p: Micros::ONE,
        seed: number as u64,
        ..Sampling::default()
    };
    let mut messages = vec![says(ChatRole::User, prompt)];
    match sort {
        "top-p" => {
            messages.insert(0, says(ChatRole::System, "You answer in one short paragraph."));
            (sampling.temperature, sampling.top_p) = (Micros::ONE, Micros(950_000));
        }
        "unicode" => messages = vec![says(ChatRole::User, FOREIGN[number / SORTS.len() % FOREIGN.len()])],
        "tools" => messages.insert(0, says(ChatRole::Tools, TOOLS)),
        "schema" => sampling.schema = SCHEMA.into(),
        "text" => {
            messages = vec![says(ChatRole::Prompt, format!("{number}. {prompt}\n"))];
            sampling.temperature = Micros(1_200_000);
        }
        "greedy" => sampling.temperature = Micros(0),
        "long" => messages = vec![says(ChatRole::User, format!("{prompt}\n").repeat(LONG))],
        "stop" => sampling.stop = vec![". ".into(), "\n\n".into()],
        "cut" => (sampling.top_k, sampling.min_p) = (40, Micros(50_000)),
        "penalties" => {
            sampling.repetition_penalty = Micros(1_100_000);
            (sampling.frequency_penalty, sampling.presence_penalty) = (SignedMicros(500_000), SignedMicros(300_000));
        }
        "hot" => (sampling.temperature, sampling.top_p) = (Micros(1_500_000), Micros(900_000)),
        _ => {}
    }
    (sort, GenerateRequest { model: name, messages, sampling })
}
