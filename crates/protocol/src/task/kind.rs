//! What kind of work a task is, and the form of its output.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::{
    drawing::{MOST_STRETCHES, latent_count},
    sampling::{ImageSize, Sampling},
};

/// Numbers of one vector at most.
pub const MAX_DIMENSIONS: usize = 16_384;
/// The most texts that one task may embed.
pub const MAX_INPUTS: usize = 64;
/// What begins a PNG: its signature, and the head of the chunk with its size.
const PNG_HEAD: &[u8; 16] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR";
/// Pixels of an image that counts as one token: those of 1024x1024.
pub const TOKEN_PIXELS: u64 = 1 << 20;
/// Steps of an image that counts as one token.
pub const TOKEN_STEPS: u64 = 20;
/// Bytes that the text of one token may have, generously.
const TOKEN_BYTES: usize = 512;

/// What a model makes. Of a task it follows from the roles of its messages, which the commitment to the prompt covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Kind {
    /// Text that follows on a chat or on a text.
    #[default]
    Text = 0,
    /// A vector for each of some texts.
    Embedding = 1,
    /// An image by its description.
    Image = 2,
}

impl Kind {
    /// One word for frames' readers, tables and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Embedding => "embedding",
            Self::Image => "image",
        }
    }

    /// The kind that has this number in frames.
    pub const fn from_u8(value: u8) -> Option<Self> {
        match value {
            0 => Some(Self::Text),
            1 => Some(Self::Embedding),
            2 => Some(Self::Image),
            _ => None,
        }
    }
}

/// Why an output cannot be what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// There is not exactly one vector for every text.
    #[error("it has {got} vectors for {wanted} texts")]
    Vectors {
        /// The number of vectors.
        got: usize,
        /// The number of texts.
        wanted: usize,
    },
    /// A vector is not base64, is cut within a number, has another length than the others, or is not finite.
    #[error("a vector is malformed")]
    Vector,
    /// The image is not base64, or not a PNG.
    #[error("the image is not a PNG")]
    Image,
    /// The image has another size than was asked for.
    #[error("the image has {got} and not {wanted}")]
    Size {
        /// The size that the file claims.
        got: ImageSize,
        /// The size that was asked for.
        wanted: ImageSize,
    },
}

