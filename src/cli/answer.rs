use super::output::outln;
use super::{Outcome, actor};
use licentia::app::{self, Office};
use licentia::text::Texts;
use licentia::web::answer_words;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Far above a request in its armour.
const MAX_BYTES: u64 = 64 * 1024;

/// Answers a request that a person has carried here, and prints the answer for them to carry back,
/// in the customer's language.
pub fn run(office: &Office, file: &Path) -> Outcome {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().take(MAX_BYTES).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes))
    };
    read.map_err(|error| format!("{}: {error}", file.display()))?;
    let text = app::carried_text(&bytes);
    if let Some(contents) = app::holds_no_request(&text) {
        return Err(format!("{}: {contents}", file.display()).into());
    }
    let answered = app::answer_request(office, &text, Some(&actor()))?;
    let zone = office.settings().time_zone.clone();
    let words = answer_words(&Texts::new()?, answered.language, &zone, &answered);
    outln!("{}", answered.text(&words).trim_end())?;
    Ok(())
}
