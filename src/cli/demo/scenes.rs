//! The scenes, in the manual's order. Each checks what came of it.

use super::expect;
use super::keep::Played;
use super::staff::text as field;
use super::stage::Stage;
use super::story::{Answer, Grant, Story};
use super::teller::Teller;
use crate::cli::Outcome;
use licentia::text;
use licentia_client::Activate;
use licentia_license::EmergencyState;
use serde_json::json;

const FIRST_ORDER: &str = "2014-117";
const SECOND_ORDER: &str = "2014-163";

/// Plays the story.
pub fn play(stage: &mut Stage, teller: &Teller) -> Answer<Played> {
    teller.heading(&teller.text("demo-title", &[]))?;
    let server = format!("http://{}", stage.address());
    teller.say("demo-intro", &[("server", (&server).into())])?;
    let mut story = Story::new(stage, teller)?;
    let activation_key = story.customer()?;
    story.first_purchase(&activation_key)?;
    story.activation(&server, activation_key)?;
    let first = story.emergency()?;
    story.emergency_again(&first)?;
    story.a_month_passes(&first)?;
    story.refusal(&first)?;
    story.second_purchase()?;
    story.update()?;
    let second = story.emergency_renewed(&first)?;
    let until = text::date(teller.language, story.day(second.until));
    teller.heading(&teller.text("demo-end", &[]))?;
    teller.say("demo-done", &[("until", (&until).into())])?;
    Ok(Played { token: story.token, customer: story.customer })
}

