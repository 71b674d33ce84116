//! Administration: settings, staff, tokens, keys, and a person's own account.

mod account;
mod keys;
mod settings;
mod staff;
mod tokens;

use crate::support::{Browser, Reply, TestOffice};
use serde_json::Value;

/// Opens a page and sends its first form again with these fields, as a browser does.
pub fn sent(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Reply {
    let page = browser.call("GET", path, None).expect(200);
    browser.call("POST", path, Some(&form(&page, fields)))
}

/// The hidden fields of a page's own form, with these fields beside.
pub fn form(page: &Reply, fields: &[(&str, &str)]) -> String {
    let hidden = ["once", "version", "key"].map(|name| (name, hidden(page, name)));
    let hidden = hidden.iter().filter_map(|(name, value)| value.as_ref().map(|v| (*name, v)));
    let hidden = hidden.map(|(name, value)| (name, value.as_str()));
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(hidden.chain(fields.iter().copied())).finish()
}

pub fn hidden(page: &Reply, name: &str) -> Option<String> {
    let (_, rest) = page.text.split_once(&format!("name=\"{name}\" value=\""))?;
    Some(rest.split('"').next().unwrap_or_default().to_owned())
}

/// The audit events with this action.
pub fn events(office: &TestOffice, action: &str) -> Vec<Value> {
    let all = office.api.get("/audit-events?limit=200").json["data"].clone();
    let all = all.as_array().unwrap().clone();
    all.into_iter().filter(|event| event["action"] == action).collect()
}
