//! Examinations of images: the steps of one stretch are made again from the latents before it, and the last latents are decoded again.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cuckoo_protocol::task::{
    Examine,
    drawing::{Latents, drawn, latent_count, read_latents, stretches},
};

use super::{
    file,
    pipeline::{Pipeline, Wanted},
};
use crate::engine::EngineError;

/// As far as can be: of what is not there, or has another form.
const FARTHEST: f32 = 2.0;
/// The grey around which pixels lie.
const GREY: f32 = 127.5;
/// Of what is nearly grey all over, pixels count as being this far from it: the rounding of honest ones is no part of the image.
const LEAST: f64 = 16.0;

/// How far a claimed image is from what the model makes, see [`cuckoo_protocol::audit::Examined::distances`].
pub(super) fn distances(
    pipeline: &Pipeline,
    wanted: &Wanted,
    examine: &Examine,
    pause: &mut dyn FnMut() -> Result<(), EngineError>,
) -> Result<Vec<f32>, EngineError> {
    let nothing = vec![FARTHEST; 2];
    let Ok(file) = STANDARD.decode(&examine.output) else { return Ok(nothing) };
    let count = latent_count(wanted.size.pixels()) as usize;
    let kept = read_latents(&file, wanted.steps, count).zip(file::read(&file, wanted.size));
    let (Some((kept, pixels)), Some(drawn)) = (kept, drawn(examine.seed, wanted.steps)) else { return Ok(nothing) };
    let (Some(stretch), Some(claimed)) = (stretches(wanted.steps).into_iter().nth(drawn), kept.get(drawn)) else {
        return Ok(nothing);
    };
    let before = match drawn.checked_sub(1) {
        Some(last) => kept[last].clone(),
        None => Pipeline::begin(wanted),
    };
    let mut after = before.clone();
    for step in stretch {
        after = pipeline.step(wanted, step, &after, pause)?;
    }
    pause()?;
    let Some(last) = kept.last() else { return Ok(nothing) };
    let shown = pipeline.decode(wanted.size, last)?;
    Ok(vec![steps_apart(&before, &after, claimed), pixels_apart(&shown, &pixels)])
}

/// How far claimed latents are from those that the model makes, by the length of what it changes.
fn steps_apart(before: &Latents, after: &Latents, claimed: &Latents) -> f32 {
    let (before, after, claimed) = (before.numbers(), after.numbers(), claimed.numbers());
    apart(length(&claimed, &after), length(&before, &after))
}

/// How far pixels are from others, by how far these are from grey.
fn pixels_apart(own: &[u8], claimed: &[u8]) -> f32 {
    let numbers = |pixels: &[u8]| pixels.iter().copied().map(f32::from).collect::<Vec<_>>();
    let (own, claimed) = (numbers(own), numbers(claimed));
    let grey = vec![GREY; own.len()];
    apart(length(&own, &claimed), length(&own, &grey).max((own.len() as f64).sqrt() * LEAST))
}

fn length(one: &[f32], other: &[f32]) -> f64 {
    let square = |(one, other): (&f32, &f32)| (f64::from(*one) - f64::from(*other)).powi(2);
    one.iter().zip(other).map(square).sum::<f64>().sqrt()
}

fn apart(difference: f64, change: f64) -> f32 {
    let part = if difference > 0.0 { difference / change } else { 0.0 };
    // Nothing is changed by a model that is not one.
    if part.is_nan() { FARTHEST } else { part.min(f64::from(FARTHEST)) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_parts_of_the_change() {
        let of = |numbers: &[f32]| Latents::round(numbers);
        let (before, after) = (of(&[0.0, 1.0]), of(&[1.0, 1.0]));
        let far = |claimed: &[f32]| steps_apart(&before, &after, &of(claimed));
        assert_eq!((far(&[1.0, 1.0]), far(&[1.0, 1.5]), far(&[0.0, 1.0]), far(&[9.0, 9.0])), (0.0, 0.5, 1.0, 2.0));
        assert_eq!(steps_apart(&before, &before, &before), 0.0);
        assert_eq!(steps_apart(&before, &before, &after), FARTHEST);
        assert_eq!((pixels_apart(&[0, 255], &[0, 255]), pixels_apart(&[255; 4], &[0; 4])), (0.0, 2.0));
        assert!((pixels_apart(&[127; 4], &[128; 4]) - 1.0 / 16.0).abs() < 1e-3);
    }
}
