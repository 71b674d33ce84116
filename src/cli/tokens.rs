use super::{Outcome, actor};
use clap::Subcommand;
use licentia::app::{self, Office, Role};

#[derive(Subcommand)]
pub enum Command {
    /// Make a token and print it: one line, shown only now
    Create {
        /// admin, sales or auditor
        #[arg(long)]
        role: String,
        /// What the vendor calls it
        #[arg(long)]
        name: String,
    },
    /// Take a token back
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
        Command::Create { role, name } => {
            let role = Role::parse(&role).ok_or("the role must be admin, sales or auditor")?;
            println!("{}", app::create_token(office, &actor(), None, &name, role)?);
        }
        Command::Revoke { name } => {
            app::revoke_token(office, &actor(), None, &name)?;
            println!("revoked {name}");
        }
        Command::List => {
            for token in app::tokens(office, &actor())? {
                let state = if token.revoked_at.is_some() { "revoked" } else { "good" };
                println!("{}  {:8}{:8}{}", token.id, token.role.as_str(), state, token.name);
            }
        }
    }
    Ok(())
}
