//! Licenses and statements that were changed in any way are refused (failures 45, 46).
//!
//! `./test` tries 20,000 of each; `LICENTIA_TEST_MUTATIONS` says how many, `LICENTIA_TEST_SEED` with
//! which seed. A failure prints the seed and the token.

use crate::vendor::{Site, emergency, license};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use licentia_client::{Request, verify};
use licentia_license::read_statement;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use std::env;

/// How many are tried where nothing else is said.
const MUTATIONS: u64 = 20_000;
/// The seed where nothing else is said.
const SEED: u64 = 20_140_513;

#[expect(clippy::disallowed_methods, reason = "how long a test runs is said by its environment")]
fn number(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// Changes a token of three parts; `others` are good tokens to take parts from.
fn mutate(rng: &mut SmallRng, token: &str, others: &[String]) -> String {
    let mut bytes = token.as_bytes().to_vec();
    for _ in 0..rng.random_range(1..4_u32) {
        bytes = match rng.random_range(0..9_u32) {
            0 => flip_a_bit(rng, bytes),
            1 => replace_a_character(rng, bytes),
            2 => cut(rng, bytes),
            3 => insert(rng, bytes),
            4 => swap_a_part(rng, &bytes, others),
            5 => change_a_part_decoded(rng, bytes),
            6 => drop_or_double_a_part(rng, &bytes),
            7 => change_the_padding(rng, bytes),
            _ => swap_two_characters(rng, bytes),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn flip_a_bit(rng: &mut SmallRng, mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(at) = place(rng, &bytes) {
        bytes[at] ^= 1 << rng.random_range(0..8_u32);
    }
    bytes
}

fn replace_a_character(rng: &mut SmallRng, mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(at) = place(rng, &bytes) {
        bytes[at] = letter(rng);
    }
    bytes
}

fn cut(rng: &mut SmallRng, mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(at) = place(rng, &bytes) {
        let until = (at + rng.random_range(1..9_usize)).min(bytes.len());
        bytes.drain(at..until);
    }
    bytes
}

fn insert(rng: &mut SmallRng, mut bytes: Vec<u8>) -> Vec<u8> {
    let at = rng.random_range(0..=bytes.len());
    bytes.insert(at, letter(rng));
    bytes
}

fn swap_two_characters(rng: &mut SmallRng, mut bytes: Vec<u8>) -> Vec<u8> {
    if let (Some(one), Some(other)) = (place(rng, &bytes), place(rng, &bytes)) {
        bytes.swap(one, other);
    }
    bytes
}

fn change_the_padding(rng: &mut SmallRng, mut bytes: Vec<u8>) -> Vec<u8> {
    let end = *["=", "==", "A", "\0", ".", "-"].get(rng.random_range(0..6_usize)).unwrap();
    bytes.extend_from_slice(end.as_bytes());
    bytes
}

/// Another token's header, claims or signature in place of its own.
fn swap_a_part(rng: &mut SmallRng, bytes: &[u8], others: &[String]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = bytes.split(|byte| *byte == b'.').collect();
    let other = &others[rng.random_range(0..others.len())];
    let of_other: Vec<&[u8]> = other.as_bytes().split(|byte| *byte == b'.').collect();
    let at = rng.random_range(0..parts.len());
    parts[at] = of_other[rng.random_range(0..of_other.len())];
    parts.join(&b'.')
}

/// Changes what a part encodes, and encodes it again.
fn change_a_part_decoded(rng: &mut SmallRng, bytes: Vec<u8>) -> Vec<u8> {
    let mut parts: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect();
    let at = rng.random_range(0..parts.len());
    let Ok(decoded) = URL_SAFE_NO_PAD.decode(&parts[at]) else { return bytes };
    let changed = match rng.random_range(0..4_u32) {
        0 => flip_a_bit(rng, decoded),
        1 => replace_a_character(rng, decoded),
        2 => cut(rng, decoded),
        _ => insert(rng, decoded),
    };
    parts[at] = URL_SAFE_NO_PAD.encode(changed).into_bytes();
    parts.join(&b'.')
}

fn drop_or_double_a_part(rng: &mut SmallRng, bytes: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = bytes.split(|byte| *byte == b'.').collect();
    let at = rng.random_range(0..parts.len());
    if rng.random() {
        parts.remove(at);
    } else {
        parts.insert(at, parts[at]);
    }
    parts.join(&b'.')
}

fn place(rng: &mut SmallRng, bytes: &[u8]) -> Option<usize> {
    (!bytes.is_empty()).then(|| rng.random_range(0..bytes.len()))
}

fn letter(rng: &mut SmallRng) -> u8 {
    const LETTERS: &[u8] = b"ABCabc019-_.=+/ {}\":\n\0\xff";
    LETTERS[rng.random_range(0..LETTERS.len())]
}

/// Tries many changes of some good tokens; what is accepted, though no good token, is a failure.
fn refuses_all(good: &[String], accepts: impl Fn(&str) -> bool) {
    for token in good {
        assert!(accepts(token), "unchanged it is accepted, so that the refusals mean something");
    }
    let (count, seed) =
        (number("LICENTIA_TEST_MUTATIONS", MUTATIONS), number("LICENTIA_TEST_SEED", SEED));
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut tried = 0;
    while tried < count {
        let token = &good[rng.random_range(0..good.len())];
        let changed = mutate(&mut rng, token, good);
        // Characters that carriers put around a token or into it are no part of it, and are taken out.
        if licentia_license::unarmour(&changed).is_ok_and(|token| good.contains(&token)) {
            continue;
        }
        tried += 1;
        assert!(!accepts(&changed), "seed {seed}, number {tried}: accepted {changed:?}");
    }
}

#[test]
fn row_46_no_changed_license_is_accepted() {
    let site = Site::new();
    let with_emergency = |seq| {
        let mut license = license(&site.installation, seq);
        license.emergency = Some(emergency());
        site.vendor.sign(&license)
    };
    let good = [site.signed(100), site.signed(200), with_emergency(300)];
    let roots = site.vendor.roots();
    refuses_all(&good, |token| verify(token, &roots).is_ok());
}

#[test]
fn row_46_no_changed_statement_is_accepted() {
    let site = Site::new();
    let statement = |request: &Request| site.installation.statement(request).unwrap();
    let good = [
        statement(&Request::License {}),
        statement(&Request::Emergency { accounts: 3 }),
        statement(&Request::Release {}),
    ];
    refuses_all(&good, |token| read_statement(token.trim()).is_ok());
}
