use super::customers::customer_id;
use super::output::{errln, outln};
use super::{Outcome, actor};
use clap::{Args, Subcommand};
use licentia::app::{self, Error, Office, Page, Warning};
use licentia::domain::ids::PurchaseId;
use licentia::domain::purchase::{LineForm, OrderForm};

#[derive(Subcommand)]
pub enum Command {
    /// Record a purchase; the customer is told by mail
    Add(Order),
    /// List a customer's purchases
    List {
        /// `cus_…`
        customer: String,
    },
    /// Void a purchase; its order number may then be entered again
    Void {
        /// `pur_…`
        id: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

#[derive(Args)]
pub struct Order {
    /// `cus_…`
    customer: String,
    /// The vendor's order number
    #[arg(long = "order-number", value_name = "ORDER_NUMBER")]
    number: String,
    /// The day it was paid, YYYY-MM-DD [default: today]
    #[arg(long)]
    paid_on: Option<String>,
    /// User accounts bought
    #[arg(long)]
    user_accounts: Option<i64>,
    /// External connections bought
    #[arg(long)]
    external_connections: Option<i64>,
    /// Support bought, until this day
    #[arg(long)]
    support_until: Option<String>,
    /// Tell nobody: for loading existing customers
    #[arg(long)]
    no_notify: bool,
}

pub fn run(office: &Office, command: Command) -> Outcome {
    match command {
        Command::Add(order) => add(office, order),
        Command::List { customer } => list(office, &customer),
        Command::Void { id, reason } => {
            let id = PurchaseId::parse(&id).ok_or(Error::NotFound)?;
            let voided = app::void_purchase(office, &actor(), None, &id, &reason)?.value;
            outln!("void     {}", voided.void.id)?;
            outln!("license  {} (seq {})", voided.license.id, voided.license.seq)?;
            Ok(())
        }
    }
}

fn add(office: &Office, order: Order) -> Outcome {
    let counted = |item: &str, quantity: Option<i64>| {
        quantity.map(|q| LineForm { item: item.into(), quantity: Some(q), until: None })
    };
    let support = order.support_until.map(|until| LineForm {
        item: "support".into(),
        quantity: None,
        until: Some(until),
    });
    let items = [
        counted("user_accounts", order.user_accounts),
        counted("external_connections", order.external_connections),
        support,
    ];
    let form = OrderForm {
        order_number: order.number,
        paid_on: order.paid_on.unwrap_or_else(|| office.today().to_string()),
        items: items.into_iter().flatten().collect(),
        notify: !order.no_notify,
    };
    let customer = customer_id(&order.customer)?;
    let answer = app::record_purchase(office, &actor(), None, &customer, form)?;
    let recorded = answer.value;
    let before = if answer.created { "" } else { " (recorded before)" };
    outln!("purchase  {}{before}", recorded.purchase.id)?;
    outln!("license   {} (seq {})", recorded.license.id, recorded.license.seq)?;
    for warning in recorded.warnings {
        match warning {
            Warning::SupportInThePast => errln!("note: the support has ended already"),
        }
    }
    Ok(())
}

fn list(office: &Office, customer: &str) -> Outcome {
    let customer = customer_id(customer)?;
    let mut page = Page { after: None, limit: 200 };
    loop {
        let purchases = app::purchases(office, &actor(), &customer, &page)?;
        for state in &purchases {
            let purchase = &state.purchase;
            let lines = &purchase.lines;
            let number = |n: Option<i64>| n.map_or("-".into(), |n| n.to_string());
            outln!(
                "{}  {}  {}  accounts {}  connections {}  support {}{}",
                purchase.id,
                purchase.order_number.as_str(),
                purchase.paid_on,
                number(lines.user_accounts),
                number(lines.external_connections),
                lines.support_until.map_or("-".into(), |date| date.to_string()),
                if state.void.is_some() { "  void" } else { "" },
            )?;
        }
        let Some(last) = purchases.last() else { return Ok(()) };
        page.after = Some(last.purchase.id.to_string());
    }
}
