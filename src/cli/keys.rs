use super::output::outln;
use super::{Outcome, actor, open};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use licentia::app::{
    Office, RotatedSecret, SecretName, count_to_reissue, is_reissue_needed, key_rotated,
    reissue_licenses, root_detached, rotate_secret as rotate_secret_of,
};
use licentia::chance::Chance;
use licentia::clock::Clock;
use licentia::config::Config;
use licentia::signing::Keyring;
use std::fs::OpenOptions;
use std::io::Write;
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
    /// Make an issuing key that has no certificate yet, and a request for one: where the root is
    /// kept elsewhere
    RequestCertificate {
        /// Where to write the request
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Certify the key of a request, on the machine where the root is kept; needs no database
    Certify {
        /// The request
        request: PathBuf,
        /// The private root key
        #[arg(long, value_name = "FILE")]
        root: PathBuf,
        /// Where to write the certificate
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Withdraw this issuing key
        #[arg(long, value_name = "THUMBPRINT", allow_hyphen_values = true)]
        withdraw: Option<String>,
    },
    /// Complete the key that waits for this certificate; issues every current license again if a key
    /// was withdrawn, and can be called again to resume
    Install {
        /// The certificate
        certificate: PathBuf,
    },
    /// Move the private root key off this server
    DetachRoot {
        /// Where to
        file: PathBuf,
    },
    /// Make the next version of a secret and carry over what depends on it; can be interrupted and
    /// called again to resume
    RotateSecret {
        /// activation, cookies, second-factor, integrity or answers
        name: String,
    },
    /// Print what products pin: the issuer and the root key
    Export,
}

pub fn run(config: &Config, command: Command) -> Outcome {
    match command {
        Command::List => list(config),
        Command::Rotate { root, withdraw } => rotate(config, root.as_deref(), withdraw.as_deref()),
        Command::RequestCertificate { out } => request_certificate(config, &out),
        Command::Certify { request, root, out, withdraw } => {
            certify(config, &request, &root, &out, withdraw.as_deref())
        }
        Command::Install { certificate } => install(config, &certificate),
        Command::DetachRoot { file } => detach_root(config, &file),
        Command::RotateSecret { name } => rotate_secret(config, &name),
        Command::Export => {
            let office = open(config)?;
            let keyring = office.keys.keyring()?;
            let roots = keyring.roots(&office.settings().issuer);
            outln!("{}", serde_json::to_string_pretty(&roots)?)?;
            Ok(())
        }
    }
}

fn list(config: &Config) -> Outcome {
    let office = open(config)?;
    let keyring = office.keys.keyring()?;
    let place = if keyring.root_is_here() { "on this server" } else { "detached" };
    outln!("root     {}  {place}", keyring.root().thumbprint())?;
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
        outln!("issuing  {thumbprint}  {state}, made {since}, may issue until {until}")?;
    }
    if let Some(key) = Keyring::pending_key(&config.keys_dir)? {
        outln!("pending  {key}  waits for its certificate")?;
    }
    Ok(())
}

/// Makes a new issuing key. On the server it is noted in the audit; on the machine where the root is
/// kept there is no database to note it in.
fn rotate(config: &Config, root: Option<&Path>, withdraw: Option<&str>) -> Outcome {
    let now = Clock::System.now();
    let rotation = Keyring::rotate(
        &config.keys_dir,
        root,
        withdraw,
        config.issuing_key_days,
        now,
        &Chance::default(),
    )?;
    // The work goes on where nobody reads what it says.
    let said = if rotation.made { outln!("new issuing key {}", rotation.key) } else { Ok(()) };
    if !config.database.exists() {
        outln!(
            "there is no database here: copy issuing-{}.pem into the server's keys directory",
            rotation.key
        )?;
        if let Some(key) = withdraw {
            outln!("then, on the server: licentia keys rotate --withdraw {key}")?;
        }
        return Ok(());
    }
    let office = open(config)?;
    if rotation.made {
        key_rotated(&office, &actor(), &rotation.key, withdraw)?;
    }
    if withdraw.is_some() {
        reissue(&office)?;
    }
    Ok(said?)
}

