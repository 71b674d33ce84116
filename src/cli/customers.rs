use super::output::outln;
use super::{Outcome, actor};
use clap::{Args, Subcommand};
use licentia::app::{self, Error, Office, Page};
use licentia::domain::customer::CustomerForm;
use licentia::domain::entitlements::Entitlements;
use licentia::domain::ids::CustomerId;

#[derive(Subcommand)]
pub enum Command {
    /// Enter a customer; prints its id and activation key
    Add(Details),
    /// List customers, or those found by the beginnings of words, an order number or an id
    List {
        /// The words
        #[arg(long)]
        search: Option<String>,
    },
    /// Show a customer, what it holds, and its installations
    Show {
        /// cus_…
        id: String,
    },
    /// Give a customer a new activation key; the old one stops
    RenewKey {
        /// cus_…
        id: String,
    },
}

#[derive(Args)]
pub struct Details {
    /// The company's name
    #[arg(long)]
    name: String,
    /// Its country
    #[arg(long)]
    country: Option<String>,
    /// Its region
    #[arg(long)]
    region: String,
    /// Its city
    #[arg(long)]
    city: String,
    /// Its postal code
    #[arg(long)]
    postal_code: String,
    /// Where its mails go
    #[arg(long)]
    email: String,
    /// What its mails are written in: ru or en
    #[arg(long, default_value = "ru")]
    language: String,
    /// How many installations may be active at once
    #[arg(long, default_value_t = 1)]
    places: i64,
}

pub fn run(office: &Office, command: Command) -> Outcome {
    match command {
        Command::Add(details) => add(office, details),
        Command::List { search } => list(office, search.as_deref()),
        Command::Show { id } => show(office, &customer_id(&id)?),
        Command::RenewKey { id } => {
            let key = app::renew_activation_key(office, &actor(), None, &customer_id(&id)?)?;
            outln!("activation key  {}", key.value.as_str())?;
            Ok(())
        }
    }
}

/// Reads a customer's id.
pub fn customer_id(text: &str) -> Result<CustomerId, Error> {
    CustomerId::parse(text).ok_or(Error::NotFound)
}

fn add(office: &Office, details: Details) -> Outcome {
    let form = CustomerForm {
        name: details.name,
        country: details.country,
        region: details.region,
        city: details.city,
        postal_code: details.postal_code,
        email: details.email,
        language: details.language,
        places: details.places,
    };
    let created = app::create_customer(office, &actor(), None, form)?.value;
    outln!("customer        {}", created.customer.id)?;
    outln!("activation key  {}", created.activation_key.as_str())?;
    Ok(())
}

fn list(office: &Office, search: Option<&str>) -> Outcome {
    let mut page = Page { after: None, limit: 200 };
    loop {
        let customers = app::customers(office, &actor(), &page, search)?;
        for customer in &customers {
            let licensee = &customer.details.licensee;
            outln!("{}  {}, {}", customer.id, licensee.name, licensee.city)?;
        }
        let Some(last) = customers.last() else { return Ok(()) };
        page.after = Some(last.id.to_string());
    }
}

fn show(office: &Office, id: &CustomerId) -> Outcome {
    let customer = app::customer(office, &actor(), id)?;
    let licensee = &customer.details.licensee;
    outln!("{}  {}", customer.id, licensee.name)?;
    let country = licensee.country.iter();
    let address = country.chain([&licensee.region, &licensee.city, &licensee.postal_code]);
    outln!("{}", address.map(String::as_str).collect::<Vec<_>>().join(", "))?;
    outln!("{} ({})", customer.details.email.as_str(), customer.details.language)?;
    let ledger = app::ledger(office, &actor(), id)?;
    let held = Entitlements::at(&ledger, office.clock.now());
    outln!("user accounts         {}", held.user_accounts)?;
    outln!("external connections  {}", held.external_connections)?;
    outln!("support until         {}", held.support_until.map_or("-".into(), |d| d.to_string()))?;
    if let Some(grant) = held.emergency {
        outln!("emergency accounts    {}, until {}", grant.accounts, grant.until)?;
    }
    let page = Page { after: None, limit: 200 };
    for known in app::installations(office, &actor(), id, &page)? {
        let installation = known.installation;
        let state = if installation.is_active() { "active" } else { "released" };
        outln!("{}  {state:9}{}", installation.id, installation.details.name)?;
    }
    Ok(())
}
