//! The file of an image: a PNG, with the latents that audits need in a chunk of its own.

use std::io::Cursor;

use cuckoo_protocol::task::{
    ImageSize,
    drawing::{LATENTS, Latents, write_latents},
};
use png::{BitDepth, ColorType, Decoder, Encoder, EncodingError, chunk::ChunkType};

use crate::engine::EngineError;

/// Writes pixels and latents.
pub(super) fn write(size: ImageSize, pixels: &[u8], kept: &[Latents]) -> Result<Vec<u8>, EngineError> {
    let mut file = vec![];
    let written = write_to(&mut file, size, pixels, kept);
    written.map_err(|error| EngineError::Interrupted(format!("the image cannot be written: {error}")))?;
    Ok(file)
}

fn write_to(file: &mut Vec<u8>, size: ImageSize, pixels: &[u8], kept: &[Latents]) -> Result<(), EncodingError> {
    let mut encoder = Encoder::new(file, size.width, size.height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.write_chunk(ChunkType(LATENTS), &write_latents(kept))?;
    writer.finish()
}

/// The pixels of a file as [`write`] writes them; `None` of any other. What has another size is not decoded.
pub(super) fn read(file: &[u8], size: ImageSize) -> Option<Vec<u8>> {
    let mut reader = Decoder::new(Cursor::new(file)).read_info().ok()?;
    let info = reader.info();
    let is_ours = (info.width, info.height) == (size.width, size.height)
        && (info.color_type, info.bit_depth) == (ColorType::Rgb, BitDepth::Eight);
    if !is_ours {
        return None;
    }
    let mut pixels = vec![0; reader.output_buffer_size()?];
    reader.next_frame(&mut pixels).ok()?;
    Some(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_of_another_size_is() {
        let size = ImageSize { width: 3, height: 2 };
        let pixels: Vec<u8> = (0..18).collect();
        let kept = vec![Latents::round(&[1.0, -0.5])];
        let file = write(size, &pixels, &kept).expect("written");
        assert_eq!(read(&file, size), Some(pixels));
        assert_eq!(cuckoo_protocol::task::drawing::read_latents(&file, 1, 2), Some(kept));
        assert_eq!((read(&file, ImageSize { width: 2, height: 3 }), read(b"no PNG", size)), (None, None));
        assert_eq!(read(&file[..40], size), None);
    }
}
