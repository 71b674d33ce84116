//! The library as C, Python and the compiler of C see it.

#![expect(unsafe_code, reason = "these tests call what C calls")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod boundary;
mod examples;
mod header;
mod server;
mod support;
