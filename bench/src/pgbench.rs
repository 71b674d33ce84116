//! PostgreSQL's own rate: pgbench runs the transaction of [`rows`](crate::rows) from prepared
//! statements, in the office's own database.

use crate::Outcome;
use crate::database::psql;
use crate::rows::{Sample, Work};
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

/// Customers by number, so that pgbench can pick one: it makes numbers and no texts. Of each two
/// customers the second is the floor's.
const NUMBERED: &str = "CREATE TABLE IF NOT EXISTS bench_customers AS \
    SELECT row_number() OVER (ORDER BY id) - 1 AS n, id FROM \
    (SELECT id, row_number() OVER (ORDER BY id) AS place FROM customers) numbered \
    WHERE place % 2 = 0";

/// Numbers the customers.
pub fn prepare(url: &str) -> Outcome<()> {
    let there = psql(url, "SELECT to_regclass('bench_customers') IS NOT NULL")?;
    if there.trim() == "f" {
        psql(url, NUMBERED)?;
        psql(url, "CREATE UNIQUE INDEX ON bench_customers (n)")?;
        psql(url, "VACUUM ANALYZE bench_customers")?;
    }
    Ok(())
}

/// Transactions per second of that many clients; `run` tells the rows of runs apart.
pub fn rate(
    url: &str,
    work: Work,
    sample: &Sample,
    customers: usize,
    run: usize,
    clients: usize,
    seconds: u64,
) -> Outcome<f64> {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("script.sql");
    fs::write(&script, self::script(work, customers, run))?;
    let mut command = Command::new("pgbench");
    command.args(["-n", "-M", "prepared", "-c", &clients.to_string()]);
    command.args(["-j", &clients.min(2).to_string(), "-T", &seconds.to_string(), "-D", "i=0"]);
    for (name, value) in &sample.values {
        command.args(["-D", &format!("{name}={value}")]);
    }
    let output = command.arg("-f").arg(&script).arg(url).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    match tps(&text) {
        Some(rate) if output.status.success() => Ok(rate),
        _ => Err(format!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

fn script(work: Work, customers: usize, run: usize) -> String {
    let number = "lpad(:i::text, 10, '0') || lpad(:client_id::text, 4, '0')";
    let id = |name: &str| match name {
        "customer" => "(SELECT id FROM bench_customers WHERE n = :n)".into(),
        "order" => format!("'4{run:03}-' || {number}"),
        "tail" => number.into(),
        "name" => format!("md5('{run}' || {number})"),
        // As long as an id of the office, and rising as these do.
        prefix => format!("'{prefix}{run:012}' || {number}"),
    };
    let last = (customers / 2).saturating_sub(1);
    let mut script = format!("\\set i :i + 1\n\\set n random(0, {last})\nBEGIN;\n");
    let statements = work.statements(id);
    for (place, sql) in statements.iter().enumerate() {
        let end = if place == 0 { " \\gset" } else { ";" };
        let _ = writeln!(script, "{sql}{end}");
    }
    script.push_str("COMMIT;\n");
    script
}

/// The rate that pgbench prints; none where a transaction failed.
fn tps(output: &str) -> Option<f64> {
    let value = |name: &str| output.lines().find_map(|line| line.strip_prefix(name));
    let failed = value("number of failed transactions: ").unwrap_or("0");
    let rate = value("tps = ")?.split_whitespace().next()?.parse().ok()?;
    failed.starts_with('0').then_some(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_where_nothing_failed() {
        let output = "number of failed transactions: 0 (0.000%)\n\
                      tps = 812.5 (without initial connection time)\n";
        assert_eq!(tps(output), Some(812.5));
        assert_eq!(tps(&output.replace(": 0 ", ": 3 ")), None);
        assert_eq!(tps("pgbench: error"), None);
    }

    #[test]
    fn a_script_takes_the_customer_first_and_names_what_it_returns() {
        let script = script(Work::Purchase, 200, 7);
        let lines: Vec<_> = script.lines().collect();
        assert_eq!(lines[..3], ["\\set i :i + 1", "\\set n random(0, 99)", "BEGIN;"]);
        assert!(lines[3].starts_with("UPDATE customers") && lines[3].ends_with("\\gset"));
        assert_eq!(lines.last(), Some(&"COMMIT;"));
    }
}
