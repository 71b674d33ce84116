use crate::app::Error;
use base64::{Engine, engine::general_purpose::STANDARD};
use image::{GrayImage, ImageFormat};
use qrcode::render::svg;
use qrcode::{Color, EcLevel, QrCode};
use std::io::Cursor;

/// The most bytes whose code a phone reads from a screen: those of version 29.
const MOST_FOR_A_PHONE: usize = 1628;
/// The pixels of a module, and the modules of white around the code.
const MODULE: usize = 4;
const WHITE: usize = 4;

/// A QR code of an answer, where it fits one that a phone can read: the source of an image, which is
/// smaller than the same as a drawing.
pub(super) fn answer_qr_code(text: &str) -> Result<Option<String>, Error> {
    let internal = |error: &dyn std::fmt::Display| Error::Internal(error.to_string());
    if text.len() > MOST_FOR_A_PHONE {
        return Ok(None);
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::L).map_err(|e| internal(&e))?;
    let (width, modules) = (code.width(), code.to_colors());
    let side = (width + 2 * WHITE) * MODULE;
    let dark = |x: usize, y: usize| {
        let inside = |at: usize| (at / MODULE).checked_sub(WHITE).filter(|at| *at < width);
        let (Some(x), Some(y)) = (inside(x), inside(y)) else { return false };
        modules.get(y * width + x) == Some(&Color::Dark)
    };
    let pixels = (0..side * side).map(|at| if dark(at % side, at / side) { 0 } else { u8::MAX });
    let side = u32::try_from(side).map_err(|e| internal(&e))?;
    let picture = GrayImage::from_raw(side, side, pixels.collect());
    let picture = picture.ok_or_else(|| internal(&"a picture of another size"))?;
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).map_err(|e| internal(&e))?;
    Ok(Some(format!("data:image/png;base64,{}", STANDARD.encode(png.into_inner()))))
}

/// A QR code as a picture that stands in the page itself, black on white whatever the theme.
pub(super) fn qr_code(text: &str) -> Result<String, Error> {
    let code = QrCode::new(text).map_err(|error| Error::Internal(error.to_string()))?;
    let picture = code
        .render::<svg::Color>()
        .min_dimensions(200, 200)
        .dark_color(svg::Color("#000"))
        .light_color(svg::Color("#fff"))
        .build();
    // Without the XML declaration of a file.
    Ok(picture.split_once("?>").map_or(picture.clone(), |(_, svg)| svg.to_owned()))
}
