//! Licentia: the license office of a software vendor.
pub mod app;
pub mod chance;
pub mod clock;
pub mod domain;
pub mod failpoint;
pub mod signing;
pub mod store;
