//! The load generator, [wrk](https://github.com/wg/wrk): 2 threads (1 for one connection), and as
//! many connections as are asked for, each with one request under way at a time.
//!
//! The requests stand ready-made in files, each is sent once, and a thread that has none left
//! stops: signing a statement, or making a body, takes no time of the measurement.

use crate::Outcome;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How many threads send, and into how many files requests are dealt out.
const THREADS: usize = 2;
/// What the line of results begins with.
const MARK: &str = "measured";
/// How far the answers' mean length may be from that of the expected one.
const LENGTH_TOLERANCE: f64 = 0.25;

/// Requests in files, to be sent once.
pub struct Requests {
    files: Vec<PathBuf>,
    folder: tempfile::TempDir,
}

impl Requests {
    /// Deals the requests out into files.
    pub fn new(requests: impl IntoIterator<Item = String>) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let files: Vec<_> = (0..THREADS).map(|n| folder.path().join(format!("{n}"))).collect();
        let open = |file: &PathBuf| Ok(BufWriter::new(File::create(file)?));
        let mut writers = files.iter().map(open).collect::<Outcome<Vec<_>>>()?;
        for (n, request) in requests.into_iter().enumerate() {
            let writer = &mut writers[n % THREADS];
            writeln!(writer, "{}", request.len())?;
            writer.write_all(request.as_bytes())?;
        }
        for writer in &mut writers {
            writer.flush()?;
        }
        Ok(Self { files, folder })
    }
}

/// What every answer has to be.
#[derive(Clone, Copy)]
pub enum Expected {
    /// Of this status: each is looked at.
    Status(u16),
    /// No error, and about as long as this, head included, in bytes on average: the load generator
    /// has to look at no answer, and costs as little as it can.
    Length(usize),
}

/// How a run is done.
#[derive(Clone, Copy)]
pub struct Load {
    /// How many requests are under way at a time.
    pub connections: usize,
    /// How long at most; wrk knows whole seconds.
    pub seconds: u64,
    /// What is an answer.
    pub expected: Expected,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// Answers per second.
    pub per_second: f64,
    /// How many answers.
    pub answers: u64,
    /// How long half of them took at most.
    pub p50: Duration,
    /// How long 99 of a hundred took at most.
    pub p99: Duration,
}

