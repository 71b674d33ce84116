use super::Api;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A server in a process of its own, that can be killed.
pub struct ServerProcess {
    /// Its API, without credentials.
    pub api: Api,
    /// Where operations listen.
    pub ops: Api,
    /// Where it listens, `http://127.0.0.1:PORT`.
    pub url: String,
    /// What it has logged.
    pub log: Log,
    child: Child,
}

/// What a process has written to its standard error so far.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// All of it.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }

    /// Waits until a line holds these words, and returns that line.
    #[track_caller]
    pub fn wait_for(&self, words: &str) -> String {
        for _ in 0..200 {
            let text = self.text();
            if let Some(line) = text.lines().find(|line| line.contains(words)) {
                return line.to_owned();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{words:?} was not logged:\n{}", self.text());
    }

    /// Reads to the end: a server must never wait for a full pipe.
    fn fill(&self, mut from: impl Read + Send + 'static) -> JoinHandle<()> {
        let log = self.clone();
        std::thread::spawn(move || {
            let mut part = [0; 8192];
            loop {
                let read = from.read(&mut part).unwrap_or(0);
                if read == 0 {
                    break;
                }
                log.0.lock().unwrap().extend_from_slice(&part[..read]);
            }
        })
    }
}

impl ServerProcess {
    /// Starts `licentia serve` with these settings, by name, and other environment.
    pub fn start(settings: &[(&str, String)], environment: &[(&str, &str)]) -> Self {
        Self::try_start(settings, environment).expect("the server starts")
    }

    /// Starts it; the error is what it printed when it ended instead.
    pub fn try_start(
        settings: &[(&str, String)],
        environment: &[(&str, &str)],
    ) -> Result<Self, String> {
        let mut command = command("serve", settings);
        command.envs(environment.iter().copied());
        Self::try_start_as(command)
    }

    /// Starts a `serve` command as it stands.
    pub fn try_start_as(mut command: Command) -> Result<Self, String> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Log::default();
        let filled = log.fill(child.stderr.take().unwrap());
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = |after: &str| {
            let (_, rest) = line.split_once(after)?;
            Some(format!("http://{}", rest.split([',', '\n']).next()?))
        };
        let addresses = (address("listens on http://"), address("operations on http://"));
        if let (Some(url), Some(ops)) = addresses {
            return Ok(Self { api: Api::new(&url), ops: Api::new(&ops), url, log, child });
        }
        let _ = child.wait();
        filled.join().unwrap();
        Err(log.text())
    }

    /// SIGKILL: as a power cut, for this process.
    pub fn kill(mut self) {
        self.kill_now();
    }

    /// The same, where another is started in its place.
    pub fn kill_now(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, then waits; returns whether it ended well.
    pub fn terminate(mut self) -> bool {
        self.ask_to_end();
        self.child.wait().unwrap().success()
    }

    /// SIGTERM, and no waiting.
    pub fn ask_to_end(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The most memory that it has held, in KiB.
    pub fn most_memory_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        most.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// SIGTERM, where it still runs, and waits until it has ended.
    pub fn end(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            self.ask_to_end();
        }
        assert!(self.ended(), "the server ends");
    }

    /// Waits until it has ended; how.
    pub fn status(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Where operations listen, `127.0.0.1:PORT`.
    pub fn ops_address(&self) -> String {
        self.ops.base().trim_start_matches("http://").to_owned()
    }

    /// Waits until it has ended by itself.
    pub fn ended(&mut self) -> bool {
        for _ in 0..200 {
            if self.child.try_wait().unwrap().is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command of `licentia`, with these settings in its environment and no others.
pub fn command(name: &str, settings: &[(&str, String)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_licentia"));
    command.args(name.split(' '));
    command.env_remove("LICENTIA_TEST_POSTGRES").env_remove("LICENTIA_TEST_PYTHON");
    for (name, value) in settings {
        command.env(format!("LICENTIA_{}", name.to_uppercase()), value);
    }
    command
}
