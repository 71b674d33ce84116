//! Licentia: the license office of a software vendor.
//!
//! It records what a customer bought ([`domain`]), signs what the customer may use ([`signing`]),
//! tells it by [`mail`], and hands the signed license to the customer's installations ([`api`]).
//! [`app`] holds the use cases, one a file; [`store`] remembers.
//!
//! Who may see whom (a test enforces it): `domain` sees nobody; `signing` and `store` see `domain`;
//! `app` sees these three; `api` and `web` see `app`, `domain` and `text`; `mail` sees `store`,
//! `domain` and `text`. Time enters at [`clock`], chance at [`chance`], the environment at [`config`];
//! [`startup`] hands them down.

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod api;
pub mod app;
pub mod body_limits;
pub mod chance;
pub mod client_address;
pub mod clock;
pub mod config;
pub mod connections;
pub mod domain;
pub mod failpoint;
pub mod lines;
pub mod log_output;
pub mod mail;
pub mod notices;
pub mod ops;
pub mod picture;
pub mod rate_limit;
pub mod security_headers;
pub mod signing;
pub mod startup;
pub mod store;
pub mod text;
pub mod tls;
pub mod uploads;
pub mod web;
pub mod workers;
