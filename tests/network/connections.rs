use super::sent;
use crate::support::{Database, ProcessOffice};
use std::net::TcpStream;
use std::process::Command;

#[test]
fn idle_connections_silence_neither_the_api_nor_operations() {
    let mut office = ProcessOffice::start(Database::Sqlite);
    office.server.end();
    // No more open files than usual, and no way to raise that.
    let plain = office.command("serve");
    let mut limited = Command::new("prlimit");
    limited.arg("--nofile=1024:1024").arg(plain.get_program()).args(plain.get_args());
    limited.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    office.server = crate::support::ServerProcess::try_start_as(limited).unwrap();
    let api = office.api.moved_to(&office.server.url);
    let address = office.server.url.trim_start_matches("http://").to_owned();
    let mut held = Vec::new();
    for at in 0..1100 {
        let stream = TcpStream::connect(&address).unwrap();
        held.push(stream);
        if at % 100 == 99 {
            office.server.ops.get("/livez").expect(200);
            office.server.ops.get("/readyz").expect(200);
            api.get("/customers").expect(200);
        }
    }
    // Half of a head is no request either.
    for _ in 0..300 {
        held.push(sent(&office.server.url, b"GET /api/v1/keys HTTP/1.1\r\nHost:"));
    }
    office.server.ops.get("/livez").expect(200);
    office.server.ops.get("/readyz").expect(200);
    api.get("/customers").expect(200);
}
