//! The letters that went out: waited for through the API, read from the files they were written to.

use super::staff::{Staff, text};
use super::stage::Stage;
use licentia::clock::Stopwatch;
use mail_parser::MessageParser;
use serde_json::Value;
use std::time::Duration;

/// How long the mail worker may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often is looked whether it has sent.
const LOOK: Duration = Duration::from_millis(10);

/// A letter, decoded.
pub struct Letter {
    /// What it is of: `license_ready` …
    pub kind: String,
    /// To whom it went.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
}

/// The letters that tell of a purchase or a grant, once the worker has sent them all.
pub fn letters(
    stage: &Stage,
    staff: &Staff,
    cause: &str,
) -> Result<Vec<Letter>, Box<dyn std::error::Error>> {
    let since = Stopwatch::start();
    loop {
        let answer = staff.read("/mails?limit=200")?;
        let mails = answer["data"].as_array().ok_or("the mails are no list")?;
        let mails: Vec<&Value> = mails.iter().filter(|mail| mail["cause_id"] == cause).collect();
        if mails.iter().all(|mail| mail["state"] == "sent") && !mails.is_empty() {
            return mails.into_iter().map(|mail| read(stage, mail)).collect();
        }
        if mails.iter().any(|mail| mail["state"] == "stopped") || since.elapsed() > PATIENCE {
            return Err(format!("a mail was not sent: {mails:?}").into());
        }
        std::thread::sleep(LOOK);
    }
}

fn read(stage: &Stage, mail: &Value) -> Result<Letter, Box<dyn std::error::Error>> {
    let file = stage.dir.join("mail").join(format!("{}.eml", text(mail, "/id")?));
    let bytes = std::fs::read(&file)?;
    let unreadable = || format!("{} is no readable mail", file.display());
    let message = MessageParser::default().parse(&bytes).ok_or_else(unreadable)?;
    let to = message.to().and_then(|to| to.first()).and_then(|to| to.address());
    let recipient = text(mail, "/recipient")?;
    super::expect("the mail's recipient", &to, &Some(recipient.as_str()))?;
    Ok(Letter {
        kind: text(mail, "/kind")?,
        recipient,
        subject: message.subject().ok_or_else(unreadable)?.to_owned(),
        text: message.body_text(0).ok_or_else(unreadable)?.into_owned(),
    })
}
