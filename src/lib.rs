//! Licentia: the license office of a software vendor.
pub mod domain;
