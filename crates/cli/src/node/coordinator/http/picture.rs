//! An image as applications are given it: without the latents that audits need, and with the hash of its receipt in its metadata.
//!
//! The receipt commits to the file as the miner sent it, which is part of the evidence. The hash cannot be in that file, so it is added
//! to what is shown.

use std::borrow::Cow;

use alloy::primitives::B256;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cuckoo_protocol::task::{drawing::without_latents, kind::write_image};

/// The keyword of the text in a PNG's metadata.
const KEYWORD: &str = "cuckoo-receipt";
/// The last chunk of every PNG: it has no content.
const END: [u8; 12] = *b"\0\0\0\0IEND\xaeB`\x82";

/// The base64 of an image's file as it is shown. What does not end as a PNG does is left as it is.
pub(super) fn shown<'a>(text: &'a str, receipt: &B256) -> Cow<'a, str> {
    let Ok(file) = STANDARD.decode(text) else { return text.into() };
    let file = without_latents(&file);
    let Some(pixels) = file.strip_suffix(&END) else { return text.into() };
    let content = [b"tEXt", KEYWORD.as_bytes(), b"\0", receipt.to_string().as_bytes()].concat();
    // The length counts neither the name nor the checksum, and the checksum the name as well.
    let (length, sum) = (content.len() as u32 - 4, crc32fast::hash(&content));
    let shown = [pixels, &length.to_be_bytes(), &content, &sum.to_be_bytes(), &END].concat();
    write_image(&shown).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_shown_without_latents_and_with_the_hash_of_its_receipt() {
        let mut file = vec![];
        let mut encoder = png::Encoder::new(&mut file, 1, 1);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().expect("written");
        writer.write_image_data(&[1, 2, 3]).expect("written");
        writer.write_chunk(png::chunk::ChunkType(cuckoo_protocol::task::drawing::LATENTS), &[7; 9]).expect("written");
        drop(writer);
        let receipt = B256::repeat_byte(0xab);
        let text = write_image(&file);
        let shown = STANDARD.decode(shown(&text, &receipt).as_ref()).expect("base64");
        assert!(!shown.windows(4).any(|name| name == cuckoo_protocol::task::drawing::LATENTS));
        // The decoder checks every checksum.
        let mut reader = png::Decoder::new(std::io::Cursor::new(shown)).read_info().expect("a PNG");
        let mut pixels = [0; 3];
        reader.next_frame(&mut pixels).expect("decodes");
        reader.finish().expect("to the end");
        let text = &reader.info().uncompressed_latin1_text;
        assert_eq!((pixels, text.len()), ([1, 2, 3], 1));
        assert_eq!((text[0].keyword.as_str(), &text[0].text), (KEYWORD, &receipt.to_string()));
    }

    #[test]
    fn what_is_not_a_whole_image_is_left_as_it_is() {
        for text in ["", "!", "AAAA", &write_image(b"\x89PNG\r\n\x1a\n")] {
            assert_eq!(shown(text, &B256::ZERO), text);
        }
    }
}
