use super::*;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

struct Key(u32);

impl MacKey for Key {
    fn version(&self) -> u32 {
        self.0
    }

    fn mac(&self, version: u32, label: &str, message: &[u8]) -> Option<Digest> {
        if version > self.0 {
            return None;
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(&[7, version.to_be_bytes()[3]]).ok()?;
        mac.update(label.as_bytes());
        mac.update(message);
        Some(mac.finalize().into_bytes().into())
    }
}

fn head() -> Head {
    Head {
        ledger_number: 3,
        ledger_chain: [1; 32],
        audit_number: 9,
        audit_chain: [2; 32],
        customer: [3; 32],
        activation: [4; 32],
        installations: [5; 32],
        license: [6; 32],
    }
}

#[test]
fn a_head_is_read_as_it_was_sealed_also_under_an_older_version_of_the_key() {
    let stored = head().seal("cus_1", Some(&Key(1)));
    assert_eq!(Head::version_of(&stored), Some(1));
    for key in [Key(1), Key(2)] {
        assert_eq!(Head::open("cus_1", &stored, Some(&key)), StoredHead::Genuine(head()));
    }
}

#[test]
fn a_head_with_any_bit_changed_or_of_another_customer_is_not_genuine() {
    let stored = head().seal("cus_1", Some(&Key(1)));
    for bit in 0..stored.len() * 8 {
        let mut changed = stored.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let opened = Head::open("cus_1", &changed, Some(&Key(1)));
        assert!(matches!(opened, StoredHead::Forged(_)), "bit {bit}");
    }
    let opened = Head::open("cus_2", &stored, Some(&Key(1)));
    assert_eq!(opened, StoredHead::Forged(head()));
    let without_key = head().seal("cus_1", None);
    assert_eq!(Head::open("cus_1", &without_key, Some(&Key(1))), StoredHead::Forged(head()));
    assert_eq!(Head::open("cus_1", &without_key, None), StoredHead::Forged(head()));
    assert_eq!(Head::open("cus_1", b"short", None), StoredHead::Forged(Head::default()));
}

/// The chain of these rows: a number, what it says, and the value stored with it.
type Row = (i64, &'static str, Option<Digest>);

fn next(previous: &Digest, what: &str) -> Digest {
    Canonical::new("test").bytes(previous).text(what).digest()
}

fn rows() -> (Vec<Row>, Digest) {
    let mut chain = Digest::default();
    let rows = ["one", "two", "three", "four"].into_iter().zip(1..).map(|(what, number)| {
        chain = next(&chain, what);
        (number, what, Some(chain))
    });
    (rows.collect(), chain)
}

fn findings(rows: &[Row], end: &Digest) -> Vec<String> {
    let mut walk = ChainWalk::default();
    for (number, what, stored) in rows {
        let stored = stored.as_ref().map(<[u8; 32]>::as_slice);
        walk.row(*number, stored, || format!("row {number}"), |previous| next(previous, what));
    }
    walk.finish(4, end)
}

#[test]
fn each_row_that_was_changed_removed_or_inserted_is_named() {
    let (good, end) = rows();
    assert!(findings(&good, &end).is_empty());

    let mut changed = good.clone();
    changed[1].1 = "two thousand";
    assert_eq!(findings(&changed, &end), ["row 2 was changed or inserted"]);

    let mut removed = good.clone();
    removed.remove(1);
    assert_eq!(findings(&removed, &end), ["number 2 was removed"]);
    let mut cut = good.clone();
    cut.truncate(2);
    assert_eq!(findings(&cut, &end), ["numbers 3 to 4 were removed"]);

    let mut inserted = good.clone();
    inserted.push((5, "five", None));
    let found = ["row 5 was inserted".to_owned()];
    assert_eq!(findings(&inserted, &end)[..1], found);
    let mut with_chain = good.clone();
    with_chain.push((5, "five", Some(next(&end, "five"))));
    assert_eq!(findings(&with_chain, &end), ["numbers 5 to 5 were inserted"]);

    let mut rewritten = good;
    let mut chain = Digest::default();
    rewritten[1].1 = "two thousand";
    for row in &mut rewritten {
        chain = next(&chain, row.1);
        row.2 = Some(chain);
    }
    let all = "rows were changed, and their chain was computed anew";
    assert_eq!(findings(&rewritten, &end), [all]);
}

#[test]
fn values_stored_with_the_rows_decide_nothing() {
    let (mut rows, end) = rows();
    rows[2].2 = None;
    rows[3].2 = Some([9; 32]);
    assert!(findings(&rows, &end).is_empty(), "the content is what the head states");
}
