//! What a scripted engine says that cheats.

use cuckoo_protocol::task::Sampling;

use super::{
    config::{Misbehave, ScriptedConfig},
    script::{DIMENSIONS, Script, Token, vector},
};
use crate::engine::api::GenerateRequest;

/// The script of another model: the same one with another seed.
pub(super) fn another_model(request: &GenerateRequest, length: u32) -> Script {
    let mut other = request.clone();
    other.sampling.seed = !other.sampling.seed;
    Script::of(&other, length)
}

/// The request without what changes logits.
fn without_rules(request: &GenerateRequest) -> GenerateRequest {
    let Sampling { max_tokens, temperature, top_p, seed, stop, size, schema, .. } = request.sampling.clone();
    let sampling = Sampling { max_tokens, temperature, top_p, seed, stop, size, schema, ..Sampling::default() };
    GenerateRequest { sampling, ..request.clone() }
}

/// The vectors of the texts. Another model reads other words in them.
pub(super) fn vectors(request: &GenerateRequest, config: &ScriptedConfig) -> Vec<[f32; DIMENSIONS]> {
    let read = |text: &str| match config.misbehave {
        Misbehave::OtherWords => vector(&text.chars().rev().collect::<String>()),
        _ => vector(text),
    };
    request.messages.iter().map(|message| read(&message.content)).collect()
}

/// The tokens of an answer, as an engine says them that misbehaves in this way, at most `room`.
pub(super) fn tokens(request: &GenerateRequest, config: &ScriptedConfig, room: usize) -> Vec<Token> {
    let right = Script::of(request, config.tokens);
    // One more than there is room for shows that the answer has not ended.
    let most = room.saturating_add(1);
    let launder = || {
        let other = another_model(request, config.tokens).tokens(most);
        other.into_iter().enumerate().map(|(place, token)| right.claimed(token.text, place)).collect()
    };
    let mut tokens = right.tokens(most);
    match config.misbehave {
        Misbehave::OtherWords => another_model(request, config.tokens).tokens(most),
        Misbehave::NoRules => Script::of(&without_rules(request), config.tokens).tokens(most),
        Misbehave::Laundered => launder(),
        Misbehave::SomeFalse(number) if right.number().is_multiple_of(u64::from(number.max(1))) => launder(),
        Misbehave::Padded => {
            tokens.pop();
            tokens.extend((tokens.len()..room.saturating_sub(1)).map(|place| right.wrong_word(place)));
            let end = right.claimed(String::new(), tokens.len());
            tokens.push(end);
            tokens
        }
        Misbehave::Cut => {
            tokens.truncate(tokens.len() / 2);
            let end = right.claimed(String::new(), tokens.len());
            tokens.push(end);
            tokens
        }
        _ => tokens,
    }
}
