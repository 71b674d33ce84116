//! The QR code in a photograph.

use super::upload::Unusable;
use image::imageops::{FilterType, resize};
use image::{GrayImage, ImageFormat, ImageReader, Limits};
use rqrr::PreparedImage;
use std::io::Cursor;

/// The most pixels that are decoded: what phones make without being told to make more.
const MAX_PIXELS: u64 = 25_000_000;
/// The most memory that a decoder may take.
const MAX_BYTES: u64 = 160 * 1024 * 1024;
/// The longest sides that a code is looked for at, in pixels: noise goes with the size.
const SIDES: [u32; 2] = [1600, 3200];

/// The format of a picture that is understood here, by its first bytes.
pub(super) fn format(bytes: &[u8]) -> Option<ImageFormat> {
    let known =
        [(&b"\x89PNG\r\n\x1a\n"[..], ImageFormat::Png), (&b"\xff\xd8\xff"[..], ImageFormat::Jpeg)];
    known.into_iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, format)| format)
}

/// The text of the QR code in a picture. Takes a processor for a while.
pub(super) fn text_in(bytes: &[u8]) -> Result<String, Unusable> {
    let picture = decoded(bytes).ok_or(Unusable::Picture)?;
    let longest = picture.width().max(picture.height());
    for side in SIDES {
        if let Some(text) = code_in(&at_most(&picture, side)) {
            return Ok(text);
        }
        if longest <= side {
            break;
        }
    }
    Err(Unusable::NoCode)
}

fn decoded(bytes: &[u8]) -> Option<GrayImage> {
    let format = format(bytes)?;
    let reader = || ImageReader::with_format(Cursor::new(bytes), format);
    let (width, height) = reader().into_dimensions().ok()?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return None;
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_BYTES);
    let mut reader = reader();
    reader.limits(limits);
    reader.decode().ok().map(|picture| picture.into_luma8())
}

/// The picture with no side longer than this.
fn at_most(picture: &GrayImage, side: u32) -> GrayImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= side {
        return picture.clone();
    }
    let scaled = |length: u32| {
        let length = u64::from(length) * u64::from(side) / u64::from(longest);
        u32::try_from(length).unwrap_or(side).max(1)
    };
    resize(picture, scaled(width), scaled(height), FilterType::Triangle)
}

fn code_in(picture: &GrayImage) -> Option<String> {
    let (width, height) = picture.dimensions();
    let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    let pixels = picture.as_raw();
    let at = |x: usize, y: usize| pixels.get(y * width + x).copied().unwrap_or(u8::MAX);
    let mut prepared = PreparedImage::prepare_from_greyscale(width, height, at);
    prepared.detect_grids().iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
}

#[cfg(test)]
mod tests;
