//! The office's post room, made of the room that sends mails.

use crate::app::{Envelope, Mail, PostRoom, SettingFault, Settings, Trial, Tried, Written};
use crate::config::Config;
use crate::domain::customer::{Customer, Language};
use crate::domain::ledger::Ledger;
use crate::domain::staff::Staff;
use crate::domain::staff_notice::StaffNotice;
use crate::mail::{
    self, Letter, Rendered, Sender, StatedKey, compose, compose_notice, hello_name, render,
};
use crate::text::Texts;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Writes letters with the texts, and tries mail servers that the settings name.
pub(super) struct MailRoom {
    /// The settings of file, environment and flags.
    pub config: Config,
    /// What letters are written with.
    pub texts: Arc<Texts>,
}

impl PostRoom for MailRoom {
    fn write(
        &self,
        settings: &Settings,
        mail: &Mail,
        customer: &Customer,
        ledger: &Ledger,
        language: Language,
    ) -> Result<Written, String> {
        let letter = compose(mail, customer.clone(), ledger, |_| Ok(StatedKey::Withheld));
        let letter = letter.map_err(|error| error.to_string())?;
        self.render(settings, &letter, language)
    }

    fn write_notice(
        &self,
        settings: &Settings,
        mail: &Mail,
        person: &Staff,
        notice: &StaffNotice,
        language: Language,
    ) -> Result<Written, String> {
        let letter = compose_notice(mail, person.clone(), notice.clone());
        self.render(settings, &letter, language)
    }

    fn trial(
        &self,
        settings: &Settings,
        page: &BTreeMap<String, String>,
        envelope: Envelope,
    ) -> Result<Trial, SettingFault> {
        let config = self.config.with_page(page);
        let config = config.map_err(|error| SettingFault { name: error.name, text: error.text })?;
        let sales_address = config.sales_address;
        let sender = Sender { sales_address, ..sender(settings) };
        let letter = render(&Letter::Test, envelope.language, &sender, &self.texts);
        let letter =
            letter.map_err(|error| SettingFault { name: None, text: error.to_string() })?;
        let trial = mail::Trial {
            url: config.mail_url,
            hello: hello_name(
                config.mail_hello_name.as_deref(),
                &settings.issuer,
                &config.mail_from,
            ),
            from: config.mail_from,
            to: envelope.to,
            id: envelope.id,
            date: envelope.date,
            letter,
        };
        Ok(Box::new(move || match trial.send() {
            mail::Tried::Taken => Tried::Taken,
            mail::Tried::Written(file) => Tried::Written(file),
            mail::Tried::Refused(code) => Tried::Refused(code),
            mail::Tried::Silent => Tried::Silent,
            mail::Tried::NoStartTls => Tried::NoStartTls,
            mail::Tried::NoTls => Tried::NoTls,
            mail::Tried::NoSmtp => Tried::NoSmtp,
            mail::Tried::NoConnection => Tried::NoConnection,
            mail::Tried::Unwritten(error) => Tried::Unwritten(error),
        }))
    }
}

impl MailRoom {
    fn render(
        &self,
        settings: &Settings,
        letter: &Letter,
        language: Language,
    ) -> Result<Written, String> {
        let rendered = render(letter, language, &sender(settings), &self.texts);
        let Rendered { subject, text, html } = rendered.map_err(|error| error.to_string())?;
        Ok(Written { subject, text, html })
    }
}

/// What letters say of the office, as it is settled now.
fn sender(settings: &Settings) -> Sender {
    Sender {
        vendor_name: settings.vendor_name.clone(),
        server_url: settings.issuer.clone(),
        sales_address: settings.sales_address.clone(),
        time_zone: settings.time_zone.clone(),
    }
}