/// Vectors as the text that travels: a line for each, the base64 of its numbers as IEEE 754 single precision, little endian.
pub fn write_vectors<'a>(vectors: impl IntoIterator<Item = &'a [f32]>) -> String {
    let line =
        |vector: &[f32]| STANDARD.encode(vector.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>());
    vectors.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Reads what [`write_vectors`] wrote: `count` vectors of the same length, of finite numbers.
pub fn read_vectors(text: &str, count: usize) -> Result<Vec<Vec<f32>>, OutputError> {
    let got = text.lines().count();
    if got != count {
        return Err(OutputError::Vectors { got, wanted: count });
    }
    let vectors: Vec<_> = text.lines().map(read_vector).collect::<Option<_>>().ok_or(OutputError::Vector)?;
    let same = |vector: &Vec<f32>| vector.len() == vectors[0].len();
    if vectors.iter().all(same) { Ok(vectors) } else { Err(OutputError::Vector) }
}

fn read_vector(line: &str) -> Option<Vec<f32>> {
    let bytes = STANDARD.decode(line).ok()?;
    let (numbers, rest) = bytes.as_chunks::<4>();
    let vector: Vec<_> = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let good = rest.is_empty() && (1..=MAX_DIMENSIONS).contains(&vector.len());
    (good && vector.iter().all(|value| value.is_finite())).then_some(vector)
}

/// An image as the text that travels: the base64 of its file.
pub fn write_image(file: &[u8]) -> String {
    STANDARD.encode(file)
}

/// Reads the size that an image claims, without decoding it: what it shows, nobody can check.
pub fn image_size(text: &str) -> Result<ImageSize, OutputError> {
    // 24 bytes are 32 characters.
    let head = text.get(..32).and_then(|head| STANDARD.decode(head).ok()).ok_or(OutputError::Image)?;
    let (head, size) = head.split_at(PNG_HEAD.len());
    if head != PNG_HEAD || STANDARD.decode(text).is_err() {
        return Err(OutputError::Image);
    }
    let number = |at: usize| size.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
    Ok(ImageSize { width: number(0), height: number(4) })
}

impl ImageSize {
    /// The image's size in pixels.
    pub const fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// The tokens that an image counts as, which it is paid by: one for each begun [`TOKEN_PIXELS`] times [`TOKEN_STEPS`], and one where
    /// the model decides in how many steps.
    pub fn tokens(self, steps: u32) -> u32 {
        let steps = if steps == 0 { TOKEN_STEPS } else { u64::from(steps) };
        let tokens = self.pixels().saturating_mul(steps).div_ceil(TOKEN_PIXELS * TOKEN_STEPS);
        u32::try_from(tokens).unwrap_or(u32::MAX).max(1)
    }
}

impl Kind {
    /// Bytes that an output may have: what is longer cannot be one.
    pub(super) fn most_bytes(self, texts: usize, sampling: &Sampling) -> usize {
        match self {
            Self::Text => (sampling.max_tokens as usize).saturating_add(8).saturating_mul(TOKEN_BYTES),
            Self::Embedding => texts.saturating_mul(MAX_DIMENSIONS * 6),
            // A PNG of noise is hardly smaller than its pixels, and base64 adds a third. So it does to its latents, of two bytes each.
            Self::Image => {
                let pixels = sampling.size.pixels();
                let latents = latent_count(pixels).saturating_mul(u64::from(MOST_STRETCHES) * 3);
                let most = pixels.saturating_mul(5).saturating_add(latents).saturating_add(1 << 16);
                usize::try_from(most).unwrap_or(usize::MAX)
            }
        }
    }

    /// Whether an output has the form of what was asked for.
    pub(super) fn check(self, texts: usize, size: ImageSize, output: &str) -> Result<(), OutputError> {
        match self {
            Self::Text => Ok(()),
            Self::Embedding => read_vectors(output, texts).map(drop),
            Self::Image => match image_size(output)? {
                got if got != size => Err(OutputError::Size { got, wanted: size }),
                _ => Ok(()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_image_has_the_size_that_was_asked_for() {
        let size = ImageSize { width: 256, height: 512 };
        let mut png = PNG_HEAD.to_vec();
        png.extend([0, 0, 1, 0, 0, 0, 2, 0, 8, 2]);
        let text = write_image(&png);
        assert_eq!(Kind::Image.check(1, size, &text), Ok(()));
        let other = ImageSize { width: 512, height: 256 };
        assert_eq!(Kind::Image.check(1, other, &text), Err(OutputError::Size { got: size, wanted: other }));
        for wrong in ["", "hello", &text[1..], &write_image(&png[..20]), &format!("{text}!")] {
            assert_eq!(Kind::Image.check(1, size, wrong), Err(OutputError::Image), "{wrong:?}");
        }
    }

    #[test]
    fn an_image_is_paid_by_its_pixels_and_steps() {
        let tokens = |width, height, steps| ImageSize { width, height }.tokens(steps);
        assert_eq!([tokens(1_024, 1_024, 0), tokens(1_024, 1_024, 20), tokens(64, 64, 1)], [1; 3]);
        assert_eq!([tokens(1_024, 1_024, 21), tokens(1_536, 1_536, 0), tokens(1_024, 1_024, 100)], [2, 3, 5]);
    }

    #[test]
    fn vectors_that_are_none_are_refused() {
        let two = write_vectors([&[1.0, -2.5][..], &[0.0, f32::MIN]]);
        assert_eq!(Kind::Embedding.check(2, ImageSize::NONE, &two), Ok(()));
        assert_eq!(read_vectors(&two, 3), Err(OutputError::Vectors { got: 2, wanted: 3 }));
        for wrong in [
            write_vectors([&[1.0][..], &[1.0, 2.0]]),
            write_vectors([&[f32::NAN][..], &[1.0]]),
            write_vectors([&[][..], &[]]) + "\n",
            "AAA=\nAAA=".into(),
            "!\n!".into(),
        ] {
            assert!(read_vectors(&wrong, 2).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn vectors_keep_their_bits(vectors in prop::collection::vec(prop::collection::vec(-1e30f32..1e30, 5), 1..9)) {
            let text = write_vectors(vectors.iter().map(Vec::as_slice));
            prop_assert!(text.len() <= Kind::Embedding.most_bytes(vectors.len(), &Sampling::default()));
            prop_assert_eq!(read_vectors(&text, vectors.len()).expect("reads"), vectors);
        }

        #[test]
        fn no_text_makes_it_panic(text: String, width: u32, height: u32) {
            for kind in [Kind::Text, Kind::Embedding, Kind::Image] {
                let size = ImageSize { width, height };
                let sampling = Sampling { max_tokens: u32::MAX, size, ..Sampling::default() };
                let _ = (kind.check(1, size, &text), kind.most_bytes(usize::MAX, &sampling), size.tokens(u32::MAX));
            }
        }
    }
}
