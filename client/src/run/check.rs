//! The commands that answer a question from the license and the machine.

use super::Said;
use crate::cli::{CheckArgs, OneMore};
use licentia_client::{Check, Error, Installation, Language, Usage, check_text, machine_text};
use serde_json::json;

/// What may be done now with so much in use.
pub(super) fn check(
    installation: &Installation,
    args: &CheckArgs,
    language: Language,
) -> Result<Said, Error> {
    let shown = installation.show()?;
    let panel = &shown.panel;
    let usage = Usage {
        user_accounts: args.user_accounts.or(panel.user_accounts.used).unwrap_or(0),
        emergency_accounts: args.emergency_accounts.or(panel.emergency_accounts.used).unwrap_or(0),
        external_connections: args
            .external_connections
            .or(panel.external_connections.used)
            .unwrap_or(0),
    };
    let check = shown.check(usage);
    let covers = args.published.map(|published| shown.license.support_covers(published));
    let good = match args.one_more {
        Some(kind) => may_add(&check, kind),
        None => check.is_within() && covers != Some(false),
    };
    let mut sentence = check_text(&check, language);
    if let Some(covers) = covers {
        sentence.push_str(coverage(covers, language));
    }
    let json = json!({
        "usage": usage,
        "check": check,
        "support_covers": covers,
        "judged_at": shown.judged_at,
        "notices": shown.notices,
        "good": good,
    });
    Ok(Said { good, notices: shown.notices, ..Said::new(sentence.trim_end(), json) })
}

fn may_add(check: &Check, kind: OneMore) -> bool {
    match kind {
        OneMore::UserAccount => check.may_add_user_account,
        OneMore::EmergencyAccount => check.may_add_emergency_account,
        OneMore::ExternalConnection => check.may_open_external_connection,
    }
}

fn coverage(covers: bool, language: Language) -> &'static str {
    match (covers, language) {
        (true, Language::Russian) => "Поддержка распространяется на эту версию.",
        (false, Language::Russian) => "Поддержка не распространяется на эту версию.",
        (true, Language::English) => "The support covers this version.",
        (false, Language::English) => "The support does not cover this version.",
    }
}

/// The machine's signals, or in words what became of them.
pub(super) fn fingerprint(
    installation: &Installation,
    explain: bool,
    language: Language,
) -> Result<Said, Error> {
    let present = installation.fingerprint()?;
    let found = installation.machine()?;
    let lines: Vec<_> = present.iter().map(|(name, hash)| format!("{name} {hash}")).collect();
    let sentence = if explain { machine_text(&found, language) } else { lines.join("\n") };
    let json = json!({
        "fingerprint": present,
        "verdict": found.verdict,
        "signals": found.signals,
    });
    Ok(Said::new(sentence.trim_end(), json))
}
