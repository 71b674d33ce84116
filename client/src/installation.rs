use crate::accept::{Accepted, Offer, accept};
use crate::directory::Directory;
use crate::fingerprint::load_or_make_salt;
use crate::key::Key;
use crate::office::{Call, server_url};
use crate::show::Shown;
use crate::state::{State, load_roots, store_roots};
use crate::surroundings::{Clock, Surroundings};
use crate::{Error, Language};
use licentia_license::{
    Activate, Check, Comparison, License, Request, Roots, Trust, Usage, VerifiedLicense, unarmour,
};
use std::path::Path;

/// One deployed product, in its state directory.
///
/// Its methods take the directory's lock where they write, so that several processes can share
/// one directory; none holds the lock while it waits for the network.
pub struct Installation {
    pub(crate) directory: Directory,
    pub(crate) key: Key,
    pub(crate) language: Language,
    pub(crate) surroundings: Surroundings,
}

/// The answer to an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Whether the license is another one than was held before.
    pub changed: bool,
    /// The current license.
    pub license: License,
}

/// The answer to a request for an emergency license.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyAnswer {
    /// Whether it was given for this request; otherwise one was active and stays as it was.
    pub granted: bool,
    /// The current license.
    pub license: License,
}

impl Installation {
    /// Opens the installation in a directory.
    ///
    /// # Errors
    /// [`Error::NotActivated`] when there is none; [`Error::Exposed`] when others can reach it.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(directory, Surroundings::system())
    }

    /// Opens the installation in a directory, or makes a new one: the directory and a key.
    pub fn create(directory: impl AsRef<Path>) -> Result<Self, Error> {
        Self::create_with(directory, Surroundings::system())
    }

    /// As [`Installation::open`], with another clock, randomness and pause than the system's.
    pub fn open_with(
        directory: impl AsRef<Path>,
        surroundings: Surroundings,
    ) -> Result<Self, Error> {
        let directory = Directory::open(directory.as_ref())?;
        let key = Key::load(&directory)?
            .ok_or_else(|| Error::NotActivated { path: directory.path().into() })?;
        Ok(Self { directory, key, language: Language::English, surroundings })
    }

    /// As [`Installation::create`], with another clock, randomness and pause than the system's.
    pub fn create_with(
        directory: impl AsRef<Path>,
        surroundings: Surroundings,
    ) -> Result<Self, Error> {
        let directory = Directory::create(directory.as_ref())?;
        let key = Key::load_or_make(&directory, &surroundings)?;
        load_or_make_salt(&directory, &surroundings)?;
        Ok(Self { directory, key, language: Language::English, surroundings })
    }

    /// Reads the time from this clock instead of the system's.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.surroundings.clock = clock;
        self
    }

    /// Asks the license office for problems in this language; English otherwise.
    #[must_use]
    pub fn with_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// The installation's identity: the thumbprint of its public key.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        self.key.thumbprint()
    }

    /// Sets the server and pins the roots, as [`Installation::activate`] does first.
    ///
    /// # Errors
    /// [`Error::RootsDiffer`] when a license was accepted under other roots; [`Error::Server`]
    /// when the URL is none.
    pub fn pin(&self, server: &str, roots: &Roots) -> Result<(), Error> {
        let server = server_url(server)?;
        Trust::new(roots)?;
        State::change(&self.directory, |state| {
            match load_roots(&self.directory)? {
                Some(pinned) if pinned == *roots => {}
                Some(_) if state.has_seen_a_license() => return Err(Error::RootsDiffer),
                _ => store_roots(&self.directory, roots)?,
            }
            state.server = server;
            Ok(())
        })
    }

    /// Binds the installation to the customer whose activation key this is, and takes the
    /// customer's license in. The roots are pinned once and for good. A fingerprint that is empty
    /// is filled in.
    ///
    /// # Errors
    /// What the office answered (`no-free-place` …), or why its license was refused.
    pub fn activate(
        &self,
        server: &str,
        roots: &Roots,
        mut activate: Activate,
    ) -> Result<License, Error> {
        self.pin(server, roots)?;
        if activate.fingerprint.is_empty() {
            activate.fingerprint = self.fingerprint()?;
        }
        self.ask_and_settle("activations", &Request::Activate(activate), |answer| {
            self.keep_newest(&answer.license()?, true)
        })
    }

    /// Fetches the current license.
    ///
    /// # Errors
    /// What the office answered, or why its license was refused.
    pub fn update(&self) -> Result<Update, Error> {
        self.fetch(false)
    }

    /// Asks for an emergency license of this many extra accounts (1 to 10).
    ///
    /// # Errors
    /// What the office answered: `emergency-accounts-out-of-range`, `no-permanent-purchase`,
    /// `emergency-already-used` …
    pub fn emergency(&self, accounts: i64) -> Result<EmergencyAnswer, Error> {
        self.ask_and_settle("emergency-licenses", &Request::Emergency { accounts }, |answer| {
            let license = self.keep_newest(&answer.license()?, false)?;
            Ok(EmergencyAnswer { granted: answer.status == 201, license })
        })
    }

    /// Records how much is in use, and reports it.
    ///
    /// # Errors
    /// [`Error::UsageNotReported`] when it was recorded and could not be reported.
    pub fn usage(&self, usage: Usage) -> Result<(), Error> {
        let Usage { user_accounts, emergency_accounts, external_connections } = usage;
        if user_accounts < 0 || emergency_accounts < 0 || external_connections < 0 {
            return Err(Error::UsageOutOfRange);
        }
        let state = State::change(&self.directory, |state| {
            state.usage = Some(usage);
            Ok(state.clone())
        })?;
        let request = Request::Usage { user_accounts, emergency_accounts, external_connections };
        let report = || self.office(&state).call(Call::Post("usage"), &self.statement(&request)?);
        report().map_err(|cause| Error::UsageNotReported(Box::new(cause)))?;
        self.note_contact();
        Ok(())
    }

    /// The license held, verified anew, as the customer's administrator sees it. Works offline.
    ///
    /// # Errors
    /// [`Error::NoLicense`]; [`Error::License`] when it no longer verifies (its key was
    /// withdrawn, say).
    pub fn show(&self) -> Result<Shown, Error> {
        let now = self.surroundings.now();
        let mut state = State::load(&self.directory)?;
        let license = self.held(&state)?;
        let mut shown = Shown::new(&state, license, now);
        // Without a salt nothing can be said of the machine, and nothing depends on it.
        if let Ok(fingerprint) = self.fingerprint() {
            shown.note_machine(&Comparison::new(&state.fingerprint, &fingerprint));
        }
        let before = state.clone();
        state.note_time(&shown.license, now);
        if state != before {
            let kept = State::change(&self.directory, |state| {
                state.note_time(&shown.license, now);
                Ok(())
            });
            // Permanent rights must not die with a full disk.
            if let Err(error) = kept {
                shown.note_unkept_time(&error);
            }
        }
        Ok(shown)
    }

    /// Answers what the product must know with so much in use: may one more account be added, which
    /// are blocked now, how long emergency license and support still run. Works offline, and
    /// judges at the latest time known, not at a clock that was set back.
    ///
    /// # Errors
    /// As [`Installation::show`].
    pub fn check(&self, usage: Usage) -> Result<Check, Error> {
        Ok(self.show()?.check(usage))
    }

    /// The license held, as it came, for a file or a printout.
    ///
    /// # Errors
    /// As [`Installation::show`].
    pub fn token(&self) -> Result<String, Error> {
        let state = State::load(&self.directory)?;
        self.held(&state)?;
        state.license().map(str::to_owned).ok_or(Error::NoLicense)
    }

    /// Verifies any license against the pinned roots and the withdrawn keys known here; nothing is
    /// kept of it.
    ///
    /// # Errors
    /// As [`verify()`](crate::verify()).
    pub fn verify(&self, license: &str) -> Result<VerifiedLicense, Error> {
        let trust = State::load(&self.directory)?.trust(&self.roots()?)?;
        Ok(trust.license(&unarmour(license)?)?)
    }

    /// Takes in a license that a person carried here, bare or in its armour.
    ///
    /// # Errors
    /// Why it was refused; the license held is untouched then.
    pub fn take_in(&self, license: &str) -> Result<Update, Error> {
        let token = unarmour(license)?;
        let accepted = self.accept(&Offer { token: &token, etag: None, any_customer: false });
        accepted.map(|Accepted { license, changed }| Update { changed, license })
    }

    /// Gives the installation's place back, and its license up.
    pub fn release(&self) -> Result<(), Error> {
        match self.ask_and_settle("releases", &Request::Release {}, |_| Ok(())) {
            // Released already, by staff or by a call whose answer was lost.
            Err(Error::Office(problem)) if problem.code == "installation-released" => {}
            answer => answer?,
        }
        State::change(&self.directory, |state| {
            state.release();
            Ok(())
        })
    }

    /// Takes a license in; a replayed answer may bring an older one, or one whose key was
    /// withdrawn since: then the current one is fetched.
    fn keep_newest(&self, token: &str, any_customer: bool) -> Result<License, Error> {
        match self.accept(&Offer { token, etag: None, any_customer }) {
            Err(Error::Older { .. } | Error::License(licentia_license::Error::Withdrawn)) => {
                self.fetch(any_customer).map(|update| update.license)
            }
            accepted => accepted.map(|accepted| accepted.license),
        }
    }

    fn fetch(&self, any_customer: bool) -> Result<Update, Error> {
        let state = State::load(&self.directory)?;
        let held = self.held(&state);
        // A license that no longer verifies must be replaced, changed or not.
        let etag = held.as_ref().ok().and_then(|_| state.etag());
        let statement = self.statement(&Request::License {})?;
        let answer = self.office(&state).call(Call::License { etag }, &statement)?;
        self.note_contact();
        if answer.status == 304 {
            return Ok(Update { changed: false, license: held? });
        }
        let token = answer.body.trim();
        let accepted = self.accept(&Offer { token, etag: answer.etag.as_deref(), any_customer });
        accepted.map(|Accepted { license, changed }| Update { changed, license })
    }

    fn accept(&self, offer: &Offer<'_>) -> Result<Accepted, Error> {
        let roots = self.roots()?;
        let present = self.fingerprint().unwrap_or_default();
        State::change(&self.directory, |state| {
            let trust = state.trust(&roots)?;
            let accepted =
                accept(state, &trust, self.thumbprint(), offer, self.surroundings.now())?;
            if offer.any_customer {
                // An activation: this is the machine from now on.
                state.fingerprint.clone_from(&present);
            } else {
                state.note_machine(&present);
            }
            Ok(accepted)
        })
    }

    /// Remembers what an answer of the office has shown beside what was asked. That nothing of it
    /// could be written takes nothing from the answer.
    fn note_contact(&self) {
        let Ok(present) = self.fingerprint() else { return };
        let _ = State::change(&self.directory, |state| {
            state.note_machine(&present);
            Ok(())
        });
    }

    /// The license held, verified.
    fn held(&self, state: &State) -> Result<License, Error> {
        let token = state.license().ok_or(Error::NoLicense)?;
        let license = state.trust(&self.roots()?)?.license(token)?.license;
        license.require_audience(self.thumbprint())?;
        Ok(license)
    }
}
