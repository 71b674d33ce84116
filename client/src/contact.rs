//! What an answer of the office, or a file, leaves behind: a license, and what else it shows.

use crate::accept::{Accepted, Offer, accept};
use crate::office::{Call, TRIES};
use crate::state::State;
use crate::{Error, Installation, Update};
use jiff::Timestamp;
use licentia_license::{License, Request};

impl Installation {
    /// Takes a license in; a replayed answer may bring an older one, or one whose key was
    /// withdrawn since: then the current one is fetched.
    pub(crate) fn keep_newest(&self, offer: &Offer<'_>) -> Result<License, Error> {
        match self.accept(offer) {
            Err(Error::Older { .. } | Error::License(licentia_license::Error::Withdrawn)) => {
                self.fetch(offer.any_customer, TRIES).map(|update| update.license)
            }
            accepted => accepted.map(|accepted| accepted.license),
        }
    }

    /// Fetches the current license, in so many tries.
    pub(crate) fn fetch(&self, any_customer: bool, tries: u32) -> Result<Update, Error> {
        let state = State::load(&self.directory)?;
        let held = self.held(&state);
        // A license that no longer verifies must be replaced, changed or not.
        let etag = held.as_ref().ok().and_then(|_| state.etag());
        let office = self.office(&state)?.with_tries(tries);
        let answer = self.ask(&office, Call::License { etag }, &Request::License {})?;
        if answer.status == 304 {
            self.note_contact(answer.date, any_customer);
            return Ok(Update { changed: false, license: held? });
        }
        let offer = Offer {
            token: answer.body.trim(),
            etag: answer.etag.as_deref(),
            any_customer,
            date: answer.date,
        };
        let accepted = self.accept(&offer);
        accepted.map(|Accepted { license, changed }| Update { changed, license })
    }

    pub(crate) fn accept(&self, offer: &Offer<'_>) -> Result<Accepted, Error> {
        let roots = self.roots()?;
        let present = self.fingerprint().unwrap_or_default();
        State::change(&self.directory, |state| {
            let trust = state.trust(&roots)?;
            let now = self.surroundings.now();
            let accepted = accept(state, &trust, self.thumbprint(), offer, now)?;
            state.note_contact(&present, offer.date, offer.any_customer);
            Ok(accepted)
        })
    }

    /// Remembers what an answer has shown beside what was asked. That nothing of it could be
    /// written takes nothing from the answer.
    pub(crate) fn note_contact(&self, date: Option<Timestamp>, activated: bool) {
        let present = self.fingerprint().unwrap_or_default();
        let _ = State::change(&self.directory, |state| {
            state.note_contact(&present, date, activated);
            Ok(())
        });
    }
}
