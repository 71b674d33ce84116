//! No bytes make the armour panic; a token that it holds, armoured again, is held again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use licentia_license::{armour, decode_text, unarmour};

fuzz_target!(|bytes: &[u8]| {
    let Ok(token) = unarmour(&decode_text(bytes)) else { return };
    let of_a_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if token.bytes().all(of_a_token) {
        let again = unarmour(&armour("LICENSE", "Plain words\n", &token));
        assert_eq!(again.ok().as_deref(), Some(&*token));
    }
});
