//! The key that records are checked with: the secret `integrity`.

use super::{Keyring, Keys, SecretName};
use crate::domain::integrity::{Digest, MacKey, MacKeys};
use std::sync::Arc;

impl MacKey for Keyring {
    fn version(&self) -> u32 {
        self.secrets().version(SecretName::Integrity)
    }

    fn mac(&self, version: u32, label: &str, message: &[u8]) -> Option<Digest> {
        self.secrets().mac(SecretName::Integrity, version, label, message)
    }
}

impl MacKeys for Keys {
    /// While the directory cannot be read, the key that was read last: who holds a token or a session
    /// can still read.
    fn mac_key(&self) -> Result<Arc<dyn MacKey>, String> {
        Ok(self.keyring().unwrap_or_else(|_| self.last_loaded()))
    }
}
