use super::super::page::Page;
use std::collections::BTreeMap;

/// Puts into words who did something: a person, a program, an installation.
pub(super) struct People<'a> {
    page: &'a Page,
    installations: &'a BTreeMap<String, String>,
}

/// Who did something: what kind of one it is, where it is no person of the staff, and its name.
pub(super) struct Doer {
    /// «токен», «установка»; nothing for a person.
    pub kind: Option<String>,
    /// Its name.
    pub name: String,
}

impl<'a> People<'a> {
    /// `installations` are the names of installations by their ids.
    pub fn new(page: &'a Page, installations: &'a BTreeMap<String, String>) -> Self {
        Self { page, installations }
    }

    /// Who did it, of how the audit and the ledger name them: `staff:anna`, `installation:ins_…`.
    pub fn doer(&self, actor: &str) -> Doer {
        let kinds = [
            ("token:", "doer-token"),
            ("command line:", "doer-command-line"),
            ("installation:", "doer-installation"),
        ];
        for (prefix, kind) in kinds {
            if let Some(name) = actor.strip_prefix(prefix) {
                let name = self.installations.get(name).map_or(name, String::as_str);
                return Doer { kind: Some(self.page.t(kind)), name: name.to_owned() };
            }
        }
        if actor == "server" {
            return Doer { kind: None, name: self.page.t("doer-server") };
        }
        let name = actor.strip_prefix("staff:").unwrap_or(actor).to_owned();
        Doer { kind: None, name }
    }

    /// What an installation is called, by its id.
    pub fn named(&self, id: &str) -> Option<String> {
        self.installations.get(id).cloned()
    }
}
