//! Alarms about records that were changed outside of the server.

use super::audit::{Event, NOTHING, audit};
use super::{Actor, Error, Office, notify_administrators};
use crate::domain::ids::EventId;
use crate::domain::integrity::Tampering;
use crate::domain::staff_notice::StaffNotice;
use jiff::SignedDuration;
use serde_json::json;

/// How often the same is recorded again.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// How many alarms `/readyz` names.
const NAMED: usize = 10;

/// Records the alarms that wait: in the log, the audit and an email to the administrators, at most
/// once an hour each. Until a person accepts the records, `/readyz` names them.
///
/// # Errors
/// What the store says; then they wait on.
pub fn raise_alarms(office: &Office) -> Result<(), Error> {
    let mut noticed = office.store.take_noticed().into_iter();
    while let Some(tampering) = noticed.next() {
        if let Err(error) = raise(office, &tampering) {
            std::iter::once(tampering).chain(noticed).for_each(|left| office.store.notice(left));
            return Err(error);
        }
    }
    Ok(())
}

fn raise(office: &Office, tampering: &Tampering) -> Result<(), Error> {
    let now = office.clock.now();
    let id = office.id(EventId::from_ulid);
    let is_new = office.store.write(|tx| {
        let last = tx.alarm_noticed_at(&tampering.subject)?;
        if last.is_some_and(|last| now.duration_since(last) < AGAIN_AFTER) {
            return Ok::<_, Error>(false);
        }
        tx.record_alarm(tampering, now)?;
        let event = Event {
            id: id.clone(),
            at: now,
            actor: &Actor::Server,
            action: "integrity.alarm",
            subject: &tampering.subject,
            customer: tampering.customer.as_ref(),
        };
        audit(tx, event, NOTHING, Some(&json!({"findings": tampering.findings})))?;
        let notice = StaffNotice::IntegrityAlarm {
            what: format!("{}: {}", tampering.subject, tampering.findings.join("; ")),
            customer: tampering.customer.as_ref().map(ToString::to_string),
        };
        notify_administrators(office, tx, &notice)?;
        Ok(true)
    })?;
    if is_new {
        let findings = tampering.findings.join("; ");
        tracing::error!(
            subject = tampering.subject,
            findings,
            "records were changed outside of Licentia"
        );
        office.bell.ring();
    }
    Ok(())
}

impl Office {
    /// What an administrator should change about the role that the server connects with.
    pub fn role_warning(&self) -> Option<String> {
        let owns = self.store.owns_tables().ok().flatten()?;
        owns.then(|| {
            "the server's database role owns the tables and could drop their triggers: see \
             docs/integrity.md"
                .to_owned()
        })
    }

    /// Whether no alarm stands that records were changed.
    pub(super) fn records_are_well(&self) -> Result<(), String> {
        let limit = i64::try_from(NAMED).unwrap_or(i64::MAX) + 1;
        let alarms = self.store.read(|tx| tx.alarms(limit)).map_err(|error| error.to_string())?;
        if alarms.is_empty() {
            return Ok(());
        }
        let named = alarms.iter().take(NAMED).map(|alarm| alarm.subject.as_str());
        let more = if alarms.len() > NAMED { ", …" } else { "" };
        Err(format!(
            "records were changed outside of Licentia: {}{more}; see `licentia audit verify`",
            named.collect::<Vec<_>>().join(", ")
        ))
    }
}
