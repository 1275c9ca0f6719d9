//! Reading the description of images.

use cuckoo_protocol::task::{ChatMessage, ChatRole, ImageSize, MAX_GUIDANCE, Sampling, drawing::MOST_STEPS};

use super::{
    super::{error::ApiError, shape::Shape},
    Request,
    fields::{invalid, missing, parse_body, read_integer, read_number, read_word},
    json::{Json, Object},
    read_answer_count, read_common,
};

/// An application may ask for at most this many images at once.
const MAX_IMAGES: u64 = 8;
/// An image's width and height in pixels are multiples of this, as models make them.
const IMAGE_STEP: u32 = 16;
/// The least and the most pixels of an image's width and height.
const IMAGE_SIDES: std::ops::RangeInclusive<u32> = 64..=1_536;
/// The size of an image when the application does not set one.
const DEFAULT_IMAGE: ImageSize = ImageSize { width: 1_024, height: 1_024 };

/// Steps of an image of low quality.
const LOW_STEPS: u32 = 10;
/// Steps of an image of high quality.
const HIGH_STEPS: u32 = 40;

/// Reads the body of an image's description. `seed` is used when the request has none.
pub(in super::super) fn read(body: &[u8], seed: u64) -> Result<Request, ApiError> {
    let fields = parse_body(body, Shape::Images)?;
    if read_word(&fields, "response_format", &["b64_json", "url"])? == Some("url") {
        let message = "`response_format` must be b64_json: a coordinator keeps no files for others to fetch";
        return Err(invalid("response_format", message));
    }
    read_word(&fields, "output_format", &["png"])?;
    let prompt = match fields.get("prompt") {
        None => return Err(missing("prompt")),
        Some(Json::String(text)) if !text.is_empty() => text.to_string(),
        Some(_) => return Err(invalid("prompt", "`prompt` is not a string, or it is empty")),
    };
    let request = read_common(&fields, Shape::Images, seed)?;
    let (size, steps) = (read_size(&fields)?, read_steps(&fields)?);
    let guidance = read_number(&fields, "guidance_scale", 0.0, MAX_GUIDANCE.to_f64())?;
    let sampling = Sampling { max_tokens: size.tokens(steps), size, steps, guidance, ..request.sampling };
    let mut messages = vec![ChatMessage { role: ChatRole::Description, content: prompt }];
    match fields.get("negative_prompt") {
        None => {}
        Some(Json::String(text)) if text.is_empty() => {}
        Some(Json::String(text)) => messages.push(ChatMessage { role: ChatRole::Unwanted, content: text.to_string() }),
        Some(_) => return Err(invalid("negative_prompt", "`negative_prompt` is not a string")),
    }
    Ok(Request { prompts: vec![messages], sampling, n: read_answer_count(&fields, MAX_IMAGES)?, ..request })
}

/// In how many steps an image is made, 0 for the model's own number: by its quality, or as it says itself.
fn read_steps(fields: &Object<'_>) -> Result<u32, ApiError> {
    let quality = read_word(fields, "quality", &["auto", "low", "medium", "standard", "high", "hd"])?;
    let steps = read_integer(fields, "num_inference_steps", 1, MOST_STEPS.into())?;
    Ok(match (steps, quality) {
        (Some(steps), _) => steps as u32,
        (None, Some("low")) => LOW_STEPS,
        (None, Some("high" | "hd")) => HIGH_STEPS,
        (None, _) => 0,
    })
}

fn read_size(fields: &Object<'_>) -> Result<ImageSize, ApiError> {
    let text = match fields.get("size") {
        None => return Ok(DEFAULT_IMAGE),
        Some(Json::String(text)) if text == "auto" => return Ok(DEFAULT_IMAGE),
        Some(Json::String(text)) => text.as_ref(),
        Some(_) => "",
    };
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let size = text.split_once('x').and_then(|(width, height)| Some((number(width)?, number(height)?)));
    let is_good = |side: u32| IMAGE_SIDES.contains(&side) && side.is_multiple_of(IMAGE_STEP);
    match size.map(|(width, height)| ImageSize { width, height }) {
        Some(size) if is_good(size.width) && is_good(size.height) => Ok(size),
        _ => {
            let (least, most) = (IMAGE_SIDES.start(), IMAGE_SIDES.end());
            let message = format!(
                "`size` must be auto or a width and a height such as 1024x1024, both multiples of {IMAGE_STEP} \
                 from {least} to {most}"
            );
            Err(invalid("size", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use cuckoo_protocol::task::Micros;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn images_have_sizes_that_models_make() {
        let body = |field: &str, value: Value| {
            let mut body = json!({"model": "m", "prompt": "a nest"});
            body[field] = value;
            body.to_string().into_bytes()
        };
        let request = read(&body("n", json!(2)), 5).expect("is valid");
        assert_eq!((request.sampling.size, request.sampling.max_tokens, request.n), (DEFAULT_IMAGE, 1, 2));
        let request = read(&body("size", json!("512x768")), 5).expect("is valid");
        assert_eq!(request.sampling.size, ImageSize { width: 512, height: 768 });
        let request = |field: &str, value: Value| read(&body(field, value), 5).expect("is valid");
        for (quality, steps, tokens) in [("low", 10, 1), ("standard", 0, 1), ("hd", 40, 2)] {
            let asked = request("quality", json!(quality)).sampling;
            assert_eq!((asked.steps, asked.max_tokens), (steps, tokens), "{quality}");
        }
        assert_eq!(request("num_inference_steps", json!(30)).sampling.steps, 30);
        assert_eq!(request("guidance_scale", json!(7.5)).sampling.guidance, Micros::from_f64(7.5));
        let roles = |request: Request| request.prompts[0].iter().map(|message| message.role).collect::<Vec<_>>();
        let both = vec![ChatRole::Description, ChatRole::Unwanted];
        assert_eq!(roles(request("negative_prompt", json!("a cat"))), both);
        assert_eq!(roles(request("negative_prompt", json!(""))), both[..1]);
        for wrong in ["", "512", "512x", "0x0", "500x512", "1552x64", "48x64", "+512x512", "512X512"] {
            let error = read(&body("size", json!(wrong)), 5).expect_err(wrong);
            assert_eq!(error.param.as_deref(), Some("size"));
        }
        for (field, value) in [
            ("response_format", json!("url")),
            ("output_format", json!("webp")),
            ("prompt", json!("")),
            ("n", json!(17)),
            ("quality", json!("ultra")),
            ("num_inference_steps", json!(101)),
            ("guidance_scale", json!(31)),
            ("negative_prompt", json!(1)),
        ] {
            assert_eq!(read(&body(field, value), 5).expect_err(field).param.as_deref(), Some(field));
        }
    }
}
