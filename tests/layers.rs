//! Who may see whom: the layer rules of ARCHITECTURE.md, held against the sources themselves.
//!
//! Every path that the sources name is read with `syn`: `use` items, expressions, types, patterns,
//! attributes, and the tokens inside macro calls. Names that a file imports are followed to where
//! they come from, so that `use std::time as t; t::Instant::now()` hides nothing. Test code
//! (`#[cfg(test)]`, `#[test]`) is exempt.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod source;

use Limit::{Ends, Methods, Never, Only};
use source::{Name, Source, sources};
use std::collections::BTreeSet;

/// What needs a machine: a database, a network, files, the environment, a clock, chance.
const MACHINE: &[&str] = &[
    "diesel",
    "diesel_migrations",
    "actix_web",
    "actix_http",
    "lettre",
    "tokio",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::time::SystemTime",
    "std::time::Instant",
    "rand",
    "getrandom",
    "ulid",
    "licentia::clock",
    "licentia::chance",
];
const SERVER: &[&str] = &["actix_web", "actix_http"];
const DATABASE: &[&str] = &["diesel", "diesel_migrations", "r2d2"];
const SQL: &[&str] =
    &["diesel::sql_query", "diesel::dsl::sql", "diesel::connection::SimpleConnection"];
const NOW: &[&str] =
    &["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now", "Utc::now", "Local::now"];
const RANDOM: &[&str] = &["rand", "rand_core", "getrandom", "ulid::Ulid::new"];
/// Rooms of the rules that are still to be built; to be taken from here when they are.
const NOT_BUILT: &[&str] = &[];
const BACKEND: &[&str] = &["AnyConnection::Sqlite", "AnyConnection::Postgres"];

/// The layer rules. A room is a module with all that is in it, named by its path without `.rs`.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    // rooms                         but not in                     what it may name
    rule("license, domain: rules only, no machine",
         &["license/src", "src/domain"], &[],                       Never(&[MACHINE])),
    rule("license sees nothing else of ours",
         &["license/src"],           &[],                           Only(&["licentia_license"])),
    rule("domain sees license",
         &["src/domain"],            &[],                           Only(&["licentia::domain", "licentia_license"])),
    rule("signing sees domain and license",
         &["src/signing"],           &[],                           Never(&[&["licentia::store", "licentia::app", "licentia::api", "licentia::web", "licentia::mail"]])),
    rule("store sees domain",
         &["src/store"],             &[],                           Never(&[&["licentia::signing", "licentia::app", "licentia::api", "licentia::web", "licentia::mail"]])),
    rule("app never names a framework, nor a layer above it",
         &["src/app"],               &[],                           Never(&[SERVER, DATABASE, &["lettre", "licentia::api", "licentia::web", "licentia::mail"]])),
    rule("api sees app, domain and text",
         &["src/api"],               &[],                           Never(&[DATABASE, &["licentia::signing", "licentia::store", "licentia::web", "licentia::mail"]])),
    rule("web sees app, domain and text",
         &["src/web"],               &[],                           Never(&[DATABASE, &["licentia::signing", "licentia::store", "licentia::api", "licentia::mail"]])),
    rule("mail never names a database or a web server",
         &["src/mail"],              &[],                           Never(&[SERVER, DATABASE])),
    rule("mail sees store, domain and text, and what startup hands down",
         &["src/mail"],              &[],                           Only(&["licentia::mail", "licentia::store", "licentia::domain", "licentia::text",
                                                                           "licentia::clock", "licentia::chance", "licentia::config", "licentia::failpoint"])),
    rule("client sees license",
         &["client/src"],            &[],                           Only(&["licentia_client", "licentia_license"])),
    rule("SQL stands in store",
         &["src"],                   &["src/store"],                Never(&[SQL])),
    rule("SQL stands in store (methods)",
         &["src"],                   &["src/store"],                Methods(&["sql_query", "batch_execute"])),
    rule("every match on the backend stands in one room of store",
         &["src"],                   &["src/store/backend"],        Ends(BACKEND)),
    rule("time is read in clock",
         &["src", "license/src"],    &["src/clock"],                Ends(NOW)),
    rule("randomness comes from chance",
         &["src"],                   &["src/chance"],               Never(&[RANDOM])),
    rule("the environment is read by config and main",
         &["src"],                   &["src/config", "src/main"],   Never(&[&["std::env"]])),
    rule("the client's machine is in surroundings",
         &["client/src"],            &["client/src/surroundings"],  Ends(NOW)),
    rule("the client's machine is in surroundings",
         &["client/src"],            &["client/src/surroundings"],  Never(&[RANDOM])),
];

