//! Answers held against the schemas of the document.

use crate::access::operations;
use crate::support::{Call, Reply};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// The document's schemas, made strict: what is not documented is refused.
pub struct Schemas {
    document: Value,
    /// The operations that were answered well.
    seen: RefCell<BTreeSet<(String, String)>>,
}

impl Schemas {
    pub fn new(mut document: Value) -> Self {
        document["components"]["schemas"].as_object_mut().unwrap().values_mut().for_each(close);
        Self { document, seen: RefCell::default() }
    }

    /// Holds an answer against what the document says of the call, and a good call's body too.
    pub fn check(&self, call: &Call, reply: &Reply) {
        let (method, path) = self.operation_of(call);
        let operation = &self.document["paths"][&path][method.to_lowercase()];
        let what = format!("{method} {path} -> {}", reply.status);
        let responses = operation["responses"].as_object().unwrap();
        let exact = responses.get(&reply.status.to_string());
        let range = || responses.get(&format!("{}XX", reply.status / 100));
        let response = exact.or_else(range).unwrap_or_else(|| panic!("{what}: not documented"));
        let response = match response["$ref"].as_str() {
            Some(reference) => self.document.pointer(&reference[1..]).unwrap(),
            None => response,
        };
        if let Some(content_type) = reply.header("content-type") {
            let content = &response["content"];
            let documented = &content[content_type]["schema"];
            assert!(!documented.is_null(), "{what}: {content_type}, documented: {content}");
            if content_type.ends_with("json") {
                self.assert_valid(documented, &reply.json, &what);
            }
        } else {
            assert!(reply.text.is_empty() && response["content"].is_null(), "{what}");
        }
        if reply.status < 300 {
            self.assert_body_is_documented(operation, call, &what);
            self.seen.borrow_mut().insert((method, path));
        }
    }

    /// Every operation of the document was answered well at least once.
    pub fn assert_all_seen(&self) {
        let documented: BTreeSet<_> = operations(&self.document).into_iter().collect();
        let unseen: Vec<_> = documented.difference(&self.seen.borrow()).cloned().collect();
        assert!(unseen.is_empty(), "{unseen:?}");
    }

    fn assert_body_is_documented(&self, operation: &Value, call: &Call, what: &str) {
        let header = |name: &str| call.headers.iter().find(|(n, _)| n == name);
        let Some((_, content_type)) = header("content-type") else { return };
        let schema = &operation["requestBody"]["content"][content_type]["schema"];
        let body = serde_json::from_slice(call.body.as_deref().unwrap_or_default());
        let Ok(body) = body else { return };
        if !(schema.is_null() && body == json!({})) {
            self.assert_valid(schema, &body, &format!("{what}, the body"));
        }
    }

    fn operation_of(&self, call: &Call) -> (String, String) {
        let path = call.path.split('?').next().unwrap();
        let path = if path.starts_with("/.") { path.to_owned() } else { format!("/api/v1{path}") };
        let fits = |template: &str| {
            let (template, path) = (template.split('/'), path.split('/'));
            template.clone().count() == path.clone().count()
                && template.zip(path).all(|(part, name)| part == "{id}" || part == name)
        };
        let all = operations(&self.document);
        let found = all.into_iter().find(|(method, path)| *method == call.method && fits(path));
        found.unwrap_or_else(|| panic!("{} {path} is not documented", call.method))
    }

    fn assert_valid(&self, schema: &Value, value: &Value, what: &str) {
        let whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [schema],
            "components": self.document["components"],
        });
        let validator = jsonschema::options().should_validate_formats(true).build(&whole).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{what}: {errors:#?}\n{value:#}");
    }
}

/// Lets an object with named members have no others.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("properties").is_some_and(Value::is_object)
                && members.get("type").is_some()
            {
                members.insert("additionalProperties".into(), json!(false));
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(close),
        _ => {}
    }
}
