use super::output::outln;
use super::{Outcome, actor};
use clap::Subcommand;
use licentia::app::{self, DEFAULT_OVERLAP_HOURS, DEFAULT_TOKEN_DAYS, NewToken, Office, Role};

#[derive(Subcommand)]
pub enum Command {
    /// Create a token and print it: one line, shown only now
    Create {
        /// admin, sales or auditor
        #[arg(long)]
        role: String,
        /// What the vendor calls it
        #[arg(long)]
        name: String,
        /// Days until it expires, at most 1826
        #[arg(long, default_value_t = DEFAULT_TOKEN_DAYS)]
        days: i64,
        /// Addresses or networks that it is accepted from, separated by commas [default: any]
        #[arg(long, value_name = "LIST", default_value = "", hide_default_value = true)]
        addresses: String,
    },
    /// Print a new value of a token, which is accepted at once; the current one stops later
    Rotate {
        /// What the vendor calls it
        #[arg(long)]
        name: String,
        /// For how many hours the current value is still accepted, at most 720
        #[arg(long, value_name = "HOURS", default_value_t = DEFAULT_OVERLAP_HOURS)]
        overlap: i64,
        /// Days until the new value expires, at most 1826
        #[arg(long, default_value_t = DEFAULT_TOKEN_DAYS)]
        days: i64,
    },
    /// Revoke a token
    Revoke {
        /// What the vendor calls it
        #[arg(long)]
        name: String,
    },
    /// List the tokens
    List,
}

pub fn run(office: &Office, command: Command) -> Outcome {
    match command {
        Command::Create { role, name, days, addresses } => {
            let role = Role::parse(&role).ok_or("the role must be admin, sales or auditor")?;
            let token = NewToken { name, role, days, addresses };
            outln!("{}", app::create_token(office, &actor(), None, &token)?)?;
        }
        Command::Rotate { name, overlap, days } => {
            outln!("{}", app::rotate_token(office, &actor(), None, &name, overlap, days)?)?;
        }
        Command::Revoke { name } => {
            app::revoke_token(office, &actor(), None, &name)?;
            outln!("revoked {name}")?;
        }
        Command::List => {
            let now = office.clock.now();
            for token in app::tokens(office, &actor())? {
                let state = match token.revoked_at {
                    Some(_) => "revoked",
                    None if token.expires_at <= now => "expired",
                    None => "active",
                };
                let (id, role, expires) = (token.id, token.role.as_str(), token.expires_at);
                let used = token.last_used_at.map_or("never".into(), |at| at.to_string());
                let from = match token.addresses.as_str() {
                    "" => String::new(),
                    addresses => format!("  from {addresses}"),
                };
                let name = token.name;
                outln!("{id}  {role:8}{state:8}{name}  expires {expires}, last used {used}{from}")?;
            }
        }
    }
    Ok(())
}
