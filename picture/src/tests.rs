use super::*;
use image::{ImageEncoder, Luma, Rgb, RgbImage};
use qrcode::{EcLevel, QrCode};

/// A code with so many pixels a module, as a picture.
fn code(text: &str, pixels: u32) -> GrayImage {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).unwrap();
    let width = u32::try_from(code.width()).unwrap();
    let colors = code.to_colors();
    GrayImage::from_fn((width + 8) * pixels, (width + 8) * pixels, |x, y| {
        let inside = |at: u32| (at / pixels).checked_sub(4).filter(|at| *at < width);
        let dark = inside(x).zip(inside(y)).is_some_and(|(x, y)| {
            colors[usize::try_from(y * width + x).unwrap()] == qrcode::Color::Dark
        });
        Luma([if dark { 20 } else { 230 }])
    })
}

fn png(picture: &GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A page of paper with the code on it, photographed: askew by three degrees, off the middle, in
/// colours, as JPEG. By seven degrees not every code is found; the page asks for a straight one.
fn photograph(code: &GrayImage) -> Vec<u8> {
    let (width, height) = (code.width() * 3 / 2, code.height() * 3 / 2);
    let (sin, cos) = (0.05_f32, 0.99875_f32);
    let photo = RgbImage::from_fn(width, height, |x, y| {
        #[expect(clippy::cast_precision_loss, reason = "pictures are small")]
        let (x, y) = (x as f32 - width as f32 / 5.0, y as f32 - height as f32 / 5.0);
        let (u, v) = (x * cos + y * sin, y * cos - x * sin);
        let inside = u >= 0.0 && v >= 0.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside")]
        let (u, v) = (u as u32, v as u32);
        let shade = if inside && u < code.width() && v < code.height() {
            code.get_pixel(u, v).0[0]
        } else {
            200
        };
        Rgb([shade, shade.saturating_sub(8), shade.saturating_sub(20)])
    });
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 80)
        .write_image(photo.as_raw(), width, height, image::ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

#[test]
fn the_code_of_a_request_is_read_from_a_picture_and_from_a_photograph() {
    for length in [600, 900, 1250] {
        let text: String = "eyJhbGciOiJFZERTQSIs".chars().cycle().take(length).collect();
        assert_eq!(text_in(&png(&code(&text, 4))).unwrap(), text, "{length} bytes, a picture");
        let photo = text_in(&photograph(&code(&text, 8)));
        assert_eq!(photo.as_deref(), Ok(text.as_str()), "{length} bytes, a photograph");
    }
}

#[test]
fn a_picture_without_a_code_one_that_is_damaged_and_one_of_too_many_pixels_are_refused() {
    let blank = png(&GrayImage::from_pixel(300, 300, Luma([255])));
    assert_eq!(text_in(&blank), Err(Unreadable::NoCode));
    assert_eq!(text_in(&blank[..40]), Err(Unreadable::Picture));
    assert_eq!(text_in(b"\xff\xd8\xff and no more"), Err(Unreadable::Picture));
    // Compresses to little, and would be much.
    let huge = png(&GrayImage::from_pixel(6000, 5000, Luma([255])));
    assert!(huge.len() < 1_000_000);
    assert_eq!(text_in(&huge), Err(Unreadable::Picture));
}

/// A page tiled with finder patterns, nine pixels each way, as a PNG of one bit a pixel.
fn tiled_with_patterns(patterns: u32) -> Vec<u8> {
    let picture = GrayImage::from_fn(patterns * 9, patterns * 9, |x, y| {
        let ring = |at: u32| (at % 9).checked_sub(1).filter(|at| *at < 7).map(|at| at.abs_diff(3));
        let dark = ring(x).zip(ring(y)).is_some_and(|(x, y)| x.max(y) != 2);
        Luma([if dark { 0 } else { 255 }])
    });
    png(&picture)
}

#[test]
fn a_picture_with_too_many_finder_patterns_is_refused_before_they_are_grouped() {
    assert_eq!(text_in(&tiled_with_patterns(8)), Err(Unreadable::Picture));
    assert_eq!(text_in(&tiled_with_patterns(355)), Err(Unreadable::Picture));
}
