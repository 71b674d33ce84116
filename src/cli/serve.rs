use super::Outcome;
use super::output::outln;
use licentia::app::{self, Office};
use licentia::chance::Chance;
use licentia::clock::Clock;
use licentia::config::Config;
use licentia::startup::{self, Prepared};
use licentia::store::{grant_service, migration_state};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How long the process may take to end after it was asked to.
const LONGEST_STOP: Duration = Duration::from_secs(30);

/// Serves until SIGTERM or SIGINT; prints where it listens.
pub fn serve(config: &Config) -> Outcome {
    let _log = startup::start_log(config)?;
    #[cfg(feature = "failpoints")]
    let kill_at = licentia::config::variable_of("LICENTIA_KILL_AT").unwrap_or_default();
    #[cfg(feature = "failpoints")]
    licentia::failpoint::arm_for_start(&kill_at);
    #[cfg(feature = "failpoints")]
    if let Some(point) = licentia::config::variable_of("LICENTIA_FAIL_AT") {
        licentia::failpoint::arm_action(&point);
    }
    let prepared = Prepared::new(config, Clock::System, Chance::default())?;
    greet(&prepared, if config.tls.is_some() { "https" } else { "http" })?;
    #[cfg(feature = "failpoints")]
    licentia::failpoint::arm_for_calls(&kill_at);
    actix_web::rt::System::new().block_on(async move {
        actix_web::rt::spawn(end_in_time());
        Ok(prepared.run(true)?.serve().await?)
    })
}

/// After SIGTERM or SIGINT, ends the process when its threads have not: a database that hangs keeps
/// them as long as it does. Nothing that was acknowledged is lost by that.
async fn end_in_time() {
    let asked = [SignalKind::terminate(), SignalKind::interrupt()].map(signal);
    let [Ok(mut terminate), Ok(mut interrupt)] = asked else { return };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    std::thread::spawn(|| {
        std::thread::sleep(LONGEST_STOP);
        tracing::error!("the server has not ended in {} s, and is ended", LONGEST_STOP.as_secs());
        std::process::exit(1);
    });
}

/// Says where the server listens, and how it is set up. Nobody need read it: a closed output ends no
/// server.
fn greet(prepared: &Prepared, scheme: &str) -> Outcome {
    let mut out = std::io::stdout();
    let (address, ops) = (prepared.address, prepared.ops_address);
    let _ =
        writeln!(out, "Licentia listens on {scheme}://{address}, for operations on http://{ops}");
    if let Some(token) = app::setup_link(&prepared.office)? {
        let link = link(&prepared.office, &token);
        let _ = writeln!(out, "To set it up, open within 30 minutes: {link}");
    }
    let _ = out.flush();
    Ok(())
}

/// Prints a new setup link, while there is no staff.
pub fn setup(config: &Config) -> Outcome {
    let office = super::open_or_make(config)?;
    let token = app::setup_link(&office)?.ok_or("the office is set up already: sign in")?;
    outln!("{}", link(&office, &token))?;
    Ok(())
}

/// A setup link, under the address that the office is known by. Its code stands in the fragment,
/// which is sent to no server and so stands in no log.
fn link(office: &Office, token: &str) -> String {
    format!("{}/setup#{token}", office.settings().issuer)
}

/// Brings the database to the newest migration, as every start does, and says so.
pub fn migrate(config: &Config, service_role: Option<&str>, new_database: bool) -> Outcome {
    if !new_database && !config.database.exists() {
        return Err(startup::StartError::NoOffice(config.database.place()).into());
    }
    let open = if new_database { startup::open_new_store } else { startup::open_store };
    open(config, Chance::default())?;
    let (names, applied) = migration_state(&config.database)?;
    outln!("{applied} of {} migrations are applied to {}", names.len(), config.database.kind())?;
    if let Some(role) = service_role {
        grant_service(&config.database, role)?;
        outln!("granted {role} what the server needs")?;
    }
    Ok(())
}

/// Asks `/readyz` of the server that these settings are of.
pub fn healthcheck(config: &Config) -> Outcome {
    const PATIENCE: Duration = Duration::from_secs(3);
    let mut address: SocketAddr = config.ops_listen;
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    let mut connection = TcpStream::connect_timeout(&address, PATIENCE)
        .map_err(|error| format!("{address}: {error}"))?;
    connection.set_read_timeout(Some(PATIENCE))?;
    write!(connection, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let said = outln!("{}", body.trim());
    if head.starts_with("HTTP/1.1 200") { Ok(said?) } else { Err("not ready".into()) }
}
