//! After the story: the same database is served on, on today's clock.

use super::stage::{SALES, Stage, TIME_ZONE};
use super::teller::Teller;
use crate::cli::Outcome;
use licentia::chance::Chance;
use licentia::clock::Clock;
use licentia::signing::Keyring;
use licentia::startup::Prepared;
use std::path::Path;

/// What the story leaves behind.
pub struct Played {
    /// The API token of sales.
    pub token: String,
    /// The customer's id.
    pub customer: String,
}

/// Serves until SIGINT or SIGTERM.
pub fn serve(mut stage: Stage, played: &Played, dir: &Path, teller: &Teller) -> Outcome {
    stage.stop()?;
    let (clock, chance) = (Clock::System, Chance::default());
    // The story's issuing key may issue from 2014 on, not today.
    let days = stage.config.issuing_key_days;
    Keyring::rotate(&stage.config.keys_dir, None, None, days, clock.now(), &chance)?;
    let prepared = Prepared::new(&stage.config, clock.clone(), chance)?;
    let today = stage.config.time_zone.to_datetime(clock.now()).date();
    let (api, ops) = (prepared.address, prepared.ops_address);
    let dir = dir.display();
    let (token, customer) = (&played.token, &played.customer);

    teller.heading(&teller.text("demo-keep", &[]))?;
    teller.say("demo-keep-intro", &[])?;
    for (id, value) in [
        ("demo-keep-server", format!("http://{api}")),
        ("demo-keep-ops", format!("http://{ops}/readyz")),
        ("demo-keep-token", token.clone()),
        ("demo-keep-customer", customer.clone()),
        ("demo-keep-dir", dir.to_string()),
    ] {
        teller.verbatim(&format!("{}: {value}", teller.text(id, &[])))?;
    }
    let curl = format!("curl -H 'Authorization: Bearer {token}'");
    let customers = format!("http://{api}/api/v1/customers");
    let order = format!(
        r#"{{"order_number":"{today}-1","paid_on":"{today}","items":[{{"item":"user_accounts","quantity":5}}]}}"#
    );
    teller.heading(&teller.text("demo-keep-try", &[]))?;
    for (id, lines) in [
        ("demo-keep-try-customer", vec![curl.clone(), format!("{customers}/{customer}")]),
        ("demo-keep-try-license", vec![curl.clone(), format!("{customers}/{customer}/license")]),
        (
            "demo-keep-try-purchase",
            vec![
                curl,
                "-H 'Content-Type: application/json'".into(),
                format!("-d '{order}'"),
                format!("{customers}/{customer}/purchases"),
            ],
        ),
        (
            "demo-keep-try-update",
            vec![
                "cargo run --release -p licentia-client --".into(),
                format!("--dir {dir}/installation update"),
            ],
        ),
    ] {
        teller.say(id, &[])?;
        teller.verbatim(&lines.join(" \\\n     "))?;
    }

    let served = async { Ok::<_, Box<dyn std::error::Error>>(prepared.run(true)?.serve().await?) };
    actix_web::rt::System::new().block_on(served)?;

    teller.say("demo-keep-stopped", &[])?;
    teller.verbatim(&format!("licentia serve --data-dir {dir} --time-zone {TIME_ZONE} \\"))?;
    teller.verbatim(&format!("  --listen {api} --ops-listen {ops} --sales-address {SALES}"))?;
    Ok(())
}
