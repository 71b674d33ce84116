//! The database's machine vanishes: no reset, no answer.

use crate::support::unique;
use crate::support::{
    Database, TestDatabase, TestOffice, Wire, WireState, order, python, socket_of,
};
use licentia::clock::Stopwatch;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// Passes TCP on to a Unix socket.
const RELAY: &str = "
import asyncio, sys
async def pump(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
async def carry(reader, writer):
    there, back = await asyncio.open_unix_connection(sys.argv[2])
    await asyncio.gather(pump(reader, back), pump(there, writer), return_exceptions=True)
async def main():
    server = await asyncio.start_server(carry, sys.argv[1], 5432)
    print('listens', flush=True)
    await server.serve_forever()
asyncio.run(main())
";

/// A machine of its own: a network namespace at the end of a cable.
struct Machine {
    name: String,
    relay: Child,
}

const HERE: &str = "10.213.77.1";
const THERE: &str = "10.213.77.2";

fn ip(arguments: &str) {
    let done = Command::new("ip").args(arguments.split(' ')).output().unwrap();
    let why = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "ip {arguments} (which takes root): {why}");
}

impl Machine {
    fn with_database(url: &str) -> Self {
        let name = format!("lic{}", std::process::id());
        ip(&format!("netns add {name}"));
        ip(&format!("link add {name} type veth peer name db netns {name}"));
        ip(&format!("addr add {HERE}/24 dev {name}"));
        ip(&format!("link set {name} up"));
        ip(&format!("-n {name} addr add {THERE}/24 dev db"));
        ip(&format!("-n {name} link set db up"));
        let mut relay = Command::new("ip");
        relay.args(["netns", "exec", &name]).arg(python()).args(["-c", RELAY, THERE]);
        let mut relay = relay.arg(socket_of(url)).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(relay.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "listens\n");
        Self { name, relay }
    }

    /// Nothing comes back from it any more.
    fn vanish(&self) {
        ip(&format!("-n {} route add blackhole {HERE}/32", self.name));
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.relay.kill();
        let _ = self.relay.wait();
        let _ = Command::new("ip").args(["link", "delete", &self.name]).status();
        let _ = Command::new("ip").args(["netns", "delete", &self.name]).status();
    }
}

#[test]
fn calls_are_answered_again_within_seconds_after_the_databases_machine_has_vanished() {
    let database = TestDatabase::new(Database::Postgres);
    let machine = Machine::with_database(&database.url);
    let spare = Wire::to(&database.url, WireState::Up);
    let name = database.url.rsplit_once('/').unwrap().1;
    let url = format!(
        "postgres://postgres@{THERE}:5432,127.0.0.1:{}/{name}?sslmode=disable",
        spare.port()
    );
    let office = TestOffice::start_with(Database::Postgres, |settings| {
        settings.database_url = Some(url);
    });
    let customer = office.customer();
    let buy = || office.api.post(&customer.path("purchases"), &order(&unique("order"), 1)).status;
    assert_eq!(buy(), 201);
    machine.vanish();
    let clock = Stopwatch::start();
    let mut in_a_row = 0;
    while in_a_row < 20 {
        let (asked, status) = (Stopwatch::start(), buy());
        assert!(asked.elapsed() < Duration::from_millis(5500), "{:?}", asked.elapsed());
        in_a_row = if status == 201 { in_a_row + 1 } else { 0 };
        assert!(clock.elapsed() < Duration::from_secs(30), "it is not answered: {status}");
        thread::sleep(Duration::from_millis(20));
    }
    println!("answered again after {:?}", clock.elapsed());
}
