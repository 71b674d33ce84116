use super::{Error, Office};
use crate::store::StoreError;
use jiff::{SignedDuration, Timestamp};

/// How old the oldest mail may be before it is warned of.
const OLDEST_MAIL: SignedDuration = SignedDuration::from_hours(24);

/// Result of the readiness checks.
pub struct Readiness {
    /// Each check by name: one that fails takes this server out of service.
    pub checks: Vec<(&'static str, Result<(), String>)>,
    /// Warnings for people, by name; calls are answered all the same.
    pub warnings: Vec<(&'static str, String)>,
}

impl Readiness {
    /// The same where the checks did not come to an end.
    pub fn unknown(why: String) -> Self {
        Self { checks: vec![("database", Err(why))], warnings: Vec::new() }
    }
}

impl Office {
    /// Checks database, keys and records by what calls do with them: it reads, and writes what it
    /// takes back.
    pub fn readiness(&self) -> Readiness {
        let now = self.clock.now();
        let mails = self.store.read(|tx| Ok((tx.outbox_state()?, tx.stopped_mails()?)));
        let database = mails.as_ref().map(drop).map_err(StoreError::to_string);
        let writes = || self.store.takes_writes().and_then(|()| self.store.prove_writes());
        let database = database.and_then(|()| writes().map_err(|error| error.to_string()));
        let mut warnings = Vec::new();
        if let Ok(((_, oldest), stopped)) = mails {
            warnings.push(("outbox", outbox(now, oldest, stopped)));
        }
        warnings.extend(self.key_warning().map(|warning| ("warning", warning)));
        warnings.extend(self.role_warning().map(|warning| ("database_role", warning)));
        let checks = vec![
            ("database", database),
            ("keys", self.keys_are_well(now)),
            ("integrity", self.records_are_well()),
        ];
        Readiness { checks, warnings }
    }

    fn keys_are_well(&self, now: Timestamp) -> Result<(), String> {
        let keyring = self.keys.keyring().map_err(|error| error.to_string())?;
        let key = keyring.current().ok_or("there is no issuing key")?;
        let until = key.certificate.issue_until;
        if until <= now {
            return Err(format!("the issuing key's time ended at {until}"));
        }
        Ok(())
    }

    /// How many mails are owed, and since when the oldest.
    ///
    /// # Errors
    /// Errors of the store.
    pub fn outbox_state(&self) -> Result<(i64, Option<Timestamp>), Error> {
        Ok(self.store.read(|tx| tx.outbox_state())?)
    }
}

/// State of the outbox in words.
fn outbox(now: Timestamp, oldest: Option<Timestamp>, stopped: i64) -> String {
    let oldest = oldest.filter(|oldest| now.duration_since(*oldest) >= OLDEST_MAIL);
    let oldest = oldest.map(|oldest| format!("the oldest mail waits since {oldest}"));
    let stopped = (stopped > 0).then(|| format!("mails that were stopped: {stopped}"));
    let said: Vec<String> = oldest.into_iter().chain(stopped).collect();
    if said.is_empty() { "ok".into() } else { said.join("; ") }
}
