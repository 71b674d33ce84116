//! What an event changed, member by member, in words.

use super::super::page::Page;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeMap;

/// A member that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// What it is called.
    pub name: String,
    /// How it was.
    pub before: Option<String>,
    /// How it is.
    pub after: Option<String>,
}

/// Members that tell a person nothing.
const UNTOLD: [&str; 3] = ["id", "totp.last_step", "search"];
/// Parts of a member's name whose value is never shown.
const SECRET: [&str; 4] = ["password", "secret", "hash", "token"];

/// The members that differ between two states, both written as JSON.
pub(super) fn difference(page: &Page, before: Option<&str>, after: Option<&str>) -> Vec<Member> {
    let words = |path: &str, value: &Value| words(page, path, value);
    changed(before, after)
        .into_iter()
        .map(|(path, before, after)| Member {
            name: name(page, &path),
            before: before.map(|value| words(&path, &value)),
            after: after.map(|value| words(&path, &value)),
        })
        .collect()
}

/// Path, before and after of each member that differs.
fn changed(
    before: Option<&str>,
    after: Option<&str>,
) -> Vec<(String, Option<Value>, Option<Value>)> {
    let [mut before, mut after] = [before, after].map(members);
    let mut paths: Vec<String> = before.keys().chain(after.keys()).cloned().collect();
    paths.sort();
    paths.dedup();
    let told = paths.into_iter().filter(|path| !UNTOLD.contains(&path.as_str()));
    let states = told.map(|path| {
        let states = (before.remove(&path), after.remove(&path));
        (path, states.0, states.1)
    });
    states.filter(|(_, before, after)| before != after).collect()
}

/// The leaves of a JSON object by their path; nothing where a null stands.
fn members(json: Option<&str>) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    if let Some(value) = json.and_then(|json| serde_json::from_str(json).ok()) {
        gather("", value, &mut found);
    }
    found
}

fn gather(path: &str, value: Value, found: &mut BTreeMap<String, Value>) {
    let under = |name: &str| if path.is_empty() { name.into() } else { format!("{path}.{name}") };
    match value {
        Value::Null => {}
        Value::Object(members) => {
            members.into_iter().for_each(|(name, value)| gather(&under(&name), value, found));
        }
        Value::Array(values) => {
            let numbered = values.into_iter().enumerate();
            numbered.for_each(|(i, value)| gather(&under(&(i + 1).to_string()), value, found));
        }
        leaf => {
            let hidden = SECRET.iter().any(|word| path.contains(word));
            found.insert(path.to_owned(), if hidden { "…".into() } else { leaf });
        }
    }
}

/// `totp.confirmed` by its whole path, `licensee.postal_code` by its last part, where there are words.
fn name(page: &Page, path: &str) -> String {
    let last = path.rsplit('.').next().unwrap_or(path);
    let ids = [path, last].map(|part| format!("audit-member-{}", part.replace(['_', '.'], "-")));
    let id = ids.iter().find(|id| page.state.texts.has(page.language, id));
    id.map_or_else(|| path.to_owned(), |id| page.t(id))
}

fn words(page: &Page, path: &str, value: &Value) -> String {
    match value {
        Value::Bool(true) => page.t("audit-yes"),
        Value::Bool(false) => page.t("audit-no"),
        Value::String(text) => text_words(page, path, text),
        other => other.to_string(),
    }
}

fn text_words(page: &Page, path: &str, text: &str) -> String {
    let said = |id: String| page.state.texts.has(page.language, &id).then(|| page.t(&id));
    let last = path.rsplit('.').next().unwrap_or(path);
    let word = match last {
        "role" => said(format!("role-{text}")),
        "attempt" => said(format!("audit-attempt-{text}")),
        "language" | "sales_language" => said(format!("language-{text}")),
        "second_factor_for_all" => {
            said(if text == "true" { "audit-yes" } else { "audit-no" }.into())
        }
        _ => None,
    };
    let date = || text.parse::<Date>().ok().filter(|_| text.len() == 10).map(|d| page.date(d));
    let time = || text.parse::<Timestamp>().ok().map(|at| page.time(&at));
    word.or_else(date).or_else(time).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: Option<&str>, after: Option<&str>) -> Vec<String> {
        let shown = |value: Option<Value>| value.map_or_else(|| "-".into(), |v| v.to_string());
        let line = |(path, before, after)| format!("{path}: {} > {}", shown(before), shown(after));
        changed(before, after).into_iter().map(line).collect()
    }

    #[test]
    fn only_what_changed_is_told() {
        let before = r#"{"name":"a","licensee":{"city":"Саров","region":"x"},"places":1,"gone":2}"#;
        let after =
            r#"{"name":"a","licensee":{"city":"Москва","region":"x"},"places":3,"new":null}"#;
        assert_eq!(
            told(Some(before), Some(after)),
            ["gone: 2 > -", "licensee.city: \"Саров\" > \"Москва\"", "places: 1 > 3",]
        );
        assert_eq!(told(Some(before), Some(before)), [""; 0]);
    }

    #[test]
    fn what_is_made_or_goes_is_told_whole_and_an_id_is_not() {
        let state =
            Some(r#"{"id":"stf_1","role":"sales","totp":{"last_step":5,"confirmed":false}}"#);
        let members = ["role", "totp.confirmed"];
        assert_eq!(told(None, state).len(), members.len());
        assert_eq!(told(state, None)[0], "role: \"sales\" > -");
        assert_eq!(told(None, None), [""; 0]);
        assert_eq!(told(None, Some("no JSON")), [""; 0]);
    }

    #[test]
    fn secrets_are_never_told() {
        let state = r#"{"password":"canary","deep":{"token_hash":"canary"}}"#;
        assert!(!told(None, Some(state)).join("\n").contains("canary"));
    }
}
