//! What a model says of a claimed output, and the text in which auditors send it.

use alloy::primitives::bytes::{Buf, BufMut};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::task::sampler::Position;

/// What a model says of a claimed output.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Examined {
    /// Tokens of the rendered prompt.
    pub prompt_tokens: u32,
    /// Which of the claimed tokens were examined, ascending; `None`: all of them.
    pub places: Option<Vec<u32>>,
    /// What the model says of each examined token.
    pub positions: Vec<Position>,
    /// The text that the claimed tokens stand for, cut before the first stop text.
    pub text: String,
    /// Number of tokens after which the output ends by itself: at a stop text, or at a token that ends answers.
    pub end: Option<u32>,
    /// Of embeddings: the cosine distance of each claimed vector from the model's own, from 0 to 2.
    pub distances: Vec<f32>,
}

/// Why a text is not what an auditor sends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExaminedError {
    /// It is not base64.
    #[error("it is not base64")]
    Base64,
    /// It is of another version, cut off, too long, or written in another way than [`Examined::encode`] does.
    #[error("it is malformed")]
    Malformed,
    /// A number is none, or outside of its range.
    #[error("its numbers are not those of a model")]
    Numbers,
}

/// The first byte of what is encoded.
const VERSION: u8 = 1;

impl Examined {
    /// The one text that stands for this: base64 of the version, and of each field in the order of declaration; numbers are little
    /// endian, lists and texts have their lengths as 4 bytes before them, and what may be missing has a byte 0 or 1 before it.
    pub fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(32 + 12 * self.positions.len() + self.text.len() + 4 * self.distances.len());
        bytes.put_u8(VERSION);
        bytes.put_u32_le(self.prompt_tokens);
        bytes.put_u8(self.places.is_some().into());
        if let Some(places) = &self.places {
            put_length(&mut bytes, places.len());
            places.iter().for_each(|place| bytes.put_u32_le(*place));
        }
        put_length(&mut bytes, self.positions.len());
        for position in &self.positions {
            bytes.put_f32_le(position.log_probability);
            bytes.put_f32_le(position.shortfall);
        }
        put_length(&mut bytes, self.text.len());
        bytes.put_slice(self.text.as_bytes());
        bytes.put_u8(self.end.is_some().into());
        self.end.iter().for_each(|end| bytes.put_u32_le(*end));
        put_length(&mut bytes, self.distances.len());
        self.distances.iter().for_each(|distance| bytes.put_f32_le(*distance));
        STANDARD.encode(bytes)
    }

    /// Reads what [`Self::encode`] wrote, and nothing else.
    pub fn decode(text: &str) -> Result<Self, ExaminedError> {
        let bytes = STANDARD.decode(text).map_err(|_| ExaminedError::Base64)?;
        let examined = read(&bytes).ok_or(ExaminedError::Malformed)?;
        if !examined.is_possible() {
            return Err(ExaminedError::Numbers);
        }
        Ok(examined)
    }

    /// Whether the numbers are those of a model: logarithms of probabilities, shortfalls that are not negative, distances of
    /// vectors, and places in ascending order with a position for each.
    pub fn is_possible(&self) -> bool {
        // Written so that what is not a number is not possible.
        let good = |position: &Position| position.log_probability <= 0.0 && position.shortfall >= 0.0;
        self.positions.iter().all(good)
            && self.distances.iter().all(|distance| (0.0..=2.0).contains(distance))
            && self.places.as_ref().is_none_or(|places| {
                places.len() == self.positions.len() && places.is_sorted_by(|one, next| one < next)
            })
    }
}

fn put_length(bytes: &mut Vec<u8>, length: usize) {
    bytes.put_u32_le(u32::try_from(length).unwrap_or(u32::MAX));
}

