use super::output::outln;
use super::{Outcome, actor};
use clap::{Args, Subcommand};
use data_encoding::BASE32_NOPAD;
use licentia::app::{self, HashedPassword, Office, StaffChange};
use licentia::domain::customer::Language;
use licentia::domain::staff::{Staff, StaffForm, typed_name};
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub enum Command {
    /// List staff: role, state, two-factor authentication
    List,
    /// Add a member of staff with a temporary password, printed only now
    ///
    /// The password works for 7 days. The person chooses another one when they sign in.
    Add(Details),
    /// Set a temporary password; ends the person's sessions and their pauses after failed attempts
    ///
    /// The password works for 7 days. The person chooses another one when they sign in.
    ResetPassword {
        #[command(flatten)]
        person: Person,
        #[command(flatten)]
        password: PasswordFile,
    },
    /// Remove the second factor and the recovery codes: for a lost phone
    ///
    /// The next sign-in sets up a new second factor. The person's sessions end.
    ResetSecondFactor {
        #[command(flatten)]
        person: Person,
    },
    /// Allow a disabled person to sign in again
    Enable {
        #[command(flatten)]
        person: Person,
    },
    /// Do not allow a person to sign in; their sessions end
    Disable {
        #[command(flatten)]
        person: Person,
    },
}

#[derive(Args)]
pub struct Person {
    /// The name that the person signs in with
    #[arg(long)]
    name: String,
}

#[derive(Args)]
pub struct PasswordFile {
    /// Read the temporary password from the first line of a file, or from standard input with `-`,
    /// instead of making one. A password is never an argument: other users could see it
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

#[derive(Args)]
pub struct Details {
    /// The name that the person signs in with
    #[arg(long)]
    name: String,
    /// The person's full name
    #[arg(long)]
    full_name: String,
    /// admin, sales or auditor
    #[arg(long)]
    role: String,
    /// Where notices about the account go
    #[arg(long)]
    email: Option<String>,
    /// The language of notices: ru or en [default: ru]
    #[arg(long)]
    language: Option<String>,
    #[command(flatten)]
    password: PasswordFile,
}

pub fn run(office: &Office, command: Command) -> Outcome {
    match command {
        Command::List => return list(office),
        Command::Add(details) => return add(office, details),
        Command::ResetPassword { person, password } => {
            return reset_password(office, &person, &password);
        }
        Command::ResetSecondFactor { person } => {
            let person = change(office, &person, &StaffChange::ResetSecondFactor)?;
            outln!("{} sets up a new second factor at the next sign-in", person.name)?;
        }
        Command::Enable { person } => {
            outln!("enabled {}", change(office, &person, &StaffChange::Enable)?.name)?;
        }
        Command::Disable { person } => {
            outln!("disabled {}", change(office, &person, &StaffChange::Disable)?.name)?;
        }
    }
    Ok(())
}

fn list(office: &Office) -> Outcome {
    for file in app::staff(office, &actor())? {
        let person = file.person;
        let state = if person.is_enabled() { "enabled" } else { "disabled" };
        let factor = if person.totp.confirmed { "two-factor" } else { "password" };
        outln!(
            "{:8}{state:9} {factor:11}{}  {}",
            person.role.as_str(),
            person.name,
            person.full_name
        )?;
    }
    Ok(())
}

fn add(office: &Office, details: Details) -> Outcome {
    let Details { name, full_name, role, email, language, password } = details;
    let language = language.map(|word| Language::parse(&word));
    let language = language.transpose().map_err(|_| "the language must be ru or en")?;
    let email = email.unwrap_or_default();
    let (password, is_made) = password.read_or_make(office)?;
    let form = StaffForm { name, full_name, role, email, language, password };
    app::check_new_staff(office, &actor(), &form)?;
    let hash = HashedPassword::new(&form.password, &office.chance)?;
    let person = app::add_staff(office, &actor(), None, &form, &hash)?;
    outln!("added {}", person.name)?;
    show(&form.password, is_made)
}

fn reset_password(office: &Office, person: &Person, file: &PasswordFile) -> Outcome {
    let (password, is_made) = file.read_or_make(office)?;
    let id = find(office, person)?.id;
    app::check_password_of(office, &actor(), &id, "/password", &password)?;
    let hash = HashedPassword::new(&password, &office.chance)?;
    let person = change(office, person, &StaffChange::Password(hash))?;
    outln!("{} has a temporary password", person.name)?;
    show(&password, is_made)
}

fn show(password: &str, is_made: bool) -> Outcome {
    if is_made {
        outln!("temporary password, shown only now: {password}")?;
    }
    outln!("it works for 7 days; the person chooses another one when they sign in")?;
    Ok(())
}

fn change(
    office: &Office,
    person: &Person,
    change: &StaffChange,
) -> Result<Staff, Box<dyn std::error::Error>> {
    let id = find(office, person)?.id;
    Ok(app::change_staff(office, &actor(), None, &id, change)?)
}

fn find(office: &Office, person: &Person) -> Result<Staff, Box<dyn std::error::Error>> {
    let name = typed_name(&person.name);
    let staff = app::staff(office, &actor())?.into_iter().map(|file| file.person);
    let found = staff.into_iter().find(|person| person.name == name);
    found.ok_or_else(|| format!("nobody signs in as {name}: see `licentia staff list`").into())
}

impl PasswordFile {
    /// The password of the file, or one that is made; and whether it is that.
    fn read_or_make(&self, office: &Office) -> Result<(String, bool), Box<dyn std::error::Error>> {
        let Some(path) = &self.password_file else {
            let password = BASE32_NOPAD.encode(&office.chance.bytes::<15>()).to_lowercase();
            return Ok((password, true));
        };
        let text = if path == Path::new("-") {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        } else {
            std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?
        };
        Ok((text.lines().next().unwrap_or_default().to_owned(), false))
    }
}
