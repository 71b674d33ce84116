//! The search for codes, with a bound on its work.
//!
//! rqrr tries each pair of finder patterns against each other, and copies the picture for each group
//! of three that looks promising. It has no limits of its own, but works on any picture, so the
//! picture itself counts: each pattern that is found is painted, and each group tried is a copy.

use super::Unreadable;
use image::{GenericImage, GenericImageView, GrayImage, Luma};
use rqrr::PreparedImage;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

/// The most finder patterns in a picture: one code has three, print around it may look like some.
const MAX_PATTERNS: u32 = 50;
/// The most groups of three patterns that are tried.
const MAX_GROUPS: u32 = 100;
/// The values by which rqrr marks a pattern that it measures, and one that it has found.
const MEASURED: u8 = 4;
const FOUND: u8 = 2;

/// The text of the first code that can be read; `None` where there is none.
pub(super) fn codes_in(pixels: GrayImage) -> Result<Option<String>, Unreadable> {
    let search = || {
        let picture = CountingImage { pixels, count: Rc::default() };
        let mut prepared = PreparedImage::prepare(picture);
        let grids = prepared.detect_grids();
        grids.iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
    };
    catch_unwind(AssertUnwindSafe(search)).map_err(|_| Unreadable::Picture)
}

/// A picture that ends the search by unwinding when it has taken too much work.
struct CountingImage {
    pixels: GrayImage,
    count: Rc<Count>,
}

#[derive(Default)]
struct Count {
    patterns: Cell<u32>,
    groups: Cell<u32>,
    last_value: Cell<u8>,
}

/// The search takes too much work.
struct TooMuchWork;

fn count_to(counter: &Cell<u32>, most: u32) {
    counter.set(counter.get() + 1);
    if counter.get() > most {
        resume_unwind(Box::new(TooMuchWork));
    }
}

impl Clone for CountingImage {
    fn clone(&self) -> Self {
        count_to(&self.count.groups, MAX_GROUPS);
        Self { pixels: self.pixels.clone(), count: Rc::clone(&self.count) }
    }
}

impl GenericImageView for CountingImage {
    type Pixel = Luma<u8>;

    fn dimensions(&self) -> (u32, u32) {
        self.pixels.dimensions()
    }

    fn get_pixel(&self, x: u32, y: u32) -> Luma<u8> {
        *self.pixels.get_pixel(x, y)
    }
}

impl GenericImage for CountingImage {
    fn get_pixel_mut(&mut self, x: u32, y: u32) -> &mut Luma<u8> {
        self.pixels.get_pixel_mut(x, y)
    }

    fn put_pixel(&mut self, x: u32, y: u32, pixel: Luma<u8>) {
        let before = self.count.last_value.replace(pixel.0[0]);
        if pixel.0[0] == FOUND && before == MEASURED {
            count_to(&self.count.patterns, MAX_PATTERNS);
        }
        self.pixels.put_pixel(x, y, pixel);
    }

    fn blend_pixel(&mut self, x: u32, y: u32, pixel: Luma<u8>) {
        self.put_pixel(x, y, pixel);
    }
}
