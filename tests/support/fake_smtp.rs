use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// An SMTP server that answers as a test says, command by command; without TLS.
#[derive(Clone)]
pub struct FakeSmtp {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    lines: Vec<String>,
    taken: Vec<Taken>,
    sessions: usize,
    open: usize,
    most: Option<usize>,
    clients: Vec<TcpStream>,
}

/// To a command that holds `part`, `reply`; none, and the server hangs.
struct Rule {
    command: &'static str,
    part: String,
    reply: Option<&'static str>,
    is_once: bool,
}

/// How the server answers a command.
enum Ruling {
    Usual,
    Reply(&'static str),
    Hang,
}

impl State {
    fn ruling(&mut self, verb: &str, line: &str) -> Ruling {
        let fits = |rule: &Rule| rule.command == verb && line.contains(&rule.part);
        let Some(at) = self.rules.iter().position(fits) else { return Ruling::Usual };
        let reply = self.rules[at].reply;
        if self.rules[at].is_once {
            self.rules.remove(at);
        }
        reply.map_or(Ruling::Hang, Ruling::Reply)
    }
}

/// A mail that the server took.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Its recipient.
    pub recipient: String,
    /// The text after DATA.
    pub text: String,
}

impl FakeSmtp {
    /// Starts one that takes everything.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self { port, state: Arc::default() };
        let serving = server.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = serving.clone();
                thread::spawn(move || {
                    let _ = server.serve(&client);
                    server.state().open -= 1;
                });
            }
        });
        server
    }

    /// A `mail_url` with a name and a password.
    pub fn url(&self) -> String {
        format!("smtp://office:canary@127.0.0.1:{}?tls=none", self.port)
    }

    /// From now on, to a command that holds this part: `CONNECT`, `EHLO`, `AUTH`, `MAIL`, `RCPT`,
    /// `DATA`, or `.`, the end of a message. No reply: the server hangs.
    pub fn answer(&self, command: &'static str, part: &str, reply: Option<&'static str>) {
        self.state().rules.push(Rule { command, part: part.into(), reply, is_once: false });
    }

    /// The same to one command only.
    pub fn answer_once(&self, command: &'static str, reply: &'static str) {
        let (part, reply) = (String::new(), Some(reply));
        self.state().rules.push(Rule { command, part, reply, is_once: true });
    }

    /// Takes everything again.
    pub fn mend(&self) {
        self.state().rules.clear();
    }

    /// Cuts all sessions.
    pub fn cut(&self) {
        for client in self.state().clients.drain(..) {
            let _ = client.shutdown(Shutdown::Both);
        }
    }

    /// Refuses sessions beyond so many at a time.
    pub fn allow_sessions(&self, most: usize) {
        self.state().most = Some(most);
    }

    /// How many sessions there were.
    pub fn sessions(&self) -> usize {
        self.state().sessions
    }

    /// The commands that begin so.
    pub fn heard(&self, command: &str) -> Vec<String> {
        let state = self.state();
        state.lines.iter().filter(|line| line.starts_with(command)).cloned().collect()
    }

    /// The mails that it took.
    pub fn taken(&self) -> Vec<Taken> {
        self.state().taken.clone()
    }

    /// Waits until it has taken so many.
    #[track_caller]
    pub fn wait_for(&self, count: usize) -> Vec<Taken> {
        for _ in 0..600 {
            let taken = self.taken();
            if taken.len() >= count {
                return taken;
            }
            thread::sleep(std::time::Duration::from_millis(50));
        }
        panic!("{} of {count} mails have come", self.taken().len());
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn serve(&self, client: &TcpStream) -> std::io::Result<()> {
        client.set_nodelay(true)?;
        let is_one_too_many = {
            let mut state = self.state();
            state.sessions += 1;
            state.open += 1;
            state.clients.push(client.try_clone()?);
            state.most.is_some_and(|most| state.open > most)
        };
        let mut lines = BufReader::new(client);
        if is_one_too_many {
            return say(client, "421 4.7.0 Too many connections");
        }
        let mut recipient = String::new();
        let mut command = ("CONNECT", String::new());
        loop {
            let (verb, line) = &command;
            let ruling = self.state().ruling(verb, line);
            match ruling {
                Ruling::Hang => return lines.read_to_end(&mut Vec::new()).map(drop),
                Ruling::Reply(reply) => {
                    say(client, reply)?;
                    if reply.starts_with("421") {
                        return Ok(());
                    }
                }
                Ruling::Usual => say(client, usual(verb))?,
            }
            if *verb == "QUIT" {
                return Ok(());
            }
            let goes_on = matches!(ruling, Ruling::Usual);
            command = if *verb == "DATA" && goes_on {
                let text = message(&mut lines)?;
                if self.takes_end(&text) {
                    let taken = Taken { recipient: recipient.clone(), text: text.clone() };
                    self.state().taken.push(taken);
                }
                (".", text)
            } else {
                next(&mut lines)?
            };
            if command.0 != "." {
                self.state().lines.push(command.1.clone());
            }
            if command.0 == "RCPT" {
                between(&command.1).clone_into(&mut recipient);
            }
        }
    }

    /// Whether a message is taken at its end.
    fn takes_end(&self, text: &str) -> bool {
        let state = self.state();
        !state.rules.iter().any(|rule| rule.command == "." && text.contains(&rule.part))
    }
}

fn say(mut client: &TcpStream, reply: &str) -> std::io::Result<()> {
    client.write_all(format!("{reply}\r\n").as_bytes())
}

fn usual(verb: &str) -> &'static str {
    match verb {
        "CONNECT" => "220 fake ESMTP",
        "EHLO" => "250-fake\r\n250 AUTH PLAIN LOGIN",
        "AUTH" => "235 welcome",
        "DATA" => "354 go on",
        "QUIT" => "221 bye",
        _ => "250 OK",
    }
}

fn next(lines: &mut impl BufRead) -> std::io::Result<(&'static str, String)> {
    let mut line = String::new();
    if lines.read_line(&mut line)? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let verbs = ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT", "RSET"];
    let verb = verbs.into_iter().find(|verb| line.starts_with(verb)).unwrap_or("?");
    Ok((verb, line.trim_end().to_owned()))
}

/// The text up to the line with a dot.
fn message(lines: &mut impl BufRead) -> std::io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(text);
        }
        text += line.strip_prefix('.').unwrap_or(&line);
    }
}

fn between(line: &str) -> &str {
    let (_, rest) = line.split_once('<').unwrap_or_default();
    rest.split('>').next().unwrap_or_default()
}
