//! Compact JWS (RFC 7515), Ed25519 only (RFC 8037).

use crate::{Error, Jwk, PublicKey, Thumbprint};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};

/// The largest token that is looked at, in bytes; a license is about 1,500.
pub const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// The header of all three kinds of token; which members must be there depends on `typ`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Header {
    pub alg: String,
    pub typ: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kid: Option<Thumbprint>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub jwk: Option<Jwk>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cert: Option<String>,
    /// Whether there is such a member, whatever it says.
    #[serde(skip_serializing, default, deserialize_with = "present")]
    pub crit: bool,
}

fn present<'de, D: Deserializer<'de>>(member: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(member).map(|_| true)
}

impl Header {
    pub fn new(typ: &str) -> Self {
        Self { alg: "EdDSA".into(), typ: typ.into(), kid: None, jwk: None, cert: None, crit: false }
    }
}

/// A token taken apart, its header understood, its payload not yet trusted.
pub(crate) struct Unverified<'a> {
    pub header: Header,
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart and pins its algorithm and type, before any signature is looked at.
    pub fn parse(token: &'a str, expected: &'static str) -> Result<Self, Error> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Error::Malformed("too large"));
        }
        let (signed, signature) =
            token.rsplit_once('.').ok_or(Error::Malformed("not three parts"))?;
        let (header, payload) =
            signed.split_once('.').ok_or(Error::Malformed("not three parts"))?;
        if payload.contains('.') {
            return Err(Error::Malformed("not three parts"));
        }
        let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
        let header: Header = object(&header, "the header does not fit")?;
        if header.alg != "EdDSA" {
            return Err(Error::Algorithm);
        }
        if header.typ != expected {
            return Err(Error::Type { expected });
        }
        if header.crit {
            return Err(Error::Critical);
        }
        Ok(Self { header, signed, payload, signature })
    }

    /// Checks the signature, and only then reads the claims.
    pub fn verify<C: DeserializeOwned>(&self, key: &PublicKey) -> Result<C, Error> {
        key.verify(self.signed.as_bytes(), &self.signature)?;
        object(&self.payload, "the claims do not fit")
    }
}

/// Writes a token; `sign` makes the 64 bytes of the signature over the signing input.
pub(crate) fn encode<C: Serialize>(
    header: &Header,
    claims: &C,
    sign: impl FnOnce(&[u8]) -> [u8; 64],
) -> Result<String, Error> {
    let part = |json: Result<Vec<u8>, _>| {
        json.map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
            .map_err(|_| Error::Malformed("the claims cannot be written"))
    };
    let header = part(serde_json::to_vec(header))?;
    let mut token = header + "." + &part(serde_json::to_vec(claims))?;
    let signature = sign(token.as_bytes());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

/// Reads an object. Serde would take a list for one, its members in the order of the fields.
fn object<T: DeserializeOwned>(json: &[u8], or: &'static str) -> Result<T, Error> {
    if json.trim_ascii_start().first() != Some(&b'{') {
        return Err(Error::Malformed(or));
    }
    serde_json::from_slice(json).map_err(|_| Error::Malformed(or))
}

fn decode(part: &str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Error::Malformed("not base64url"))
}
