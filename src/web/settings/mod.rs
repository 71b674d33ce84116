//! What administrators settle: the vendor, staff, API tokens, keys.

mod keys;
mod person;
mod staff;
mod tokens;
mod vendor;

use super::fields::Field;
use super::page::Page;
use crate::app::Role;
use crate::domain::staff::Staff;
use actix_web::web::ServiceConfig;
use serde::Deserialize;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    vendor::routes(config);
    staff::routes(config);
    person::routes(config);
    tokens::routes(config);
    keys::routes(config);
}

/// What was just done, as the page that follows says it: `?done=saved`.
#[derive(Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    done: String,
}

impl Done {
    /// The words for it, where there are any.
    pub fn words(&self, page: &Page) -> Option<String> {
        let id = format!("done-{}", self.done);
        page.state.texts.has(page.language, &id).then(|| page.t(&id))
    }
}

/// The address for notices to a person about their account.
pub(super) fn staff_email(page: &Page, value: &str) -> Field {
    let hint = Some(page.t("staff-email-hint"));
    Field { hint, ..Field::line(page, "email", value).of_kind("email").completed_by("email") }
}

/// The roles to choose from.
fn roles(page: &Page) -> Vec<(&'static str, String)> {
    Role::ALL.into_iter().map(|role| (role.as_str(), role_words(page, role))).collect()
}

fn role_words(page: &Page, role: Role) -> String {
    page.t(&format!("role-{}", role.as_str()))
}

/// Whether a person's second factor is set up, missing, or not asked for.
fn second_factor(page: &Page, person: &Staff) -> &'static str {
    let for_all = page.state.office.settings().second_factor_for_all;
    if person.totp.confirmed {
        "staff-factor-set-up"
    } else if person.needs_second_factor(for_all) {
        "staff-factor-missing"
    } else {
        "staff-factor-none"
    }
}
