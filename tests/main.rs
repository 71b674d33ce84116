//! The integration tests: one binary, the real server, a real database, a real SMTP server.
//!
//! Run by `./test`, which starts PostgreSQL. `support` has one way to start an office, on either
//! database; [`support::on_both_databases`] makes two tests of one.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the failure")]
#![expect(clippy::panic, reason = "in a test, a panic is the failure")]
#![expect(clippy::expect_used, reason = "in a test, a panic is the failure")]

#[macro_use]
mod support;

mod access;
mod access_refusals;
mod administration;
mod audit_pages;
mod bad_bodies;
mod bad_input;
mod bad_statements;
mod clones;
mod concurrency;
mod customer_page;
mod customers;
mod emergencies;
mod enrolment;
mod exports;
mod failpoints;
mod fresh_licenses;
mod http_answers;
mod idempotency;
mod installations;
mod integrity;
mod keys;
mod kills;
mod layers;
mod licenses;
mod log;
mod mail;
mod mail_pages;
mod migrations;
mod moves;
mod network;
mod offline;
mod openapi;
mod operations;
mod outages;
mod pages;
mod panel;
mod passwords;
mod print;
mod purchase_pages;
mod purchases;
mod security_page;
mod sessions;
mod sign_in_crowd;
mod sign_in_limits;
mod spellings;
mod staff_access;
mod staff_commands;
mod staff_pages;
mod store_faults;
mod store_writes;
mod story;
mod temporary_passwords;
mod thousand_days;
mod time;
mod today;
mod verify;
mod voids;
