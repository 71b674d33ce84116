//! The view: a letter's sentences and lines in the order in which both bodies show them.

use crate::domain::customer::{Customer, Language};
use crate::domain::entitlements::Entitlements;
use crate::domain::ledger::Grant;
use crate::mail::letter::{Letter, Sender, StatedKey};
use crate::text::{self, Arg, Texts};

/// A letter in words, without mark-up.
#[derive(Debug)]
pub struct View {
    /// The language, as HTML names it.
    pub language: Language,
    /// The mail's subject.
    pub subject: String,
    /// What happened.
    pub heading: String,
    /// To whom, about which order.
    pub facts: Vec<Row>,
    /// The heading of the changes.
    pub changes_title: String,
    /// What the customer holds, before and after.
    pub changes: Vec<Row>,
    /// The heading of the steps.
    pub steps_title: String,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// What to activate installations with.
    pub key: Option<KeyBlock>,
    /// What else to know.
    pub notes: Vec<String>,
    /// Who writes.
    pub vendor_name: String,
    /// How to reach the vendor.
    pub contacts: Vec<Row>,
}

/// A line of a list.
#[derive(Debug, Clone)]
pub struct Row {
    /// What the value is.
    pub label: String,
    /// What it was before, where it has changed.
    pub before: Option<String>,
    /// What it is.
    pub value: String,
}

/// The block that the activation key is copied from.
#[derive(Debug)]
pub struct KeyBlock {
    /// The server's address.
    pub server: Row,
    /// The key itself.
    pub activation_key: Row,
    /// How to use and keep it.
    pub note: String,
}

impl View {
    /// Puts a letter into words.
    pub fn of(letter: &Letter, language: Language, sender: &Sender, texts: &Texts) -> Self {
        let words = Words { language, sender, texts };
        match letter {
            Letter::LicenseReady { customer, order_number, before, after, activation_key } => {
                let key = activation_key.as_ref().map(|key| words.key(key, customer));
                let (steps, internet) = if key.is_some() {
                    let steps = ["mail-activate-step", "mail-activated-step"];
                    (steps.map(|step| words.say(step)).to_vec(), "mail-activate-internet")
                } else {
                    (vec![words.update(customer)], "mail-internet")
                };
                Self {
                    subject: words.with("mail-ready-subject", "order", order_number.as_str()),
                    facts: vec![
                        words.customer(customer),
                        words.row("mail-order", order_number.as_str()),
                    ],
                    changes: words.changes(before, after),
                    steps,
                    key,
                    notes: vec![words.say(internet)],
                    ..words.blank("mail-ready-heading", 1)
                }
            }
            Letter::PurchaseVoided { customer, order_number, reason, before, after } => Self {
                subject: words.with("mail-voided-subject", "order", order_number.as_str()),
                facts: vec![
                    words.customer(customer),
                    words.row("mail-order", order_number.as_str()),
                    words.row("mail-reason", reason),
                ],
                changes: words.changes(before, after),
                steps: vec![words.update(customer)],
                notes: vec![words.say("mail-internet"), words.say("mail-voided-mistake")],
                ..words.blank("mail-voided-heading", 1)
            },
            Letter::EmergencyGranted { customer, grant, user_accounts } => {
                let until = words.time(grant.until);
                let mut steps = vec![words.with("mail-emergency-buy", "until", &*until)];
                if customer.details.places > 1 {
                    steps.push(words.say("mail-emergency-others"));
                }
                Self {
                    subject: words.with("mail-emergency-subject", "until", &*until),
                    facts: vec![words.customer(customer), words.period(grant)],
                    changes: words.grant_changes(grant, *user_accounts),
                    steps,
                    notes: vec![
                        words.say("mail-emergency-postpaid"),
                        words.with("mail-emergency-blocked", "until", &*until),
                    ],
                    ..words.blank("mail-emergency-heading", grant.accounts)
                }
            }
            Letter::EmergencyOwed { customer, grant, user_accounts } => {
                let until = words.time(grant.until);
                let name = customer.details.licensee.name.as_str();
                Self {
                    subject: words.with("mail-owed-subject", "customer", name),
                    facts: vec![
                        words.customer(customer),
                        words.row("mail-address", address(customer)),
                        words.row("mail-email", customer.details.email.as_str()),
                        words.period(grant),
                        words.row("mail-owed-order", grant.spent_order.as_str()),
                    ],
                    changes: words.grant_changes(grant, *user_accounts),
                    steps: vec![
                        words.say("mail-owed-invoice"),
                        words.with("mail-owed-offer", "until", &*until),
                    ],
                    contacts: vec![words.row("mail-server", &sender.server_url)],
                    ..words.blank("mail-owed-heading", grant.accounts)
                }
            }
            Letter::Notice { person, notice, at } => words.notice(person, notice, *at),
            Letter::Test => Self {
                subject: words.say("mail-test-subject"),
                notes: vec![words.say("mail-test-why")],
                ..words.blank("mail-test-heading", 1)
            },
        }
    }
}

