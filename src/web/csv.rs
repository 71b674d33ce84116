//! Tables as CSV (RFC 4180), such as a spreadsheet opens rightly, and in which nothing is a formula.
//!
//! UTF-8 with a byte order mark: without it Excel reads the bytes in the machine's old code page,
//! and Cyrillic becomes noise. Between cells stands what Excel splits at where the page's language
//! is set: `;` in Russian, `,` in English. Dates are written 2014-10-31, which both understand.

mod inert;

use super::page::{Page, WebError};
use crate::app::{Error, Office};
use crate::domain::customer::Language;
use crate::lines::Lines;
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::stream;
use inert::inert;
use jiff::civil::Date;
use std::sync::Arc;

/// How many rows are read at a time.
pub(super) const A_SLICE: i64 = 200;
/// The byte order mark, in UTF-8.
const MARK: &str = "\u{feff}";

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    /// Somebody's words: made inert.
    Text(String),
    /// A number of ours; stays a number.
    Number(i64),
    /// A date.
    Date(Date),
    /// Nothing.
    Empty,
}

/// Some rows of a table, and where the next begin; none after the last.
pub(super) struct Slice {
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// Where to go on.
    pub next: Option<String>,
}

/// Answers with a table as a file of this name, which is ours and never made of data.
///
/// `read` reads what comes after a place, the first rows without one. Rows are read as the browser
/// takes them, so that a long table fills no memory. What is refused at the first rows is a page;
/// what fails later breaks the download off, so that nobody takes a part for the whole.
pub(super) async fn download(
    page: &Page,
    name: &'static str,
    headings: Vec<Cell>,
    read: impl Fn(&Office, Option<String>) -> Result<Slice, Error> + Send + Sync + 'static,
) -> Result<HttpResponse, WebError> {
    let table = Arc::new(Table {
        lines: page.state.lines.clone(),
        separator: separator(page.language),
        read,
    });
    let head = table.written(&[headings])?;
    let (rows, next) = Arc::clone(&table).after(None).await?;
    let first = Bytes::from([MARK.as_bytes(), &head, &rows].concat());
    let body = stream::try_unfold((Some(first), next), move |(ready, next)| {
        let table = Arc::clone(&table);
        async move {
            if ready.is_some() {
                return Ok(ready.map(|bytes| (bytes, (None, next))));
            }
            let Some(after) = next else { return Ok(None) };
            let (rows, next) = table
                .after(Some(after))
                .await
                .inspect_err(|error| tracing::error!(%error, name, "the download broke off"))?;
            Ok::<_, Error>(Some((Bytes::from(rows), (None, next))))
        }
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(body))
}

struct Table<R> {
    lines: Lines,
    separator: u8,
    read: R,
}

impl<R> Table<R>
where
    R: Fn(&Office, Option<String>) -> Result<Slice, Error> + Send + Sync + 'static,
{
    async fn after(
        self: Arc<Self>,
        place: Option<String>,
    ) -> Result<(Vec<u8>, Option<String>), Error> {
        let lines = self.lines.clone();
        lines
            .read(move |office| {
                let slice = (self.read)(office, place)?;
                Ok((self.written(&slice.rows)?, slice.next))
            })
            .await
    }

    fn written(&self, rows: &[Vec<Cell>]) -> Result<Vec<u8>, Error> {
        written(self.separator, rows).map_err(|error| Error::Internal(error.to_string()))
    }
}

fn separator(language: Language) -> u8 {
    match language {
        Language::Ru => b';',
        Language::En => b',',
    }
}

fn written(separator: u8, rows: &[Vec<Cell>]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(separator)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(Cell::written))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

impl Cell {
    /// Somebody's words, where there are any.
    pub fn optional(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }

    fn written(&self) -> String {
        match self {
            Self::Text(text) => inert(text).into_owned(),
            Self::Number(number) => number.to_string(),
            Self::Date(date) => date.to_string(),
            Self::Empty => String::new(),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_as_they_were_written() {
        let rows = vec![
            vec![Cell::from("ООО «Ромашка»"), Cell::from("a;b,c"), Cell::Number(-5)],
            vec![Cell::from("\"Quoted\"\u{202e}"), Cell::Empty, Cell::Number(0)],
            vec![
                Cell::from("two\r\nlines"),
                Cell::Date("2014-10-31".parse().unwrap()),
                Cell::Empty,
            ],
        ];
        for separator in [b';', b','] {
            let bytes = written(separator, &rows).unwrap();
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .delimiter(separator)
                .from_reader(bytes.as_slice());
            let read: Vec<Vec<String>> =
                reader.records().map(|row| row.unwrap().iter().map(Into::into).collect()).collect();
            assert_eq!(read[0], ["ООО «Ромашка»", "a;b,c", "-5"]);
            assert_eq!(read[1], ["\"Quoted\"\u{202e}", "", "0"]);
            assert_eq!(read[2], ["two\r\nlines", "2014-10-31", ""]);
        }
    }

    #[test]
    fn lines_end_and_cells_are_apart_as_the_language_has_it() {
        let rows = [vec![Cell::from("a b"), Cell::Number(1)], vec![Cell::from("=1"), Cell::Empty]];
        let text = |language| String::from_utf8(written(separator(language), &rows).unwrap());
        assert_eq!(text(Language::Ru).unwrap(), "a b;1\r\n'=1;\r\n");
        assert_eq!(text(Language::En).unwrap(), "a b,1\r\n'=1,\r\n");
    }
}
