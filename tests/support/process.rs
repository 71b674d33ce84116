use super::Api;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A server in a process of its own, that can be killed.
pub struct ServerProcess {
    /// Its API, without credentials.
    pub api: Api,
    /// Where operations listen.
    pub ops: Api,
    /// Where it listens, `http://127.0.0.1:PORT`.
    pub url: String,
    child: Child,
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
        let mut child = command("serve", settings)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        // stderr must be read to the end, or the server would wait for a full pipe.
        let log = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || std::io::read_to_string(log).unwrap_or_default());
        let address = |after: &str| {
            let (_, rest) = line.split_once(after)?;
            Some(format!("http://{}", rest.split([',', '\n']).next()?))
        };
        match (address("listens on http://"), address("operations on http://")) {
            (Some(url), Some(ops)) => {
                Ok(Self { api: Api::new(&url), ops: Api::new(&ops), url, child })
            }
            _ => {
                let _ = child.wait();
                Err(log.join().unwrap())
            }
        }
    }

    /// SIGKILL: as a power cut, for this process.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, then waits; returns whether it ended well.
    pub fn terminate(mut self) -> bool {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().success()
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
    for (name, value) in settings {
        command.env(format!("LICENTIA_{}", name.to_uppercase()), value);
    }
    command
}
