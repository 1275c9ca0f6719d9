//! What a model says of a claimed output, and the text in which auditors send it.

use alloy::primitives::bytes::{Buf, BufMut};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::coin;
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
    /// From 0 to 2. Of embeddings: the cosine distance of each claimed vector from the model's own. Of an image two: how far the latents
    /// after the drawn steps are from those that the model makes of the latents before, by the length of the change; and how far the
    /// pixels are from those that the last latents decode to, by their length around the middle grey.
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

impl Examined {
    /// Whether it says something of all tokens, or of exactly the places that an examination with this seed is of, among `tokens` tokens:
    /// those of [`coin::windows`], or everything up to the end of the last window where the model reads an answer from its start.
    /// Behind a token that the model does not have there is nothing to compute: everything from it on may be impossible. Where the output
    /// goes on behind its end, it is false whatever the places are. An auditor must not choose the places.
    pub fn is_at_drawn_places(&self, seed: u64, tokens: u32) -> bool {
        let Some(places) = self.places.as_ref().filter(|_| self.end.is_none_or(|end| end >= tokens)) else {
            return true;
        };
        let is_impossible =
            |position: &Position| position.shortfall == f32::INFINITY && position.log_probability == f32::NEG_INFINITY;
        let last = places.iter().zip(&self.positions).rev().zip((0..tokens).rev());
        let tail = last.take_while(|((place, position), at)| *place == at && is_impossible(position)).count();
        let (known, before) = (tokens - tail as u32, &places[..places.len() - tail]);
        let windows = coin::windows(seed, tokens);
        let end = windows.last().map_or(0, |window| window.end.min(known));
        let drawn = windows.into_iter().flatten().filter(|place| *place < known);
        before.iter().copied().eq(drawn) || before.iter().copied().eq(0..end)
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
    fn i14_who_examines_does_not_choose_the_places() {
        let (seed, tokens) = (9, 1_000);
        let good = Position { log_probability: -1.0, shortfall: 0.0 };
        let impossible = Position { log_probability: f32::NEG_INFINITY, shortfall: f32::INFINITY };
        let drawn: Vec<u32> = coin::windows(seed, tokens).into_iter().flatten().collect();
        let of = |places: Vec<u32>| Examined {
            positions: vec![good; places.len()],
            places: Some(places),
            ..Examined::default()
        };
        let fits = |examined: &Examined| examined.is_at_drawn_places(seed, tokens);
        assert_eq!((drawn.len(), fits(&of(drawn.clone()))), (256, true));
        assert!(fits(&Examined::default()), "all of them");
        let last = drawn[255];
        assert!(fits(&of((0..=last).collect())) && !fits(&of((0..last).collect())));
        // Those of another seed, one less, one more, and another one in the place of one.
        let another: Vec<u32> = coin::windows(seed + 1, tokens).into_iter().flatten().collect();
        let free = (0..tokens).find(|place| !drawn.contains(place)).expect("one that is not drawn");
        let mut more = [drawn.clone(), vec![free]].concat();
        more.sort_unstable();
        let mut other = more.clone();
        other.retain(|place| *place != drawn[7]);
        for places in [another, drawn[1..].to_vec(), drawn[..255].to_vec(), more, other, vec![]] {
            assert!(!fits(&of(places.clone())), "{places:?}");
        }
        // What goes on behind its end is false anyway, and after a token that does not exist nothing can be computed.
        let cut = drawn[100];
        let until = |limit: u32| drawn.iter().copied().filter(|place| *place < limit).collect::<Vec<_>>();
        assert!(fits(&Examined { end: Some(cut), ..of(until(cut)) }));
        assert!(!fits(&Examined { end: Some(tokens), ..of(until(cut)) }));
        let mut unknown = of([until(cut), (cut..tokens).collect()].concat());
        assert!(!fits(&unknown));
        let from = until(cut).len();
        unknown.positions[from..].fill(impossible);
        assert!(fits(&unknown));
        unknown.places.as_mut().expect("some").remove(0);
        unknown.positions.remove(0);
        assert!(!fits(&unknown));
        // Of a short answer there are no places to choose.
        assert!(of((0..200).collect()).is_at_drawn_places(seed, 200));
        assert!(!of((0..199).collect()).is_at_drawn_places(seed, 200));
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
