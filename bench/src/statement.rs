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
    sign(&office.issuer(), office.seq, n, request)
}

fn sign(issuer: &str, seq: i64, n: usize, request: Request) -> Outcome<String> {
    let now = Timestamp::try_from(std::time::SystemTime::now())?.round(jiff::Unit::Second)?;
    let key = installation_key(n);
    let public = PublicKey::from(key.verifying_key());
    let statement = RequestStatement {
        iss: public.thumbprint(),
        aud: issuer.to_owned(),
        iat: now,
        exp: now + 300.seconds(),
        jti: format!("bench-{}-{}", now.as_second(), MADE.fetch_add(1, Ordering::Relaxed)),
        req: request,
        about: Some(About { seq: Some(seq), fingerprint: fingerprint(n) }),
    };
    Ok(encode_statement(&statement, &public, |bytes| key.sign(bytes).to_bytes())?)
}

/// A statement of each of these customers' installations, in their order, signed by all processors.
pub fn signed_by_many(
    office: &Office,
    numbers: &[usize],
    request: &Request,
) -> Outcome<Vec<String>> {
    let workers = std::thread::available_parallelism()?.get();
    let share = numbers.len().div_ceil(workers).max(1);
    let (issuer, seq) = (office.issuer(), office.seq);
    let one =
        |&n: &usize| sign(&issuer, seq, n, request.clone()).map_err(|error| error.to_string());
    let parts = std::thread::scope(|scope| {
        let threads: Vec<_> = numbers
            .chunks(share)
            .map(|share| scope.spawn(|| share.iter().map(&one).collect::<Result<Vec<_>, _>>()))
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.collect::<Result<Vec<_>, _>>()
    });
    let parts = parts.map_err(|_| "a thread that signs panicked")?;
    Ok(parts.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}
