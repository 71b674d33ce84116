use crate::accept::{Accepted, Offer, require_issued_by_now};
use crate::connection::{CALL_TIMEOUT, certificates};
use crate::directory::Directory;
use crate::fingerprint::load_or_make_salt;
use crate::key::Key;
use crate::office::{Answer, Call, TRIES, server_url};
use crate::show::Shown;
use crate::state::{State, load_roots, store_roots};
use crate::surroundings::{Clock, Proxies, Surroundings};
use crate::{Error, Language};
use licentia_license::{
    Activate, Check, Comparison, License, Request, Roots, Trust, Usage, VerifiedLicense, unarmour,
};
use std::path::Path;
use std::time::Duration;

/// One deployed product, in its state directory.
///
/// Its methods take the directory's lock where they write, so that several processes can share
/// one directory; none holds the lock while it waits for the network.
pub struct Installation {
    pub(crate) directory: Directory,
    pub(crate) key: Key,
    pub(crate) language: Language,
    pub(crate) surroundings: Surroundings,
    pub(crate) timeout: Duration,
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
        let directory = Directory::open(directory.as_ref(), surroundings.trusts_group)?;
        let key = Key::load(&directory)?
            .ok_or_else(|| Error::NotActivated { path: directory.path().into() })?;
        Ok(Self::new(directory, key, surroundings))
    }

    /// As [`Installation::create`], with another clock, randomness and pause than the system's.
    pub fn create_with(
        directory: impl AsRef<Path>,
        surroundings: Surroundings,
    ) -> Result<Self, Error> {
        let directory = Directory::create(directory.as_ref(), surroundings.trusts_group)?;
        let key = Key::load_or_make(&directory, &surroundings)?;
        load_or_make_salt(&directory, &surroundings)?;
        Ok(Self::new(directory, key, surroundings))
    }

    fn new(directory: Directory, key: Key, surroundings: Surroundings) -> Self {
        let (language, timeout) = (Language::English, CALL_TIMEOUT);
        Self { directory, key, language, surroundings, timeout }
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

    /// Goes through these proxies instead of those that the environment names.
    #[must_use]
    pub fn with_proxies(mut self, proxies: Proxies) -> Self {
        self.surroundings.proxies = proxies;
        self
    }

    /// Gives up a try of a call after so long; after 30 seconds otherwise.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Believes the license office's TLS certificate when this authority vouches for it, and no
    /// other: PEM of one or more certificates. It is remembered, as the server is; none believes
    /// the public authorities again.
    ///
    /// Licenses do not depend on it: the pinned roots vouch for them.
    ///
    /// # Errors
    /// [`Error::Authority`] when there is no certificate in it.
    pub fn set_authority(&self, pem: Option<&str>) -> Result<(), Error> {
        pem.map(certificates).transpose()?;
        State::change(&self.directory, |state| {
            state.authority = pem.map(str::to_owned);
            Ok(())
        })
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
        let trust = Trust::new(roots)?;
        State::change(&self.directory, |state| {
            match load_roots(&self.directory)? {
                Some(pinned) if pinned.pins_the_same(roots) => {
                    // A file exported later may tell of more withdrawals.
                    state.withdrawn.extend(trust.withdrawn().iter().cloned());
                }
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
            let token = answer.license()?;
            self.keep_newest(&Offer { any_customer: true, ..Offer::new(&token, answer.date) })
        })
    }

    /// Fetches the current license.
    ///
    /// # Errors
    /// What the office answered, or why its license was refused.
    pub fn update(&self) -> Result<Update, Error> {
        self.fetch(false, TRIES)
    }

    /// Asks for an emergency license of this many extra accounts (1 to 10).
    ///
    /// # Errors
    /// What the office answered: `emergency-accounts-out-of-range`, `no-permanent-purchase`,
    /// `emergency-already-used` …
    pub fn emergency(&self, accounts: i64) -> Result<EmergencyAnswer, Error> {
        self.ask_and_settle("emergency-licenses", &Request::Emergency { accounts }, |answer| {
            let license = self.keep_newest(&Offer::new(&answer.license()?, answer.date))?;
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
        let report = || self.ask(&self.office(&state)?, Call::Post("usage"), &request);
        let answer = report().and_then(|answer| answer.require_empty().map(|()| answer));
        let answer = answer.map_err(|cause| Error::UsageNotReported(Box::new(cause)))?;
        self.note_contact(answer.date, false);
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
        let verified = trust.license(&unarmour(license)?)?;
        require_issued_by_now(&verified.license, self.surroundings.now())?;
        Ok(verified)
    }

    /// Takes in a license that a person carried here, bare or in its armour.
    ///
    /// # Errors
    /// Why it was refused; the license held is untouched then.
    pub fn take_in(&self, license: &str) -> Result<Update, Error> {
        let token = unarmour(license)?;
        let accepted = self.accept(&Offer::new(&token, None));
        accepted.map(|Accepted { license, changed }| Update { changed, license })
    }

    /// Gives the installation's place back, and its license up.
    pub fn release(&self) -> Result<(), Error> {
        match self.ask_and_settle("releases", &Request::Release {}, Answer::require_empty) {
            // Released already, by staff or by a call whose answer was lost.
            Err(Error::Office(problem)) if problem.code == "installation-released" => {}
            answer => answer?,
        }
        State::change(&self.directory, |state| {
            state.release();
            Ok(())
        })
    }

    /// The license held, verified.
    pub(crate) fn held(&self, state: &State) -> Result<License, Error> {
        let token = state.license().ok_or(Error::NoLicense)?;
        let license = state.trust(&self.roots()?)?.license(token)?.license;
        license.require_audience(self.thumbprint())?;
        Ok(license)
    }
}
