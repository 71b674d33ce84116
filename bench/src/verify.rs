//! Verifying a license, against two bare Ed25519 verifications of the same bytes: what a product
//! pays for. The goal is at most 1.3 times as long.

use crate::compared::Compared;
use crate::report::{Goal, Measured};
use crate::{Bench, Outcome};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use licentia_license::{Jwk, Trust};
use serde_json::Value;
use std::fs;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

/// How many verifications a round makes, and how many rounds a median is taken of: each is short, so
/// that both sides of it see the same machine.
const A_ROUND: u32 = 5;
const ROUNDS: usize = 4001;
/// From how many places of the stack: where it lies makes either side slower by up to a fifth.
const DEPTHS: usize = 97;

/// Measures and reports.
pub fn measure(bench: &mut Bench) -> Outcome<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/vectors.json");
    let vectors: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let trust = Trust::from_json(&vectors["roots"].to_string())?;
    let token = vectors["vectors"][0]["license"].as_str().ok_or("no license")?.to_owned();
    let bare = [Bare::license(&token)?, Bare::certificate(&token, &vectors["roots"]["roots"][0])?];

    let rounds = if bench.small { 3 } else { ROUNDS };
    let measuring = || {
        let mut times = Compared::default();
        for round in 0..rounds {
            deeper(round % DEPTHS, &mut || {
                let whole = time(|| trust.license(black_box(&token)).is_ok());
                let floor = time(|| bare.iter().all(|bare| black_box(bare).verifies()));
                times.add(whole.as_secs_f64(), floor.as_secs_f64());
            });
        }
        times
    };
    // The stack of a thread begins at a page, that of the process anywhere.
    let times = thread::scope(|scope| scope.spawn(measuring).join());
    let times = times.map_err(|_| "a verification failed")?;
    let one = |round| Measured::micros(Duration::from_secs_f64(round) / A_ROUND);
    let (whole, floor, ratio) = (one(times.ours()), Some(one(times.floor())), times.ratio());
    let what = "a license, against two bare Ed25519 verifications";
    bench.report.row("verify", what, whole, floor, Some(ratio), Some(Goal::AtMost(1.3)));
    Ok(())
}

/// Runs `work` so many calls deeper.
fn deeper(calls: usize, work: &mut dyn FnMut()) {
    let room = black_box([0_u8; 32]);
    if calls == 0 {
        work();
    } else {
        deeper(calls - 1, work);
    }
    black_box(room);
}

fn time(work: impl Fn() -> bool) -> Duration {
    let began = Instant::now();
    let good = (0..A_ROUND).all(|_| work());
    let elapsed = began.elapsed();
    assert!(good, "what is measured is a verification that succeeds");
    elapsed
}

/// A signature with all that its verification needs, read beforehand.
struct Bare {
    key: VerifyingKey,
    message: Vec<u8>,
    signature: Signature,
}

impl Bare {
    /// A license's own signature, by the issuing key that its certificate names.
    fn license(token: &str) -> Outcome<Self> {
        let claims = part(&certificate(token)?, 1)?;
        Self::of(token, &claims["cnf"]["jwk"])
    }

    /// The signature of its certificate, by the root.
    fn certificate(token: &str, root: &Value) -> Outcome<Self> {
        Self::of(&certificate(token)?, root)
    }

    fn of(token: &str, key: &Value) -> Outcome<Self> {
        let key: Jwk = serde_json::from_value(key.clone())?;
        let (message, signature) = token.rsplit_once('.').ok_or("no token")?;
        let bytes: [u8; 32] =
            URL_SAFE_NO_PAD.decode(&key.x)?.try_into().map_err(|_| "no Ed25519 key")?;
        Ok(Self {
            key: VerifyingKey::from_bytes(&bytes)?,
            message: message.as_bytes().to_vec(),
            signature: Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature)?)?,
        })
    }

    fn verifies(&self) -> bool {
        self.key.verify_strict(&self.message, &self.signature).is_ok()
    }
}

fn certificate(token: &str) -> Outcome<String> {
    let header = part(token, 0)?;
    Ok(header["cert"].as_str().ok_or("no certificate")?.to_owned())
}

fn part(token: &str, number: usize) -> Outcome<Value> {
    let part = token.split('.').nth(number).ok_or("no token")?;
    Ok(serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part)?)?)
}
