//! Sign-ins: whether licenses wait for passwords. p50 of emergency licenses and of purchases on a quiet
//! server, and while many clients try to sign in, each over a connection of its own and again and
//! again, with names that nobody has: each password that is looked at costs what any does.

use crate::compared::median;
use crate::connection::Connection;
use crate::database::Kind;
use crate::machine::millis;
use crate::office::Office;
use crate::report::{Goal, Measured, Report};
use crate::seed::customer_id;
use crate::server::Server;
use crate::statement::signed;
use crate::writes::settle;
use crate::{Bench, Outcome, Rounds, http};
use licentia_license::Request;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How many sign in at once.
const CLIENTS: usize = 300;
/// How many calls of each kind are measured, quiet and under load.
const CALLS: usize = 60;
/// How much longer a call may take under load.
const AT_MOST: f64 = 2.0;
/// How long the load is on before anything is measured.
const WARM: Duration = Duration::from_secs(2);

struct SignIns {
    office: Rc<Office>,
    clients: usize,
    calls: usize,
    asked: usize,
    emergencies: Compared,
    purchases: Compared,
    refused: Vec<f64>,
}

#[derive(Default)]
struct Compared {
    quiet: Vec<f64>,
    loaded: Vec<f64>,
}

/// Gets ready.
pub fn begin(bench: &mut Bench, kind: Kind) -> Outcome<Box<dyn Rounds>> {
    // The small office: nobody else asks for emergency licenses there.
    let office = bench.offices.office(kind, bench.sizes().0)?;
    let (clients, calls) = if bench.small { (20, 4) } else { (CLIENTS, CALLS) };
    let (emergencies, purchases, refused) = Default::default();
    Ok(Box::new(SignIns { office, clients, calls, asked: 0, emergencies, purchases, refused }))
}

impl Rounds for SignIns {
    fn round(&mut self) -> Outcome<()> {
        let server = self.office.serve()?;
        let mut connection = Connection::open(&server.address)?;
        // The first calls of a server find no connections to the database.
        self.emergency(&mut connection)?;
        self.purchase(&mut connection)?;
        let quiet = self.measure(&mut connection)?;
        let load = Load::start(&server, self.clients)?;
        thread::sleep(WARM);
        let loaded = self.measure(&mut connection)?;
        let counts = load.stop()?;
        server.stop()?;
        settle(&self.office.database)?;
        for (compared, (quiet, loaded)) in [&mut self.emergencies, &mut self.purchases]
            .into_iter()
            .zip(quiet.into_iter().zip(loaded))
        {
            compared.quiet.push(quiet);
            compared.loaded.push(loaded);
        }
        self.refused.push(counts);
        Ok(())
    }

    fn report(&self, report: &mut Report) {
        let kind = self.office.database.kind.name();
        for (what, compared) in
            [("an emergency license", &self.emergencies), ("a purchase", &self.purchases)]
        {
            let what = format!("p50 of {what} under {} sign-ins, {kind}", self.clients);
            let ratios = compared.loaded.iter().zip(&compared.quiet);
            let ratio = median(ratios.map(|(loaded, quiet)| loaded / quiet).collect());
            let [loaded, quiet] = [&compared.loaded, &compared.quiet]
                .map(|values| Measured::new(median(values.clone()), "ms"));
            let goal = Some(Goal::AtMost(AT_MOST));
            report.row("sign-ins", &what, loaded, Some(quiet), Some(ratio), goal);
        }
        let answered = Measured::per_second(median(self.refused.clone()));
        report.value("sign-ins", &format!("sign-ins answered meanwhile, {kind}"), answered);
    }
}

impl SignIns {
    /// p50 of emergency licenses and of purchases, in milliseconds; by turns, so that both see the
    /// same load.
    fn measure(&mut self, connection: &mut Connection) -> Outcome<[f64; 2]> {
        let (mut emergencies, mut purchases) = (Vec::new(), Vec::new());
        for _ in 0..self.calls {
            emergencies.push(self.emergency(connection)?);
            purchases.push(self.purchase(connection)?);
        }
        Ok([median(emergencies), median(purchases)])
    }

    /// Each customer may have one emergency license.
    fn next(&mut self) -> Outcome<usize> {
        let n = self.asked;
        if n >= self.office.size.customers {
            return Err("no customer is left that may ask".into());
        }
        self.asked += 1;
        Ok(n)
    }

    fn emergency(&mut self, connection: &mut Connection) -> Outcome<f64> {
        let n = self.next()?;
        let statement = signed(&self.office, n, Request::Emergency { accounts: 5 })?;
        let headers = "Content-Type: application/jwt\r\n";
        let answer = connection.post("/api/v1/emergency-licenses", headers, &statement)?;
        Ok(millis(answer.expect(201)?.took))
    }

