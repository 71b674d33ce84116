//! Passwords: argon2id, a few at a time, since each takes 19 MiB.

use super::Error;
use crate::chance::Chance;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// How many passwords are hashed at once.
const AT_ONCE: usize = 2;
/// A hash that no password is known to have, made as `hash` makes them: checked for names that nobody
/// has, so that they take the same work.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzIQ$\
                      bm8gcGFzc3dvcmQgaXMga25vd24gdG8gaGF2ZSB0aGk";

/// Hashes and checks passwords.
pub struct Passwords {
    free: Mutex<usize>,
    freed: Condvar,
    checked: AtomicU64,
}

impl Default for Passwords {
    fn default() -> Self {
        let (free, freed) = (Mutex::new(AT_ONCE), Condvar::new());
        Self { free, freed, checked: AtomicU64::new(0) }
    }
}

impl Passwords {
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
            self.checked.fetch_add(1, Ordering::Relaxed);
            let parsed = PasswordHash::new(hash.unwrap_or(NOBODY));
            let fits = parsed.is_ok_and(|parsed| {
                Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
            });
            fits && hash.is_some()
        })
    }

    /// How many passwords were checked: each takes the same work.
    pub fn checked(&self) -> u64 {
        self.checked.load(Ordering::Relaxed)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// All that says how much work a check is: everything but the bytes themselves.
    fn work(hash: &str) -> (String, usize, usize) {
        let parts: Vec<&str> = hash.split('$').collect();
        assert_eq!(parts.len(), 6, "{hash}");
        (parts[1..4].join("$"), parts[4].len(), parts[5].len())
    }

    #[test]
    fn a_name_that_nobody_has_takes_the_work_of_one_that_somebody_has() {
        let passwords = Passwords::default();
        let made = passwords.hash("correct horse battery", &Chance::default()).unwrap();
        assert!(PasswordHash::new(NOBODY).is_ok(), "it is checked, not refused at once");
        assert_eq!(work(NOBODY), work(&made));
        assert!(passwords.fits("correct horse battery", Some(&made)));
        assert!(!passwords.fits("correct horse", Some(&made)));
        assert!(!passwords.fits("correct horse", None));
        assert_eq!(passwords.checked(), 3);
    }
}
