//! The installation's side from outside: real files, real HTTP, licenses signed by a vendor that
//! the tests make.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where by panicking")]

mod accepting;
mod answers;
mod asking;
mod carried;
mod clock;
mod command;
mod exit_codes;
mod forgery;
mod keeping;
mod limits;
mod machines;
mod mutations;
mod network;
mod office;
mod proxies;
mod strangers;
mod vendor;
