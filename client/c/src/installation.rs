//! What the calls do, in safe code: the answers of the command `licentia-client --json`.

#![forbid(unsafe_code)]

use crate::boundary::Failure;
use licentia_client::{
    Activate, CarriedAnswer, Error, Installation, Language, Roots, Usage, verify as verify_license,
};
use serde_json::{Value, json};

/// An installation in its directory. Made by `licentia_open` and `licentia_create`, ended by
/// `licentia_close`.
pub struct LicentiaInstallation {
    installation: Installation,
    language: Language,
}

/// Several threads may use one installation at once: the header says so.
const _: () = {
    const fn shared_between_threads<T: Send + Sync>() {}
    shared_between_threads::<LicentiaInstallation>();
};

impl LicentiaInstallation {
    pub(crate) fn new(
        language: &str,
        open: impl FnOnce() -> Result<Installation, Error>,
    ) -> Result<Self, Failure> {
        let language: Language =
            language.parse().map_err(|text| Failure::refused("language", text))?;
        let installation = open().map_err(|error| Failure::of_client(&error, language))?;
        Ok(Self { installation: installation.with_language(language), language })
    }

    pub(crate) fn thumbprint(&self) -> &str {
        self.installation.thumbprint()
    }

    pub(crate) fn activate(
        &self,
        server: &str,
        roots: &str,
        activate: Activate,
    ) -> Result<Value, Failure> {
        let roots = read_roots(roots)?;
        self.told(self.installation.activate(server, &roots, activate))?;
        self.show()
    }

    pub(crate) fn update(&self) -> Result<Value, Failure> {
        let changed = self.told(self.installation.update())?.changed;
        self.show_with("changed", changed)
    }

    pub(crate) fn emergency(&self, accounts: i64) -> Result<Value, Failure> {
        let granted = self.told(self.installation.emergency(accounts))?.granted;
        self.show_with("granted", granted)
    }

    pub(crate) fn usage(&self, usage: Usage) -> Result<Value, Failure> {
        self.told(self.installation.usage(usage))?;
        Ok(json!({ "usage": usage, "reported": true }))
    }

    pub(crate) fn release(&self) -> Result<Value, Failure> {
        self.told(self.installation.release())?;
        Ok(json!({ "released": true }))
    }

    pub(crate) fn accept(&self, text: &str) -> Result<Value, Failure> {
        match self.told(self.installation.accept_answer(text))? {
            CarriedAnswer::License(update) => self.show_with("changed", update.changed),
            CarriedAnswer::Released => Ok(json!({ "released": true })),
        }
    }

    pub(crate) fn show(&self) -> Result<Value, Failure> {
        let shown = self.told(self.installation.show())?;
        self.told(self.installation.shown_json(&shown))
    }

    pub(crate) fn check(&self, usage: Usage) -> Result<Value, Failure> {
        let shown = self.told(self.installation.show())?;
        let check = shown.check(usage);
        Ok(json!({
            "usage": usage,
            "check": check,
            "judged_at": shown.judged_at,
            "notices": shown.notices,
            "good": check.is_within(),
        }))
    }

    fn show_with(&self, name: &str, value: bool) -> Result<Value, Failure> {
        let mut shown = self.show()?;
        shown[name] = value.into();
        Ok(shown)
    }

    fn told<T>(&self, outcome: Result<T, Error>) -> Result<T, Failure> {
        outcome.map_err(|error| Failure::of_client(&error, self.language))
    }
}

/// Verifies any license against roots, without an installation.
pub(crate) fn verify(roots: &str, license: &str) -> Result<Value, Failure> {
    let verified = verify_license(license, &read_roots(roots)?)
        .map_err(|error| Failure::of_client(&error, Language::English))?;
    Ok(json!({ "valid": true, "license": verified.license, "key": verified.key }))
}

fn read_roots(text: &str) -> Result<Roots, Failure> {
    Roots::read(text).map_err(|_| Failure::refused("not-roots", "these are not roots"))
}
