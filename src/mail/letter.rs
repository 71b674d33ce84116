//! Letters: what a mail states, as values.
//!
//! [`super::compose`] takes a letter's facts from the ledger; [`super::render`] puts them into words.

use crate::domain::customer::{Customer, EmailAddress};
use crate::domain::entitlements::Entitlements;
use crate::domain::ledger::Grant;
use crate::domain::purchase::OrderNumber;
use crate::domain::staff::Staff;
use crate::domain::staff_notice::StaffNotice;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Something to tell a customer, or sales.
#[derive(Debug, Clone)]
pub enum Letter {
    /// To the customer: a purchase was recorded, its license can be fetched.
    LicenseReady {
        /// Who bought.
        customer: Customer,
        /// The order it was paid under.
        order_number: OrderNumber,
        /// What the customer held before the purchase.
        before: Entitlements,
        /// What it holds with it.
        after: Entitlements,
        /// In the customer's first mail: what its installations are activated with.
        activation_key: Option<StatedKey>,
    },
    /// To the customer: a purchase stands no longer.
    PurchaseVoided {
        /// Whose purchase it was.
        customer: Customer,
        /// The order it was paid under.
        order_number: OrderNumber,
        /// Why it was voided: one line.
        reason: String,
        /// What the customer held before the void.
        before: Entitlements,
        /// What it holds now.
        after: Entitlements,
    },
    /// To the customer: it has an emergency license, until when, and what to do by then.
    EmergencyGranted {
        /// Who asked.
        customer: Customer,
        /// What was given.
        grant: Grant,
        /// The permanent user accounts it adds to.
        user_accounts: i64,
    },
    /// To sales: an emergency license was given and is to be paid.
    EmergencyOwed {
        /// Who owes.
        customer: Customer,
        /// What was given.
        grant: Grant,
        /// The permanent user accounts it adds to.
        user_accounts: i64,
    },
    /// To a member of staff: something happened to the account.
    Notice {
        /// Whose account it is, or which administrator is alarmed.
        person: Staff,
        /// What happened.
        notice: StaffNotice,
        /// When.
        at: Timestamp,
    },
    /// To whom an administrator names: that mails arrive.
    Test,
}

/// The activation key, as a letter states it.
#[derive(Debug, Clone)]
pub enum StatedKey {
    /// The key, in the letter that goes to the customer.
    Itself(String),
    /// Words in its place, in a letter that staff look at.
    Withheld,
}

/// What letters say of the office that sends them.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The vendor's name.
    pub vendor_name: String,
    /// Where installations find the license server.
    pub server_url: String,
    /// Where customers reach sales; none where the vendor has not said.
    pub sales_address: Option<EmailAddress>,
    /// The vendor's time zone: all times in letters are told in it.
    pub time_zone: TimeZone,
}
