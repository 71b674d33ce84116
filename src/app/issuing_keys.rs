use super::{Actor, Error, Office, Right};
use jiff::Timestamp;

/// The keys as an administrator looks at them.
pub struct KeysFile {
    /// The thumbprint of the root key.
    pub root: String,
    /// Whether the private root key lies on the server.
    pub root_is_here: bool,
    /// The issuing keys, the newest first.
    pub issuing: Vec<IssuingKeyFile>,
    /// Whether the key that signs ends within 90 days.
    pub ends_soon: bool,
}

/// An issuing key.
pub struct IssuingKeyFile {
    /// Its thumbprint.
    pub key: String,
    /// When it was made.
    pub since: Timestamp,
    /// Until when it may issue.
    pub until: Timestamp,
    /// Whether it signs.
    pub state: KeyState,
    /// How many customers' current licenses it has signed.
    pub licenses: i64,
}

/// What an issuing key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It signs.
    Signs,
    /// A newer one signs; what it has signed is good.
    Replaced,
    /// The root has taken it back.
    Withdrawn,
}

/// The root and the issuing keys, with what each has signed.
///
/// # Errors
/// [`Error::Forbidden`]; when the keys cannot be read.
pub fn issuing_keys(office: &Office, actor: &Actor) -> Result<KeysFile, Error> {
    actor.require(Right::Administer)?;
    let keyring = office.keys.keyring()?;
    let current = keyring.current().map(|key| key.public.thumbprint());
    let issuing = office.store.read(|tx| {
        let file = |key: &crate::signing::IssuingKey| {
            let thumbprint = key.public.thumbprint();
            let state = if keyring.withdrawn().contains(&thumbprint) {
                KeyState::Withdrawn
            } else if current.as_ref() == Some(&thumbprint) {
                KeyState::Signs
            } else {
                KeyState::Replaced
            };
            Ok::<_, Error>(IssuingKeyFile {
                licenses: tx.count_signed_by(&thumbprint)?,
                key: thumbprint,
                since: key.certificate.iat,
                until: key.certificate.issue_until,
                state,
            })
        };
        keyring.issuing().iter().rev().map(file).collect::<Result<Vec<_>, _>>()
    })?;
    Ok(KeysFile {
        root: keyring.root().thumbprint(),
        root_is_here: keyring.root_is_here(),
        issuing,
        ends_soon: office.key_warning().is_some(),
    })
}
