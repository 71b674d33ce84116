//! No bytes make the reading of a request statement panic; what is read was signed by its issuer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use licentia_license::read_statement;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(verified) = read_statement(text) {
        assert!(!verified.statement.iss.is_empty());
    }
});
