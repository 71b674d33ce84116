//! The license as a document: what it says, how it is signed and how it is checked.
//!
//! A license is a compact JWS (RFC 7515) whose header carries a *key certificate*: the root
//! key's statement that an issuing key may issue. A product pins the root once; from then on
//! every license proves itself, with or without a network:
//!
//! ```
//! use licentia_license::{License, Trust};
//! # fn check(roots: &str, token: &str, own_thumbprint: &str, now: jiff::Timestamp) -> Result<(), licentia_license::Error> {
//! let trust = Trust::from_json(roots)?;
//! let verified = trust.license(token)?;
//! verified.license.require_audience(own_thumbprint)?;
//! println!("{} accounts", verified.license.accounts_at(now));
//! # Ok(()) }
//! ```
//!
//! No I/O, no clock and no randomness live here: time is an argument, and signatures are made by
//! a closure that the holder of the key hands in.

mod armour;
mod certificate;
mod certificate_request;
mod check;
mod contents;
mod error;
mod fingerprint;
mod jws;
mod key;
mod license;
mod panel;
mod reading;
mod request;
mod typed;
mod verify;

pub use armour::{armour, unarmour};
pub use certificate::{CERTIFICATE_TYPE, Confirmation, KeyCertificate};
pub use certificate_request::{CERTIFICATE_REQUEST_TYPE, CertificateRequest};
pub use check::Check;
pub use contents::Contents;
pub use error::{Error, StatementTime};
pub use fingerprint::{
    Comparison, Fingerprint, MAC_PREFIX, MACHINE_ID, NETWORK, PRODUCT_UUID, ROOT_FILE_SYSTEM,
    SignalState, Verdict, can_be_another,
};
pub use jws::MAX_TOKEN_BYTES;
pub use key::{Jwk, PublicKey, Thumbprint};
pub use license::{Emergency, LICENSE_TYPE, License, Licensee, encode_license};
pub use panel::{
    Count, EmergencyState, InstallationPanel, NoEmergency, Panel, PanelEmergency, PanelLicense,
    Usage,
};
pub use reading::decode_text;
pub use request::{
    About, Activate, MAX_OFFLINE_LIFE, MAX_ONLINE_LIFE, Move, REQUEST_TYPE, Request,
    RequestStatement, VerifiedStatement, Way, encode_statement, read_statement, read_statement_by,
};
pub use typed::{activation_key, is_dash, is_invisible, latin_look_alike};
pub use verify::{Roots, Trust, VerifiedLicense};
