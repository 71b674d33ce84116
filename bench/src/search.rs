//! Search: how long `GET /customers?search=…` takes among few customers and among many.
//!
//! Two servers on the same kind of database answer in turn, so that both see the same machine. What
//! is sought exists in both. The goal is a median of all kinds that grows at most twofold; the
//! beginning of a name finds more among many, and so takes longer to answer.

use crate::Outcome;
use crate::machine::{median, millis};
use crate::names::{Numbers, company};
use crate::server::{Server, beside_this};
use crate::{POSTGRES, seed};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// How often each kind of search is asked of each server.
const ROUNDS: usize = 200;

/// Measures and prints.
pub fn measure(small: bool) -> Outcome<()> {
    let (few, many, rounds) = if small { (10, 1000, 20) } else { (1000, 100_000, ROUNDS) };
    for kind in ["sqlite", "postgres"] {
        let offices = [Office::with(kind, few)?, Office::with(kind, many)?];
        println!("\nsearch, p50 on {kind:<9} {few:>8} {many:>9} customers   growth");
        let mut all: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
        for (what, words) in searches(few) {
            let mut times: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
            for round in 0..rounds {
                for (office, times) in offices.iter().zip(&mut times) {
                    times.push(office.search(&words[round % words.len()])?);
                }
            }
            for (all, times) in all.iter_mut().zip(&times) {
                all.extend(times);
            }
            print(what, times);
        }
        print("all of these", all);
        for office in offices {
            office.server.stop()?;
        }
    }
    Ok(())
}

fn print(what: &str, times: [Vec<Duration>; 2]) {
    let [few, many] = times.map(|mut times| millis(median(&mut times)));
    println!("{what:<24} {few:>8.2} ms {many:>6.2} ms            {:>5.2}", many / few);
}

/// What is looked for, by kind: words of customers that are in both offices.
fn searches(few: usize) -> Vec<(&'static str, Vec<String>)> {
    let mut numbers = Numbers::new(2026);
    let companies: Vec<_> = (0..few)
        .map(|_| {
            let company = company(&mut numbers);
            numbers.below(100);
            company
        })
        .collect();
    let each = |words: &dyn Fn(usize) -> String| (0..few).map(words).collect::<Vec<_>>();
    let beginning = |text: &str| text.chars().take(6).collect::<String>();
    vec![
        ("a name", each(&|n| companies[n].own.clone())),
        ("a name's beginning", each(&|n| beginning(&companies[n].own))),
        ("a word that many have", vec!["ооо".into(), "сервис".into()]),
        ("that and a city", each(&|n| format!("ооо {}", companies[n].city))),
        ("a name and a city", each(&|n| format!("{} {}", companies[n].own, companies[n].city))),
        ("a postal code", each(&|n| companies[n].postal_code.clone())),
        ("an order number", each(&seed::order_number)),
        ("nothing that is there", vec!["щщщ".into()]),
    ]
}

/// An office with many customers, served.
struct Office {
    server: Server,
    agent: ureq::Agent,
    token: String,
    _folder: tempfile::TempDir,
}

impl Office {
    fn with(kind: &str, customers: usize) -> Outcome<Self> {
        let binary = beside_this("licentia")?;
        let folder = tempfile::tempdir()?;
        let url = if kind == "sqlite" {
            folder.path().join("licentia.db").display().to_string()
        } else {
            postgres(&format!("bench_{customers}"))?
        };
        seed::customers(&url, customers)?;
        if kind == "postgres" {
            // What autovacuum does within a minute.
            psql(&url, "VACUUM ANALYZE")?;
        }
        let token = token(&binary, folder.path(), &url)?;
        let server = Server::start(&binary, folder.path(), Some(&url))?;
        Ok(Self { server, agent: ureq::Agent::new_with_defaults(), token, _folder: folder })
    }

    fn search(&self, words: &str) -> Outcome<Duration> {
        let url = format!("http://{}/api/v1/customers", self.server.address);
        let began = Instant::now();
        let mut answer = self
            .agent
            .get(url)
            .query("search", words)
            .header("authorization", format!("Bearer {}", self.token))
            .call()?;
        answer.body_mut().read_to_vec()?;
        Ok(began.elapsed())
    }
}

/// Makes a database on the PostgreSQL server, and answers with its URL.
fn postgres(name: &str) -> Outcome<String> {
    let admin = std::env::var(POSTGRES)?;
    psql(&admin, &format!("CREATE DATABASE {name}"))?;
    let server = admin.strip_suffix("/postgres").ok_or("not the administrative database")?;
    Ok(format!("{server}/{name}"))
}

fn psql(url: &str, sql: &str) -> Outcome<()> {
    let status = Command::new("psql").args(["--quiet", "--dbname", url, "-c", sql]).status()?;
    if status.success() { Ok(()) } else { Err(format!("psql failed: {sql}").into()) }
}

fn token(binary: &Path, folder: &Path, url: &str) -> Outcome<String> {
    let made = Command::new(binary)
        .args(["token", "create", "--role", "sales", "--name", "bench", "--database-url", url])
        .arg("--data-dir")
        .arg(folder)
        .output()?;
    if made.status.success() {
        Ok(String::from_utf8(made.stdout)?.trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&made.stderr).into())
    }
}
