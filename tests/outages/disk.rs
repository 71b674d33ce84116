//! The disk fails: row 13.

use crate::support::{Customer, Database, ProcessOffice, Reply, list, order};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// Makes every fsync of a process fail with EIO, as long as it lives.
struct FailingDisk(Child);

impl FailingDisk {
    fn of(process: u32) -> Self {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"]);
        strace.args(["-e", "inject=fsync,fdatasync:error=EIO", "-p", &process.to_string()]);
        let child = strace.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let disk = Self(child);
        // Every thread of the process is traced then.
        let is_traced = || {
            let tasks = std::fs::read_dir(format!("/proc/{process}/task")).unwrap();
            tasks.flatten().all(|task| {
                let status = std::fs::read_to_string(task.path().join("status"));
                status.is_ok_and(|status| !status.contains("TracerPid:\t0\n"))
            })
        };
        for _ in 0..200 {
            if is_traced() {
                return disk;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("strace has not attached");
    }
}

impl Drop for FailingDisk {
    fn drop(&mut self) {
        // It detaches from the process when it is asked to end, and does not when it is killed.
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

fn buy(office: &ProcessOffice, customer: &Customer, key: &str) -> Reply {
    let path = format!("/customers/{}/purchases", customer.id);
    let headers = [("idempotency-key", key), ("content-type", "application/json")];
    office.api.call("POST", &path, &headers, Some(&order("2014-0513", 5).to_string())).unwrap()
}

#[test]
fn a_disk_that_fails_leaves_the_outcome_open_and_the_same_request_settles_it() {
    let mut office = ProcessOffice::start(Database::Sqlite);
    let customer = office.customer();
    let disk = FailingDisk::of(office.server.id());
    let reply = buy(&office, &customer, "settled-by-asking-again");
    assert_eq!((reply.status, reply.code()), (503, "storage-failing"), "{}", reply.text);
    assert!(
        reply.text_at("/detail").contains("same Idempotency-Key")
            || reply.text_at("/detail").contains("тем же Idempotency-Key"),
        "{}",
        reply.text
    );
    let ready = office.server.ops.page("GET", "/readyz", &[], None);
    assert_eq!(ready.status, 503, "{}", ready.text);
    assert!(ready.text.contains("disk fails"), "{}", ready.text);

    // Killed: what was written but not acknowledged may be there or not.
    office.server.kill_now();
    drop(disk);
    office.restart();
    let again = buy(&office, &customer, "settled-by-asking-again").expect(201);
    let listed = list(&office.api, &format!("/customers/{}/purchases", customer.id));
    let same = listed.iter().filter(|row| row["order_number"] == "2014-0513");
    assert_eq!(same.count(), 1, "{listed:?}");
    assert_eq!(again.json["purchase"]["order_number"], "2014-0513");
}

#[test]
fn a_disk_that_works_again_makes_the_server_ready_again() {
    let office = ProcessOffice::start(Database::Sqlite);
    let customer = office.customer();
    let disk = FailingDisk::of(office.server.id());
    buy(&office, &customer, "first").expect(503);
    drop(disk);
    // Nobody has to write for that: it is tried.
    let ready = (0..50).any(|_| {
        thread::sleep(Duration::from_millis(100));
        office.server.ops.page("GET", "/readyz", &[], None).status == 200
    });
    assert!(ready, "{}", office.server.ops.page("GET", "/readyz", &[], None).text);
    buy(&office, &customer, "first").expect(201);
}
