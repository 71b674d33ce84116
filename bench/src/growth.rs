//! Growth: how long one call takes over one connection in a small office and in a large one: the
//! fetch of a license, the recording of a purchase, the search of a customer.
//!
//! Two servers on the same kind of database answer request by request in turn, the one first, then
//! the other, each when it has rested for a moment. Which customer is asked about goes through the
//! whole office in large steps, so that a large one is met where nobody has been before. Both databases
//! are read through beforehand: in a machine that has memory for them, what was not read lately is not
//! read from the disk. A round has its own medians; the table has the medians over the rounds, and of
//! their ratios. The goal is a growth of at most 1.3.

use crate::connection::{Answer, Connection};
use crate::database::Kind;
use crate::machine::{median, median_of};
use crate::office::Office;
use crate::report::{Goal, Measured};
use crate::seed::{Size, company, customer_id, order_number};
use crate::server::Server;
use crate::{Bench, Outcome, statement};
use licentia_license::Request;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

/// How long nobody asks before each call: longer than a call may have to wait until the office looks
/// again what has changed, so that none is measured with the wait for another's.
const PAUSE: Duration = Duration::from_millis(3);
/// How far it is from one customer to the next that is asked about: prime, so that it meets all.
const STRIDE: usize = 7919;

const CALLED: [(&str, Call); 3] =
    [("fetch", Place::fetch), ("issue", Place::issue), ("search", Place::search)];

type Call = fn(&mut Place, usize) -> Outcome<Answer>;

/// Measures and reports.
pub fn measure(bench: &mut Bench, kind: Kind) -> Outcome<()> {
    let (few, many) = bench.sizes();
    let small = bench.offices.office(kind, few)?;
    let large = bench.offices.office(kind, many)?;
    size(bench, &small);
    size(bench, &large);
    compare(bench, &small, &large)?;
    if bench.million {
        let customers = if bench.small { 1000 } else { 1_000_000 };
        // It takes much of a disk, so it goes when it has been looked at.
        let size_of = Size { customers, purchases: 1 };
        let million = Rc::new(Office::seeded(&bench.binary, kind, size_of)?);
        size(bench, &million);
        compare(bench, &small, &million)?;
    }
    Ok(())
}

/// How large an office's database is, for each customer, as it was seeded.
fn size(bench: &mut Bench, office: &Office) {
    let Size { customers, purchases } = office.size;
    let each = "the database, for each customer of";
    let kind = office.database.kind.name();
    let what = format!("{each} {} with {purchases} purchases, {kind}", count(customers));
    #[expect(clippy::cast_precision_loss, reason = "some kilobytes")]
    let kib = office.seeded_bytes as f64 / customers as f64 / 1024.0;
    bench.report.value("growth", &what, Measured::new(kib, "KiB"));
}

fn compare(bench: &mut Bench, few: &Rc<Office>, many: &Rc<Office>) -> Outcome<()> {
    // A round more than there are: so each customer of the small one is asked about once at most, and
    // no answer comes from what the office keeps in memory.
    let calls = (few.size.customers / (bench.rounds + 1)).max(1);
    // Once more: filling the large one may have taken the small one's place in the machine's memory.
    few.database.rest()?;
    many.database.rest()?;
    let mut places = [Place::serve(few)?, Place::serve(many)?];
    let [small, large] = [few, many].map(|office| count(office.size.customers));
    let kind = few.database.kind.name();
    for (name, call) in CALLED {
        // What is asked first is not counted.
        for place in &mut places {
            for number in 0..calls / 5 {
                call(place, number)?;
            }
        }
        let mut medians: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
        let mut ratios = Vec::new();
        for round in 1..=bench.rounds {
            bench.quiet()?;
            // A server ends a connection over which nobody asks.
            for place in &mut places {
                place.connection = Connection::open(&place.server.address)?;
            }
            let mut times: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
            for number in round * calls..(round + 1) * calls {
                let order = if number % 2 == 0 { [0, 1] } else { [1, 0] };
                for which in order {
                    std::thread::sleep(PAUSE);
                    times[which].push(call(&mut places[which], number)?.took);
                }
            }
            let [few, many] = times.map(|mut times| median(&mut times));
            ratios.push(many.as_secs_f64() / few.as_secs_f64());
            medians[0].push(few);
            medians[1].push(many);
        }
        let ratio = median_of(&mut ratios);
        let [few_took, many_took] = medians.map(|mut medians| median(&mut medians));
        let what = format!("p50 of {name}, {large} against {small} customers, {kind}");
        let (ours, floor) = (Measured::millis(many_took), Some(Measured::millis(few_took)));
        bench.report.row("growth", &what, ours, floor, Some(ratio), Some(Goal::AtMost(1.3)));
    }
    Ok(())
}

/// A number with its thousands apart.
fn count(number: usize) -> String {
    if number < 1000 {
        number.to_string()
    } else {
        format!("{},{:03}", count(number / 1000), number % 1000)
    }
}

/// An office that is served, and asked over one connection at a time.
struct Place {
    office: Rc<Office>,
    connection: Connection,
    server: Server,
}

impl Place {
    fn serve(office: &Rc<Office>) -> Outcome<Self> {
        let office = Rc::clone(office);
        let server = office.serve()?;
        let connection = Connection::open(&server.address)?;
        Ok(Self { office, connection, server })
    }

    fn customer(&self, number: usize) -> usize {
        number * STRIDE % self.office.size.customers
    }

    fn staff(&self) -> String {
        format!("Authorization: Bearer {}\r\n", self.office.token)
    }

    pub fn fetch(&mut self, number: usize) -> Outcome<Answer> {
        let n = self.customer(number);
        let statement = statement::signed(&self.office, n, Request::License {})?;
        let bearer = format!("Authorization: Bearer {statement}\r\n");
        self.connection.get("/api/v1/license", &bearer)?.expect(200)
    }

    fn issue(&mut self, number: usize) -> Outcome<Answer> {
        let n = self.customer(number);
        let order = order_number(n, self.office.next_order());
        let body = format!(
            "{{\"order_number\":\"{order}\",\"paid_on\":\"2026-01-01\",\
             \"items\":[{{\"item\":\"user_accounts\",\"quantity\":1}}]}}"
        );
        let headers = format!(
            "{}Content-Type: application/json\r\nIdempotency-Key: {order}\r\n",
            self.staff()
        );
        let path = format!("/api/v1/customers/{}/purchases", customer_id(n));
        self.connection.post(&path, &headers, &body)?.expect(201)
    }

    fn search(&mut self, number: usize) -> Outcome<Answer> {
        // In both offices these are companies of the small one, so that as much is found.
        let own = company(number % 20).own;
        let mut escaped = String::new();
        for byte in own.bytes() {
            write!(escaped, "%{byte:02X}")?;
        }
        let staff = self.staff();
        self.connection.get(&format!("/api/v1/customers?search={escaped}"), &staff)?.expect(200)
    }
}