fn request_certificate(config: &Config, out: &Path) -> Outcome {
    let office = open(config)?;
    let now = office.clock.now();
    let (key, request) = Keyring::request_certificate(&config.keys_dir, now, &Chance::default())?;
    write_new(out, &request)?;
    outln!("the issuing key {key} waits for its certificate; the request is {}", out.display())?;
    outln!("where the root is kept: licentia keys certify REQUEST --root FILE --out CERTIFICATE")?;
    Ok(())
}

fn certify(
    config: &Config,
    request: &Path,
    root: &Path,
    out: &Path,
    withdraw: Option<&str>,
) -> Outcome {
    let (days, now) = (config.issuing_key_days, Clock::System.now());
    let certified = Keyring::certify_request(request, root, withdraw, days, now)?;
    write_new(out, &certified.file)?;
    let certificate = certified.certificate;
    outln!(
        "certified the issuing key {} until {}",
        certificate.key()?.thumbprint(),
        certificate.issue_until
    )?;
    for key in &certificate.withdrawn {
        outln!("withdrawn: {key}")?;
    }
    outln!("on the server: licentia keys install {}", out.display())?;
    Ok(())
}

fn install(config: &Config, certificate: &Path) -> Outcome {
    let rotation = Keyring::install_certificate(&config.keys_dir, certificate)?;
    let office = open(config)?;
    let said = if rotation.made {
        key_rotated(&office, &actor(), &rotation.key, None)?;
        outln!("new issuing key {}", rotation.key)
    } else {
        outln!("the issuing key {} is installed already", rotation.key)
    };
    if is_reissue_needed(&office)? {
        reissue(&office)?;
    }
    Ok(said?)
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, text: &str) -> Outcome {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.map_err(|error| format!("{}: {error}", path.display()))?;
    file.write_all(text.as_bytes())?;
    Ok(file.sync_all()?)
}

fn detach_root(config: &Config, file: &Path) -> Outcome {
    Keyring::detach_root(&config.keys_dir, file)?;
    if config.database.exists() {
        root_detached(&open(config)?, &actor())?;
    }
    outln!("the private root key is now in {}; keep it off this server", file.display())?;
    Ok(())
}

/// Rotates a secret and says what has to be done about it.
fn rotate_secret(config: &Config, name: &str) -> Outcome {
    let secret = SecretName::parse(name).ok_or_else(|| {
        let known = SecretName::ALL.map(SecretName::as_str).join(", ");
        format!("there is no secret {name}; the secrets are {known}")
    })?;
    let office = open(config)?;
    let bar = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("{spinner} {pos} records, {per_sec}")?);
    let rotated = rotate_secret_of(&office, &actor(), secret, |count| {
        bar.inc(u64::try_from(count).unwrap_or_default());
    })?;
    bar.finish_and_clear();
    let RotatedSecret { version, made, carried_over } = rotated;
    let done =
        if made { "is the new version" } else { "was made before; the rotation is complete" };
    outln!("{secret}-{version}.secret {done}; {carried_over} records were carried over")?;
    outln!("{}", what_follows(secret))?;
    outln!(
        "back up the keys directory, and copy the file to every server that has a copy of the \
         directory; older versions stay in it"
    )?;
    Ok(())
}

/// What a rotation means for people.
fn what_follows(secret: SecretName) -> &'static str {
    match secret {
        SecretName::Activation => {
            "every customer has a new activation key; the keys that were sent before activate \
             nothing any more, and installations that are active stay so: send the new key, which \
             the customer's page creates, to those who still have to activate"
        }
        SecretName::Cookies => "forms that are open in a browser must be loaded again",
        SecretName::SecondFactor => "nobody has to set up a second factor again",
        SecretName::Integrity => "the records are authenticated with the new version",
        SecretName::Answers => "answers recorded before are still repeated",
    }
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
    outln!("{issued} licenses issued again")?;
    Ok(())
}
