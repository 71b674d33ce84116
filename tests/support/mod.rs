//! What the tests start and hold in their hands.

mod browser;
mod carried;
mod catcher;
mod database;
mod fake_smtp;
mod http;
mod office;
mod process;
mod process_office;
mod refusal;
mod relay;
mod rows;
mod sales;
mod site;
mod sql;
mod statement;
mod wire;

pub use browser::{Browser, own_password, web_routes};
pub use carried::{Cut, photographed, tiled_with_finder_patterns};
pub use catcher::{Catcher, Caught, catcher, python};
pub use database::{Database, TestDatabase};
pub use fake_smtp::{FakeSmtp, Taken};
pub use http::{Api, Reply, unique};
pub use office::{Customer, TestOffice, order, romashka};
pub use process::{ServerProcess, command};
pub use process_office::{ProcessOffice, said_no};
pub use refusal::Call;
pub use relay::Relay;
pub use rows::Rows;
pub use sales::{accounts, connections, list, order_of, support};
pub use site::{Site, at_once, enter_customer, now, roots_of};
pub use sql::Sql;
pub use statement::{InstallationKey, Statement, activation, emergency};
pub use wire::{Wire, WireState, socket_of};

/// Makes two tests of one: `name::sqlite` and `name::postgres`.
///
/// ```ignore
/// on_both_databases! {
///     fn a_purchase_makes_a_license(database) { let office = TestOffice::start(database); … }
/// }
/// ```
macro_rules! on_both_databases {
    ($($(#[$attribute:meta])* fn $name:ident($database:ident) $body:block)*) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, reason = "a body may need none of them")]
            use super::*;

            fn run($database: $crate::support::Database) $body

            #[test]
            fn sqlite() {
                run($crate::support::Database::Sqlite);
            }

            #[test]
            fn postgres() {
                run($crate::support::Database::Postgres);
            }
        }
    )*};
}

/// Makes two tests of one that is about PostgreSQL: `name::english` and `name::russian`, by the
/// language of the server's messages.
macro_rules! on_postgres_in_two_languages {
    ($($(#[$attribute:meta])* fn $name:ident($database:ident) $body:block)*) => {$(
        $(#[$attribute])*
        mod $name {
            use super::*;

            fn run($database: $crate::support::Database) $body

            #[test]
            fn english() {
                run($crate::support::Database::Postgres);
            }

            #[test]
            fn russian() {
                run($crate::support::Database::RussianPostgres);
            }
        }
    )*};
}