/// Country, region, city, postal code.
fn address(customer: &Customer) -> String {
    let licensee = &customer.details.licensee;
    let parts = [&licensee.region, &licensee.city, &licensee.postal_code];
    licensee.country.iter().chain(parts).map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The key in groups of four, for reading; the server reads it with and without the dashes.
fn grouped(key: &str) -> String {
    let letters: Vec<char> = key.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// A language, with what it speaks of.
pub(super) struct Words<'a> {
    language: Language,
    pub(super) sender: &'a Sender,
    texts: &'a Texts,
}

impl Words<'_> {
    pub(super) fn say(&self, id: &str) -> String {
        self.texts.get(self.language, id, &[])
    }

    pub(super) fn with<'b>(&self, id: &str, name: &str, value: impl Into<Arg<'b>>) -> String {
        self.texts.get(self.language, id, &[(name, value.into())])
    }

    /// What all letters have in common, under a heading that may count accounts.
    pub(super) fn blank(&self, heading: &str, accounts: i64) -> View {
        let sales = self.sender.sales_address.as_ref();
        let sales = sales.map(|address| self.row("mail-sales", address.as_str()));
        let server = self.row("mail-server", &self.sender.server_url);
        View {
            language: self.language,
            subject: String::new(),
            heading: self.with(heading, "accounts", accounts),
            facts: Vec::new(),
            changes_title: self.say("mail-changes"),
            changes: Vec::new(),
            steps_title: self.say("mail-steps"),
            steps: Vec::new(),
            key: None,
            notes: Vec::new(),
            vendor_name: self.sender.vendor_name.clone(),
            contacts: sales.into_iter().chain([server]).collect(),
        }
    }

    pub(super) fn row(&self, label: &str, value: impl Into<String>) -> Row {
        Row { label: self.say(label), before: None, value: value.into() }
    }

    fn customer(&self, customer: &Customer) -> Row {
        self.row("mail-customer", &customer.details.licensee.name)
    }

    fn period(&self, grant: &Grant) -> Row {
        let (from, until) = (self.time(grant.from), self.time(grant.until));
        let args = [("from", Arg::from(&from)), ("until", Arg::from(&until))];
        self.row("emergency-validity", self.texts.get(self.language, "mail-period", &args))
    }

    fn update(&self, customer: &Customer) -> String {
        self.with("mail-update-step", "places", customer.details.places)
    }

    fn key(&self, key: &StatedKey, customer: &Customer) -> KeyBlock {
        let stated = match key {
            StatedKey::Itself(key) => grouped(key),
            StatedKey::Withheld => self.say("mail-key-withheld"),
        };
        let note = [
            self.say("mail-key-spelling"),
            self.with("mail-key-places", "places", customer.details.places),
            self.say("mail-key-keep"),
        ];
        KeyBlock {
            server: self.row("mail-key-server", &self.sender.server_url),
            activation_key: self.row("mail-key", stated),
            note: note.join(" "),
        }
    }

    /// What an emergency grant changes: only the emergency accounts.
    fn grant_changes(&self, grant: &Grant, user_accounts: i64) -> Vec<Row> {
        let before = Entitlements { user_accounts, ..Entitlements::default() };
        let after = Entitlements { emergency: Some(grant.clone()), ..before.clone() };
        self.changes(&before, &after)
    }

    /// A row for each item held before or after.
    fn changes(&self, before: &Entitlements, after: &Entitlements) -> Vec<Row> {
        let rows = [
            ("user-accounts", before.user_accounts.to_string(), after.user_accounts.to_string()),
            (
                "external-connections",
                before.external_connections.to_string(),
                after.external_connections.to_string(),
            ),
            ("support", self.support(before), self.support(after)),
            ("emergency-accounts", self.emergency(before), self.emergency(after)),
        ];
        let nothing = ["0".to_owned(), self.say("mail-no-support")];
        rows.into_iter()
            .filter(|(_, before, after)| !(nothing.contains(before) && nothing.contains(after)))
            .map(|(label, before, after)| {
                if before == after {
                    self.row(label, self.with("mail-unchanged", "value", &*after))
                } else {
                    Row { before: Some(before), ..self.row(label, after) }
                }
            })
            .collect()
    }

    fn support(&self, held: &Entitlements) -> String {
        held.support_until.map_or_else(
            || self.say("mail-no-support"),
            |day| self.with("mail-support-until", "date", &*text::date(self.language, day)),
        )
    }

    fn emergency(&self, held: &Entitlements) -> String {
        held.emergency.as_ref().map_or_else(
            || "0".to_owned(),
            |grant| {
                let until = self.time(grant.until);
                let args = [("accounts", grant.accounts.into()), ("until", Arg::from(&until))];
                self.texts.get(self.language, "mail-emergency-accounts", &args)
            },
        )
    }

    pub(super) fn time(&self, time: jiff::Timestamp) -> String {
        text::date_time(self.language, time, &self.sender.time_zone)
    }
}
