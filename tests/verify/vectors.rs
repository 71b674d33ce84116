//! The vectors: licenses, good and bad, with what every verifier must say of them.

mod accepted;
mod chain;
mod claims;
mod form;

use super::forge::{own, roots, seconds, thumbprint};
use licentia_client::Roots;
use serde::{Deserialize, Serialize};

/// `tests/vectors/vectors.json`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Vectors {
    pub roots: Roots,
    pub vectors: Vec<Vector>,
}

/// A license, and what all verifiers must say of it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Vector {
    pub name: String,
    pub license: String,
    /// Whose license it should be.
    pub thumbprint: String,
    pub now: i64,
    /// `good`; or one word why not; or `refused`, where verifiers may differ in why.
    pub verdict: String,
    /// Of a good one: how many may be used at `now`.
    pub emergency_accounts: Option<i64>,
}

impl Vectors {
    /// Makes them, the same every time.
    pub fn new() -> Self {
        let tables = [accepted::vectors(), form::vectors(), chain::vectors(), claims::vectors()];
        Self { roots: roots(), vectors: tables.into_iter().flatten().collect() }
    }
}

impl Vector {
    fn good(name: &str, license: String) -> Self {
        let mut good = Self::refused(name, license, "good");
        good.emergency_accounts = Some(0);
        good
    }

    fn refused(name: &str, license: String, verdict: &str) -> Self {
        Self {
            name: name.into(),
            license,
            thumbprint: thumbprint(&own()),
            now: seconds("2026-02-01T12:00:00Z"),
            verdict: verdict.into(),
            emergency_accounts: None,
        }
    }

    fn at(self, now: i64) -> Self {
        Self { now, ..self }
    }

    fn with_emergency_accounts(self, accounts: i64) -> Self {
        Self { emergency_accounts: Some(accounts), ..self }
    }
}
