//! What `fingerprint --explain` says, in both languages.

use crate::Language;
use licentia_license::{
    Comparison, MACHINE_ID, NETWORK, PRODUCT_UUID, ROOT_FILE_SYSTEM, SignalState, Verdict,
};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// The signals that this version reads, in the order they are told in.
const SIGNALS: [&str; 4] = [MACHINE_ID, PRODUCT_UUID, NETWORK, ROOT_FILE_SYSTEM];

/// Tells in words whether this is the machine of the activation, and what became of each signal.
///
/// ```text
/// This is the machine that the installation was activated on: 3 of 4 signals are the same.
///
///   system id (machine-id)            the same
///   firmware id (DMI product uuid)    the same
///   network cards                     changed
///   root file system                  the same
/// ```
#[must_use]
pub fn machine_text(found: &Comparison, language: Language) -> String {
    let width = SIGNALS.iter().map(|signal| signal_name(signal, language).width()).max();
    let mut text = format!("{}\n\n", verdict(found, language));
    for signal in SIGNALS {
        let name = signal_name(signal, language);
        let gap = " ".repeat(width.unwrap_or_default().saturating_sub(name.width()) + 2);
        let state = state(found.signals.get(signal).copied(), language);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {name}{gap}{state}");
    }
    text
}

/// The names of signals for a sentence.
pub(crate) fn signal_names(signals: &[String], language: Language) -> String {
    let names: Vec<_> = signals.iter().map(|signal| signal_name(signal, language)).collect();
    names.join(", ")
}

fn signal_name(signal: &str, language: Language) -> &str {
    match (signal, language) {
        (MACHINE_ID, Language::Russian) => "идентификатор системы (machine-id)",
        (MACHINE_ID, Language::English) => "system id (machine-id)",
        (PRODUCT_UUID, Language::Russian) => "идентификатор платы (DMI product uuid)",
        (PRODUCT_UUID, Language::English) => "firmware id (DMI product uuid)",
        (NETWORK, Language::Russian) => "сетевые карты",
        (NETWORK, Language::English) => "network cards",
        (ROOT_FILE_SYSTEM, Language::Russian) => "корневая файловая система",
        (ROOT_FILE_SYSTEM, Language::English) => "root file system",
        // A signal of another version.
        (other, _) => other,
    }
}

fn state(state: Option<SignalState>, language: Language) -> &'static str {
    match (state, language) {
        (Some(SignalState::Same), Language::Russian) => "без изменений",
        (Some(SignalState::Same), Language::English) => "the same",
        (Some(SignalState::Changed), Language::Russian) => "изменилось",
        (Some(SignalState::Changed), Language::English) => "changed",
        (Some(SignalState::New), Language::Russian) => "раньше не было известно",
        (Some(SignalState::New), Language::English) => "not known before",
        (Some(SignalState::Gone), Language::Russian) => "было известно, сейчас прочесть нельзя",
        (Some(SignalState::Gone), Language::English) => "known, and cannot be read now",
        (None, Language::Russian) => "прочесть нельзя",
        (None, Language::English) => "cannot be read",
    }
}

fn verdict(found: &Comparison, language: Language) -> String {
    let (same, both) = (found.same(), found.known_by_both());
    match (found.verdict, language) {
        (Verdict::SameMachine, Language::Russian) => {
            format!("Это тот же компьютер, где установка активирована: совпадает {same} из {both}.")
        }
        (Verdict::SameMachine, Language::English) => format!(
            "This is the machine that the installation was activated on: {same} of {both} signals \
             are the same."
        ),
        (Verdict::AnotherMachine, Language::Russian) => format!(
            "Это другой компьютер, чем тот, где установка активирована: совпадает {same} из \
             {both}. Лицензия действует."
        ),
        (Verdict::AnotherMachine, Language::English) => format!(
            "This is another machine than the one that the installation was activated on: {same} \
             of {both} signals are the same. The license is valid."
        ),
        (Verdict::Unknown, Language::Russian) => format!(
            "Нельзя сказать, тот же ли это компьютер: сравнить можно признаков: {both}. На \
             лицензию это не влияет."
        ),
        (Verdict::Unknown, Language::English) => format!(
            "Whether this is the same machine cannot be told: signals to compare: {both}. The \
             license does not depend on it."
        ),
    }
}
