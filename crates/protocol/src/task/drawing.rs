//! The rules by which an image is a function of a seed: the noise that it begins with, the grid that its latents are rounded to, the
//! steps after which they are kept, and the chunk of the file that keeps them.
//!
//! - Noise: number `index` of a seed is `sqrt(-2 ln u) * cos(2 pi v)` (Box and Muller 1958) in double precision, where `u` and `v` are
//!   made of 53 bits of `mix(mix(seed) ^ 2 index)` and `mix(mix(seed) ^ 2 index + 1)`, each increased by a half and divided by 2^53.
//!   Latents have it in the order channel, row, column. It is made on the CPU, so that it does not depend on the device.
//! - Latents are rounded to multiples of 1/2048 from -16 to 16, halves away from zero, before the first step and after each, and the next
//!   step goes on from the rounded ones. So a step can be repeated from exactly what the one before it has left, and what differs from
//!   device to device does not add up.
//! - No step adds noise.
//! - The latents after at most [`MOST_STRETCHES`] of the steps, evenly spaced and with the last one among them, are kept in a chunk
//!   [`LATENTS`] of the PNG. The receipt commits to the file, and so to them: an auditor repeats the steps of one stretch that nobody
//!   can foresee, and decodes the last latents.

use std::{borrow::Cow, ops::Range};

use super::sampler::mix;

/// The version of these rules. Manifests name it.
pub const RULES: u32 = 1;
/// The most steps of an image.
pub const MOST_STEPS: u32 = 100;
/// Stretches of steps after which latents are kept, at most.
pub const MOST_STRETCHES: u32 = 10;
/// Pixels to a side of one latent pixel.
pub const SCALE: u32 = 8;
/// Numbers of one latent pixel.
pub const CHANNELS: u32 = 4;
/// The chunk's name: ancillary, private, and not to be copied to a file with other pixels.
pub const LATENTS: [u8; 4] = *b"cuLT";

/// Steps of the grid to one.
const GRID: f32 = 2_048.0;
/// What begins a PNG.
const SIGNATURE: usize = 8;
/// Bytes of a chunk beside its content: its length, its name, and a checksum behind it.
const FRAME: usize = 12;

