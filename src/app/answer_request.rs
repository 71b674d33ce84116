use super::activate::{activate_by, check_key_of};
use super::authenticate_installation::{SignedRequest, read_request_by};
use super::fetch_license::{current, fetch_by, text as license_text};
use super::release_installation::release_by_request;
use super::report_usage::report_by;
use super::request_emergency::emergency_by;
use super::{Actor, Error, Office, Unauthenticated};
use crate::domain::customer::Language;
use crate::domain::ids::CustomerId;
use crate::domain::ledger::Grant;
use licentia_license::{
    Contents, Error as LicenseError, Request, Way, decode_text, read_statement, unarmour,
};

/// What the armour of an answer is labelled with: it is a license.
const LABEL: &str = "LICENSE";

/// The answer to a request that a person has carried here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredRequest {
    /// What came of it.
    pub outcome: Outcome,
    /// The license to carry back: a compact JWS. After a release it is one that no longer names
    /// the installation.
    pub license: String,
    /// Whose installation it is.
    pub customer: CustomerId,
    /// What its customer's mails are written in.
    pub language: Language,
}

/// What came of a carried request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The installation holds a place.
    Activated,
    /// The current license goes back.
    Updated,
    /// An emergency license was given.
    Granted(Grant),
    /// One ran already, and stays as it is.
    GrantedBefore(Grant),
    /// The place was given back.
    Released,
    /// It had been given back, or taken, before.
    ReleasedBefore,
    /// The counts were noted.
    UsageNoted,
}

/// Answers a request statement that a person has carried here, bare or in its armour, by the rules
/// that hold for those which come over the network. It may live 30 days; handed in again it has
/// the same outcome. `carrier` is who hands it in, where that is known: the right to what is asked
/// is the installation's signature, or the activation key, alone.
///
/// # Errors
/// What the same request would be refused with over the network; but a release of what is released
/// is answered, for that installation cannot learn of it in another way.
pub fn answer_request(
    office: &Office,
    text: &str,
    carrier: Option<&Actor>,
) -> Result<AnsweredRequest, Error> {
    let mut request = read_request_by(office, &token(text)?, Way::Carried)?;
    request.carrier = carrier.cloned();
    let (outcome, license) = by_the_rules(office, &request)?;
    office.store.read(|tx| {
        let known = tx.installation_by_thumbprint(&request.statement.iss)?;
        let customer = known.ok_or(Unauthenticated::InstallationUnknown)?.customer;
        let language = tx.customer(&customer)?.ok_or(Error::NotFound)?.details.language;
        let license = match license {
            Some(license) => license,
            None => current(tx, &customer)?,
        };
        Ok(AnsweredRequest { outcome, license, customer, language })
    })
}

/// The text of a file that a person has carried here, whatever it was saved with.
pub fn carried_text(bytes: &[u8]) -> String {
    decode_text(bytes)
}

/// Apparent kind of a text that holds no request statement, nor any other token.
pub fn holds_no_request(text: &str) -> Option<Contents> {
    match unarmour(text) {
        Err(LicenseError::NoToken(contents)) => Some(contents),
        _ => None,
    }
}

/// Whether this is a request that an installation has signed, whichever installation: anything else
/// was never written by the client.
pub fn is_signed_request(text: &str) -> bool {
    token(text).is_ok_and(|token| read_statement(&token).is_ok())
}

/// Whether a carried statement asks to be activated: then it brings an activation key, which may be a
/// guess.
pub fn brings_activation_key(text: &str) -> bool {
    let read = token(text).ok().and_then(|token| read_statement(&token).ok());
    read.is_some_and(|read| matches!(read.statement.req, Request::Activate(_)))
}

/// As [`super::check_activation_key`], for a carried statement.
///
/// # Errors
/// `activation-key-unknown`; wrong fields; a statement that is not in order.
pub fn check_carried_key(office: &Office, text: &str) -> Result<(), Error> {
    check_key_of(office, &read_request_by(office, &token(text)?, Way::Carried)?)
}

/// The statement, out of its armour; a line of it may have been broken on the way.
fn token(text: &str) -> Result<String, Error> {
    let token = unarmour(text).map_err(|_| Unauthenticated::StatementMalformed)?;
    Ok(token.split_whitespace().collect())
}

/// The outcome, and the license that belongs to it; none where it is the customer's current one.
fn by_the_rules(
    office: &Office,
    request: &SignedRequest,
) -> Result<(Outcome, Option<String>), Error> {
    match &request.statement.req {
        Request::Activate(_) => {
            let activated = activate_by(office, request)?.value;
            Ok((Outcome::Activated, Some(activated.license)))
        }
        Request::License {} => {
            let license = fetch_by(office, request)?.document;
            Ok((Outcome::Updated, Some(license_text(license.into())?)))
        }
        Request::Emergency { .. } => {
            let answer = emergency_by(office, request)?;
            let given = answer.value.grant;
            let outcome = if answer.created {
                Outcome::Granted(given)
            } else {
                Outcome::GrantedBefore(given)
            };
            Ok((outcome, Some(answer.value.license)))
        }
        Request::Release {} => match release_by_request(office, request) {
            Ok(answer) => Ok((Outcome::Released, Some(answer.value.license))),
            Err(Error::Unauthenticated(Unauthenticated::InstallationReleased)) => {
                Ok((Outcome::ReleasedBefore, None))
            }
            Err(error) => Err(error),
        },
        Request::Usage { .. } => {
            report_by(office, request)?;
            Ok((Outcome::UsageNoted, None))
        }
    }
}

impl AnsweredRequest {
    /// The file to carry back: the license in its armour, under plain words for the person who
    /// opens it.
    pub fn text(&self, words: &str) -> String {
        licentia_license::armour(LABEL, words, &self.license)
    }
}
