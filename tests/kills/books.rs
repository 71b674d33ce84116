//! The books after the kills: what is stored, held against what was acknowledged.

use super::id_in;
use super::load::{Job, World};
use crate::support::{Api, list, now, roots_of};
use licentia_license::{License, Trust};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A customer's records, as the API shows them.
struct Account {
    id: String,
    purchases: Vec<Value>,
    grants: Vec<Value>,
    installations: Vec<Value>,
    licenses: Vec<Value>,
}

/// Every acknowledged write is there once, every write that is there is whole, and every current
/// license states the recount.
pub fn balance(api: &Api, world: &World) {
    let trust = Trust::new(&roots_of(api)).unwrap();
    let events = counted(&list(api, "/audit-events"), |event| {
        format!("{} {}", text(event, "action"), text(event, "subject"))
    });
    let mails = counted(&list(api, "/mails"), |mail| {
        format!("{} {}", text(mail, "kind"), text(mail, "cause_id"))
    });
    let customers = list(api, "/customers");
    let accounts: Vec<_> = customers.iter().map(|row| account(api, text(row, "id"))).collect();

    let mut stored = BTreeMap::new();
    let mut owed = 0;
    for customer in &customers {
        let id = text(customer, "id");
        stored.insert((Job::Enter, id.to_owned()), 0);
        assert_eq!(events[&format!("customer.created {id}")], 1);
    }
    for account in &accounts {
        owed += each_write_is_whole(account, &events, &mails, &mut stored);
        licenses_verify(account, &trust);
        the_current_license_states_the_recount(account, &trust);
    }
    assert_eq!(mails.values().sum::<usize>(), owed, "no mail is owed for nothing");
    what_was_acknowledged_is_there(world, &accounts, stored);
}

fn account(api: &Api, id: &str) -> Account {
    let of = |what: &str| list(api, &format!("/customers/{id}/{what}"));
    Account {
        id: id.to_owned(),
        purchases: of("purchases"),
        grants: of("emergency-grants"),
        installations: of("installations"),
        licenses: of("licenses"),
    }
}

/// Holds each stored write against its license, its audit event and its mails; counts the mails.
fn each_write_is_whole(
    account: &Account,
    events: &BTreeMap<String, usize>,
    mails: &BTreeMap<String, usize>,
    stored: &mut BTreeMap<(Job, String), usize>,
) -> usize {
    let licenses = counted(&account.licenses, |license| {
        format!("{} {}", text(license, "cause"), text(license, "cause_id"))
    });
    let mut owed = 0;
    let (mut causes, mut releases) = (0, 0);
    let mut numbers = BTreeSet::new();
    let mut whole = |job, id: &str, cause: &str, event: String, letters: &[&str]| {
        assert!(stored.insert((job, id.to_owned()), 0).is_none(), "{id} is there once");
        assert_eq!(licenses.get(&format!("{cause} {id}")), Some(&1), "the license of {id}");
        assert_eq!(events.get(&event), Some(&1), "the audit event of {id}");
        for letter in letters {
            assert_eq!(mails.get(&format!("{letter} {id}")), Some(&1), "the mail of {id}");
        }
        owed += letters.len();
        causes += 1;
    };
    for purchase in &account.purchases {
        let id = text(purchase, "id");
        let letters = if purchase["notify"] == true { &["license_ready"][..] } else { &[] };
        whole(Job::Buy, id, "purchase", format!("purchase.recorded {id}"), letters);
        assert!(numbers.insert(purchase["number"].as_i64()));
        let void = &purchase["void"];
        if !void.is_null() {
            let event = format!("purchase.voided {id}");
            whole(Job::Void, text(void, "id"), "void", event, &["purchase_voided"]);
            assert!(numbers.insert(void["number"].as_i64()));
        }
    }
    for grant in &account.grants {
        let id = text(grant, "id");
        let letters = ["emergency_granted", "emergency_owed"];
        whole(Job::Emergency, id, "grant", format!("emergency.granted {id}"), &letters);
        assert!(numbers.insert(grant["number"].as_i64()));
    }
    for installation in &account.installations {
        let id = text(installation, "id");
        whole(Job::Activate, id, "activation", format!("installation.activated {id}"), &[]);
        if !installation["released_at"].is_null() {
            releases += 1;
            assert_eq!(licenses.get(&format!("release {id}")), Some(&1));
            assert_eq!(events.get(&format!("installation.released {id}")), Some(&1));
        }
    }
    assert_eq!(account.licenses.len(), causes + releases, "no license without a cause");
    // Purchases, voids and grants share one numbering without gaps.
    assert_eq!(
        numbers.last().copied().flatten().unwrap_or(0),
        i64::try_from(numbers.len()).unwrap()
    );
    owed
}

