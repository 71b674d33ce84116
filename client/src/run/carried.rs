//! The commands of an installation without a network: requests that a person carries out, and
//! the answers that come back.

use super::{Said, activation, read_roots, read_text, updated, with_panel};
use crate::cli::{FormArgs, RequestCommand};
use jiff::tz::TimeZone;
use licentia_client::{CarriedAnswer, CarriedRequest, Error, Installation, Language, Request};
use serde_json::json;
use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Black on white, whatever colours the terminal has.
const INK: &str = "\x1b[30;107m";
const INK_ENDS: &str = "\x1b[0m";

/// Writes a request in the forms that are wanted.
pub(super) fn request(
    directory: &Path,
    command: &RequestCommand,
    language: Language,
    zone: &TimeZone,
) -> Result<Said, Error> {
    let open = || Ok::<_, Error>(Installation::open(directory)?.with_language(language));
    let (request, form) = match command {
        RequestCommand::Activate { activate, form } => {
            let installation = Installation::create(directory)?.with_language(language);
            let roots = read_roots(&activate.roots)?;
            let server = activate.server.as_deref().unwrap_or(&roots.issuer);
            let asked = activation(&installation, activate)?;
            (installation.request_activation(server, &roots, asked)?, form)
        }
        RequestCommand::Update { form } => (open()?.request(&Request::License {})?, form),
        RequestCommand::Emergency { accounts, form } => {
            (open()?.request(&Request::Emergency { accounts: *accounts })?, form)
        }
        RequestCommand::Release { form } => (open()?.request(&Request::Release {})?, form),
    };
    write(&request, form, language, zone)
}

/// Takes an answer in.
pub(super) fn accept(
    installation: &Installation,
    file: &Path,
    language: Language,
) -> Result<Said, Error> {
    match installation.accept_answer(&read_text(file)?)? {
        CarriedAnswer::License(update) => {
            let changed = update.changed;
            with_panel(installation, updated(changed, language), json!({ "changed": changed }))
        }
        CarriedAnswer::Released => Ok(super::released(language)),
    }
}

fn write(
    request: &CarriedRequest,
    form: &FormArgs,
    language: Language,
    zone: &TimeZone,
) -> Result<Said, Error> {
    if let Some(file) = &form.out {
        write_file(file, &request.text(language, zone))?;
    }
    if let Some(file) = &form.svg {
        write_file(file, &request.qr_svg()?)?;
    }
    let mut sentence = String::new();
    if form.qr {
        sentence.push_str(&inked(&request.qr_blocks()?));
        sentence.push('\n');
    }
    sentence.push_str(&how(request, language, zone));
    let json = json!({
        "request": request.request.name(),
        "statement": request.statement,
        "issuer": request.issuer,
        "expires": request.expires,
    });
    Ok(Said::new(sentence, json))
}

/// How to hand it in.
fn how(request: &CarriedRequest, language: Language, zone: &TimeZone) -> String {
    let until = zone.to_datetime(request.expires).strftime("%Y-%m-%d %H:%M");
    let office = &request.issuer;
    match language {
        Language::Russian => format!(
            "Подайте запрос на странице {office}/offline до {until} и примите ответ командой \
             licentia-client accept ФАЙЛ."
        ),
        Language::English => format!(
            "Hand the request in on the page {office}/offline until {until}, and take the answer \
             in with licentia-client accept FILE."
        ),
    }
}

/// The request may hold an activation key: the file is its owner's alone.
fn write_file(path: &Path, text: &str) -> Result<(), Error> {
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|source| Error::File { path: path.into(), source })
}

fn inked(blocks: &str) -> String {
    if !io::stdout().is_terminal() {
        return format!("{blocks}\n");
    }
    let lines: Vec<_> = blocks.lines().map(|line| format!("{INK}{line}{INK_ENDS}")).collect();
    lines.join("\n") + "\n"
}
