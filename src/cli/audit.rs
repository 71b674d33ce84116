use super::output::outln;
use super::{Outcome, actor};
use clap::Subcommand;
use licentia::app::{self, Office, Tampering};
use licentia::domain::ids::CustomerId;
use std::io::{Write, stdout};

#[derive(Subcommand)]
pub enum Command {
    /// Verify all records: names each row that was changed, removed or inserted outside of Licentia,
    /// and exits 1 if there is one
    Verify,
    /// Accept records that were changed outside of Licentia, after a person has looked at them
    Accept {
        /// What `audit verify` prints before the colon: a customer's id, `audit`, a table and a row's id
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        subject: Option<String>,
        /// Accept everything as it is stored
        #[arg(long)]
        all: bool,
        /// Why, for the audit
        #[arg(long)]
        reason: String,
        /// Issue a license that states the customer's records as they are now
        #[arg(long, conflicts_with = "all")]
        issue: bool,
    },
}

pub fn run(office: &Office, command: Command) -> Outcome {
    match command {
        Command::Verify => verify(office),
        Command::Accept { subject: None, reason, .. } => {
            let mut customers = 0;
            app::accept_all(office, &actor(), &reason, |accepted| customers += accepted)?;
            outln!("accepted the records of {customers} customers and the audit")?;
            Ok(())
        }
        Command::Accept { subject: Some(subject), reason, issue, .. } => {
            accept(office, &subject, &reason, issue)
        }
    }
}

fn verify(office: &Office) -> Outcome {
    let mut differing = 0_u64;
    let mut out = stdout().lock();
    let verified =
        app::verify_records(office, &actor(), |Tampering { subject, findings, .. }| {
            differing += findings.len() as u64;
            for finding in findings {
                let _ = writeln!(out, "{subject}: {finding}");
            }
        })?;
    outln!(
        "verified {} customers, {} ledger entries, {} audit events, {} rows that give access",
        verified.customers,
        verified.ledger_entries,
        verified.audit_events,
        verified.access_rows
    )?;
    if differing == 0 {
        outln!("nothing was changed outside of Licentia")?;
        return Ok(());
    }
    Err(format!("{differing} findings: records were changed outside of Licentia").into())
}

fn accept(office: &Office, subject: &str, reason: &str, issue: bool) -> Outcome {
    let findings = if subject == "audit" {
        app::accept_audit(office, &actor(), reason)?
    } else {
        match CustomerId::parse(subject) {
            Some(id) => app::accept_customer(office, &actor(), &id, reason, issue)?,
            None => app::accept_row(office, &actor(), subject, reason)?,
        }
    };
    for finding in &findings {
        outln!("accepted: {finding}")?;
    }
    if findings.is_empty() {
        outln!("the records of {subject} were in order")?;
    }
    Ok(())
}
