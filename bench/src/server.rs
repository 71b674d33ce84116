//! A server of the office: the release binary, as a process of its own.

use crate::Outcome;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
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
    /// Starts one on a folder, with settings beside those that say where it listens.
    pub fn start(binary: &Path, folder: &Path, settings: &[&str]) -> Outcome<Self> {
        let began = Instant::now();
        let mut command = Command::new(binary);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(folder)
            .args(settings)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
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

    /// Its process id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Its resident memory.
    pub fn resident_kib(&self) -> Outcome<u64> {
        memory_kib(self.child.id(), "VmRSS:")
    }

    /// Ends it.
    pub fn stop(mut self) -> Outcome<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

/// One that is forgotten ends too, so that nothing is left when a room cannot be measured.
impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A line of what the kernel says of a process's memory (proc(5), `status`): `VmRSS:` is what it
/// holds, `VmHWM:` the most it has held.
pub fn memory_kib(process: u32, line: &str) -> Outcome<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let found = status.lines().find_map(|text| text.strip_prefix(line)).ok_or("no such line")?;
    Ok(found.split_whitespace().next().ok_or("no number")?.parse()?)
}
