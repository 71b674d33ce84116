//! What is shown of the license held, and what else the reader should know.

use crate::machine_text::signal_names;
use crate::state::State;
use crate::{Error, Language};
use jiff::{SignedDuration, Timestamp};
use licentia_license::{Check, Comparison, InstallationPanel, License, Panel, Usage, Verdict};
use serde::{Serialize, Serializer};

/// How far a clock may be set back before it is spoken of: a wrong zone and a late time server
/// are no more than that.
const TOLERATED: SignedDuration = SignedDuration::from_hours(24);

/// The license held, verified anew, as its administrator sees it.
///
/// Its JSON has the same members; `panel` is that of [`Shown::for_page`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The rows of the panel.
    pub panel: Panel,
    /// What the license states.
    pub license: License,
    /// The instant that it is judged at: the latest that is known to have been reached.
    pub judged_at: Timestamp,
    /// What else the reader should know.
    pub notices: Vec<Notice>,
    /// What the installation last counted.
    usage: Option<Usage>,
}

/// Something that is wrong around the license, not with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Notice {
    /// The clock was set back: it shows a time more than 24 hours before one that was certainly
    /// reached. Dated rights (emergency license, support) are judged at that one.
    ClockSetBack {
        /// What the clock shows.
        clock: Timestamp,
        /// The time that was certainly reached.
        reached: Timestamp,
    },
    /// The directory was copied to another machine, or much of this one was exchanged. The license
    /// is valid all the same, and the office sees it by the statements.
    AnotherMachine {
        /// The signals that differ.
        changed: Vec<String>,
    },
    /// The time could not be written down (a full disk, say); what is shown is right all the same.
    TimeNotKept {
        /// Why.
        reason: String,
    },
}

impl Shown {
    pub(crate) fn new(state: &State, license: License, now: Timestamp) -> Self {
        let judged_at = state.instant(&license, now);
        let panel = Panel::new(&license, state.usage, judged_at);
        let reached = state.reached(&license);
        let set_back = reached.duration_since(now) > TOLERATED;
        let notices = set_back.then_some(Notice::ClockSetBack { clock: now, reached });
        let notices = notices.into_iter().collect();
        Self { panel, license, judged_at, notices, usage: state.usage }
    }

    /// The panel for the product's settings page, where `<license-information>` shows it: the JSON
    /// that `docs/panel.schema.json` describes, the same as the office's `GET /api/v1/panel`. Whether
    /// an emergency license would be given is left open where only the office knows.
    #[must_use]
    pub fn for_page(&self) -> InstallationPanel {
        InstallationPanel::new(&self.license, self.usage, self.judged_at)
    }

    /// Answers what a product must know with so much in use (see [`License::check`]).
    #[must_use]
    pub fn check(&self, usage: Usage) -> Check {
        self.license.check(usage, self.judged_at)
    }

    pub(crate) fn note_machine(&mut self, found: &Comparison) {
        if found.verdict == Verdict::AnotherMachine {
            let changed = found.changed().map(str::to_owned).collect();
            self.notices.push(Notice::AnotherMachine { changed });
        }
    }

    pub(crate) fn note_unkept_time(&mut self, error: &Error) {
        self.notices.push(Notice::TimeNotKept { reason: error.to_string() });
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            panel: InstallationPanel,
            license: &'a License,
            judged_at: Timestamp,
            notices: &'a [Notice],
        }
        let Self { license, judged_at, notices, .. } = self;
        Members { panel: self.for_page(), license, judged_at: *judged_at, notices }.serialize(to)
    }
}

impl Notice {
    /// The notice in a sentence.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match (self, language) {
            (Self::ClockSetBack { clock, reached }, Language::Russian) => format!(
                "Часы этого компьютера переведены назад: они показывают {clock}, а время {reached} уже \
                 наступило. Сроки считаются по более позднему времени; установите часы."
            ),
            (Self::ClockSetBack { clock, reached }, Language::English) => format!(
                "This machine's clock was set back: it shows {clock}, and {reached} was reached \
                 already. Dates are judged by the later time; set the clock."
            ),
            (Self::AnotherMachine { changed }, Language::Russian) => format!(
                "Это другой компьютер, чем тот, где установка активирована (изменилось: {}). \
                 Лицензия действует; если установка перенесена, активируйте ее здесь заново.",
                signal_names(changed, language)
            ),
            (Self::AnotherMachine { changed }, Language::English) => format!(
                "This is another machine than the one that the installation was activated on \
                 (changed: {}). The license is valid; if the installation was moved, activate it \
                 here again.",
                signal_names(changed, language)
            ),
            (Self::TimeNotKept { reason }, Language::Russian) => {
                format!("Время не удалось записать: {reason}")
            }
            (Self::TimeNotKept { reason }, Language::English) => {
                format!("The time could not be written down: {reason}")
            }
        }
    }
}
