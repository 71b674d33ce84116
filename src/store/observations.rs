use super::backend::update;
use super::error::StoreError;
use super::schema::{customers, installations, observations};
use super::time::{from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::ids::{CustomerId, InstallationId};
use crate::domain::installation::Installation;
use crate::domain::observation::{CloneSign, Observed, PossibleClone, ReportedSeq};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use jiff::Timestamp;
use std::collections::BTreeMap;

#[derive(Queryable, Selectable)]
#[diesel(table_name = observations)]
struct Row {
    installation_id: String,
    heard_at: NaiveDateTime,
    seq: Option<i64>,
    seq_said_at: Option<NaiveDateTime>,
    machines: String,
    clone_since: Option<NaiveDateTime>,
    clone_sign: Option<String>,
}

/// An active installation that was heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardInstallation {
    /// Which.
    pub installation: Installation,
    /// The number of its customer's license.
    pub issued: Option<i64>,
    /// What is remembered of it; none before it was first heard of.
    pub noted: Option<Observed>,
}

/// An active installation that may be one of two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloneToWatch {
    /// The customer.
    pub customer: CustomerId,
    /// Its name.
    pub name: String,
    /// What the customer calls the installation.
    pub installation: String,
    /// When it was seen, and by what.
    pub possible_clone: PossibleClone,
}

impl Tx<'_> {
    /// What is remembered of an installation; none before it was heard of.
    pub fn observed(&mut self, id: &InstallationId) -> Result<Option<Observed>, StoreError> {
        let row = observations::table
            .find(id.as_str())
            .select(Row::as_select())
            .get_result(self.connection()?)
            .optional()?;
        row.as_ref().map(observed).transpose()
    }

    /// The active installations with these keys, and what is remembered of each.
    pub fn heard_installations(
        &mut self,
        thumbprints: &[&str],
    ) -> Result<Vec<HeardInstallation>, StoreError> {
        type Columns = (super::installations::Row, Option<i64>, Option<Row>);
        let rows: Vec<Columns> = installations::table
            .inner_join(customers::table.on(customers::id.eq(installations::customer_id)))
            .left_join(observations::table.on(observations::installation_id.eq(installations::id)))
            .filter(installations::thumbprint.eq_any(thumbprints.iter().copied()))
            .filter(installations::released_at.is_null())
            .select((
                super::installations::Row::as_select(),
                customers::license_seq,
                Option::<Row>::as_select(),
            ))
            .load(self.connection()?)?;
        let heard = |(installation, issued, noted): Columns| {
            Ok(HeardInstallation {
                installation: super::installations::installation(installation)?,
                issued,
                noted: noted.as_ref().map(observed).transpose()?,
            })
        };
        rows.into_iter().map(heard).collect()
    }

    /// What is remembered of all installations of a customer.
    pub fn observed_of(
        &mut self,
        customer: &CustomerId,
    ) -> Result<BTreeMap<InstallationId, Observed>, StoreError> {
        let rows: Vec<Row> = observations::table
            .inner_join(
                installations::table.on(installations::id.eq(observations::installation_id)),
            )
            .filter(installations::customer_id.eq(customer.as_str()))
            .select(Row::as_select())
            .load(self.connection()?)?;
        let with_id = |row: Row| {
            let known = observed(&row)?;
            Ok((InstallationId::stored(row.installation_id), known))
        };
        rows.into_iter().map(with_id).collect()
    }

    /// When the active installations of a customer were last heard of.
    pub fn heard_at(
        &mut self,
        customer: &CustomerId,
    ) -> Result<BTreeMap<InstallationId, Timestamp>, StoreError> {
        let rows: Vec<(String, NaiveDateTime)> = observations::table
            .inner_join(
                installations::table.on(installations::id.eq(observations::installation_id)),
            )
            .filter(installations::customer_id.eq(customer.as_str()))
            .filter(installations::released_at.is_null())
            .select((observations::installation_id, observations::heard_at))
            .load(self.connection()?)?;
        let heard = rows.into_iter().map(|(id, at)| (InstallationId::stored(id), from_stored(at)));
        Ok(heard.collect())
    }

    /// Remembers this of an installation, in place of what was remembered; `is_first`: nothing was yet.
    pub fn remember(
        &mut self,
        id: &InstallationId,
        known: &Observed,
        is_first: bool,
    ) -> Result<(), StoreError> {
        let machines = serde_json::to_string(&known.machines)
            .map_err(|error| StoreError::Other(error.to_string()))?;
        let own = observations::installation_id.eq(id.to_string());
        let values = (
            observations::heard_at.eq(to_stored(known.heard_at)),
            observations::seq.eq(known.seq.map(|seq| seq.seq)),
            observations::seq_said_at.eq(known.seq.map(|seq| to_stored(seq.said_at))),
            observations::machines.eq(machines),
            observations::clone_since.eq(known.possible_clone.map(|seen| to_stored(seen.since))),
            observations::clone_sign.eq(known.possible_clone.map(|seen| seen.sign.as_str())),
        );
        if is_first {
            return self.add(diesel::insert_into(observations::table).values((own, values)));
        }
        self.add(update(own, values))
    }

    /// Active installations that may be one of two: the longest known first.
    pub fn possible_clones(&mut self, limit: i64) -> Result<Vec<CloneToWatch>, StoreError> {
        type Columns = (String, String, String, Option<NaiveDateTime>, Option<String>);
        let rows: Vec<Columns> = observations::table
            .inner_join(
                installations::table.on(installations::id.eq(observations::installation_id)),
            )
            .inner_join(customers::table.on(customers::id.eq(installations::customer_id)))
            .filter(observations::clone_since.is_not_null())
            .filter(installations::released_at.is_null())
            .order((observations::clone_since, observations::installation_id))
            .limit(limit)
            .select((
                customers::id,
                customers::name,
                installations::name,
                observations::clone_since,
                observations::clone_sign,
            ))
            .load(self.connection()?)?;
        let to_watch = |(customer, name, installation, since, sign): Columns| {
            let possible_clone = possible_clone(since, sign.as_deref())?;
            let customer = CustomerId::stored(customer);
            Some(CloneToWatch { customer, name, installation, possible_clone })
        };
        Ok(rows.into_iter().filter_map(to_watch).collect())
    }

    /// How many active installations may be one of two.
    pub fn count_possible_clones(&mut self) -> Result<i64, StoreError> {
        Ok(observations::table
            .inner_join(
                installations::table.on(installations::id.eq(observations::installation_id)),
            )
            .filter(observations::clone_since.is_not_null())
            .filter(installations::released_at.is_null())
            .count()
            .get_result(self.connection()?)?)
    }
}

fn observed(row: &Row) -> Result<Observed, StoreError> {
    let unreadable = |_| StoreError::Unreadable(format!("the machines of {}", row.installation_id));
    let machines = serde_json::from_str(&row.machines).map_err(unreadable)?;
    let seq = row.seq.zip(row.seq_said_at);
    Ok(Observed {
        heard_at: from_stored(row.heard_at),
        seq: seq.map(|(seq, said_at)| ReportedSeq { seq, said_at: from_stored(said_at) }),
        machines,
        possible_clone: possible_clone(row.clone_since, row.clone_sign.as_deref()),
    })
}

fn possible_clone(since: Option<NaiveDateTime>, sign: Option<&str>) -> Option<PossibleClone> {
    let (since, sign) = since.zip(sign.and_then(CloneSign::parse))?;
    Some(PossibleClone { since: from_stored(since), sign })
}
