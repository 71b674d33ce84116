use super::error::StoreError;
use super::schema::integrity_alarms;
use super::time::{from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::integrity::Tampering;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use jiff::Timestamp;

impl Tx<'_> {
    /// When records were last found changed; `None` where no alarm stands.
    pub fn alarm_noticed_at(&mut self, subject: &str) -> Result<Option<Timestamp>, StoreError> {
        let noticed: Option<NaiveDateTime> = integrity_alarms::table
            .find(subject)
            .select(integrity_alarms::noticed_at)
            .get_result(self.connection()?)
            .optional()?;
        Ok(noticed.map(from_stored))
    }

    /// Records that these records were found changed, in place of an earlier alarm of the same.
    pub fn record_alarm(
        &mut self,
        tampering: &Tampering,
        noticed_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.end_alarm(&tampering.subject)?;
        let details = serde_json::to_string(tampering)
            .map_err(|error| StoreError::Other(error.to_string()))?;
        diesel::insert_into(integrity_alarms::table)
            .values((
                integrity_alarms::subject.eq(&tampering.subject),
                integrity_alarms::details.eq(details),
                integrity_alarms::noticed_at.eq(to_stored(noticed_at)),
            ))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// Ends an alarm; `false` where none stood.
    pub fn end_alarm(&mut self, subject: &str) -> Result<bool, StoreError> {
        let alarm = integrity_alarms::table.find(subject);
        Ok(diesel::delete(alarm).execute(self.connection()?)? > 0)
    }

    /// What alarms stand, at most so many.
    pub fn alarms(&mut self, limit: i64) -> Result<Vec<Tampering>, StoreError> {
        let details: Vec<String> = integrity_alarms::table
            .order(integrity_alarms::subject)
            .select(integrity_alarms::details)
            .limit(limit)
            .load(self.connection()?)?;
        let read = |details: String| {
            serde_json::from_str(&details)
                .map_err(|error| StoreError::Unreadable(format!("an alarm: {error}")))
        };
        details.into_iter().map(read).collect()
    }
}
