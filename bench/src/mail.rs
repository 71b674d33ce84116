//! Mail: how many mails a second a mail server that takes them at once is sent, and how long a good
//! mail waits behind 100 at whose recipients the mail server hangs.
//!
//! The mails are queued first, by a server whose mail server is away.

use crate::compared::median;
use crate::database::Kind;
use crate::office::Office;
use crate::report::{Goal, Measured};
use crate::{Bench, Outcome, http};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How many mails are sent in a round, and in a small one.
const MAILS: (usize, usize) = (2000, 100);
/// How many go to recipients at which the mail server hangs.
const HANGING: usize = 100;
/// How long a round may take.
const PATIENCE: Duration = Duration::from_secs(300);
/// Nobody listens here.
const AWAY: &str = "smtp://127.0.0.1:9?tls=none";

/// Measures and reports.
pub fn measure(bench: &mut Bench, kind: Kind) -> Outcome<()> {
    let mails = if bench.small { MAILS.1 } else { MAILS.0 };
    let (mut rates, mut waits) = (Vec::new(), Vec::new());
    for round in 0..bench.rounds {
        bench.quiet()?;
        rates.push(rate(&bench.binary, kind, round, mails)?);
        waits.push(wait_behind_hanging(&bench.binary, kind, round)?);
    }
    let report = &mut bench.report;
    let what = format!("{mails} mails, {}", kind.name());
    let (rate, goal) = (Measured::new(median(rates), "/s"), Some(Goal::AtLeast(200.0)));
    report.row("mail", &what, rate, None, None, goal);
    let what = format!("behind {HANGING} that hang, {}", kind.name());
    let (wait, goal) = (Measured::new(median(waits), "s"), Some(Goal::AtMost(10.0)));
    report.row("mail", &what, wait, None, None, goal);
    Ok(())
}

/// Mails a second, from the first that the mail server takes to the last.
fn rate(binary: &std::path::Path, kind: Kind, round: usize, mails: usize) -> Outcome<f64> {
    let office = Office::empty(binary, kind, &format!("mail_{round}"))?;
    queue(&office, (0..mails).map(|n| format!("it@c{n}.example")))?;
    let relay = MailServer::start()?;
    let server = office.serve_with_mail(&relay.url())?;
    let taken = relay.wait_for(|taken| taken.len() >= mails)?;
    server.stop()?;
    let (first, last) = (taken.first(), taken.last());
    let took = first.zip(last).map(|((_, first), (_, last))| last.duration_since(*first));
    Ok((f64::from(u32::try_from(mails)?) - 1.0) / took.unwrap_or_default().as_secs_f64())
}

/// Seconds from the server's start until a mail is taken that was queued behind those that hang.
fn wait_behind_hanging(binary: &std::path::Path, kind: Kind, round: usize) -> Outcome<f64> {
    let office = Office::empty(binary, kind, &format!("hanging_{round}"))?;
    let hanging = (0..HANGING).map(|n| format!("hang@c{n}.example"));
    queue(&office, hanging.chain(["good@good.example".to_owned()]))?;
    let relay = MailServer::start()?;
    let server = office.serve_with_mail(&relay.url())?;
    let began = Instant::now();
    relay.wait_for(|taken| taken.iter().any(|(to, _)| to.starts_with("good@")))?;
    let took = began.elapsed();
    server.stop()?;
    Ok(took.as_secs_f64())
}

/// Enters a customer with a purchase for each address: a mail each.
fn queue(office: &Office, addresses: impl Iterator<Item = String>) -> Outcome<()> {
    let server = office.serve_with_mail(AWAY)?;
    let authorization = format!("Authorization: Bearer {}\r\n", office.token);
    let post = |path: &str, body: &serde_json::Value| -> Outcome<serde_json::Value> {
        let request = http::post(path, "application/json", &authorization, &body.to_string());
        let answer = http::call(&server.address, &request)?;
        if answer.status_is(201) {
            Ok(serde_json::from_str(&answer.body)?)
        } else {
            Err(format!("{path}: {} {}", answer.status, answer.body).into())
        }
    };
    for (n, email) in addresses.enumerate() {
        let customer = serde_json::json!({
            "name": format!("Customer {n}"), "region": "Region", "city": "City",
            "postal_code": "607190", "email": email, "language": "ru",
        });
        let customer = post("/api/v1/customers", &customer)?;
        let id = customer["id"].as_str().ok_or("a customer without an id")?;
        let order = serde_json::json!({
            "order_number": format!("order-{n}"), "paid_on": "2026-01-01",
            "items": [{"item": "user_accounts", "quantity": 1}],
        });
        post(&format!("/api/v1/customers/{id}/purchases"), &order)?;
    }
    server.stop()
}

/// Recipients of mails, each with the moment when its mail was taken.
type TakenMails = Vec<(String, Instant)>;

/// A mail server that takes each mail at once, and hangs at recipients that begin with `hang`.
struct MailServer {
    port: u16,
    taken: Arc<Mutex<TakenMails>>,
}

impl MailServer {
    fn start() -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (port, taken) = (listener.local_addr()?.port(), Arc::default());
        let server = Self { port, taken: Arc::clone(&taken) };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let taken = Arc::clone(&taken);
                thread::spawn(move || serve(&client, &taken));
            }
        });
        Ok(server)
    }

    fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    fn wait_for(&self, enough: impl Fn(&TakenMails) -> bool) -> Outcome<TakenMails> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            if enough(&taken) {
                return Ok(taken.clone());
            }
            drop(taken);
            thread::sleep(Duration::from_millis(5));
        }
        Err("the mails do not come".into())
    }
}

fn serve(mut client: &TcpStream, taken: &Mutex<TakenMails>) -> std::io::Result<()> {
    let mut lines = BufReader::new(client);
    let mut recipient = String::new();
    client.write_all(b"220 bench ESMTP\r\n")?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let reply: &[u8] = match line.get(..4).unwrap_or_default() {
            "RCPT" if line.contains("<hang@") => {
                return lines.read_to_end(&mut Vec::new()).map(drop);
            }
            "RCPT" => {
                line.trim_start_matches("RCPT TO:<").clone_into(&mut recipient);
                b"250 OK\r\n"
            }
            "DATA" => {
                client.write_all(b"354 go on\r\n")?;
                while line != ".\r\n" {
                    line.clear();
                    if lines.read_line(&mut line)? == 0 {
                        return Ok(());
                    }
                }
                let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
                taken.push((std::mem::take(&mut recipient), Instant::now()));
                b"250 OK\r\n"
            }
            _ => b"250 OK\r\n",
        };
        client.write_all(reply)?;
    }
}
