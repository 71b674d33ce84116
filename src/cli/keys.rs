use super::{Outcome, actor, open};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use licentia::app::{Office, count_to_reissue, key_rotated, reissue_licenses, root_detached};
use licentia::chance::Chance;
use licentia::clock::Clock;
use licentia::config::Config;
use licentia::signing::Keyring;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum Command {
    /// List the keys: thumbprints, since when, until when
    List,
    /// Make a new issuing key; licenses signed before stay good
    Rotate {
        /// The private root key, where it does not lie in the keys directory
        #[arg(long, value_name = "FILE")]
        root: Option<PathBuf>,
        /// Take this issuing key back and issue every current license again; can be broken off and
        /// called again to go on
        #[arg(long, value_name = "THUMBPRINT", allow_hyphen_values = true)]
        withdraw: Option<String>,
    },
    /// Move the private root key off this server
    DetachRoot {
        /// Where to
        file: PathBuf,
    },
    /// Print what products pin: the issuer and the root key
    Export,
}

pub fn run(config: &Config, command: Command) -> Outcome {
    match command {
        Command::List => list(config),
        Command::Rotate { root, withdraw } => rotate(config, root.as_deref(), withdraw.as_deref()),
        Command::DetachRoot { file } => detach_root(config, &file),
        Command::Export => {
            let office = open(config)?;
            let keyring = office.keys.keyring()?;
            let roots = keyring.roots(&office.settings().issuer);
            println!("{}", serde_json::to_string_pretty(&roots)?);
            Ok(())
        }
    }
}

fn list(config: &Config) -> Outcome {
    let office = open(config)?;
    let keyring = office.keys.keyring()?;
    let place = if keyring.root_is_here() { "on this server" } else { "detached" };
    println!("root     {}  {place}", keyring.root().thumbprint());
    let current = keyring.current().map(|key| key.public.thumbprint());
    for key in keyring.issuing() {
        let thumbprint = key.public.thumbprint();
        let state = if keyring.withdrawn().contains(&thumbprint) {
            "withdrawn"
        } else if Some(&thumbprint) == current.as_ref() {
            "signs"
        } else {
            "replaced"
        };
        let certificate = &key.certificate;
        let (since, until) = (certificate.iat, certificate.issue_until);
        println!("issuing  {thumbprint}  {state}, made {since}, may issue until {until}");
    }
    Ok(())
}

/// Makes a new issuing key. On the server it is noted in the audit; on the machine where the root is
/// kept there is no database to note it in.
fn rotate(config: &Config, root: Option<&Path>, withdraw: Option<&str>) -> Outcome {
    let now = Clock::System.now();
    let rotation = Keyring::rotate(&config.keys_dir, root, withdraw, now, &Chance::default())?;
    if rotation.made {
        println!("new issuing key {}", rotation.key);
    }
    if !config.database.exists() {
        println!(
            "there is no database here: copy issuing-{}.pem into the server's keys directory",
            rotation.key
        );
        if let Some(key) = withdraw {
            println!("then, on the server: licentia keys rotate --withdraw {key}");
        }
        return Ok(());
    }
    let office = open(config)?;
    if rotation.made {
        key_rotated(&office, &actor(), &rotation.key, withdraw)?;
    }
    if withdraw.is_some() { reissue(&office) } else { Ok(()) }
}

fn detach_root(config: &Config, file: &Path) -> Outcome {
    Keyring::detach_root(&config.keys_dir, file)?;
    if config.database.exists() {
        root_detached(&open(config)?, &actor())?;
    }
    println!("the private root key is now in {}; keep it off this server", file.display());
    Ok(())
}

/// Issues every current license again that the new key has not signed yet.
fn reissue(office: &Office) -> Outcome {
    let left = u64::try_from(count_to_reissue(office)?)?;
    let bar = ProgressBar::new(left).with_style(ProgressStyle::with_template(
        "{bar:40} {pos} of {len} licenses, {per_sec}, {eta} left",
    )?);
    let issued = reissue_licenses(office, &actor(), |count| {
        bar.inc(u64::try_from(count).unwrap_or_default());
    })?;
    bar.finish_and_clear();
    println!("{issued} licenses issued again");
    Ok(())
}
