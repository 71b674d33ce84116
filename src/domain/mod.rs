//! The rules, and nothing else: functions on values, without I/O, clock or randomness.
//!
//! Start at [`ledger`], what a customer's history is made of; [`entitlements`] folds it into what
//! the customer holds; [`purchase`], [`emergency`], [`installation`] and [`moves`] decide what may be added;
//! [`observation`] tells of clones; [`integrity`] makes changes past the server visible; [`issue`] makes
//! the only value that can be signed.

pub mod access_refusal;
pub mod customer;
pub mod deadlines;
pub mod emergency;
pub mod entitlements;
pub mod field;
pub mod ids;
pub mod installation;
pub mod integrity;
pub mod issue;
pub mod ledger;
pub mod moves;
pub mod observation;
pub mod purchase;
pub mod search;
pub mod sign_in_limit;
pub mod spelling;
pub mod staff;
pub mod staff_notice;

#[cfg(test)]
mod state_machine;
#[cfg(test)]
mod testing;
