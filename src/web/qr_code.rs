use crate::app::Error;
use qrcode::QrCode;
use qrcode::render::svg;

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
