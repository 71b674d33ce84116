//! A carried request as a file: plain words for the person who opens it, above the statement.

use crate::{CarriedRequest, Language};
use jiff::tz::TimeZone;
use licentia_license::{Request, armour};

/// What the armour of a request is labelled with.
const LABEL: &str = "LICENSE REQUEST";

impl CarriedRequest {
    /// The file: what is asked, of which office, until when, and how to hand it in; then the
    /// statement in its armour. Times are shown in this zone.
    ///
    /// Nothing that somebody has typed stands in the words, so that they say what the statement says.
    #[must_use]
    pub fn text(&self, language: Language, zone: &TimeZone) -> String {
        let asked = asked(&self.request, language);
        let until = zone.to_datetime(self.expires);
        let (day, time) = (language.date(until.date()), until.strftime("%H:%M").to_string());
        let zone = zone.iana_name().unwrap_or("UTC");
        let office = &self.issuer;
        let mut words = match language {
            Language::Russian => format!(
                "Запрос в службу лицензий: {asked}.\n\
                 Служба лицензий: {office}\n\
                 Действует до: {day}, {time} ({zone})\n\
                 \n\
                 Откройте на любом компьютере с сетью страницу {office}/offline и загрузите этот\n\
                 файл, или отправьте его поставщику. Ответ принесите сюда и выполните команду\n\
                 licentia-client accept ФАЙЛ. Поданный ещё раз, этот запрос получит тот же ответ.\n"
            ),
            Language::English => format!(
                "Request to the license office: {asked}.\n\
                 License office: {office}\n\
                 Good until: {day}, {time} ({zone})\n\
                 \n\
                 On any computer that has a network, open {office}/offline and upload this file,\n\
                 or send it to the vendor. Bring the answer back here, and run\n\
                 licentia-client accept FILE. Handed in again, this request gets the same answer.\n"
            ),
        };
        if matches!(self.request, Request::Activate(_)) {
            words.push_str(match language {
                Language::Russian => "В запросе есть ключ активации: не давайте его посторонним.\n",
                Language::English => {
                    "The request holds the activation key: give it to nobody else.\n"
                }
            });
        }
        armour(LABEL, &words, &self.statement)
    }
}

fn asked(request: &Request, language: Language) -> String {
    let russian = language == Language::Russian;
    let say = |ru: &str, en: &str| if russian { ru.to_owned() } else { en.to_owned() };
    match request {
        Request::Activate(_) => say("активировать установку", "to activate an installation"),
        Request::License {} => say("обновить лицензию", "to update the license"),
        Request::Emergency { accounts } if russian => {
            format!("экстренная лицензия, дополнительных учётных записей: {accounts}")
        }
        Request::Emergency { accounts } => {
            format!("an emergency license, extra accounts: {accounts}")
        }
        Request::Release {} => {
            say("вернуть место установки", "to give the installation's place back")
        }
        Request::Usage { .. } => say("записать использование", "to report usage"),
    }
}
