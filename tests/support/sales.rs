//! What sales do by the API, in their words.

use super::{Api, Customer, Reply, TestOffice, unique};
use serde_json::{Value, json};

/// A line of a purchase: so many user accounts.
pub fn accounts(quantity: i64) -> Value {
    json!({"item": "user_accounts", "quantity": quantity})
}

/// A line of a purchase: so many external connections.
pub fn connections(quantity: i64) -> Value {
    json!({"item": "external_connections", "quantity": quantity})
}

/// A line of a purchase: support until a day.
pub fn support(until: &str) -> Value {
    json!({"item": "support", "until": until})
}

/// A purchase of these lines, paid on the first day of the tests.
pub fn order_of(order_number: &str, items: &[Value]) -> Value {
    json!({"order_number": order_number, "paid_on": "2014-05-13", "items": items})
}

impl Customer {
    /// The path of what belongs to the customer: `purchases`, `license` …
    pub fn path(&self, what: &str) -> String {
        format!("/customers/{}/{what}", self.id)
    }
}

impl TestOffice {
    /// Records a purchase, whatever comes back.
    pub fn buy(&self, customer: &Customer, order: &Value) -> Reply {
        self.api.post(&customer.path("purchases"), order)
    }

    /// Voids a purchase, whatever comes back.
    pub fn void(&self, purchase: &str) -> Reply {
        let path = format!("/purchases/{purchase}/void");
        self.api.post(&path, &json!({"reason": "entered by mistake"}))
    }

    /// What the customer's current license states.
    pub fn claims(&self, customer: &Customer) -> Value {
        self.api.get(&customer.path("license")).expect(200).json["claims"].clone()
    }

    /// A whole list.
    pub fn list(&self, path: &str) -> Vec<Value> {
        list(&self.api, path)
    }

    /// The customer's mails in the outbox, sent or not: their kinds.
    pub fn mails_about(&self, customer: &Customer) -> Vec<String> {
        let all = self.list("/mails");
        let about = all.iter().filter(|mail| mail["customer"] == customer.id.as_str());
        about.map(|mail| mail["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// A mail that the mail server refused for good; its id.
    pub fn stopped_mail(&self, customer: &Customer) -> String {
        let id = format!("mai_{:0>26}", unique("mail").replace('-', ""));
        self.execute(&format!(
            "INSERT INTO mails (id, customer_id, kind, cause_id, with_activation_key, language,
             recipient, state, attempts, due_at, last_error, created_at)
             SELECT '{id}', id, 'license_ready', 'pur_none', FALSE, 'ru', email, 'stopped', 1,
             created_at, '550 no such mailbox', created_at FROM customers WHERE id = '{}'",
            customer.id,
        ));
        id
    }

    /// What the audit says of a customer, oldest first: its actions.
    pub fn audited(&self, customer: &Customer) -> Vec<String> {
        let events = self.list(&format!("/audit-events?customer={}", customer.id));
        events.iter().map(|event| event["action"].as_str().unwrap().to_owned()).collect()
    }
}

/// A whole list, page by page.
pub fn list(api: &Api, path: &str) -> Vec<Value> {
    let with = |query: String| {
        let mark = if path.contains('?') { '&' } else { '?' };
        format!("{path}{mark}{query}")
    };
    let mut all = Vec::new();
    let mut page = api.get(&with("limit=200".into())).expect(200).json;
    loop {
        all.extend(page["data"].as_array().unwrap().clone());
        let Some(after) = page["next"].as_str() else { return all };
        page = api.get(&with(format!("limit=200&after={after}"))).expect(200).json;
    }
}