    fn purchase(&mut self, connection: &mut Connection) -> Outcome<f64> {
        let n = self.asked % self.office.size.customers;
        let path = format!("/api/v1/customers/{}/purchases", customer_id(n).as_str());
        let number = self.office.next_order();
        let body = format!(
            r#"{{"order_number":"signins-{number}","paid_on":"2020-01-01","items":[{{"item":"user_accounts","quantity":1}}]}}"#
        );
        let headers = format!(
            "Authorization: Bearer {}\r\nContent-Type: application/json\r\n",
            self.office.token
        );
        Ok(millis(connection.post(&path, &headers, &body)?.expect(201)?.took))
    }
}

/// Clients that sign in again and again.
struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    thread: JoinHandle<Result<(), String>>,
    began: std::time::Instant,
}

impl Load {
    fn start(server: &Server, clients: usize) -> Outcome<Self> {
        let (cookie, csrf) = form(server)?;
        let address: SocketAddr = server.address.parse()?;
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stops, answers) = (Arc::clone(&stop), Arc::clone(&answered));
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| error.to_string())?;
            runtime.block_on(async {
                let clients = (0..clients).map(|client| {
                    let (stop, answered) = (Arc::clone(&stops), Arc::clone(&answers));
                    let (cookie, csrf) = (cookie.clone(), csrf.clone());
                    tokio::spawn(async move {
                        sign_in(address, client, &cookie, &csrf, &stop, &answered).await
                    })
                });
                for client in clients.collect::<Vec<_>>() {
                    client.await.map_err(|error| error.to_string())?.map_err(|e| e.to_string())?;
                }
                Ok(())
            })
        });
        Ok(Self { stop, answered, thread, began: std::time::Instant::now() })
    }

    /// Ends it; how many were answered a second.
    fn stop(self) -> Outcome<f64> {
        let seconds = self.began.elapsed().as_secs_f64();
        let answered = self.answered.load(Ordering::Relaxed);
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the load panicked")??;
        Ok(f64::from(u32::try_from(answered)?) / seconds)
    }
}

/// Signs in over one connection until it is told to stop: a refusal that says when to come again is
/// obeyed, as a browser's person would and an attacker would not, in every second client alone.
async fn sign_in(
    address: SocketAddr,
    client: usize,
    cookie: &str,
    csrf: &str,
    stop: &AtomicBool,
    answered: &AtomicU64,
) -> std::io::Result<()> {
    let obeys = client.is_multiple_of(2);
    let mut connection = TcpStream::connect(address).await?;
    let mut buffer = vec![0; 64 * 1024];
    let mut number = 0_u32;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        let body = format!("name=nobody-{client}-{number}&password=not+the+password&csrf={csrf}");
        let headers = format!("Cookie: {cookie}\r\n");
        let form = "application/x-www-form-urlencoded";
        let request = http::post("/sign-in", form, &headers, &body);
        connection.write_all(request.as_bytes()).await?;
        let status = read_answer(&mut connection, &mut buffer).await?;
        if status != 401 && status != 429 {
            return Err(std::io::Error::other(format!("the answer to a sign-in was {status}")));
        }
        answered.fetch_add(1, Ordering::Relaxed);
        if status == 429 && obeys {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }
    Ok(())
}

async fn read_answer(connection: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<u16> {
    let mut length = 0;
    loop {
        if length == buffer.len() {
            buffer.resize(length * 2, 0);
        }
        let read = connection.read(&mut buffer[length..]).await?;
        if read == 0 {
            return Err(std::io::Error::other("cut off"));
        }
        length += read;
        let text = String::from_utf8_lossy(&buffer[..length]).to_lowercase();
        let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
        let body = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let body: usize = body.and_then(|text| text.trim().parse().ok()).unwrap_or_default();
        if length >= head.len() + 4 + body {
            let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
            return status.ok_or_else(|| std::io::Error::other("no status"));
        }
    }
}

/// The cookies and the token of a sign-in form.
fn form(server: &Server) -> Outcome<(String, String)> {
    let answer = Connection::open(&server.address)?.get("/sign-in", "")?.expect(200)?;
    let cookies: Vec<&str> = answer
        .head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .filter_map(|(_, value)| value.split(';').next())
        .collect();
    let body = String::from_utf8(answer.body)?;
    let (_, rest) = body.split_once("name=\"csrf\" value=\"").ok_or("the form has no token")?;
    let csrf = rest.split('"').next().unwrap_or_default();
    Ok((cookies.join("; "), csrf.to_owned()))
}
