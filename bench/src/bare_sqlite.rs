//! SQLite's own rate: a bare loop over the transaction of [`rows`](crate::rows), from statements that
//! were prepared once, over one connection with the office's settings.
//!
//! SQLite has one writer at a time: a loop that never waits is its best rate with any number of
//! clients.

use crate::Outcome;
use crate::names::Numbers;
use crate::rows::{Sample, Work};
use crate::seed::customer_id;
use rusqlite::types::Value;
use rusqlite::{Connection, Statement};
use std::time::{Duration, Instant};

/// As `src/store/backend/mod.rs` has them.
const SETTINGS: &str = "PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; \
    PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; \
    PRAGMA cache_size = -65536;";

/// Transactions per second; `run` tells the rows of runs apart. Of each two customers the second is
/// the floor's.
pub fn rate(
    path: &str,
    work: Work,
    sample: &Sample,
    customers: usize,
    run: usize,
    seconds: u64,
) -> Outcome<f64> {
    let connection = Connection::open(path)?;
    connection.execute_batch(SETTINGS)?;
    let statements = work.statements(|name| match name {
        "customer" => ":id".into(),
        name => format!(":{name}"),
    });
    let mut opening = connection.prepare("BEGIN IMMEDIATE")?;
    let mut closing = connection.prepare("COMMIT")?;
    let mut statements =
        statements.iter().map(|sql| connection.prepare(sql)).collect::<Result<Vec<_>, _>>()?;
    let mut values = Values::new(sample);
    let mut numbers = Numbers::new(0x666c_6f6f ^ run as u64);
    let (began, mut done) = (Instant::now(), 0_u32);
    while began.elapsed() < Duration::from_secs(seconds) {
        let n = 2 * numbers.below((customers / 2).max(1)) + 1;
        values.next(run, done, n, numbers.name());
        opening.raw_execute()?;
        let (take, rest) = statements.split_first_mut().ok_or("no statements")?;
        values.take(take)?;
        for statement in rest {
            values.bind(statement)?;
            statement.raw_execute()?;
        }
        closing.raw_execute()?;
        done += 1;
    }
    Ok(f64::from(done) / began.elapsed().as_secs_f64())
}

/// Values by the names of parameters.
struct Values {
    named: Vec<(String, Value)>,
}

impl Values {
    fn new(sample: &Sample) -> Self {
        let value = |name: &str, text: &String| match name {
            "document" | "hash" => Value::Blob(text.clone().into_bytes()),
            _ => Value::Text(text.clone()),
        };
        let sample = sample.values.iter();
        let named = sample.map(|(name, text)| (format!(":{name}"), value(name, text)));
        Self { named: named.collect() }
    }

    fn set(&mut self, name: &str, value: Value) {
        match self.named.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.named.push((name.to_owned(), value)),
        }
    }

    /// Those of the next transaction.
    fn next(&mut self, run: usize, done: u32, n: usize, name: String) {
        let number = format!("{done:014}");
        for prefix in ["lic_", "pur_", "emg_", "evt_", "mai_"] {
            self.set(&format!(":{prefix}"), Value::Text(format!("{prefix}{run:012}{number}")));
        }
        self.set(":order", Value::Text(format!("4{run:03}-{number}")));
        self.set(":name", Value::Text(name));
        self.set(":tail", Value::Text(number));
        self.set(":id", Value::Text(customer_id(n).to_string()));
    }

    /// Runs the first statement, and keeps what it returns.
    fn take(&mut self, statement: &mut Statement<'_>) -> Outcome<()> {
        self.bind(statement)?;
        let mut rows = statement.raw_query();
        let row = rows.next()?.ok_or("no such customer")?;
        let returned = [":customer", ":number", ":seq"].into_iter().enumerate();
        for (column, name) in returned {
            self.set(name, row.get(column)?);
        }
        // To its end, or it is not done.
        while rows.next()?.is_some() {}
        Ok(())
    }

    fn bind(&self, statement: &mut Statement<'_>) -> Outcome<()> {
        for place in 1..=statement.parameter_count() {
            let name = statement.parameter_name(place).unwrap_or_default();
            let known = self.named.iter().find(|(known, _)| known == name);
            let (_, value) = known.ok_or_else(|| format!("no value {name}"))?;
            statement.raw_bind_parameter(place, value)?;
        }
        Ok(())
    }
}
