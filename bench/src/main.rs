//! Measures what the documents quote. Not shipped.
//!
//! ```text
//! cargo build --release -p licentia && cargo run --release -p bench
//! ```
//!
//! Footprint: how long from the start of the process to the first answer, on an empty database and
//! on the same one again; the memory it holds when idle; the size of the binary. Each time is the
//! median of several starts.

#![expect(clippy::disallowed_methods, reason = "what is measured is the machine's own time")]

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How many starts a median is taken of.
const STARTS: usize = 9;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let binary = beside_this("licentia")?;
    let mut empty = Vec::new();
    let mut again = Vec::new();
    let mut idle = Vec::new();
    for _ in 0..STARTS {
        let folder = tempfile::tempdir()?;
        let first = Server::start(&binary, folder.path())?;
        empty.push(first.answered);
        first.stop()?;
        let second = Server::start(&binary, folder.path())?;
        again.push(second.answered);
        std::thread::sleep(Duration::from_secs(2));
        idle.push(second.resident_kib()?);
        second.stop()?;
    }
    let size = fs::metadata(&binary)?.len();
    println!("machine                            {}", machine()?);
    println!("start to first answer, empty       {:>7.1} ms", millis(median(&mut empty)));
    println!("start to first answer, again       {:>7.1} ms", millis(median(&mut again)));
    println!("resident memory, idle              {:>7.1} MiB", mib(median(&mut idle) * 1024));
    println!("size of the binary                 {:>7.1} MiB", mib(size));
    Ok(())
}

/// A server that has answered its first call.
struct Server {
    child: Child,
    answered: Duration,
}

impl Server {
    fn start(binary: &Path, folder: &Path) -> Outcome<Self> {
        let began = Instant::now();
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
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
            Ok(Self { child, answered })
        } else {
            Err(format!("the first answer was {answer}").into())
        }
    }

    fn resident_kib(&self) -> Outcome<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.split_whitespace().nth(1).ok_or("no VmRSS")?.parse()?)
    }

    fn stop(mut self) -> Outcome<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

fn beside_this(name: &str) -> Outcome<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() {
        Ok(path)
    } else {
        Err(format!("{name} is not built: cargo build --release -p licentia").into())
    }
}

fn machine() -> Outcome<String> {
    let cores = std::thread::available_parallelism()?;
    let info = fs::read_to_string("/proc/cpuinfo")?;
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    Ok(format!("{cores} cores, {}", model.unwrap_or("unknown processor").trim()))
}

fn median<T: Ord + Copy>(values: &mut [T]) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "sizes are shown with one decimal")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
