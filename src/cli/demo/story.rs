//! Who plays, and what they do in more than one scene.

use super::expect;
use super::letters::{Letter, letters};
use super::staff::{Staff, text};
use super::stage::{SALES, Stage};
use super::teller::Teller;
use crate::cli::{Outcome, actor};
use jiff::{Timestamp, civil::Date};
use licentia::app::{self, NewToken, Role};
use licentia_client::{Installation, Roots, Usage, panel_text};
use licentia_license::{Count, EmergencyState};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// What comes of a step, or why the story cannot go on.
pub type Answer<T> = Result<T, Box<dyn std::error::Error>>;

/// The sales system, the customer and its installation, on their stage.
pub struct Story<'a> {
    pub stage: &'a mut Stage,
    pub teller: &'a Teller,
    pub staff: Staff,
    /// The API token of sales.
    pub token: String,
    /// The customer's id, once it is entered.
    pub customer: String,
    pub installation: Installation,
    scene: usize,
}

/// An emergency grant, as the API shows it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Grant {
    pub id: String,
    pub accounts: i64,
    pub until: Timestamp,
    pub spent_order: String,
}

impl<'a> Story<'a> {
    /// Gives sales a token, and the customer a product that is not activated yet.
    pub fn new(stage: &'a mut Stage, teller: &'a Teller) -> Answer<Self> {
        let token = app::create_token(
            &stage.server()?.office,
            &actor(),
            None,
            &NewToken::new("crm", Role::Sales),
        )?;
        let clock = stage.clock.clone();
        let installation = Installation::create(stage.dir.join("installation"))?
            .with_clock(Arc::new(move || clock.now()))
            .with_language(teller.client_language());
        let staff = Staff::new(stage.address(), &token);
        let customer = String::new();
        Ok(Self { stage, teller, staff, token, customer, installation, scene: 0 })
    }

    /// Moves the clock, and says what happens then.
    pub fn next(&mut self, time: &str, id: &str) -> Outcome {
        self.scene += 1;
        self.stage.at(time)?;
        let now = self.time(self.stage.clock.now());
        self.teller.heading(&format!("{}. {now}", self.scene))?;
        Ok(self.teller.say(id, &[])?)
    }

    /// The day of a time.
    pub fn day(&self, time: Timestamp) -> Date {
        self.stage.config.time_zone.to_datetime(time).date()
    }

    /// A time as people on the stage say it.
    pub fn time(&self, time: Timestamp) -> String {
        self.teller.time(time, &self.stage.config.time_zone)
    }

    /// What a product is shipped with: `licentia keys export` prints it for its maker.
    pub fn roots(&self) -> Answer<Roots> {
        Ok(app::public_keys(&self.stage.server()?.office)?.0)
    }

    /// Sales enter something.
    pub fn create(&self, path: &str, once: &str, body: &Value) -> Answer<Value> {
        let created = self.staff.create(path, once, body)?;
        self.teller.plain(&format!("POST /api/v1{path} → 201"))?;
        Ok(created)
    }

    /// Sales record a purchase that was paid today; the customer is told.
    pub fn buy(&self, order_number: &str, items: &Value) -> Answer<Letter> {
        let today = self.day(self.stage.clock.now());
        let purchase = json!({ "order_number": order_number, "paid_on": today, "items": items });
        let path = format!("/customers/{}/purchases", self.customer);
        let recorded = self.create(&path, order_number, &purchase)?;
        let license = text(&recorded, "/license/id")?;
        self.teller.fact("demo-signed", &[("license", (&license).into())])?;
        let mut letters = letters(self.stage, &self.staff, &text(&recorded, "/purchase/id")?)?;
        expect("the number of mails", &letters.len(), &1)?;
        letters.pop().ok_or_else(|| "there is no mail".into())
    }

    /// The installation counts its accounts, and reports them.
    pub fn count(&self, user_accounts: i64, emergency_accounts: i64) -> Outcome {
        let usage = Usage { user_accounts, emergency_accounts, external_connections: 0 };
        self.installation.usage(usage)?;
        let args = [("users", user_accounts.into()), ("emergency", emergency_accounts.into())];
        Ok(self.teller.fact("demo-counted", &args)?)
    }

    /// The panel as the customer's administrator sees it: accounts X/Z, emergency accounts X/Z.
    pub fn panel(
        &self,
        user_accounts: (i64, i64),
        emergency_accounts: (i64, i64),
        emergency: Option<EmergencyState>,
    ) -> Outcome {
        let count = |(used, licensed)| Count { used: Some(used), licensed };
        let shown = self.installation.show()?;
        let panel = &shown.panel;
        expect("user accounts", &panel.user_accounts, &count(user_accounts))?;
        expect("emergency accounts", &panel.emergency_accounts, &count(emergency_accounts))?;
        let state = panel.emergency.as_ref().map(|emergency| emergency.state);
        expect("the emergency license", &state, &emergency)?;
        expect("the notices", &shown.notices, &vec![])?;
        let language = self.teller.client_language();
        let text = panel_text(panel, language, &self.stage.config.time_zone);
        Ok(self.teller.frame(&text)?)
    }

    /// The installation has asked for an emergency license; this is the answer's status.
    pub fn asked(&self, status: &str) -> Outcome {
        Ok(self.teller.plain(&format!("POST /api/v1/emergency-licenses → {status}"))?)
    }

    /// The newest of so many grants; the installation has just been given it.
    pub fn new_grant(&self, spent_order: &str, so_many: usize) -> Answer<Grant> {
        self.asked("201")?;
        let mut grants = self.grants()?;
        expect("the number of grants", &grants.len(), &so_many)?;
        let grant = grants.pop().ok_or("there is no grant")?;
        expect("the emergency accounts", &grant.accounts, &10)?;
        expect("the spent order", &&*grant.spent_order, &spent_order)?;
        let until = self.time(grant.until);
        let args = [("accounts", grant.accounts.into()), ("until", (&until).into())];
        self.teller.fact("demo-granted", &args)?;
        self.teller.fact("demo-grant", &[("grant", (&grant.id).into())])?;
        Ok(grant)
    }

    /// All emergency grants of the customer, oldest first.
    pub fn grants(&self) -> Answer<Vec<Grant>> {
        let mut answer =
            self.staff.read(&format!("/customers/{}/emergency-grants", self.customer))?;
        Ok(serde_json::from_value(answer["data"].take())?)
    }

    /// The letters that tell of a grant: one to the customer, one to sales, who send an invoice.
    pub fn grant_letters(&self, grant: &Grant) -> Outcome {
        let letters = letters(self.stage, &self.staff, &grant.id)?;
        let kinds: Vec<&str> = letters.iter().map(|letter| &*letter.kind).collect();
        expect("the mails", &kinds, &vec!["emergency_granted", "emergency_owed"])?;
        letters.iter().try_for_each(|letter| self.name(letter))
    }

    /// To whom a letter went, and what it is about.
    pub fn name(&self, letter: &Letter) -> Outcome {
        let to = if letter.recipient == SALES { "demo-mail-sales" } else { "demo-mail-customer" };
        let args = [("to", (&letter.recipient).into()), ("subject", (&letter.subject).into())];
        Ok(self.teller.fact(to, &args)?)
    }
}
