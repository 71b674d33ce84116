use mail_parser::MessageParser;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;
use tempfile::TempDir;

/// The SMTP server that all tests share; mails are told apart by their recipients.
pub fn catcher() -> &'static Catcher {
    static CATCHER: OnceLock<Catcher> = OnceLock::new();
    CATCHER.get_or_init(|| Catcher::start(&[]))
}

/// A real SMTP server on loopback (`smtp_catcher.py`); ends with this process.
pub struct Catcher {
    folder: TempDir,
    ports: Value,
    child: Child,
}

/// A mail that the server took.
#[derive(Debug, Clone)]
pub struct Caught {
    /// The bytes after DATA.
    pub raw: Vec<u8>,
    /// Who it was for, as the envelope says.
    pub recipients: Vec<String>,
    /// Which of the server's listeners took it.
    pub listener: String,
    /// Whether it came over TLS.
    pub tls: bool,
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// Its HTML.
    pub html: String,
    /// Its Message-ID.
    pub message_id: String,
}

impl Catcher {
    /// Starts one; `ports` are fixed ports by listener, for a server that comes back.
    pub fn start(ports: &[(&str, u64)]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), ports)
    }

    /// Starts one in a folder that another has used.
    pub fn start_in(folder: TempDir, ports: &[(&str, u64)]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/smtp_catcher.py");
        let mut command = Command::new(python());
        command.arg(script).arg("--dir").arg(folder.path());
        for (name, port) in ports {
            command.arg("--port").arg(format!("{name}={port}"));
        }
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ports = serde_json::from_str(&line).expect("the SMTP server says where it listens");
        Self { folder, ports, child }
    }

    /// Stops it, as a crash would; its folder stays.
    pub fn stop(mut self) -> TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let empty = tempfile::tempdir().unwrap();
        std::mem::replace(&mut self.folder, empty)
    }

    /// The port of a listener: `plain`, `starttls`, `tls`, `silent`.
    pub fn port(&self, listener: &str) -> u64 {
        self.ports[listener].as_u64().unwrap()
    }

    /// The certificate authority of its TLS.
    pub fn authority(&self) -> String {
        self.ports["ca"].as_str().unwrap().to_owned()
    }

    /// A `mail_url` with STARTTLS.
    pub fn url(&self) -> String {
        format!("smtp://localhost:{}?ca={}", self.port("starttls"), self.authority())
    }

    /// The mails to an address so far, in the order they came.
    pub fn mails_to(&self, address: &str) -> Vec<Caught> {
        let all = self.all();
        all.into_iter().filter(|mail| mail.recipients.iter().any(|to| to == address)).collect()
    }

    /// Waits until `count` mails to an address have come, and returns them.
    pub fn wait_for(&self, address: &str, count: usize) -> Vec<Caught> {
        for _ in 0..600 {
            let mails = self.mails_to(address);
            if mails.len() >= count {
                return mails;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{} of {count} mails to {address} have come", self.mails_to(address).len());
    }

    /// All mails so far.
    pub fn all(&self) -> Vec<Caught> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .collect();
        files.sort();
        files.iter().map(|path| read(path)).collect()
    }
}

impl Drop for Catcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(path: &Path) -> Caught {
    let raw = std::fs::read(path).unwrap();
    let envelope: Value =
        serde_json::from_slice(&std::fs::read(path.with_extension("json")).unwrap()).unwrap();
    let message = MessageParser::default().parse(&raw).expect("a well-formed message");
    let recipients = envelope["rcpt_tos"].as_array().unwrap();
    Caught {
        recipients: recipients.iter().map(|to| to.as_str().unwrap().to_owned()).collect(),
        listener: envelope["listener"].as_str().unwrap().to_owned(),
        tls: envelope["tls"].as_bool().unwrap(),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
        html: message.body_html(0).unwrap_or_default().into_owned(),
        message_id: message.message_id().unwrap_or_default().to_owned(),
        raw,
    }
}

/// The interpreter that has `aiosmtpd` and `PyJWT`.
#[expect(clippy::disallowed_methods, reason = "`./test` says which one it is")]
pub fn python() -> String {
    std::env::var("LICENTIA_TEST_PYTHON").unwrap_or_else(|_| "/usr/bin/python3".into())
}
