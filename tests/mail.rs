//! Mails, through a real SMTP server (rows 29–33 and 38).

mod inert;
mod letters;
mod notices;
mod outage;
mod senders;
mod trouble;

use crate::support::{Caught, Customer, TestOffice};
use mail_parser::{Message, MessageParser};
use serde_json::Value;
use std::time::Duration;

/// A mail's headers and parts.
fn parsed(mail: &Caught) -> Message<'_> {
    MessageParser::default().parse(&mail.raw).unwrap()
}

/// The values of a header, as they came.
fn headers<'a>(message: &'a Message<'_>, name: &'static str) -> Vec<&'a str> {
    message.header_values(name).filter_map(|value| value.as_text()).collect()
}

/// The customer's mails as the API shows them, oldest first.
fn rows(office: &TestOffice, customer: &Customer) -> Vec<Value> {
    let all = office.list("/mails");
    all.into_iter().filter(|mail| mail["customer"] == customer.id.as_str()).collect()
}

/// Waits until the customer's only mail stands so.
#[track_caller]
fn wait_for_row(
    office: &TestOffice,
    customer: &Customer,
    what: &str,
    mut stands: impl FnMut(&Value) -> bool,
) -> Value {
    for _ in 0..400 {
        let row = rows(office, customer).remove(0);
        if stands(&row) {
            return row;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("never {what}: {:?}", rows(office, customer));
}

/// Waits until the customer's only mail was tried so often, and is not being tried. A pause of 120 s
/// by chance looks like a claim, but no try takes three seconds here.
#[track_caller]
fn wait_for_attempts(office: &TestOffice, customer: &Customer, attempts: i64) -> Value {
    let mut looks = 0;
    wait_for_row(office, customer, &format!("tried {attempts} times"), |row| {
        let tried = row["attempts"] == attempts && !row["last_error"].is_null();
        looks += u32::from(tried);
        tried && (seconds_left(office, row) != 120 || looks > 60)
    })
}

/// Waits until no mail leaves; returns what /readyz says, which stays 200 for it.
#[track_caller]
fn wait_for_outage(office: &TestOffice) -> String {
    for _ in 0..400 {
        let ready = office.ops.get("/readyz").json;
        if let Some(said) = ready["mail"].as_str() {
            return said.to_owned();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("mails leave: {:?}", office.list("/mails"));
}

/// When the next mail is tried, as /readyz says it.
fn next_try(said: &str) -> jiff::Timestamp {
    let (_, rest) = said.split_once("next try ").unwrap();
    rest.split_once(": ").unwrap().0.parse().unwrap()
}

/// In how many seconds a mail is tried again; a claimed one is left to its worker for 120.
fn seconds_left(office: &TestOffice, row: &Value) -> i64 {
    let due: jiff::Timestamp = row["due_at"].as_str().unwrap().parse().unwrap();
    due.duration_since(office.now()).as_secs()
}