impl Story<'_> {
    /// Sales make an API token and enter the customer; the answer carries the activation key.
    fn customer(&mut self) -> Answer<String> {
        self.next("2014-05-12T10:00", "demo-customer")?;
        let teller = self.teller;
        let shown = self.token.get(..12).unwrap_or_default();
        teller.plain(&format!("licentia token create --role sales --name crm → {shown}…"))?;
        let word = |id| teller.text(id, &[]);
        let customer = json!({
            "name": word("demo-customer-name"),
            "country": word("demo-customer-country"),
            "region": word("demo-customer-region"),
            "city": word("demo-customer-city"),
            "postal_code": "607190",
            "email": "office@romashka.example",
            "language": teller.language.as_str(),
        });
        let entered = self.create("/customers", "customer", &customer)?;
        self.customer = field(&entered, "/id")?;
        let mut address = Vec::new();
        for part in ["/country", "/region", "/city", "/postal_code"] {
            address.push(field(&entered, part)?);
        }
        for (label, value) in [
            ("mail-customer", format!("{} ({})", field(&entered, "/name")?, self.customer)),
            ("mail-address", address.join(", ")),
            ("mail-email", field(&entered, "/email")?),
        ] {
            teller.plain(&format!("{}: {value}", word(label)))?;
        }
        field(&entered, "/activation_key")
    }

    fn first_purchase(&mut self, activation_key: &str) -> Outcome {
        self.next("2014-05-12T10:20", "demo-first-purchase")?;
        let letter = self.buy(
            FIRST_ORDER,
            &json!([
                {"item": "user_accounts", "quantity": 20},
                {"item": "support", "until": "2014-10-31"},
            ]),
        )?;
        let word = |id| self.teller.text(id, &[]);
        let to = format!("{}: {}", word("demo-letter-to"), letter.recipient);
        let subject = format!("{}: {}", word("demo-letter-subject"), letter.subject);
        self.teller.frame(&format!("{to}\n{subject}\n\n{}", letter.text))?;
        let in_letter = letter.text.replace('-', "").contains(&activation_key.replace('-', ""));
        expect("the activation key in the mail", &in_letter, &true)
    }

    fn activation(&mut self, server: &str, activation_key: String) -> Outcome {
        self.next("2014-05-13T09:00", "demo-activation")?;
        let roots = self.roots()?;
        let fingerprint = self.installation.fingerprint()?;
        let (name, product_version) = ("pbx-1".to_owned(), "5.1".to_owned());
        let activate =
            Activate { activation_key, name, product_version, fingerprint, moving: None };
        let license = self.installation.activate(server, &roots, activate)?;
        expect("the licensed customer", &license.sub, &self.customer)?;
        self.teller.fact("demo-verified", &[("license", (&license.jti).into())])?;
        self.count(19, 0)?;
        self.panel((19, 20), (0, 0), None)
    }

    fn emergency(&mut self) -> Answer<Grant> {
        self.next("2014-05-13T18:30", "demo-emergency")?;
        let granted = self.installation.emergency(10)?.granted;
        expect("granted", &granted, &true)?;
        let grant = self.new_grant(FIRST_ORDER, 1)?;
        self.grant_letters(&grant)?;
        self.panel((19, 20), (0, 10), Some(EmergencyState::Active))?;
        self.next("2014-05-14T09:30", "demo-emergency-used")?;
        self.count(20, 3)?;
        self.panel((20, 20), (3, 10), Some(EmergencyState::Active))?;
        Ok(grant)
    }

    fn emergency_again(&mut self, first: &Grant) -> Outcome {
        self.next("2014-05-14T10:00", "demo-again")?;
        let before = self.installation.token()?;
        let granted = self.installation.emergency(10)?.granted;
        expect("granted again", &granted, &false)?;
        self.asked("200")?;
        let license = self.installation.token()?;
        expect("the grants", &self.grants()?, &vec![first.clone()])?;
        expect("the license", &license, &before)?;
        expect("the license at the office", &self.staff.license(&self.customer)?, &before)?;
        let until = self.time(first.until);
        let bytes = i64::try_from(license.len())?;
        self.teller.fact("demo-same-grant", &[("grant", (&first.id).into())])?;
        self.teller.fact("demo-same-until", &[("until", (&until).into())])?;
        Ok(self.teller.fact("demo-same-license", &[("bytes", bytes.into())])?)
    }

    /// The server is stopped: the installation knows the end from its license.
    fn a_month_passes(&mut self, first: &Grant) -> Outcome {
        self.stage.stop()?;
        self.stage.just_before(first.until);
        let shown = self.installation.show()?;
        expect(
            "the last second's emergency accounts",
            &shown.panel.emergency_accounts.licensed,
            &10,
        )?;
        self.next("2014-06-13T18:30", "demo-month")?;
        expect("the end", &self.stage.clock.now(), &first.until)?;
        self.panel((20, 20), (3, 0), Some(EmergencyState::Ended))
    }

    fn refusal(&mut self, first: &Grant) -> Outcome {
        self.stage.start()?;
        self.next("2014-06-16T09:00", "demo-refusal")?;
        let before = self.installation.token()?;
        let refused = self.installation.emergency(10).err().ok_or("the request was not refused")?;
        let problem = refused.problem().ok_or_else(|| refused.to_string())?;
        expect("the refusal", &(problem.status, &*problem.code), &(409, "emergency-already-used"))?;
        expect("the grants", &self.grants()?, &vec![first.clone()])?;
        expect("the license at the office", &self.staff.license(&self.customer)?, &before)?;
        self.asked(&format!("{} {}", problem.status, problem.code))?;
        Ok(self.teller.frame(&format!("{}\n\n{}", problem.title, problem.detail))?)
    }

    fn second_purchase(&mut self) -> Outcome {
        self.next("2014-06-16T15:00", "demo-second-purchase")?;
        let letter = self.buy(SECOND_ORDER, &json!([{"item": "user_accounts", "quantity": 10}]))?;
        self.name(&letter)
    }

    fn update(&mut self) -> Outcome {
        self.next("2014-06-16T15:30", "demo-update")?;
        let update = self.installation.update()?;
        expect("changed", &update.changed, &true)?;
        self.teller.fact("demo-verified", &[("license", (&update.license.jti).into())])?;
        self.count(23, 0)?;
        self.panel((23, 30), (0, 0), None)
    }

    fn emergency_renewed(&mut self, first: &Grant) -> Answer<Grant> {
        self.next("2014-09-01T08:45", "demo-renewed")?;
        let granted = self.installation.emergency(10)?.granted;
        expect("granted after the second purchase", &granted, &true)?;
        let grant = self.new_grant(SECOND_ORDER, 2)?;
        expect("another grant than the first", &(grant.id != first.id), &true)?;
        self.grant_letters(&grant)?;
        self.panel((23, 30), (0, 10), Some(EmergencyState::Active))?;
        Ok(grant)
    }
}
