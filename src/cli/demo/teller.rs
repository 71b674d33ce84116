//! How the story is told: in one language, in lines that fit a terminal, panels and letters framed.

use crate::cli::output::outln;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use licentia::config;
use licentia::domain::customer::Language;
use licentia::text::{self, Arg, TextError, Texts};
use std::io::{self, IsTerminal};
use textwrap::Options;
use textwrap::core::display_width;

/// The widest line, frames included.
const WIDTH: usize = 92;
/// How far facts and frames stand in.
const INDENT: &str = "   ";
/// What stands between a frame's border and what it frames, both sides together, and the indent.
const FRAME: usize = 7;

/// The one who tells the story.
pub struct Teller {
    /// The language it is told in.
    pub language: Language,
    texts: Texts,
    bold: bool,
}

impl Teller {
    /// A teller in a language; bold where a person reads it on a terminal.
    pub fn new(language: Language) -> Result<Self, TextError> {
        let bold = io::stdout().is_terminal() && config::variable_of("NO_COLOR").is_none();
        Ok(Self { language, texts: Texts::new()?, bold })
    }

    /// The language, as the client names it.
    pub fn client_language(&self) -> licentia_client::Language {
        match self.language {
            Language::Ru => licentia_client::Language::Russian,
            Language::En => licentia_client::Language::English,
        }
    }

    /// A text in the language.
    pub fn text(&self, id: &str, args: &[(&str, Arg)]) -> String {
        self.texts.get(self.language, id, args)
    }

    /// A time in the language.
    pub fn time(&self, time: Timestamp, zone: &TimeZone) -> String {
        text::date_time(self.language, time, zone)
    }

    /// A heading, set off by empty lines.
    pub fn heading(&self, heading: &str) -> io::Result<()> {
        let line = format!("── {heading} ");
        let rest = "─".repeat(WIDTH.saturating_sub(display_width(&line)));
        let (on, off) = if self.bold { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        self.line(&format!("\n{on}{line}{rest}{off}\n"))
    }

    /// What somebody does or finds.
    pub fn say(&self, id: &str, args: &[(&str, Arg)]) -> io::Result<()> {
        self.wrapped(&self.text(id, args), "", "")
    }

    /// What came of it, a little further in.
    pub fn fact(&self, id: &str, args: &[(&str, Arg)]) -> io::Result<()> {
        self.plain(&self.text(id, args))
    }

    /// As a fact, in words that no language changes.
    pub fn plain(&self, text: &str) -> io::Result<()> {
        self.wrapped(text, INDENT, &format!("{INDENT}  "))
    }

    /// A line as it is, for what is copied from the terminal.
    pub fn verbatim(&self, text: &str) -> io::Result<()> {
        self.line(&format!("{INDENT}{text}"))
    }

    /// Lines in a frame, set off by an empty line. What is too wide goes on below the line's
    /// second column.
    pub fn frame(&self, text: &str) -> io::Result<()> {
        let widest = WIDTH - FRAME;
        let lines: Vec<String> = text.trim().lines().flat_map(|line| fit(line, widest)).collect();
        let inner = lines.iter().map(|line| display_width(line)).max().unwrap_or_default();
        let border = "─".repeat(inner + 2);
        self.line(&format!("\n{INDENT}┌{border}┐"))?;
        for line in lines {
            let pad = " ".repeat(inner - display_width(&line));
            self.line(&format!("{INDENT}│ {line}{pad} │"))?;
        }
        self.line(&format!("{INDENT}└{border}┘"))
    }

    fn wrapped(&self, text: &str, first: &str, further: &str) -> io::Result<()> {
        let options = Options::new(WIDTH).initial_indent(first).subsequent_indent(further);
        self.line(&textwrap::fill(text, options.break_words(false)))
    }

    /// A reader that has gone away (`| head`) ends the demo.
    #[expect(clippy::unused_self, reason = "the teller is who prints")]
    fn line(&self, text: &str) -> io::Result<()> {
        outln!("{text}")
    }
}

/// Breaks a line; what follows stands below the line's second column, if it has two.
fn fit(line: &str, width: usize) -> Vec<String> {
    let value = second_column(line).map_or(0, |at| display_width(&line[..at]));
    let below = " ".repeat(if value < width { value } else { 0 });
    let options = Options::new(width).subsequent_indent(&below).break_words(false);
    textwrap::wrap(line, options).into_iter().map(|line| line.into_owned()).collect()
}

/// Where a line's second column begins: after the first gap of two spaces in it.
fn second_column(line: &str) -> Option<usize> {
    let start = line.len() - line.trim_start().len();
    let gap = start + line[start..].find("  ")?;
    let rest = line[gap..].trim_start();
    (!rest.is_empty()).then(|| line.len() - rest.len())
}
