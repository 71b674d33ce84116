use super::super::testing::at;
use super::*;
use licentia_license::{MACHINE_ID, PRODUCT_UUID, ROOT_FILE_SYSTEM};

/// Machine-id, DMI, network card, root file system; `-` is none.
fn machine(signals: &str) -> Fingerprint {
    let names = [MACHINE_ID, PRODUCT_UUID, "mac_1", ROOT_FILE_SYSTEM];
    let signals = names.iter().zip(signals.split(' ')).filter(|(_, value)| *value != "-");
    signals.map(|(name, value)| ((*name).to_owned(), value.to_owned())).collect()
}

const ISSUED: Option<i64> = Some(1000);

/// What an installation says, and what is made of it.
struct Story {
    now: Timestamp,
    observed: Observed,
    incidents: usize,
}

impl Story {
    fn new() -> Self {
        let now = at("2014-05-13T10:00:00Z");
        Self { now, observed: Observed::nothing(now), incidents: 0 }
    }

    fn pass(&mut self, minutes: i64) -> &mut Self {
        self.now += SignedDuration::from_mins(minutes);
        self
    }

    fn hears(&mut self, sighting: &Sighting) -> &mut Self {
        let before = self.observed.possible_clone;
        self.observed = self.observed.clone().hearing(sighting, ISSUED);
        let after = self.observed.possible_clone;
        self.incidents += usize::from(before.is_none() && after.is_some());
        assert!(before.is_none() || before == after, "an incident stays as it was seen first");
        self
    }

    fn from(&mut self, signals: &str) -> &mut Self {
        let sighting = self.sighting(signals, None, 0);
        self.hears(&sighting)
    }

    fn with_seq(&mut self, seq: i64) -> &mut Self {
        let sighting = self.sighting("- - - -", Some(seq), 0);
        self.hears(&sighting)
    }

    fn sighting(&self, signals: &str, seq: Option<i64>, minutes_ago: i64) -> Sighting {
        let said_at = self.now - SignedDuration::from_mins(minutes_ago);
        Sighting { heard_at: self.now, said_at, seq, fingerprint: machine(signals) }
    }

    fn sign(&self) -> Option<CloneSign> {
        self.observed.possible_clone.map(|clone| clone.sign)
    }
}

#[test]
fn two_machines_that_are_heard_by_turns_within_a_day_are_told_of_once() {
    let mut story = Story::new();
    story.from("i u m r").pass(60).from("j v n s");
    assert_eq!(story.sign(), None, "the directory may have been moved");
    story.pass(60).from("i u m r");
    assert_eq!(story.sign(), Some(CloneSign::TwoMachines));
    let since = story.now;
    for _ in 0..10 {
        story.pass(60).from("j v n s").pass(60).from("i u m r");
    }
    assert_eq!(story.incidents, 1);
    assert_eq!(story.observed.possible_clone.map(|clone| clone.since), Some(since));
}

#[test]
fn daily_calls_of_two_machines_are_enough() {
    let mut story = Story::new();
    story.from("i u m r").pass(6 * 60).from("j v n s").pass(18 * 60).from("i u m r");
    assert_eq!(story.incidents, 1);
}

#[test]
fn a_machine_that_is_back_after_a_day_is_no_clone() {
    let mut story = Story::new();
    story.from("i u m r").pass(60).from("j v n s");
    story.pass(24 * 60 + 1).from("i u m r");
    assert_eq!(story.incidents, 0, "moved, and moved back");
    story.pass(24 * 60).from("j v n s");
    assert_eq!(story.incidents, 1, "this is within a day");
}

#[test]
fn what_changes_at_one_machine_is_no_clone() {
    let histories: [&[&str]; 7] = [
        &["i u m r", "i u n r", "i u m r", "i u k r", "i u n r"],
        &["i u m r", "i u m s", "i u m r"],
        &["i u m r", "i - m r", "i u m r", "i - - -", "i u m r"],
        &["i - m -", "i - n -", "i - m -", "j - k -", "i - n -"],
        &["- - m -", "- - n -", "- - m -", "- - n -"],
        &["- - - -", "i u m r", "- - - -", "i u m r"],
        &["i - - -", "j v n s", "i - - -", "j v n s"],
    ];
    for history in histories {
        let mut story = Story::new();
        for signals in history {
            story.pass(60).from(signals);
        }
        assert_eq!(story.incidents, 0, "{history:?}");
    }
}

#[test]
fn changes_one_by_one_make_no_other_machine() {
    let mut story = Story::new();
    for signals in ["i u m r", "i u n r", "i u n s", "j u n s", "j v n s", "j v n s"] {
        story.pass(60).from(signals);
    }
    assert_eq!((story.incidents, story.observed.machines.len()), (0, 1));
    story.pass(60).from("i u m r").pass(60).from("j v n s");
    assert_eq!(story.incidents, 1, "the machine that it was is another one now");
}