fn read(mut bytes: &[u8]) -> Option<Examined> {
    let bytes = &mut bytes;
    if bytes.try_get_u8().ok()? != VERSION {
        return None;
    }
    let prompt_tokens = bytes.try_get_u32_le().ok()?;
    let places = flag(bytes)?.then(|| list(bytes, 4, |bytes| bytes.try_get_u32_le().ok()));
    let places = match places {
        Some(None) => return None,
        Some(places) => places,
        None => None,
    };
    let positions = list(bytes, 8, |bytes| {
        let (log_probability, shortfall) = (bytes.try_get_f32_le().ok()?, bytes.try_get_f32_le().ok()?);
        Some(Position { log_probability, shortfall })
    })?;
    let length = bytes.try_get_u32_le().ok()? as usize;
    let (text, rest) = bytes.split_at_checked(length)?;
    let text = std::str::from_utf8(text).ok()?.to_owned();
    *bytes = rest;
    let end = if flag(bytes)? { Some(bytes.try_get_u32_le().ok()?) } else { None };
    let distances = list(bytes, 4, |bytes| bytes.try_get_f32_le().ok())?;
    bytes.is_empty().then_some(Examined { prompt_tokens, places, positions, text, end, distances })
}

fn flag(bytes: &mut &[u8]) -> Option<bool> {
    match bytes.try_get_u8().ok()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// A list of items of `size` bytes: a length that is too large for what is there takes no memory.
fn list<T>(bytes: &mut &[u8], size: usize, item: impl Fn(&mut &[u8]) -> Option<T>) -> Option<Vec<T>> {
    let length = bytes.try_get_u32_le().ok()? as usize;
    (bytes.len() / size >= length).then(|| (0..length).map(|_| item(bytes)).collect::<Option<_>>())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn examined() -> impl Strategy<Value = Examined> {
        let position = (-30f32..=0.0, prop_oneof![Just(0f32), 0f32..9.0, Just(f32::INFINITY)])
            .prop_map(|(log_probability, shortfall)| Position { log_probability, shortfall });
        let positions = prop::collection::vec(position, 0..40);
        (
            any::<u32>(),
            any::<bool>(),
            positions,
            any::<String>(),
            any::<Option<u32>>(),
            prop::collection::vec(0f32..2.0, 0..4),
        )
            .prop_map(|(prompt_tokens, all, positions, text, end, distances)| {
                let places = (!all).then(|| (0..positions.len() as u32).map(|place| place * 3 + 1).collect());
                Examined { prompt_tokens, places, positions, text, end, distances }
            })
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_back_and_nothing_else_is(examined in examined(), cut: prop::sample::Index) {
            let text = examined.encode();
            prop_assert_eq!(Examined::decode(&text).expect("reads"), examined.clone());
            let cut = cut.index(text.len());
            prop_assert!(Examined::decode(&text[..cut]).is_err());
            let longer = text + "AAAA";
            prop_assert!(Examined::decode(&longer).is_err());
        }

        #[test]
        fn bytes_of_strangers_do_no_harm(bytes: Vec<u8>, text: String) {
            for text in [STANDARD.encode(bytes), text] {
                if let Ok(examined) = Examined::decode(&text) {
                    prop_assert_eq!(examined.encode(), text);
                }
            }
        }
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        let position = Position { log_probability: -1.0, shortfall: 0.0 };
        let good = Examined { positions: vec![position; 2], places: Some(vec![3, 4]), ..Examined::default() };
        assert!(Examined::decode(&good.encode()).is_ok());
        let spoils: [fn(&mut Examined); 8] = [
            |examined| examined.positions[1].log_probability = f32::NAN,
            |examined| examined.positions[1].log_probability = 0.5,
            |examined| examined.positions[0].shortfall = f32::NAN,
            |examined| examined.positions[0].shortfall = -0.5,
            |examined| examined.distances = vec![f32::NAN],
            |examined| examined.distances = vec![2.5],
            |examined| examined.places = Some(vec![4, 4]),
            |examined| examined.places = Some(vec![4]),
        ];
        for spoil in spoils {
            let mut spoiled = good.clone();
            spoil(&mut spoiled);
            assert_eq!(Examined::decode(&spoiled.encode()), Err(ExaminedError::Numbers), "{spoiled:?}");
        }
    }
}
