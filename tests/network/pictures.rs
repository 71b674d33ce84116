use crate::offline::carried;
use crate::support::{
    Database, ProcessOffice, TestOffice, emergency, photographed, tiled_with_finder_patterns,
};
use std::fs;

#[test]
fn an_honest_photograph_is_read_while_pictures_full_of_finder_patterns_are_uploaded() {
    let office = TestOffice::start_with(Database::Sqlite, |settings| {
        settings.trusted_proxies = Some("127.0.0.1".into());
    });
    let customer = office.customer();
    office.purchase(&customer, "2014-1", 20);
    let key = office.activated_key(&customer);
    let photo = photographed(&carried(&key, &office, &emergency(10)).signed());
    let bomb = tiled_with_finder_patterns(355);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    std::thread::scope(|scope| {
        let bombs: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| office.api.hand_in_file_from("198.51.100.1", &bomb).status))
            .collect();
        // On a machine that does much else, a customer may be told to come back once.
        let hand_in = |_| office.api.hand_in_file_from("198.51.100.2", &photo);
        let answer = (0..5).map(hand_in).find(|answer| answer.status != 503);
        answer.expect("the server is not busy for long").carried_license();
        for bomb in bombs {
            // One address is read two at a time; what waits too long is told to come back.
            assert!(matches!(bomb.join().unwrap(), 422 | 503));
        }
    });
    office.api.hand_in_file_from("198.51.100.2", &photo).carried_license();
}

#[test]
fn pictures_are_read_in_a_child_process_that_leaves_nothing_behind() {
    let office = ProcessOffice::start(Database::Sqlite);
    let bomb = tiled_with_finder_patterns(355);
    for _ in 0..4 {
        assert_eq!(office.server.api.hand_in_file(&bomb).status, 422);
    }
    let most = office.server.most_memory_kib();
    assert!(most < 200 * 1024, "{most} KiB");
    let left = children(office.server.id());
    assert_eq!(left, "", "each child was waited for");
}

/// The children of a process, of whichever of its threads.
fn children(process: u32) -> String {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let children = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("children")));
    children.filter_map(Result::ok).collect::<String>().trim().to_owned()
}

#[test]
fn the_child_that_reads_a_picture_is_ended_when_it_takes_too_much_memory() {
    use std::io::Write;
    use std::process::Stdio;
    let mut child = crate::support::command("read-picture", &[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It waits for the rest of the picture; its limits hold already.
    stdin.write_all(b"\x89PNG\r\n\x1a\n").unwrap();
    let limits = || fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let limited = |limits: &str| {
        [
            "Max address space         335544320",
            "Max cpu time              3 ",
            "Max open files            0 ",
        ]
        .iter()
        .all(|line| limits.contains(line))
    };
    let held = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        limited(&limits())
    });
    assert!(held, "{}", limits());
    drop(stdin);
    assert!(!child.wait().unwrap().success());
}
