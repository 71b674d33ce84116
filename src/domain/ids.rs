//! Ids: a prefix that says what is named, then a ULID in lower case, so that they sort by time.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How many characters a ULID has.
const ULID_LENGTH: usize = 26;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// What every such id begins with.
            pub const PREFIX: &str = $prefix;

            /// Makes an id of a ULID (26 characters, any case).
            #[must_use]
            pub fn from_ulid(ulid: &str) -> Self {
                Self(format!("{}{}", Self::PREFIX, ulid.to_ascii_lowercase()))
            }

            /// Reads an id; `None` when it cannot be one.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                is_id(text, Self::PREFIX).then(|| Self(text.to_owned()))
            }

            /// Takes what the store kept.
            #[must_use]
            pub fn stored(text: String) -> Self {
                Self(text)
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A customer.
    CustomerId = "cus_";
    /// A purchase.
    PurchaseId = "pur_";
    /// The void of a purchase.
    VoidId = "voi_";
    /// A license.
    LicenseId = "lic_";
    /// An emergency grant.
    GrantId = "emg_";
    /// An installation.
    InstallationId = "ins_";
    /// A mail.
    MailId = "mai_";
    /// An audit event.
    EventId = "evt_";
    /// A person of the vendor's.
    StaffId = "stf_";
    /// An API token.
    TokenId = "tok_";
    /// A session of a person of the vendor's.
    SessionId = "ses_";
    /// Refusals of access that are counted together.
    AccessRefusalId = "ref_";
}

fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|ulid| {
        ulid.len() == ULID_LENGTH
            && ulid.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_another_kind_is_no_id() {
        let id = CustomerId::from_ulid("01ARZ3NDEKTSV4RRFFQ69G5FAV");
        assert_eq!(CustomerId::parse(id.as_str()), Some(id.clone()));
        assert_eq!(PurchaseId::parse(id.as_str()), None);
        assert_eq!(CustomerId::parse("cus_1' OR '1'='1"), None);
    }

    #[test]
    fn an_id_is_its_prefix_and_26_digits_or_small_letters() {
        let ulid = "01arz3ndektsv4rrffq69g5fav";
        assert!(CustomerId::parse(&format!("cus_{ulid}")).is_some());
        assert_eq!(CustomerId::parse(ulid), None);
        for other in ["", "1", &ulid[1..], &format!("{ulid}0"), &ulid.to_uppercase()] {
            assert_eq!(CustomerId::parse(&format!("cus_{other}")), None, "{other}");
        }
        let spoiled = ulid.replace('z', "/");
        assert_eq!(CustomerId::parse(&format!("cus_{spoiled}")), None);
    }
}
