//! A carried request as a QR code: on a terminal, and as a picture.

use crate::{CarriedRequest, Error};
use qrcode::render::{svg, unicode::Dense1x2};
use qrcode::{EcLevel, QrCode};

impl CarriedRequest {
    /// The statement as a QR code made of half blocks: dark ones are drawn, so it wants dark ink on
    /// a light ground. A line is as many columns wide as the code has modules, and 8 more.
    ///
    /// # Errors
    /// [`Error::TooLargeForQrCode`].
    pub fn qr_blocks(&self) -> Result<String, Error> {
        Ok(self.code()?.render::<Dense1x2>().build())
    }

    /// The statement as a QR code, a picture of the type SVG, black on white.
    ///
    /// # Errors
    /// [`Error::TooLargeForQrCode`].
    pub fn qr_svg(&self) -> Result<String, Error> {
        let code = self.code()?;
        let mut picture = code.render::<svg::Color>();
        Ok(picture.module_dimensions(4, 4).build())
    }

    /// With the least error correction: the more a code holds, the more its size decides whether
    /// a phone can read it.
    fn code(&self) -> Result<QrCode, Error> {
        QrCode::with_error_correction_level(&self.statement, EcLevel::L)
            .map_err(|_| Error::TooLargeForQrCode { bytes: self.statement.len() })
    }
}
