use super::error::StoreError;
use super::row_macs::setting_row;
use super::schema::settings;
use super::transaction::Tx;
use diesel::prelude::*;
use std::collections::BTreeMap;

impl Tx<'_> {
    /// What staff have set, by name. What was set outside of the server does not count.
    pub fn settings(&mut self) -> Result<BTreeMap<String, String>, StoreError> {
        let rows: Vec<(String, String)> =
            settings::table.select((settings::name, settings::value)).load(self.connection()?)?;
        let mut genuine = BTreeMap::new();
        for (name, value) in rows {
            if self.is_genuine(&setting_row(&name, &value))? {
                genuine.insert(name, value);
            }
        }
        Ok(genuine)
    }

    /// Sets a setting, or takes it away.
    pub fn set_setting(&mut self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        diesel::delete(settings::table.find(name)).execute(self.connection()?)?;
        if let Some(value) = value {
            diesel::insert_into(settings::table)
                .values((settings::name.eq(name), settings::value.eq(value)))
                .execute(self.connection()?)?;
            self.seal_row(&setting_row(name, value))?;
        }
        Ok(())
    }
}
