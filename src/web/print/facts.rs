use crate::app::{Office, PrintableLicense};
use crate::domain::customer::Language;
use crate::text;
use serde::Serialize;

/// What the agreement's template may say: its variables, which `docs/agreement.md` describes.
#[derive(Debug, Serialize)]
pub(super) struct Facts {
    vendor: String,
    licensee: Licensee,
    user_accounts: i64,
    external_connections: i64,
    support_until: Option<String>,
    emergency: Option<Emergency>,
    number: String,
    seq: i64,
    issued_at: String,
    fingerprint: String,
    today: String,
    check_url: String,
    is_current: bool,
}

#[derive(Debug, Serialize)]
struct Licensee {
    name: String,
    country: Option<String>,
    region: String,
    city: String,
    postal_code: String,
    address: String,
}

#[derive(Debug, Serialize)]
struct Emergency {
    accounts: i64,
    from: String,
    until: String,
}

impl Facts {
    /// What a license states, as this language writes it.
    pub fn new(
        office: &Office,
        language: Language,
        found: &PrintableLicense,
        check_url: &str,
    ) -> Self {
        let settings = office.settings();
        let time = |at| text::date_time(language, at, &settings.time_zone);
        let date = |day| text::date(language, day);
        let stated = &found.stated;
        let licensee = stated.licensee.clone();
        let lines = [&licensee.region, &licensee.city, &licensee.postal_code];
        let address: Vec<&str> = licensee.country.iter().chain(lines).map(String::as_str).collect();
        Self {
            vendor: settings.vendor_name.clone(),
            licensee: Licensee {
                address: address.join(", "),
                name: licensee.name,
                country: licensee.country,
                region: licensee.region,
                city: licensee.city,
                postal_code: licensee.postal_code,
            },
            user_accounts: stated.user_accounts,
            external_connections: stated.external_connections,
            support_until: stated.support_until.map(date),
            emergency: stated.emergency.as_ref().map(|emergency| Emergency {
                accounts: emergency.accounts,
                from: time(emergency.from),
                until: time(emergency.until),
            }),
            number: found.license.id.to_string(),
            seq: found.license.seq,
            issued_at: time(found.license.issued_at),
            fingerprint: found.license.key.clone(),
            today: date(office.today()),
            check_url: check_url.to_owned(),
            is_current: found.is_current,
        }
    }
}