struct Rule {
    says: &'static str,
    rooms: &'static [&'static str],
    except: &'static [&'static str],
    limit: Limit,
}

enum Limit {
    /// Nothing at or under these paths.
    Never(&'static [&'static [&'static str]]),
    /// Of our own crates' modules only what is at or under these paths.
    Only(&'static [&'static str]),
    /// No path that ends like this, wherever its type comes from.
    Ends(&'static [&'static str]),
    /// No call of a method with this name.
    Methods(&'static [&'static str]),
}

const fn rule(
    says: &'static str,
    rooms: &'static [&'static str],
    except: &'static [&'static str],
    limit: Limit,
) -> Rule {
    Rule { says, rooms, except, limit }
}

#[test]
fn the_layers_hold() {
    let sources = sources();
    let found = violations(&sources);
    assert!(found.is_empty(), "the layer rules are broken:\n{}", found.join("\n"));
}

#[test]
fn every_room_of_the_layer_rules_exists_unless_it_is_still_to_be_built() {
    let files = sources();
    for room in RULES.iter().flat_map(|rule| rule.rooms.iter().chain(rule.except)) {
        let exists = files.iter().any(|source| is_in(&source.file, room));
        assert_eq!(exists, !NOT_BUILT.contains(room), "{room}, as NOT_BUILT has it");
    }
}

#[test]
fn a_violation_names_file_line_path_and_rule() {
    let text = "use std::fmt;\n\nfn f() {\n    fs_of(std::fs::File::open);\n}\n";
    let expected = "src/domain/ids.rs:4: std::fs::File::open - license, domain: rules only, \
                    no machine";
    assert_eq!(violations(&[Source::read("src/domain/ids.rs", text)]), [expected]);
}

#[test]
fn a_broken_layer_rule_is_found_however_it_is_written() {
    #[rustfmt::skip]
    let broken = [
        ("src/domain/purchase.rs", "use diesel::prelude::*;", "diesel::prelude::*"),
        ("src/domain/purchase.rs", "fn f() { std::fs::read(p); }", "std::fs::read"),
        ("src/domain/purchase.rs", "use std::{io, time::{Duration, Instant}};", "std::time::Instant"),
        ("src/domain/mod.rs", "use super::store::Store;", "licentia::store::Store"),
        ("src/domain/issue/mod.rs", "use super::super::{app as b};", "licentia::app"),
        ("src/domain/purchase.rs", "use crate::*;", "licentia::*"),
        ("src/domain/purchase.rs", "fn f() -> crate::signing::Keyring { }", "licentia::signing::Keyring"),
        ("license/src/verify.rs", "#[tokio::main] async fn f() {}", "tokio::main"),
        ("src/signing/sign.rs", "mod deep { use super::super::super::store::Store; }", "licentia::store::Store"),
        ("src/store/mails.rs", "use crate::{domain::ids, mail::render};", "licentia::mail::render"),
        ("src/app/activate.rs", "fn f() { lettre::Message::builder(); }", "lettre::Message::builder"),
        ("src/api/mod.rs", "fn f() { dispatch!(x, crate::web::page(1)) }", "licentia::web::page"),
        ("src/web/mod.rs", "impl Page for diesel::Queryable {}", "diesel::Queryable"),
        ("src/mail/worker.rs", "use crate::app::retry_mail;", "licentia::app::retry_mail"),
        ("client/src/main.rs", "use licentia::domain::ids;", "licentia::domain::ids"),
        ("src/startup.rs", "use diesel::sql_query; fn f() { sql_query(\"x\"); }", "diesel::sql_query"),
        ("src/startup.rs", "fn f() { connection.batch_execute(\"x\"); }", ".batch_execute"),
        ("src/startup.rs", "fn f() { log!(c.batch_execute(1)); }", ".batch_execute"),
        ("src/startup.rs", "fn f() { log!(c, ::rand::random()); }", "rand::random"),
        ("src/startup.rs", "use std::time as t; fn f() { t::Instant::now(); }", "std::time::Instant::now"),
        ("src/startup.rs", "use jiff::*; fn f() { log!(\"{}\", Timestamp::now()); }", "Timestamp::now"),
        ("src/startup.rs", "use ::rand::random;", "rand::random"),
        ("src/startup.rs", "mod rooms { use std::env; fn f() { env::var(\"X\"); } }", "std::env::var"),
        ("src/ops.rs", "fn f(c: C) { if let AnyConnection::Sqlite(_) = c {} }", "AnyConnection::Sqlite"),
        ("src/store/pool.rs", "fn f() { AnyConnection::Postgres(c); }", "AnyConnection::Postgres"),
    ];
    for (file, text, path) in broken {
        let found = violations(&[Source::read(file, text)]);
        let expected = format!("{file}:1: {path} ");
        assert!(found.iter().any(|line| line.starts_with(&expected)), "{text}: {found:?}");
    }
}

