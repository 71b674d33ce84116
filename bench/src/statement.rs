//! Request statements of seeded installations, as the client signs them.

use crate::Outcome;
use crate::office::Office;
use crate::seed::{fingerprint, installation_key};
use ed25519_dalek::Signer;
use jiff::{Timestamp, ToSpan};
use licentia_license::{About, PublicKey, Request, RequestStatement, encode_statement};
use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers the statements of this process, so that each has a name of its own.
static MADE: AtomicU64 = AtomicU64::new(0);

/// A statement of customer number `n`'s installation, signed now; it lives 300 seconds.
pub fn signed(office: &Office, n: usize, request: Request) -> Outcome<String> {
    let now = Timestamp::try_from(std::time::SystemTime::now())?.round(jiff::Unit::Second)?;
    let key = installation_key(n);
    let public = PublicKey::from(key.verifying_key());
    let statement = RequestStatement {
        iss: public.thumbprint(),
        aud: office.issuer(),
        iat: now,
        exp: now + 300.seconds(),
        jti: format!("bench-{}-{}", now.as_second(), MADE.fetch_add(1, Ordering::Relaxed)),
        req: request,
        about: Some(About { seq: Some(office.seq), fingerprint: fingerprint(n) }),
    };
    Ok(encode_statement(&statement, &public, |bytes| key.sign(bytes).to_bytes())?)
}
