//! The words of the panel; the Russian ones are the manual's own.

use crate::Language;

/// The panel's words in one language.
pub(crate) struct Words {
    pub heading: &'static str,
    pub licensee: &'static str,
    pub country: &'static str,
    pub region: &'static str,
    pub city: &'static str,
    pub postal_code: &'static str,
    pub support_until: &'static str,
    pub no_support: &'static str,
    pub user_accounts: &'static str,
    pub external_connections: &'static str,
    pub emergency: &'static str,
    pub no_emergency: &'static str,
    pub ended: &'static str,
    pub blocked: &'static str,
    pub emergency_accounts: &'static str,
}

pub(crate) fn words(language: Language) -> &'static Words {
    match language {
        Language::Russian => &RUSSIAN,
        Language::English => &ENGLISH,
    }
}

const RUSSIAN: Words = Words {
    heading: "Лицензионная информация",
    licensee: "Лицензиат",
    country: "Страна",
    region: "Область",
    city: "Город",
    postal_code: "Почтовый индекс",
    support_until: "Техническая поддержка осуществляется до",
    no_support: "Лицензия на поддержку отсутствует",
    user_accounts: "Количество учетных записей пользователей",
    external_connections: "Количество внешних подключений (1С)",
    emergency: "Срок действия \"экстренной\" лицензии",
    no_emergency: "нет",
    ended: "закончилась",
    blocked: "заблокированы",
    emergency_accounts: "Количество \"экстренных\" учетных записей",
};

const ENGLISH: Words = Words {
    heading: "License information",
    licensee: "Licensee",
    country: "Country",
    region: "Region",
    city: "City",
    postal_code: "Postal code",
    support_until: "Support until",
    no_support: "No support license",
    user_accounts: "User accounts",
    external_connections: "External connections (1C)",
    emergency: "Emergency license",
    no_emergency: "none",
    ended: "ended",
    blocked: "blocked",
    emergency_accounts: "Emergency accounts",
};