fn licenses_verify(account: &Account, trust: &Trust) {
    let mut seqs = BTreeSet::new();
    for license in &account.licenses {
        let verified = trust.license(text(license, "document")).unwrap().license;
        assert_eq!(verified.sub, account.id);
        assert!(seqs.insert(verified.seq), "no sequence number twice");
    }
}

fn the_current_license_states_the_recount(account: &Account, trust: &Trust) {
    let current = account.licenses.iter().max_by_key(|license| license["seq"].as_i64());
    let Some(current) = current else { return };
    let license = trust.license(text(current, "document")).unwrap().license;
    let standing: Vec<_> = account.purchases.iter().filter(|p| p["void"].is_null()).collect();
    let items = || standing.iter().flat_map(|p| p["items"].as_array().unwrap());
    let sum = |name: &str| -> i64 {
        items().filter(|item| item["item"] == name).filter_map(|i| i["quantity"].as_i64()).sum()
    };
    assert_eq!(license.user_accounts, sum("user_accounts"));
    assert_eq!(license.external_connections, sum("external_connections"));
    let until = items().filter_map(|item| item["until"].as_str()).max();
    assert_eq!(license.support_until.map(|day| day.to_string()).as_deref(), until);
    let active = account.installations.iter().filter(|row| row["released_at"].is_null());
    let active: BTreeSet<_> = active.map(|row| text(row, "thumbprint")).collect();
    assert_eq!(license.aud.iter().map(String::as_str).collect::<BTreeSet<_>>(), active);
    the_emergency_is_the_one_that_runs(account, &license);
}

fn the_emergency_is_the_one_that_runs(account: &Account, license: &License) {
    let now = now().to_string();
    let running: Vec<_> =
        account.grants.iter().filter(|grant| text(grant, "until") > now.as_str()).collect();
    assert!(running.len() <= 1, "one emergency at a time");
    let stated = serde_json::to_value(&license.emergency).unwrap();
    let recount = running.first().map_or(Value::Null, |grant| {
        json!({"accounts": grant["accounts"], "from": grant["from"], "until": grant["until"]})
    });
    assert_eq!(stated, recount);
}

/// What was acknowledged is there; what is there was acknowledged, or asked for by a call that was
/// cut off.
fn what_was_acknowledged_is_there(
    world: &World,
    accounts: &[Account],
    mut stored: BTreeMap<(Job, String), usize>,
) {
    let released: BTreeSet<_> = accounts
        .iter()
        .flat_map(|account| &account.installations)
        .filter(|row| !row["released_at"].is_null())
        .map(|row| text(row, "thumbprint").to_owned())
        .collect();
    for (call, reply) in &world.acknowledged {
        match id_in(call, &reply.json) {
            Some(id) => {
                let times = stored.get_mut(&(call.job, id.clone()));
                *times.unwrap_or_else(|| panic!("{:?} {id} is lost", call.job)) += 1;
            }
            None => assert!(released.contains(&call.installation.as_ref().unwrap().thumbprint())),
        }
    }
    let mut unacknowledged: BTreeMap<Job, usize> = BTreeMap::new();
    for ((job, id), times) in stored {
        assert!(times <= 1, "{id} was acknowledged to two calls");
        *unacknowledged.entry(job).or_default() += usize::from(times == 0);
    }
    println!("there though their calls were cut off: {unacknowledged:?}");
    for (job, count) in unacknowledged {
        let given_up = world.given_up.iter().filter(|call| call.job == job).count();
        assert!(count <= given_up, "{count} of {job:?} that nobody asked for");
    }
}

fn counted(rows: &[Value], name: impl Fn(&Value) -> String) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(name(row)).or_default() += 1;
    }
    counts
}

pub fn text<'a>(row: &'a Value, member: &str) -> &'a str {
    row[member].as_str().unwrap_or_else(|| panic!("no {member} in {row}"))
}
