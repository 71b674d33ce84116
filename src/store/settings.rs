use super::error::StoreError;
use super::schema::settings;
use super::transaction::Tx;
use diesel::prelude::*;
use std::collections::BTreeMap;

impl Tx<'_> {
    /// What staff have set, by name.
    pub fn settings(&mut self) -> Result<BTreeMap<String, String>, StoreError> {
        let rows: Vec<(String, String)> =
            settings::table.select((settings::name, settings::value)).load(self.connection()?)?;
        Ok(rows.into_iter().collect())
    }

    /// Sets a setting, or takes it away.
    pub fn set_setting(&mut self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        diesel::delete(settings::table.find(name)).execute(self.connection()?)?;
        if let Some(value) = value {
            diesel::insert_into(settings::table)
                .values((settings::name.eq(name), settings::value.eq(value)))
                .execute(self.connection()?)?;
        }
        Ok(())
    }
}
