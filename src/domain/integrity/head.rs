use super::{Canonical, Digest, MacKey};

/// Names the kind and version of what is keyed.
const LABEL: &str = "customer head v1";
const DIGEST: usize = 32;
const BODY: usize = 8 + DIGEST + 8 + DIGEST + 4 * DIGEST;
const STORED: usize = 4 + BODY + DIGEST;

/// Where a customer's chains end, and what else its licenses are made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head {
    /// The number of the ledger's last entry.
    pub ledger_number: i64,
    /// The value of the ledger's chain there.
    pub ledger_chain: Digest,
    /// The number of the last audit event.
    pub audit_number: i64,
    /// The value of the events' chain there.
    pub audit_chain: Digest,
    /// Of the customer's row.
    pub customer: Digest,
    /// What the activation key is found by.
    pub activation: Digest,
    /// Of the active installations.
    pub installations: Digest,
    /// The SHA-256 of the current license; zeros before the first.
    pub license: Digest,
}

/// A head as it was found in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredHead {
    /// There is none.
    Missing,
    /// It was made without the key, or changed.
    Forged(Head),
    /// It is as the server wrote it.
    Genuine(Head),
}

impl Head {
    /// The bytes that are stored: version, head, code. `key` makes the code; without one, the head
    /// stays recognizable as not genuine.
    #[must_use]
    pub fn seal(&self, owner: &str, key: Option<&dyn MacKey>) -> Vec<u8> {
        let version = key.map_or(0, MacKey::version);
        let body = self.body();
        let code = key.and_then(|key| key.mac(version, LABEL, &message(owner, &body)));
        let mut stored = Vec::with_capacity(STORED);
        stored.extend_from_slice(&version.to_be_bytes());
        stored.extend_from_slice(&body);
        stored.extend_from_slice(&code.unwrap_or_default());
        stored
    }

    /// Reads what was stored, and checks its code.
    #[must_use]
    pub fn open(owner: &str, stored: &[u8], key: Option<&dyn MacKey>) -> StoredHead {
        let Some((version, body, code)) = parts(stored) else {
            return StoredHead::Forged(Self::default());
        };
        let head = Self::read(body);
        let expected = key.and_then(|key| key.mac(version, LABEL, &message(owner, body)));
        // The comparison need not take constant time: nobody learns from it how often to try, since
        // each try is a write of the database.
        if expected.is_some_and(|expected| expected == *code) {
            StoredHead::Genuine(head)
        } else {
            StoredHead::Forged(head)
        }
    }

    /// Whether two heads are of the same records, audit events aside.
    #[must_use]
    pub fn is_of_same_records(&self, other: &Self) -> bool {
        let (audit_number, audit_chain) = (other.audit_number, other.audit_chain);
        Self { audit_number, audit_chain, ..*self } == *other
    }

    /// The key's version that a stored head was made with.
    #[must_use]
    pub fn version_of(stored: &[u8]) -> Option<u32> {
        parts(stored).map(|(version, ..)| version)
    }

    fn body(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(BODY);
        body.extend_from_slice(&self.ledger_number.to_be_bytes());
        body.extend_from_slice(&self.ledger_chain);
        body.extend_from_slice(&self.audit_number.to_be_bytes());
        body.extend_from_slice(&self.audit_chain);
        for digest in [&self.customer, &self.activation, &self.installations, &self.license] {
            body.extend_from_slice(digest);
        }
        body
    }

    fn read(body: &[u8]) -> Self {
        let digest = |at: usize| array(body, at).unwrap_or_default();
        let number = |at: usize| i64::from_be_bytes(array(body, at).unwrap_or_default());
        let rest = 16 + 2 * DIGEST;
        Self {
            ledger_number: number(0),
            ledger_chain: digest(8),
            audit_number: number(8 + DIGEST),
            audit_chain: digest(16 + DIGEST),
            customer: digest(rest),
            activation: digest(rest + DIGEST),
            installations: digest(rest + 2 * DIGEST),
            license: digest(rest + 3 * DIGEST),
        }
    }
}

impl StoredHead {
    /// What it says, genuine or not.
    #[must_use]
    pub fn stated(self) -> Head {
        match self {
            Self::Missing => Head::default(),
            Self::Forged(head) | Self::Genuine(head) => head,
        }
    }
}

fn message(owner: &str, body: &[u8]) -> Vec<u8> {
    Canonical::new(LABEL).text(owner).bytes(body).finish()
}

fn parts(stored: &[u8]) -> Option<(u32, &[u8], &Digest)> {
    let (version, rest) = stored.split_first_chunk::<4>()?;
    let (body, code) = rest.split_last_chunk::<DIGEST>()?;
    (body.len() == BODY).then_some((u32::from_be_bytes(*version), body, code))
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}
