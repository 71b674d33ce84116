//! Rendering: a letter as subject, plain text and HTML, in a language.
//!
//! Both bodies are made of one [`View`], so they state the same. Names are isolated with `<bdi>` in
//! HTML; in the plain text each ends its own line.

mod notices;
mod view;

use super::letter::{Letter, Sender};
use crate::domain::customer::Language;
use crate::text::Texts;
use askama::Template;
use view::View;

/// A mail without its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// Why a letter cannot be rendered; trying again changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A line break or another control character in what must be one line.
    #[error("the mail's {0} has a control character")]
    ControlCharacter(&'static str),
    /// A fault of the template.
    #[error("the mail's template failed: {0}")]
    Template(#[from] askama::Error),
}

/// Renders a letter.
///
/// # Errors
/// [`RenderError`].
pub fn render(
    letter: &Letter,
    language: Language,
    sender: &Sender,
    texts: &Texts,
) -> Result<Rendered, RenderError> {
    let view = View::of(letter, language, sender, texts);
    check_lines(&view)?;
    let text = Text { view: &view }.render()?;
    let html = Html { view: &view }.render()?;
    Ok(Rendered { subject: view.subject, text, html })
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    view: &'a View,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    view: &'a View,
}

/// What was entered stays in its own line: no name makes a header or a line of the letter.
fn check_lines(view: &View) -> Result<(), RenderError> {
    let rows = [&view.facts, &view.changes, &view.contacts].into_iter().flatten();
    let values = rows.map(|row| ("lines", &row.value));
    let lines = values.chain([("subject", &view.subject), ("vendor's name", &view.vendor_name)]);
    for (what, line) in lines {
        if line.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            return Err(RenderError::ControlCharacter(what));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
