use super::sent;
use crate::support::{Api, Database, ProcessOffice};
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
    // A connection of its own for each call, as other clients would have.
    let (api, ops) = (office.server.url.clone(), office.server.ops.base().to_owned());
    let all_answer = || {
        for path in ["/livez", "/readyz"] {
            Api::new(&ops).get(path).expect(200);
        }
        Api::new(&api).with_token(&office.token).get("/customers").expect(200);
    };
    let address = office.server.url.trim_start_matches("http://").to_owned();
    let mut held = Vec::new();
    for at in 0..1100 {
        let stream = TcpStream::connect(&address).unwrap();
        held.push(stream);
        if at % 100 == 99 {
            all_answer();
        }
    }
    // Half of a head is no request either.
    for _ in 0..300 {
        held.push(sent(&office.server.url, b"GET /api/v1/keys HTTP/1.1\r\nHost:"));
    }
    all_answer();
}
