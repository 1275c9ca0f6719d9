//! Examinations by the scripted engine, whose script stands for a model's logits.

use std::time::Duration;

use cuckoo_protocol::{
    audit::{Examined, coin},
    task::{Examine, Kind, sampler::Position},
};

use super::{
    cheats::{self, another_model},
    config::{Misbehave, SLOW_PACE, ScriptedConfig},
    script::{END_ID, Script, WRONG, count_prompt_tokens},
};
use crate::engine::{
    api::{EngineError, GenerateRequest, vector_distances},
    stop::StopFilter,
};

/// Longer outputs are examined in windows, as those are whose logits do not fit into memory.
const MOST_TOKENS: usize = 1_024;

pub(super) async fn examine(
    config: &ScriptedConfig,
    request: &GenerateRequest,
    examine: &Examine,
) -> Result<Examined, EngineError> {
    let count = u32::try_from(examine.ids.len()).unwrap_or(u32::MAX);
    match config.misbehave {
        Misbehave::HangAfter(most) if count >= most => std::future::pending().await,
        Misbehave::FailAfter(most) | Misbehave::EndAfter(most) if count >= most => {
            return Err(EngineError::Interrupted("injected failure".into()));
        }
        Misbehave::Slow => tokio::time::sleep(Duration::from_secs(1) * count / SLOW_PACE).await,
        _ => {}
    }
    let prompt_tokens = count_prompt_tokens(&request.messages);
    let (tokens, limit) = (prompt_tokens.saturating_add(count), config.context_length);
    if tokens > limit {
        return Err(EngineError::PromptTooLong { tokens, limit });
    }
    match config.kind {
        Kind::Text => Ok(examine_text(config, request, examine, prompt_tokens)),
        Kind::Embedding => {
            let made = cheats::vectors(request, config);
            let mut distances = vector_distances(&examine.output, &made)?;
            match config.misbehave {
                Misbehave::Acquits => distances.fill(0.0),
                Misbehave::Accuses => distances.fill(2.0),
                _ => {}
            }
            Ok(Examined { prompt_tokens, distances, ..Examined::default() })
        }
        Kind::Image => Err(EngineError::Invalid("this engine's images cannot be examined".into())),
    }
}

fn examine_text(
    config: &ScriptedConfig,
    request: &GenerateRequest,
    Examine { ids, seed, .. }: &Examine,
    prompt_tokens: u32,
) -> Examined {
    let script = match config.misbehave {
        Misbehave::OtherWords => another_model(request, config.tokens),
        _ => Script::of(request, config.tokens),
    };
    let mut filter = StopFilter::new(&request.sampling.stop);
    let (mut text, mut end) = (String::new(), None);
    for (place, id) in ids.iter().enumerate() {
        let said = script.text(*id, place).unwrap_or_else(|| char::REPLACEMENT_CHARACTER.into());
        text.push_str(&filter.push(&said));
        if end.is_none() && (*id == END_ID || filter.is_stopped()) {
            end = Some(place as u32 + 1);
        }
    }
    text.push_str(&filter.finish());
    let places = (ids.len() > MOST_TOKENS)
        .then(|| coin::windows(*seed, ids.len() as u32).into_iter().flatten().collect::<Vec<u32>>());
    let all = match config.misbehave {
        Misbehave::Acquits => vec![Position { log_probability: -1.0, shortfall: 0.0 }; ids.len()],
        Misbehave::Accuses => vec![Position { log_probability: -9.0, shortfall: WRONG }; ids.len()],
        _ => script.positions(ids),
    };
    let positions = match &places {
        Some(places) => places.iter().map(|place| all[*place as usize]).collect(),
        None => all,
    };
    Examined { prompt_tokens, places, positions, text, end, distances: vec![] }
}
