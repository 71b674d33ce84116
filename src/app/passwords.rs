//! Passwords: argon2id, a few at a time, since each takes 19 MiB.

use super::Error;
use crate::chance::Chance;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use std::sync::{Condvar, Mutex, PoisonError};

/// How many passwords are hashed at once.
const AT_ONCE: usize = 2;

/// Hashes and checks passwords.
pub struct Passwords {
    free: Mutex<usize>,
    freed: Condvar,
    /// The hash of a password that nobody has: checked for names that nobody has, so that they take
    /// the same time.
    nobody: String,
}

impl Passwords {
    /// Prepares.
    ///
    /// # Errors
    /// A fault of the program.
    pub fn new(chance: &Chance) -> Result<Self, Error> {
        let secret = data_encoding::HEXLOWER.encode(&chance.bytes::<16>());
        let nobody = hash(&secret, chance)?;
        Ok(Self { free: Mutex::new(AT_ONCE), freed: Condvar::new(), nobody })
    }

    /// The hash of a password, as a PHC string.
    ///
    /// # Errors
    /// A fault of the program.
    pub fn hash(&self, password: &str, chance: &Chance) -> Result<String, Error> {
        self.in_turn(|| hash(password, chance))
    }

    /// Whether a password has this hash; without a hash it takes as long, and is wrong.
    pub fn fits(&self, password: &str, hash: Option<&str>) -> bool {
        self.in_turn(|| {
            let parsed = PasswordHash::new(hash.unwrap_or(&self.nobody));
            let fits = parsed.is_ok_and(|parsed| {
                Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
            });
            fits && hash.is_some()
        })
    }

    fn in_turn<T>(&self, work: impl FnOnce() -> T) -> T {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.freed.wait_while(free, |free| *free == 0);
        *waited.unwrap_or_else(PoisonError::into_inner) -= 1;
        let done = work();
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.freed.notify_one();
        done
    }
}

fn hash(password: &str, chance: &Chance) -> Result<String, Error> {
    let salt: [u8; 16] = chance.bytes();
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map(|hash: PasswordHash| hash.to_string())
        .map_err(|error| Error::Internal(error.to_string()))
}
