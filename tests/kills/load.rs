//! A mixed load: what many clients ask, and what they were answered.

use crate::support::{
    Api, Customer, InstallationKey, Reply, activation, emergency, now, romashka, unique,
};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// At most so many customers, so that clients meet at them.
const CUSTOMERS: usize = 24;
/// A statement may be handed in again for five minutes.
const STATEMENT_LIFE: i64 = 240;

/// What may be asked; all but the first are about a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Job {
    Enter,
    Buy,
    Void,
    Activate,
    Emergency,
    Release,
}

/// A call with the name that makes it happen once.
#[derive(Clone)]
pub struct Call {
    pub job: Job,
    pub path: String,
    pub body: String,
    /// The Idempotency-Key; a statement names itself.
    pub key: Option<String>,
    /// Which customer it is about.
    pub customer: Option<Customer>,
    /// The installation that asks.
    pub installation: Option<InstallationKey>,
    asked_at: Timestamp,
}

impl Call {
    pub fn send(&self, api: &Api) -> Result<Reply, ureq::Error> {
        match &self.key {
            Some(key) => {
                api.try_post_as(&self.path, &serde_json::from_str(&self.body).unwrap(), Some(key))
            }
            None => api.try_post_statement(&self.path, &self.body),
        }
    }

    /// Whether asking again still has the same outcome.
    pub fn may_be_asked_again(&self) -> bool {
        self.key.is_some() || now().duration_since(self.asked_at).as_secs() < STATEMENT_LIFE
    }
}

/// What the clients know together.
#[derive(Default)]
pub struct World {
    customers: Vec<Customer>,
    /// Acknowledged purchases that no client has tried to void.
    voidable: Vec<(String, Customer)>,
    /// Installations that were activated and not asked to be released.
    active: Vec<(InstallationKey, Customer)>,
    /// Calls that were cut off; some are asked again.
    cut_off: Vec<Call>,
    /// Calls that were cut off and never asked again.
    pub given_up: Vec<Call>,
    /// Calls that were acknowledged to have written, with the first answer.
    pub acknowledged: Vec<(Call, Reply)>,
    /// How often each outcome came.
    pub outcomes: BTreeMap<(Job, u16), usize>,
    /// How often a cut-off call was asked again.
    pub asked_again: usize,
}

impl World {
    /// No call is asked again any more.
    pub fn end(&mut self) {
        self.given_up.append(&mut self.cut_off);
    }
}

/// A client: asks until its server is killed.
pub fn run_client(seed: u64, api: &Api, world: &Mutex<World>, killed: &AtomicBool) {
    let mut chance = StdRng::seed_from_u64(seed);
    loop {
        let call = next_call(&mut chance, &mut world.lock().unwrap());
        match call.send(api) {
            Ok(reply) => note(&mut world.lock().unwrap(), call, reply),
            Err(error) => {
                assert!(killed.load(Ordering::SeqCst), "the server itself cut a call: {error}");
                world.lock().unwrap().cut_off.push(call);
                return;
            }
        }
        if killed.load(Ordering::SeqCst) {
            return;
        }
    }
}

fn next_call(chance: &mut StdRng, world: &mut World) -> Call {
    while let Some(call) = world.cut_off.pop() {
        if call.may_be_asked_again() && chance.random_bool(0.7) {
            world.asked_again += 1;
            return call;
        }
        world.given_up.push(call);
    }
    let dice = chance.random_range(0..100);
    if world.customers.is_empty() || (dice < 15 && world.customers.len() < CUSTOMERS) {
        return call(Job::Enter, "/customers".into(), &json_with_places(chance), None);
    }
    let customer = world.customers[chance.random_range(0..world.customers.len())].clone();
    match dice {
        15..30 => {
            let key = InstallationKey::new();
            let asks = activation(&customer.activation_key, &unique("pbx"));
            statement(Job::Activate, "/activations", &key, &asks, customer)
        }
        30..45 if !world.active.is_empty() => {
            let (key, customer) = world.active[chance.random_range(0..world.active.len())].clone();
            let asks = emergency(chance.random_range(1..=10_i64));
            statement(Job::Emergency, "/emergency-licenses", &key, &asks, customer)
        }
        45..50 if !world.active.is_empty() => {
            let (key, customer) = take(chance, &mut world.active);
            statement(Job::Release, "/releases", &key, &json!({"release": {}}), customer)
        }
        50..60 if !world.voidable.is_empty() => {
            let (purchase, customer) = take(chance, &mut world.voidable);
            let reason = json!({"reason": "the load voids it"});
            call(Job::Void, format!("/purchases/{purchase}/void"), &reason, Some(customer))
        }
        _ => call(Job::Buy, customer.path("purchases"), &order(chance), Some(customer)),
    }
}

fn call(job: Job, path: String, body: &Value, customer: Option<Customer>) -> Call {
    let (body, key) = (body.to_string(), Some(unique("key")));
    Call { job, path, body, key, customer, installation: None, asked_at: now() }
}

fn statement(
    job: Job,
    path: &str,
    key: &InstallationKey,
    asks: &Value,
    customer: Customer,
) -> Call {
    Call {
        job,
        path: path.into(),
        body: key.asks_site(asks),
        key: None,
        customer: Some(customer),
        installation: Some(key.clone()),
        asked_at: now(),
    }
}

fn take<T>(chance: &mut StdRng, from: &mut Vec<T>) -> T {
    let index = chance.random_range(0..from.len());
    from.swap_remove(index)
}

fn json_with_places(chance: &mut StdRng) -> Value {
    let mut body = romashka();
    body["places"] = chance.random_range(1..=20).into();
    body
}

fn order(chance: &mut StdRng) -> Value {
    let mut items = vec![json!({"item": "user_accounts", "quantity": chance.random_range(1..50)})];
    if chance.random_bool(0.3) {
        items.push(json!({"item": "external_connections", "quantity": 2}));
    }
    if chance.random_bool(0.3) {
        let until = format!("203{}-10-31", chance.random_range(0..10));
        items.push(json!({"item": "support", "until": until}));
    }
    json!({"order_number": unique("order"), "paid_on": "2014-05-13", "items": items,
        "notify": chance.random_bool(0.2)})
}

/// What an answer teaches the clients.
fn note(world: &mut World, call: Call, reply: Reply) {
    *world.outcomes.entry((call.job, reply.status)).or_default() += 1;
    let expected = match call.job {
        Job::Enter | Job::Buy | Job::Void => [201, 201, 201],
        Job::Activate => [201, 409, 409],
        // A place may be given back in the meantime.
        Job::Emergency => [200, 201, 409],
        Job::Release => [204, 204, 204],
    };
    let released = call.job == Job::Emergency && reply.code() == "installation-released";
    assert!(released || expected.contains(&reply.status), "{:?}: {}", call.job, reply.text);
    if !matches!(reply.status, 201 | 204) {
        return;
    }
    match call.job {
        Job::Enter => world.customers.push(Customer {
            id: reply.text_at("/id"),
            activation_key: reply.text_at("/activation_key"),
            email: reply.text_at("/email"),
        }),
        Job::Buy => {
            let customer = call.customer.clone().unwrap();
            world.voidable.push((reply.text_at("/purchase/id"), customer));
        }
        Job::Activate => {
            let key = call.installation.clone().unwrap();
            world.active.push((key, call.customer.clone().unwrap()));
        }
        Job::Void | Job::Emergency | Job::Release => {}
    }
    world.acknowledged.push((call, reply));
}
