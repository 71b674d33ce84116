//! Notices to staff in words.

use super::view::{Row, View, Words};
use crate::domain::staff::Staff;
use crate::domain::staff_notice::{AccessChange, Proof, StaffNotice};
use jiff::Timestamp;

impl Words<'_> {
    /// Puts a notice into words: what happened, to which account, when, and what to do.
    pub(super) fn notice(&self, person: &Staff, notice: &StaffNotice, at: Timestamp) -> View {
        let (id, facts) = match notice {
            StaffNotice::SignInSlowed { proof, failures, address, until } => {
                let id = match proof {
                    Proof::Password => "mail-slowed-password",
                    Proof::Code => "mail-slowed-code",
                };
                let failures = self.row("mail-notice-failures", failures.to_string());
                let until = self.row("mail-notice-until", self.time(*until));
                (id, [vec![failures, until], self.address(address.as_deref())].concat())
            }
            StaffNotice::AccessChanged { change, by } => {
                let change = self.row("mail-notice-change", self.change(change));
                ("mail-access", vec![change, self.row("mail-notice-by", self.actor(by))])
            }
            StaffNotice::SecondFactorConfirmed { address } => {
                ("mail-factor", self.address(address.as_deref()))
            }
            StaffNotice::RecoveryCodeUsed { left, address } => {
                let left = self.row("mail-notice-codes-left", left.to_string());
                ("mail-recovery", [vec![left], self.address(address.as_deref())].concat())
            }
            StaffNotice::IntegrityAlarm { what, customer } => {
                let customer = customer.as_ref().map(|id| self.row("mail-customer", id));
                let what = self.row("mail-notice-difference", what);
                ("mail-integrity", [vec![what], Vec::from_iter(customer)].concat())
            }
            StaffNotice::IssuingKeyEnds { key, until, root_is_here } => {
                let id = if *root_is_here { "mail-key-here" } else { "mail-key-elsewhere" };
                let until = self.row("mail-notice-key-until", self.time(*until));
                (id, vec![self.row("mail-notice-key", key), until])
            }
        };
        let account = match notice {
            StaffNotice::IntegrityAlarm { .. } | StaffNotice::IssuingKeyEnds { .. } => Vec::new(),
            _ => vec![self.row("mail-notice-account", &person.name)],
        };
        let when = vec![self.row("mail-notice-time", self.time(at))];
        View {
            subject: self.say(&format!("{id}-subject")),
            facts: [account, facts, when].concat(),
            notes: vec![self.say(&format!("{id}-advice"))],
            contacts: vec![self.row("mail-server", &self.sender.server_url)],
            ..self.blank(&format!("{id}-subject"), 1)
        }
    }

    fn address(&self, address: Option<&str>) -> Vec<Row> {
        address.map(|address| self.row("mail-notice-address", address)).into_iter().collect()
    }

    fn change(&self, change: &AccessChange) -> String {
        match change {
            AccessChange::Password => self.say("mail-change-password"),
            AccessChange::TemporaryPassword { until } => {
                let until = self.time(*until);
                self.with("mail-change-temporary-password", "until", until.as_str())
            }
            AccessChange::SecondFactorReset => self.say("mail-change-factor-reset"),
            AccessChange::RecoveryCodes => self.say("mail-change-recovery-codes"),
            AccessChange::Role { role } => {
                let role = self.say(&format!("role-{}", role.as_str()));
                self.with("mail-change-role", "role", role.as_str())
            }
            AccessChange::Email { email: Some(email) } => {
                self.with("mail-change-email", "email", email.as_str())
            }
            AccessChange::Email { email: None } => self.say("mail-change-no-email"),
            AccessChange::Disabled => self.say("mail-change-disabled"),
            AccessChange::Enabled => self.say("mail-change-enabled"),
        }
    }

    /// An actor in words, from its name in the audit log.
    fn actor(&self, by: &str) -> String {
        match by.split_once(':') {
            Some(("staff", name)) => name.to_owned(),
            Some(("command line", name)) => self.with("mail-by-command-line", "name", name),
            Some(("token", name)) => self.with("mail-by-token", "name", name),
            _ => by.to_owned(),
        }
    }
}
