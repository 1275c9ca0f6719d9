//! What the tokens of an answer say.

use super::{detokenise::Detokeniser, ends::Ends};
use crate::engine::{EngineError, stop::StopFilter};

/// The text of an output, and after how many tokens it ends by itself.
pub(in crate::engine) fn read_answer(
    mut detokeniser: Detokeniser,
    ends: &Ends,
    stop: &[String],
    ids: &[u32],
) -> Result<(String, Option<u32>), EngineError> {
    let mut filter = StopFilter::new(stop);
    let (mut text, mut end) = (String::new(), None);
    for (index, id) in ids.iter().enumerate() {
        let more = detokeniser.push(*id).map_err(EngineError::Invalid)?;
        text.push_str(&filter.push(&more));
        let is_end = ends.must(*id) || (index + 1 == ids.len() && ends.may(*id));
        if end.is_none() && (is_end || filter.is_stopped()) {
            end = Some(index as u32 + 1);
        }
    }
    if !filter.is_stopped() {
        text.push_str(&filter.push(&detokeniser.finish().map_err(EngineError::Invalid)?));
        if filter.is_stopped() {
            end.get_or_insert(ids.len() as u32);
        }
    }
    text.push_str(&filter.finish());
    Ok((text, end))
}
