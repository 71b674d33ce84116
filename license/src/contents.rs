/// Apparent kind of a text in which no token was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Contents {
    /// Nothing to be seen.
    #[error("it is empty")]
    Empty,
    /// A BEGIN line without its END line.
    #[error(
        "its end is missing: take the whole file, from the line BEGIN to the line END, both included"
    )]
    Torn,
    /// More than one token.
    #[error("it holds more than one license or request: leave only one")]
    Several,
    /// PDF.
    #[error("it is a PDF document: use the text file that it was made of")]
    Pdf,
    /// A ZIP archive, or a document of an office suite.
    #[error(
        "it is an archive or a document of an office suite: unpack it, or save it as plain text"
    )]
    Archive,
    /// A picture.
    #[error("it is a picture: use the text file")]
    Picture,
    /// A web page.
    #[error("it is a web page without a license or request: save the file itself")]
    WebPage,
    /// A file of root keys.
    #[error("it is the file of root keys: that belongs to --roots")]
    Roots,
    /// Another text.
    #[error(
        "no license or request is in it: take the file as it was sent, not retyped or shortened"
    )]
    Words,
}

impl Contents {
    /// A stable word for programs and texts, in kebab-case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Torn => "torn",
            Self::Several => "several",
            Self::Pdf => "pdf",
            Self::Archive => "archive",
            Self::Picture => "picture",
            Self::WebPage => "web-page",
            Self::Roots => "roots",
            Self::Words => "words",
        }
    }

    /// The apparent kind of a text.
    pub(crate) fn of(text: &str) -> Self {
        let plain = crate::reading::plain(text);
        let start: String = plain.trim_start().chars().take(200).collect::<String>();
        let start = start.to_ascii_lowercase();
        let begins = |signs: &[&str]| signs.iter().any(|sign| start.starts_with(sign));
        if plain.trim().is_empty() {
            Self::Empty
        } else if begins(&["%pdf"]) {
            Self::Pdf
        } else if begins(&["pk\u{3}\u{4}", "rar!", "7z", "{\\rtf", "\u{1f}"]) {
            Self::Archive
        } else if begins(&["gif8", "riff", "bm", "ii*", "mm\u{fffd}"]) || is_picture(&start) {
            Self::Picture
        } else if begins(&["<!doctype html", "<html"]) {
            Self::WebPage
        } else if plain.contains("\"roots\"") && plain.contains("\"issuer\"") {
            Self::Roots
        } else {
            Self::Words
        }
    }
}

/// PNG, JPEG and HEIC by their first bytes, as a code page shows them.
fn is_picture(start: &str) -> bool {
    let shown = start.trim_start_matches('\u{fffd}');
    shown.starts_with("png\r\n")
        || start.contains("jfif")
        || start.contains("exif")
        || start.contains("ftyphei")
}
