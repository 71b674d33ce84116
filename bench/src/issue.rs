//! Issue: purchases recorded per second, each with its license, against the database's own rate for
//! the same rows.
//!
//! A purchase is a POST with an Idempotency-Key, for any customer of the large office (of each two
//! the first; the other is the floor's). Order numbers rise, as a vendor's do, and the customer is told
//! by mail.

use crate::database::Kind;
use crate::names::Numbers;
use crate::office::Office;
use crate::report::Report;
use crate::rows::Work;
use crate::seed::customer_id;
use crate::writes::{Plan, Writes, run};
use crate::{Bench, Outcome, Rounds, http};
use jiff::{Timestamp, tz::TimeZone};
use std::rc::Rc;
use std::time::SystemTime;

struct Issue {
    purchases: Purchases,
    writes: Writes,
}

/// Gets ready.
pub fn begin(bench: &mut Bench, kind: Kind) -> Outcome<Box<dyn Rounds>> {
    let plan = if bench.small {
        Plan { seconds: 1, warm: 8, calls: [1000, 2000] }
    } else {
        Plan { seconds: 8, warm: 512, calls: [20_000, 40_000] }
    };
    let office = bench.offices.office(kind, bench.sizes().1)?;
    let mut purchases = Purchases { office: Rc::clone(&office), numbers: Numbers::new(7), made: 0 };
    let mut next = |count| purchases.next(count);
    let writes = Writes::begin(office, Work::Purchase, plan, &mut next)?;
    Ok(Box::new(Issue { purchases, writes }))
}

impl Rounds for Issue {
    fn round(&mut self) -> Outcome<()> {
        self.writes.round(&mut |count| self.purchases.next(count))
    }

    fn report(&self, report: &mut Report) {
        self.writes.report(report, "issue");
    }
}

/// Purchases, each under an order number of its own.
struct Purchases {
    office: Rc<Office>,
    numbers: Numbers,
    made: usize,
}

impl Purchases {
    fn next(&mut self, count: usize) -> Outcome<Vec<(usize, String)>> {
        let run = run();
        let today = TimeZone::UTC.to_datetime(Timestamp::try_from(SystemTime::now())?).date();
        let mut requests = Vec::new();
        for _ in 0..count {
            self.made += 1;
            let n = 2 * self.numbers.below(self.office.size.customers.div_ceil(2));
            // As long as those of the floor.
            let order = format!("3{run:03}-{:014}", self.made);
            let body = format!(
                "{{\"order_number\":\"{order}\",\"paid_on\":\"{today}\",\
                 \"items\":[{{\"item\":\"user_accounts\",\"quantity\":5}}],\"notify\":true}}"
            );
            let path = format!("/api/v1/customers/{}/purchases", customer_id(n));
            let token = &self.office.token;
            let name = self.numbers.name();
            let headers = format!("Authorization: Bearer {token}\r\nIdempotency-Key: {name}\r\n");
            requests.push((n, http::post(&path, "application/json", &headers, &body)));
        }
        Ok(requests)
    }
}