/// A number of the standard normal distribution, a function of its key alone.
pub fn normal(seed: u64, index: u64) -> f64 {
    let uniform = |index: u64| ((mix(mix(seed) ^ index) >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    let (radius, angle) = (uniform(index.wrapping_mul(2)), uniform(index.wrapping_mul(2).wrapping_add(1)));
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// Latents as multiples of the grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latents(Vec<i16>);

impl Latents {
    /// The noise that an image of a seed begins with, of this many numbers.
    pub fn noise(seed: u64, count: usize) -> Self {
        Self((0..count as u64).map(|index| round(normal(seed, index) as f32)).collect())
    }

    /// Rounds numbers to the grid. What is not a number becomes 0.
    pub fn round(numbers: &[f32]) -> Self {
        Self(numbers.iter().copied().map(round).collect())
    }

    /// The numbers.
    pub fn numbers(&self) -> Vec<f32> {
        self.0.iter().map(|value| f32::from(*value) / GRID).collect()
    }
}

fn round(number: f32) -> i16 {
    // The cast saturates.
    (number * GRID).round() as i16
}

/// The numbers of the latents of an image with this many pixels.
pub const fn latent_count(pixels: u64) -> u64 {
    pixels / (SCALE * SCALE) as u64 * CHANNELS as u64
}

/// The stretches that the steps of an image are audited by: the latents after the last step of each are kept.
pub fn stretches(steps: u32) -> Vec<Range<u32>> {
    let count = steps.min(MOST_STRETCHES);
    let end = |at: u32| (u64::from(at) * u64::from(steps) / u64::from(count.max(1))) as u32;
    (0..count).map(|at| end(at)..end(at + 1)).collect()
}

/// The stretch that an audit with this seed repeats; `None` where there are no steps.
pub fn drawn(seed: u64, steps: u32) -> Option<usize> {
    (mix(seed) as usize).checked_rem(stretches(steps).len())
}

/// The content of the chunk: the kept latents in order, each number as 2 bytes, little endian.
pub fn write_latents(kept: &[Latents]) -> Vec<u8> {
    kept.iter().flat_map(|latents| &latents.0).flat_map(|value| value.to_le_bytes()).collect()
}

/// The latents that a PNG keeps, of `count` numbers each; `None` where it does not keep those of an image with this many steps.
pub fn read_latents(file: &[u8], steps: u32, count: usize) -> Option<Vec<Latents>> {
    let mut found = chunks(file).filter(|chunk| name(chunk) == LATENTS).map(content);
    let (bytes, rest) = found.next()?.as_chunks::<2>();
    let numbers: Vec<_> = bytes.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect();
    let is_whole = rest.is_empty() && count > 0 && numbers.len() == stretches(steps).len() * count;
    (is_whole && found.next().is_none()).then(|| numbers.chunks(count).map(|some| Latents(some.to_vec())).collect())
}

/// A PNG without the latents that it keeps: what applications are given.
pub fn without_latents(file: &[u8]) -> Cow<'_, [u8]> {
    if !chunks(file).any(|chunk| name(chunk) == LATENTS) {
        return file.into();
    }
    let shown = chunks(file).filter(|chunk| name(chunk) != LATENTS);
    Cow::Owned(file[..SIGNATURE].iter().chain(shown.flatten()).copied().collect())
}

/// The chunks of a PNG, each with its frame, as far as they are whole.
fn chunks(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = file.get(SIGNATURE..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        let (chunk, after) = rest.split_at_checked(length.checked_add(FRAME)?)?;
        rest = after;
        Some(chunk)
    })
}

fn name(chunk: &[u8]) -> [u8; 4] {
    [chunk[4], chunk[5], chunk[6], chunk[7]]
}

fn content(chunk: &[u8]) -> &[u8] {
    &chunk[8..chunk.len() - 4]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn noise_is_what_the_rules_say() {
        // Golden: another implementation has to give the same.
        let golden = [
            (0, 0, 0.9031242066134643),
            (0, 1, 0.11493113170609602),
            (7, 0, 0.054357943036704645),
            (u64::MAX, 16_383, 1.204694506994848),
        ];
        for (seed, index, expected) in golden {
            let found = normal(seed, index);
            assert!((found - expected).abs() < 1e-12, "({seed}, {index}, {found:?})");
        }
    }

    #[test]
    fn noise_is_normal_and_that_of_another_seed_is_another() {
        let numbers: Vec<f64> = (0..100_000).map(|index| normal(3, index)).collect();
        let mean = |power: i32| numbers.iter().map(|number| number.powi(power)).sum::<f64>() / 1e5;
        assert!(mean(1).abs() < 0.02 && (mean(2) - 1.0).abs() < 0.02 && (mean(4) - 3.0).abs() < 0.1);
        let other: f64 = (0..100_000).map(|index| normal(4, index) * numbers[index as usize]).sum::<f64>() / 1e5;
        assert!(other.abs() < 0.02, "{other}");
        assert_eq!(Latents::noise(3, 4).numbers().len(), 4);
    }

    #[test]
    fn the_grid_has_an_end_and_a_middle() {
        let rounded = Latents::round(&[0.0, 0.000_25, 1.0, -1e9, f32::INFINITY, f32::NAN]);
        assert_eq!(rounded.0, [0, 1, 2_048, i16::MIN, i16::MAX, 0]);
        assert_eq!(Latents::round(&rounded.numbers()), rounded);
    }

    #[test]
    fn stretches_cover_all_steps_and_each_is_drawn() {
        assert_eq!((stretches(0), drawn(1, 0)), (vec![], None));
        assert_eq!(stretches(3), [0..1, 1..2, 2..3]);
        assert_eq!(stretches(25)[..3], [0..2, 2..5, 5..7]);
        for steps in 1..=MOST_STEPS {
            let stretches = stretches(steps);
            assert!(stretches.iter().all(|stretch| !stretch.is_empty()));
            assert!(stretches.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert_eq!((stretches[0].start, stretches.last().map(|last| last.end)), (0, Some(steps)));
        }
        let mut seen = [0; 10];
        (0..10_000).for_each(|seed| seen[drawn(seed, 20).expect("one")] += 1);
        assert!(seen.iter().all(|count| (850..1_150).contains(count)), "{seen:?}");
    }

    fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let chunk = |(name, content): &(&[u8; 4], &[u8])| {
            [&(content.len() as u32).to_be_bytes()[..], *name, content, &[9; 4]].concat()
        };
        [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.iter().flat_map(chunk).collect()].concat()
    }

    #[test]
    fn a_file_keeps_latents_and_is_shown_without_them() {
        let kept: Vec<_> = (0..3).map(|step| Latents::round(&[step as f32, 0.5])).collect();
        let content = write_latents(&kept);
        let file = png(&[(b"IHDR", &[1, 2]), (b"IDAT", &[3]), (&LATENTS, &content), (b"IEND", &[])]);
        assert_eq!(read_latents(&file, 3, 2), Some(kept));
        for (steps, count) in [(2, 2), (4, 2), (3, 1), (3, 3), (3, 0)] {
            assert_eq!(read_latents(&file, steps, count), None);
        }
        let shown = png(&[(b"IHDR", &[1, 2]), (b"IDAT", &[3]), (b"IEND", &[])]);
        assert_eq!(without_latents(&file), shown);
        assert_eq!((without_latents(&shown).as_ref(), read_latents(&shown, 3, 2)), (&shown[..], None));
        let twice = png(&[(&LATENTS, &content), (&LATENTS, &content)]);
        assert_eq!(read_latents(&twice, 3, 2), None);
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(bytes: Vec<u8>, steps in 0..200u32, count in 0..9usize) {
            let _ = (read_latents(&bytes, steps, count), without_latents(&bytes).len());
        }
    }
}
