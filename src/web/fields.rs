//! Fields of forms: what was entered, and what is wrong with it.

use super::form::Form;
use super::page::Page;
use crate::domain::field::FieldError;

/// A field as a form shows it.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Its name, and the id of its input.
    pub name: &'static str,
    /// What stands before it.
    pub label: String,
    /// What it is for, where the label does not say it.
    pub hint: Option<String>,
    /// What was entered.
    pub value: String,
    /// What is wrong with it.
    pub error: Option<String>,
    /// The `type` of the input.
    pub kind: &'static str,
    /// The `autocomplete` of the input.
    pub autocomplete: &'static str,
    /// For a choice: value and label.
    pub options: Vec<(&'static str, String)>,
    /// Whether it is set elsewhere, and cannot be changed here.
    pub fixed: bool,
    /// A value that a button fills in, and how the button calls it.
    pub suggestion: Option<(String, String)>,
}

impl Field {
    /// A line of text; its label is the text `field-NAME`, its hint `field-NAME.hint`.
    pub fn line(page: &Page, name: &'static str, value: impl Into<String>) -> Self {
        let id = format!("field-{}", name.replace('_', "-"));
        let hint = format!("{id}.hint");
        let has_hint = page.state.texts.has(page.language, &hint);
        Self {
            label: page.t(&id),
            hint: has_hint.then(|| page.t(&hint)),
            name,
            value: value.into(),
            error: None,
            kind: "text",
            autocomplete: "off",
            options: Vec::new(),
            fixed: false,
            suggestion: None,
        }
    }

    /// The same with another `type`.
    pub fn of_kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// The same with an `autocomplete`.
    pub fn completed_by(self, autocomplete: &'static str) -> Self {
        Self { autocomplete, ..self }
    }

    /// The same as a choice.
    pub fn one_of(self, options: Vec<(&'static str, String)>) -> Self {
        Self { options, ..self }
    }
}

/// The fields of a form, with a summary of what is wrong.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    /// The fields, in order.
    pub list: Vec<Field>,
    /// What is wrong with none of the fields alone.
    pub problem: Option<String>,
}

impl Fields {
    /// A form with these fields.
    pub fn new(list: Vec<Field>) -> Self {
        Self { list, problem: None }
    }

    /// Keeps what the person has entered; passwords are entered anew, and what is fixed is not sent.
    pub fn filled(mut self, form: &Form) -> Self {
        for field in &mut self.list {
            if field.kind != "password" && !field.fixed {
                form.get(field.name).clone_into(&mut field.value);
            }
        }
        self
    }

    /// Ties faults to their fields, by the pointer's first member.
    pub fn with_faults(mut self, page: &Page, faults: &[FieldError]) -> Self {
        for fault in faults {
            let name = fault.pointer.trim_start_matches('/');
            let text = page.state.texts.fault(page.language, fault.fault);
            match self.list.iter_mut().find(|field| field.name == name) {
                Some(field) => field.error = Some(text),
                None => self.problem = Some(text),
            }
        }
        self
    }

    /// Ties a refusal to the whole form.
    pub fn with_problem(self, page: &Page, code: &str) -> Self {
        let text = format!("{}. {}", page.t(code), page.t(&format!("{code}.detail")));
        self.with_problem_text(text)
    }

    /// Ties a text to the whole form.
    pub fn with_problem_text(mut self, text: String) -> Self {
        self.problem = Some(text);
        self
    }

    /// Whether anything is wrong.
    pub fn has_errors(&self) -> bool {
        self.problem.is_some() || self.list.iter().any(|field| field.error.is_some())
    }

    /// The fields that are wrong.
    pub fn errors(&self) -> Vec<&Field> {
        self.list.iter().filter(|field| field.error.is_some()).collect()
    }
}