#[test]
fn what_the_layers_allow_is_let_pass() {
    #[rustfmt::skip]
    let allowed = [
        ("src/domain/purchase.rs", "use super::ledger::Ledger; use std::collections::BTreeMap; use jiff::Timestamp;"),
        ("src/domain/purchase.rs", "#[cfg(test)] mod tests { use std::fs; fn f() { Timestamp::now(); } }"),
        ("src/domain/purchase.rs", "impl A { #[cfg(test)] fn f() { rand::random(); } }"),
        ("src/domain/purchase.rs", "/// As [`crate::store::Store`] keeps it. \"std::fs\"\nfn f() { x.tokio(rand); }"),
        ("src/store/mails.rs", "use diesel::sql_query; use crate::domain::ids;"),
        ("src/store/backend/queries.rs", "impl AnyConnection { fn f(&self) { match self { Self::Sqlite(_) => 1 }; } }"),
        ("src/api/mod.rs", "mod store; use self::store::shelf; fn f() { store::shelf(); }"),
        ("src/clock.rs", "fn f() { std::time::SystemTime::now(); }"),
        ("src/main.rs", "fn main() { std::env::args(); env!(\"CARGO_PKG_VERSION\"); }"),
        ("client/src/lib.rs", "use licentia_license::Trust; use crate::error::Error;"),
        ("src/startup.rs", "fn f(clock: Clock) { clock.now(); }"),
    ];
    for (file, text) in allowed {
        assert_eq!(violations(&[Source::read(file, text)]), Vec::<String>::new(), "{text}");
    }
}

// --- Judging -------------------------------------------------------------------------------------

/// Every violation as `file:line: path - the rule`, each once.
fn violations(sources: &[Source]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for rule in RULES {
        for source in sources.iter().filter(|source| rule.is_about(&source.file)) {
            for name in source.names.iter().filter(|name| rule.forbids(name)) {
                found.insert((source.file.clone(), name.line, name.path.clone(), rule.says));
            }
        }
    }
    let line = |(file, line, path, says)| format!("{file}:{line}: {path} - {says}");
    found.into_iter().map(line).collect()
}

impl Rule {
    fn is_about(&self, file: &str) -> bool {
        self.rooms.iter().any(|room| is_in(file, room))
            && !self.except.iter().any(|room| is_in(file, room))
    }

    fn forbids(&self, name: &Name) -> bool {
        let path = name.path.as_str();
        match self.limit {
            Never(lists) => lists.iter().copied().flatten().any(|root| reaches(path, root)),
            Only(rooms) => is_ours(path) && !rooms.iter().any(|room| is_under(path, room)),
            Ends(tails) => tails.iter().any(|tail| ends_with(path, tail)),
            Methods(names) => names.iter().any(|method| path.strip_prefix('.') == Some(method)),
        }
    }
}

fn is_in(file: &str, room: &str) -> bool {
    let module = file.strip_suffix(".rs").unwrap_or(file);
    module == room || module.strip_prefix(room).is_some_and(|rest| rest.starts_with('/'))
}

fn is_ours(path: &str) -> bool {
    let root = path.split("::").next().unwrap_or(path);
    root == "licentia" || root.starts_with("licentia_")
}

fn is_under(path: &str, root: &str) -> bool {
    path == root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with("::"))
}

/// Whether the path leads to `root` or into it; a glob leads to all that it stands before.
fn reaches(path: &str, root: &str) -> bool {
    is_under(path, root) || path.strip_suffix("::*").is_some_and(|glob| is_under(root, glob))
}

fn ends_with(path: &str, tail: &str) -> bool {
    path == tail || path.strip_suffix(tail).is_some_and(|rest| rest.ends_with("::"))
}
