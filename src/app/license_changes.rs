use jiff::Timestamp;
use jiff::civil::Date;
use licentia_license::{License as Claims, Licensee};

/// What a license states otherwise than the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LicenseChange {
    /// User accounts.
    UserAccounts {
        /// Before.
        from: i64,
        /// Now.
        to: i64,
    },
    /// External connections.
    ExternalConnections {
        /// Before.
        from: i64,
        /// Now.
        to: i64,
    },
    /// The last day of support.
    SupportUntil {
        /// Before; none where there was none.
        from: Option<Date>,
        /// Now; none where there is none.
        to: Option<Date>,
    },
    /// An emergency license runs that did not run before.
    EmergencyGiven {
        /// How many extra accounts.
        accounts: i64,
        /// The instant from which they are blocked.
        until: Timestamp,
    },
    /// The emergency license that ran before runs no longer.
    EmergencyEnded,
    /// It is for one more installation: its thumbprint.
    InstallationAdded(String),
    /// It is not for this installation any more: its thumbprint.
    InstallationRemoved(String),
    /// A line of the licensee.
    Licensee {
        /// Which.
        field: LicenseeField,
        /// Before; empty where there was none.
        from: String,
        /// Now; empty where there is none.
        to: String,
    },
}

/// A line of the licensee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenseeField {
    /// Its name.
    Name,
    /// Its country.
    Country,
    /// Its region.
    Region,
    /// Its city.
    City,
    /// Its postal code.
    PostalCode,
}

/// What `now` states otherwise than `before`. The first license, which has none before it, is
/// compared with nothing at all; whose it is was no change.
pub fn license_changes(before: Option<&Claims>, now: &Claims) -> Vec<LicenseChange> {
    let mut changes = Vec::new();
    let (from, to) = (before.map_or(0, |before| before.user_accounts), now.user_accounts);
    if from != to {
        changes.push(LicenseChange::UserAccounts { from, to });
    }
    let (from, to) =
        (before.map_or(0, |before| before.external_connections), now.external_connections);
    if from != to {
        changes.push(LicenseChange::ExternalConnections { from, to });
    }
    let (from, to) = (before.and_then(|before| before.support_until), now.support_until);
    if from != to {
        changes.push(LicenseChange::SupportUntil { from, to });
    }
    changes.extend(emergency(before, now));
    changes.extend(installations(before, now));
    changes.extend(before.iter().flat_map(|before| licensee(&before.licensee, &now.licensee)));
    changes
}

fn emergency(before: Option<&Claims>, now: &Claims) -> Option<LicenseChange> {
    let before = before.and_then(|before| before.emergency.as_ref());
    match &now.emergency {
        Some(given) if before != Some(given) => {
            let (accounts, until) = (given.accounts, given.until);
            Some(LicenseChange::EmergencyGiven { accounts, until })
        }
        None if before.is_some() => Some(LicenseChange::EmergencyEnded),
        _ => None,
    }
}

fn installations(before: Option<&Claims>, now: &Claims) -> Vec<LicenseChange> {
    let before = before.map_or(&[][..], |before| &before.aud);
    let only_in = |those: &[String], others: &[String]| -> Vec<String> {
        those.iter().filter(|one| !others.contains(one)).cloned().collect()
    };
    let added = only_in(&now.aud, before).into_iter().map(LicenseChange::InstallationAdded);
    let removed = only_in(before, &now.aud).into_iter().map(LicenseChange::InstallationRemoved);
    added.chain(removed).collect()
}

