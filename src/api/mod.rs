//! The HTTP API, `/api/v1`: JSON for the vendor's systems and for installations.
//!
//! A handler reads the request, calls one use case of `app`, and shows what it answered. Refusals
//! become problem+json in one place, `problem`.

mod access_refusals;
mod audit_events;
mod body;
mod call;
mod created;
mod customers;
mod installation_views;
mod installations;
mod keys;
mod lists;
mod mails;
mod openapi;
mod panel;
mod problem;
mod purchases;
mod requests;
mod views;

pub use call::State;
pub use openapi::{Documented, documented};
pub use problem::render_problems;
