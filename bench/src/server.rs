//! A server of the office: the release binary, as a process of its own.

use crate::Outcome;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server that has answered its first call.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: String,
    /// How long from its start to its first answer.
    pub answered: Duration,
}

impl Server {
    /// Starts one on a folder, and on its own database there if `database_url` is none.
    pub fn start(binary: &Path, folder: &Path, database_url: Option<&str>) -> Outcome<Self> {
        let began = Instant::now();
        let mut command = Command::new(binary);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(url) = database_url {
            command.args(["--database-url", url]);
        }
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().ok_or("no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let (_, rest) = line.split_once("http://").ok_or("the server did not start")?;
        let address = rest.split(',').next().unwrap_or(rest).trim().to_owned();
        // The socket is bound: the call waits in its queue until the server takes it.
        let mut connection = TcpStream::connect(&address)?;
        write!(
            connection,
            "GET /api/v1/keys HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        let answered = began.elapsed();
        if answer.starts_with("HTTP/1.1 200") {
            Ok(Self { child, address, answered })
        } else {
            Err(format!("the first answer was {answer}").into())
        }
    }

    /// Its resident memory.
    pub fn resident_kib(&self) -> Outcome<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.split_whitespace().nth(1).ok_or("no VmRSS")?.parse()?)
    }

    /// Ends it.
    pub fn stop(mut self) -> Outcome<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

/// The binary of that name that was built beside this one.
pub fn beside_this(name: &str) -> Outcome<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() {
        Ok(path)
    } else {
        Err(format!("{name} is not built: cargo build --release -p licentia").into())
    }
}
