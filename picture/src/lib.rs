//! The QR code in a picture that anyone may upload.
//!
//! A small file may decode to a large picture, and a picture may keep the search for codes busy for
//! hours. So the search gives up early on a picture with too many finder patterns; whoever reads
//! pictures of strangers does it in a process with limits on memory and processor time.
//!
//! It is a crate of its own so that a debug build optimizes it: rqrr is generic, and is compiled where
//! it is used.

mod bounded;

use bounded::codes_in;
use image::imageops::thumbnail;
use image::{GrayImage, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// The most pixels that are decoded: what phones take by default.
const MAX_PIXELS: u64 = 25_000_000;
/// The most memory that a decoder may take, in bytes.
const MAX_DECODER_BYTES: u64 = 160 * 1024 * 1024;
/// The longest sides at which a code is searched for, in pixels: scaling down removes noise.
const SIDES: [u32; 2] = [1600, 3200];

/// Why there is no text in a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It is damaged, has too many pixels, or takes more memory or time than it may.
    Picture,
    /// No QR code is found in it.
    NoCode,
}

/// Whether these bytes begin like a picture of a format that is read here.
pub fn is_picture(bytes: &[u8]) -> bool {
    format(bytes).is_some()
}

/// The text of the QR code in a picture. Takes up to a second of processor time, or, for a picture
/// that is made to, hours.
///
/// # Errors
/// Why there is none.
pub fn text_in(bytes: &[u8]) -> Result<String, Unreadable> {
    let picture = decoded(bytes).ok_or(Unreadable::Picture)?;
    let longest = picture.width().max(picture.height());
    for side in SIDES {
        if let Some(text) = codes_in(at_most(&picture, side))? {
            return Ok(text);
        }
        if longest <= side {
            break;
        }
    }
    Err(Unreadable::NoCode)
}

fn format(bytes: &[u8]) -> Option<ImageFormat> {
    let known =
        [(&b"\x89PNG\r\n\x1a\n"[..], ImageFormat::Png), (&b"\xff\xd8\xff"[..], ImageFormat::Jpeg)];
    known.into_iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, format)| format)
}

fn decoded(bytes: &[u8]) -> Option<GrayImage> {
    let format = format(bytes)?;
    let reader = || ImageReader::with_format(Cursor::new(bytes), format);
    let (width, height) = reader().into_dimensions().ok()?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return None;
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
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
    // Averages boxes of pixels in place: `resize` would take sixteen bytes for each of its pixels.
    thumbnail(picture, scaled(width), scaled(height))
}

#[cfg(test)]
mod tests;