#[test]
fn what_cannot_be_read_at_the_moment_stays_known() {
    let mut story = Story::new();
    story.from("i u m r").pass(60).from("i - m -");
    assert_eq!(story.observed.machines[0].fingerprint, machine("i u m r"));
    story.pass(60).from("i u n r");
    assert_eq!(story.observed.machines[0].fingerprint, machine("i u n r"), "the card is another");
}

#[test]
fn a_statement_that_was_under_way_tells_of_the_time_it_was_written() {
    let mut story = Story::new();
    story.from("i u m r").pass(60).from("j v n s").pass(60);
    let carried = story.sighting("i u m r", Some(1), 119);
    story.with_seq(9).hears(&carried);
    assert_eq!(story.incidents, 0, "written before the second machine, and before the number");
    let sent_again = story.sighting("i u m r", Some(1), 5);
    story.hears(&sent_again);
    assert_eq!(story.sign(), Some(CloneSign::TwoMachines), "this was written after it");
}

#[test]
fn a_number_that_goes_back_is_told_of_once() {
    let mut story = Story::new();
    story.with_seq(7).pass(60).with_seq(9).pass(60).with_seq(9);
    assert_eq!(story.incidents, 0);
    story.pass(60).with_seq(7);
    assert_eq!(story.sign(), Some(CloneSign::OlderLicense));
    story.pass(60).with_seq(9).pass(60).with_seq(7);
    assert_eq!(story.incidents, 1);
}

#[test]
fn a_number_that_nobody_issued_is_not_remembered() {
    let mut story = Story::new();
    story.with_seq(7).pass(60).with_seq(1001).pass(60).with_seq(i64::MAX).pass(60).with_seq(8);
    assert_eq!(story.incidents, 0, "a stolen key, withdrawn since, may have set it");
    assert_eq!(story.observed.seq.map(|seq| seq.seq), Some(8));
    let unlicensed = story.observed.clone().hearing(&story.sighting("- - - -", Some(1), 0), None);
    assert_eq!(unlicensed.seq, story.observed.seq);
}

#[test]
fn what_staff_have_found_in_order_is_not_told_of_again_and_a_third_machine_is() {
    let mut story = Story::new();
    story.from("i u m r").pass(60).from("j v n s").pass(60).from("i u m r");
    assert_eq!(story.incidents, 1);
    story.observed = story.observed.clone().found_in_order();
    assert_eq!(story.sign(), None);
    for _ in 0..3 {
        story.pass(60).from("j v n s").pass(60).from("i u m r");
    }
    assert_eq!(story.incidents, 1);
    story.pass(60).from("k w o t").pass(60).from("i u m r");
    assert_eq!(story.incidents, 2);
}

#[test]
fn what_says_nothing_new_is_noted_once_an_hour() {
    let mut story = Story::new();
    assert!(story.observed.is_news(None));
    story.from("i u m r").with_seq(7);
    let noted = story.observed.clone();
    story.pass(59).from("i u m r").with_seq(7);
    assert!(!story.observed.is_news(Some(&noted)));
    assert!(story.pass(1).with_seq(7).observed.is_news(Some(&noted)));
    for news in [story.sighting("i u n r", None, 0), story.sighting("i u m r", Some(8), 0)] {
        let observed =
            noted.clone().hearing(&Sighting { heard_at: noted.heard_at, ..news }, ISSUED);
        assert!(observed.is_news(Some(&noted)));
    }
}

#[test]
fn what_does_not_fit_is_left_aside() {
    let mut story = Story::new();
    story.from("i u m r");
    let many = (0..17).map(|n| (format!("signal_{n}"), "h".to_owned())).collect();
    let long = [(MACHINE_ID.to_owned(), "h".repeat(201))].into();
    for fingerprint in [many, long] {
        story.pass(1);
        let sighting = Sighting { fingerprint, ..story.sighting("- - - -", None, 0) };
        story.hears(&sighting);
    }
    assert_eq!(story.observed.machines.len(), 1);
    for n in 0..20 {
        story.pass(2000).from(&format!("i{n} u{n} m{n} r{n}"));
    }
    assert_eq!((story.observed.machines.len(), story.incidents), (8, 0));
}

#[test]
fn each_sign_has_its_word() {
    for sign in [CloneSign::TwoMachines, CloneSign::OlderLicense] {
        assert_eq!(CloneSign::parse(sign.as_str()), Some(sign));
        assert_eq!(serde_json::to_value(sign).unwrap(), sign.as_str());
    }
    assert_eq!(CloneSign::parse("other"), None);
}