fn licensee(before: &Licensee, now: &Licensee) -> Vec<LicenseChange> {
    let country = |licensee: &Licensee| licensee.country.clone().unwrap_or_default();
    let lines = [
        (LicenseeField::Name, before.name.clone(), now.name.clone()),
        (LicenseeField::Country, country(before), country(now)),
        (LicenseeField::Region, before.region.clone(), now.region.clone()),
        (LicenseeField::City, before.city.clone(), now.city.clone()),
        (LicenseeField::PostalCode, before.postal_code.clone(), now.postal_code.clone()),
    ];
    let changed = lines.into_iter().filter(|(_, from, to)| from != to);
    changed.map(|(field, from, to)| LicenseChange::Licensee { field, from, to }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use licentia_license::Emergency;

    /// A license of 50 accounts, with support, for one installation.
    fn license() -> Claims {
        Claims {
            iss: "https://licenses.vendor.example".into(),
            sub: "cus_1".into(),
            jti: "lic_1".into(),
            iat: at("2014-05-13T10:00:00Z"),
            seq: 1,
            aud: vec!["a".into()],
            licensee: Licensee {
                name: "ООО «Ромашка»".into(),
                country: None,
                region: "Нижегородская область".into(),
                city: "Саров".into(),
                postal_code: "607190".into(),
            },
            user_accounts: 50,
            external_connections: 0,
            support_until: Some(day("2014-10-31")),
            emergency: None,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn emergency_of(accounts: i64) -> Emergency {
        let (from, until) = (at("2014-05-13T10:00:00Z"), at("2014-06-13T10:00:00Z"));
        Emergency { accounts, from, until }
    }

    fn changes(now: &Claims) -> Vec<LicenseChange> {
        license_changes(Some(&license()), now)
    }

    #[test]
    fn a_license_that_only_replaces_the_one_before_states_no_change() {
        let again =
            Claims { jti: "lic_2".into(), iat: at("2015-01-01T00:00:00Z"), seq: 2, ..license() };
        assert_eq!(changes(&again), []);
    }

    #[test]
    fn the_first_license_is_compared_with_nothing() {
        let expected = [
            LicenseChange::UserAccounts { from: 0, to: 50 },
            LicenseChange::SupportUntil { from: None, to: Some(day("2014-10-31")) },
            LicenseChange::InstallationAdded("a".into()),
        ];
        assert_eq!(license_changes(None, &license()), expected);
    }

    #[test]
    fn counts_and_support_are_told_from_before_to_now() {
        let now = Claims {
            user_accounts: 75,
            external_connections: 3,
            support_until: Some(day("2015-10-31")),
            ..license()
        };
        let expected = [
            LicenseChange::UserAccounts { from: 50, to: 75 },
            LicenseChange::ExternalConnections { from: 0, to: 3 },
            LicenseChange::SupportUntil {
                from: Some(day("2014-10-31")),
                to: Some(day("2015-10-31")),
            },
        ];
        assert_eq!(changes(&now), expected);
        let none = Claims { support_until: None, ..license() };
        let lost = LicenseChange::SupportUntil { from: Some(day("2014-10-31")), to: None };
        assert_eq!(changes(&none), [lost]);
    }

    #[test]
    fn an_emergency_license_is_given_runs_on_and_ends() {
        let with = Claims { emergency: Some(emergency_of(3)), ..license() };
        let given =
            LicenseChange::EmergencyGiven { accounts: 3, until: at("2014-06-13T10:00:00Z") };
        assert_eq!(changes(&with), [given]);
        assert_eq!(license_changes(Some(&with), &with), [], "it still runs");
        assert_eq!(license_changes(Some(&with), &license()), [LicenseChange::EmergencyEnded]);
        let next = Claims { emergency: Some(emergency_of(5)), ..license() };
        let given =
            LicenseChange::EmergencyGiven { accounts: 5, until: at("2014-06-13T10:00:00Z") };
        assert_eq!(license_changes(Some(&with), &next), [given], "another one");
    }

    #[test]
    fn installations_are_told_whatever_their_order() {
        let two = Claims { aud: vec!["b".into(), "a".into()], ..license() };
        assert_eq!(changes(&two), [LicenseChange::InstallationAdded("b".into())]);
        let turned = Claims { aud: vec!["a".into(), "b".into()], ..license() };
        assert_eq!(license_changes(Some(&two), &turned), []);
        let other = Claims { aud: vec!["b".into()], ..license() };
        let expected = [LicenseChange::InstallationRemoved("a".into())];
        assert_eq!(license_changes(Some(&two), &other), expected);
    }

    #[test]
    fn the_lines_of_the_licensee_that_have_changed_are_told() {
        let licensee = Licensee {
            country: Some("Россия".into()),
            city: "Москва".into(),
            ..license().licensee
        };
        let moved = Claims { licensee, ..license() };
        let line = |field, from: &str, to: &str| LicenseChange::Licensee {
            field,
            from: from.into(),
            to: to.into(),
        };
        let expected = [
            line(LicenseeField::Country, "", "Россия"),
            line(LicenseeField::City, "Саров", "Москва"),
        ];
        assert_eq!(changes(&moved), expected);
    }
}