impl Load {
    /// Sends the requests to a server.
    ///
    /// # Errors
    /// Any answer that was not expected, and any error of a connection.
    pub fn send(self, requests: &Requests, address: &str) -> Outcome<Run> {
        let script = requests.folder.path().join("script.lua");
        fs::write(&script, script_for(&requests.files, self))?;
        let output = Command::new("wrk")
            .arg(format!("-t{}", self.threads()))
            .arg(format!("-c{}", self.connections))
            .arg(format!("-d{}s", self.seconds))
            .args(["--latency", "--timeout", "10s", "-s"])
            .arg(&script)
            .arg(format!("http://{address}"))
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            return Err(format!("wrk: {text}{}", String::from_utf8_lossy(&output.stderr)).into());
        }
        self.read(&text)
    }

    fn threads(self) -> usize {
        THREADS.min(self.connections)
    }

    fn read(self, output: &str) -> Outcome<Run> {
        let line = output.lines().find_map(|line| line.strip_prefix(MARK)?.strip_prefix(' '));
        let line = line.ok_or_else(|| format!("wrk measured nothing: {output}"))?;
        let numbers = line.split_whitespace().map(str::parse).collect::<Result<Vec<u64>, _>>()?;
        let [answers, micros, p50, p99, bytes, errors @ ..] = &numbers[..] else {
            return Err(format!("wrk measured {line}").into());
        };
        if errors.len() != 6 || errors.iter().any(|&count| count > 0) {
            let kinds = "connect, read, write, status, timeout, not expected";
            return Err(format!("{answers} answers and errors ({kinds}): {errors:?}").into());
        }
        if *answers == 0 || *micros == 0 {
            return Err("no answer".into());
        }
        if let Expected::Length(length) = self.expected {
            let mean = float(*bytes) / float(*answers);
            let expected = float(u64::try_from(length)?);
            if (mean / expected - 1.0).abs() > LENGTH_TOLERANCE {
                return Err(format!("answers of {mean:.0} bytes, not {expected}").into());
            }
        }
        Ok(Run {
            per_second: float(*answers) * 1e6 / float(*micros),
            answers: *answers,
            p50: Duration::from_micros(*p50),
            p99: Duration::from_micros(*p99),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and microseconds are far below 2^52")]
fn float(number: u64) -> f64 {
    number as f64
}

/// The script: `setup` runs in the first state for each thread, `init`, `request` and `response` in
/// the thread's own, `done` in the first one again.
fn script_for(files: &[PathBuf], load: Load) -> String {
    let list = files.iter().map(|file| lua_text(file)).collect::<Vec<_>>().join(", ");
    let response = match load.expected {
        Expected::Status(status) => {
            format!("function response(status) if status ~= {status} then odd = odd + 1 end end\n")
        }
        Expected::Length(_) => String::new(),
    };
    format!("local files = {{ {list} }}\nlocal count = {}\n{SCRIPT}{response}", load.threads())
        .replace("MARK", MARK)
}

fn lua_text(path: &Path) -> String {
    format!("[[{}]]", path.display())
}

const SCRIPT: &str = r#"
local ffi = require("ffi")
ffi.cdef("struct bench_time { long seconds; long micros; }; int gettimeofday(struct bench_time *, void *);")
local function now()
    local time = ffi.new("struct bench_time")
    ffi.C.gettimeofday(time, nil)
    return tonumber(time.seconds) * 1e6 + tonumber(time.micros)
end

local threads = {}
function setup(thread)
    thread:set("own", #threads)
    table.insert(threads, thread)
end

local requests, sent = {}, 0
odd, ended = 0, 0
function init()
    for n, name in ipairs(files) do
        if (n - 1) % count == own then
            local file = assert(io.open(name, "rb"))
            while true do
                local length = file:read("*l")
                if not length then break end
                requests[#requests + 1] = file:read(tonumber(length))
            end
            file:close()
        end
    end
    -- From here nothing is made that would have to be cleared away.
    collectgarbage("collect")
    collectgarbage("stop")
end

function request()
    sent = sent + 1
    local text = requests[sent]
    if text then return text end
    if ended == 0 then ended = now() end
    wrk.thread:stop()
    return ""
end

function done(summary, latency)
    -- wrk sleeps to the end of its time also when no thread has anything left to send.
    local began, last, all_ended, unexpected = now() - summary.duration, 0, true, 0
    for _, thread in ipairs(threads) do
        local at = thread:get("ended")
        if at == 0 then all_ended = false end
        if at > last then last = at end
        unexpected = unexpected + thread:get("odd")
    end
    local duration = summary.duration
    if all_ended then duration = last - began end
    local errors = summary.errors
    io.write(string.format("MARK %.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f\n",
        summary.requests, duration, latency:percentile(50), latency:percentile(99), summary.bytes,
        errors.connect, errors.read, errors.write, errors.status, errors.timeout, unexpected))
end
"#;

#[cfg(test)]
mod tests {
    use super::*;

    const LOAD: Load = Load { connections: 16, seconds: 1, expected: Expected::Length(1000) };

    #[test]
    fn the_line_of_results_is_read() {
        let output = "Running 1s test\nmeasured 5000 500000 800 2000 5000000 0 0 0 0 0 0\n";
        let run = LOAD.read(output).unwrap();
        assert!((run.per_second - 10_000.0).abs() < 1e-6);
        assert_eq!((run.answers, run.p50.as_micros(), run.p99.as_micros()), (5000, 800, 2000));
    }

    #[test]
    fn a_run_with_an_error_or_other_answers_is_no_result() {
        for output in [
            "",
            "measured 5000 500000 800 2000 5000000 0 0 0 0 0",
            "measured 5000 500000 800 2000 5000000 0 0 0 1 0 0",
            "measured 5000 500000 800 2000 5000000 0 0 0 0 0 1",
            "measured 5000 500000 800 2000 500000 0 0 0 0 0 0",
            "measured 0 500000 0 0 0 0 0 0 0 0 0",
        ] {
            assert!(LOAD.read(output).is_err(), "{output}");
        }
    }

    #[test]
    fn one_connection_is_one_threads() {
        assert_eq!(Load { connections: 1, ..LOAD }.threads(), 1);
        assert_eq!(LOAD.threads(), 2);
    }
}
