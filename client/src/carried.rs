//! Requests that a person carries to the license office, and the answers that come back the same
//! way, for installations without a network.

use crate::accept::{Accepted, Offer, give_up};
use crate::state::State;
use crate::{Error, Installation, Update};
use jiff::Timestamp;
use licentia_license::{
    Activate, Error as LicenseError, License, MAX_OFFLINE_LIFE, Request, RequestStatement, Roots,
    read_statement, unarmour,
};

/// A signed request for a person to carry to the license office, in a file or as a QR code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedRequest {
    /// The request statement: a compact JWS, one line.
    pub statement: String,
    /// What it asks.
    pub request: Request,
    /// The license office that it is for.
    pub issuer: String,
    /// Until when it can be handed in: at most 30 days from when it was first written.
    pub expires: Timestamp,
}

/// What an answer that was carried here has brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarriedAnswer {
    /// A license for this installation.
    License(Box<Update>),
    /// The office has taken the place back, as was asked.
    Released,
}

impl Installation {
    /// Writes a request for a person to carry to the license office. It is remembered: until its
    /// answer is accepted, or its 30 days are over, the very same statement is written again, so
    /// that the office answers it once.
    ///
    /// # Errors
    /// [`Error::NotActivated`] when no roots are pinned, which name the office.
    pub fn request(&self, request: &Request) -> Result<CarriedRequest, Error> {
        let issuer = self.roots()?.issuer;
        let now = self.surroundings.now();
        // Made before the directory is locked; thrown away where one is pending.
        let made = self.statement_living(request, now, MAX_OFFLINE_LIFE)?;
        let statement = State::change(&self.directory, |state| {
            let pending = state.carried.get(request.name());
            if let Some(pending) = pending.filter(|token| asks(token, request, &issuer, now)) {
                return Ok(pending.clone());
            }
            state.carried.insert(request.name().to_owned(), made.clone());
            Ok(made)
        })?;
        let expires = read_statement(&statement)?.statement.exp;
        Ok(CarriedRequest { statement, request: request.clone(), issuer, expires })
    }

    /// Pins the roots, and writes the request to be bound to the customer whose activation key
    /// this is. A fingerprint that is empty is filled in.
    ///
    /// # Errors
    /// As [`Installation::pin`] and [`Installation::request`].
    pub fn request_activation(
        &self,
        server: &str,
        roots: &Roots,
        mut activate: Activate,
    ) -> Result<CarriedRequest, Error> {
        self.pin(server, roots)?;
        if activate.fingerprint.is_empty() {
            activate.fingerprint = self.fingerprint()?;
        }
        self.request(&Request::Activate(activate))
    }

    /// Takes in what a person has carried here: a license for this installation, or the answer to
    /// its request to be released, which is a newer license that no longer names it.
    ///
    /// # Errors
    /// Why it was refused; the license held and the pending requests are untouched then.
    pub fn accept_answer(&self, text: &str) -> Result<CarriedAnswer, Error> {
        let token = unarmour(text)?;
        let pending = State::load(&self.directory)?.carried;
        let awaits = |name: &str| pending.contains_key(name);
        let offer =
            Offer { token: &token, etag: None, any_customer: awaits("activate"), date: None };
        match self.accept(&offer) {
            Err(Error::License(LicenseError::Audience)) if awaits("release") => {
                let (roots, now) = (self.roots()?, self.surroundings.now());
                State::change(&self.directory, |state| {
                    let trust = state.trust(&roots)?;
                    give_up(state, &trust, self.thumbprint(), &token, now)
                })?;
                Ok(CarriedAnswer::Released)
            }
            accepted => accepted.map(|Accepted { license, changed }| {
                CarriedAnswer::License(Box::new(Update { changed, license }))
            }),
        }
    }
}

/// Whether a pending statement asks this, of this office, and can still be handed in.
fn asks(token: &str, request: &Request, issuer: &str, now: Timestamp) -> bool {
    read_statement(token).is_ok_and(|read| {
        let RequestStatement { req, aud, exp, .. } = read.statement;
        req == *request && aud == issuer && now < exp
    })
}

/// Forgets the carried requests that a license has answered. It does not name them, but it shows
/// what they asked for.
pub(crate) fn settle(state: &mut State, license: &License) {
    let activated = state.carried.contains_key("activate");
    state.carried.retain(|_, token| {
        // What was asked before an activation was asked of another place.
        let Ok(read) = read_statement(token).map(|read| read.statement) else { return false };
        let granted = license.emergency.as_ref().is_some_and(|given| given.until > read.iat);
        match read.req {
            _ if activated => false,
            Request::Activate(_) | Request::License {} => false,
            Request::Emergency { .. } => !granted,
            Request::Release {} | Request::Usage { .. } => true,
        }
    });
}
