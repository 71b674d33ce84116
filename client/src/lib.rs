//! The installation's side: a product links this library, or calls the command
//! `licentia-client`, to hold its license.
//!
//! An installation makes its own Ed25519 key; the key's thumbprint is its identity. It asks the
//! vendor's license office by signed *request statements*, and believes a license only when the
//! *root keys* that the product pins vouch for it. The roots come by file or are built in, never
//! over the network.
//!
//! ```no_run
//! use licentia_client::{Activate, Installation, Language, Roots, Usage, panel_text};
//! # fn main() {}
//! # fn run(roots: Roots, key: String) -> Result<(), licentia_client::Error> {
//! let installation = Installation::create("/var/lib/pbx/license")?;
//! installation.activate(
//!     "https://licenses.vendor.example",
//!     &roots,
//!     Activate {
//!         activation_key: key,
//!         name: "pbx-1".into(),
//!         product_version: "5.1".into(),
//!         fingerprint: Default::default(), // filled in
//!         moving: None,
//!     },
//! )?;
//!
//! // From here on every question is answered offline, from the stored license.
//! let usage = Usage { user_accounts: 19, emergency_accounts: 0, external_connections: 1 };
//! let check = installation.check(usage)?;
//! if !check.may_add_user_account {
//!     println!("buy accounts, or ask for an emergency license");
//! }
//! println!("{} emergency accounts are blocked", check.blocked_emergency_accounts);
//! let shown = installation.show()?;
//! let covered = shown.license.support_covers(jiff::civil::date(2014, 10, 1));
//! println!("a version of 1 October is covered by the support: {covered}");
//! print!("{}", panel_text(&shown.panel, Language::Russian, &jiff::tz::TimeZone::UTC));
//!
//! // A bad hour: ten more accounts for one calendar month.
//! installation.emergency(10)?;
//! # Ok(()) }
//! ```
//!
//! # What is kept
//!
//! The state directory (mode 0700) holds `key.pem`, `salt`, `roots.json`, `state.json` and, while
//! an answer is awaited, `pending.json`; each has mode 0600 and is replaced whole or not at all. A
//! file that others can read is refused. Requests that a person carries stand in `state.json` until
//! their answers are accepted.
//!
//! # What is refused
//!
//! A license must be signed under a pinned root by a key that no key certificate seen so far
//! withdraws, name this installation and the same customer, be no older than the newest one seen
//! and not be issued more than 24 hours ahead of the clock. A refused license leaves the stored
//! one as it is. An emergency license that was once seen to have ended stays ended, whatever the
//! clock says later.
//!
//! # When the network or the clock is not as it should be
//!
//! A server that is down, slow or out of order takes nothing from the license held;
//! [`Installation::keep_current`] tries again, later and later, up to its period. A clock set back
//! by more than 24 hours is told by [`Notice::ClockSetBack`], and dated rights are judged at the
//! latest time known. Calls go through the proxies of the environment, or of
//! [`Installation::with_proxies`]; [`Installation::set_authority`] is for a server whose
//! certificate is of a private authority.

mod accept;
mod asking;
mod carried;
mod carried_words;
mod check_text;
mod connection;
mod contact;
mod directory;
mod error;
mod error_text;
mod fingerprint;
mod forward;
mod installation;
mod json;
mod key;
mod language;
mod machine_text;
mod office;
mod panel_text;
mod panel_words;
mod pending;
mod qr;
mod schedule;
mod show;
mod state;
mod surroundings;
mod verify;

pub use carried::{CarriedAnswer, CarriedRequest};
pub use check_text::check_text;
pub use error::{Error, FieldError, Problem};
pub use installation::{EmergencyAnswer, Installation, Update};
pub use language::Language;
pub use machine_text::machine_text;
pub use panel_text::panel_text;
pub use schedule::Schedule;
pub use show::{Notice, Shown};
pub use surroundings::{
    Clock, Machine, Pause, Proxies, Randomness, ReadMachine, Stop, Surroundings, Wait, host_name,
    system_language, system_proxies, system_time_zone,
};

pub use verify::verify;

pub use licentia_license::{
    Activate, Check, Comparison, Fingerprint, InstallationPanel, License, Move, NoEmergency, Panel,
    PanelLicense, Request, Roots, SignalState, Usage, Verdict, activation_key, decode_text,
};

/// The web component `<license-information>` as an ES module, for products that serve it
/// themselves: it shows what [`Shown::for_page`] says. How to use it: `docs/panel.md`.
pub const PANEL_COMPONENT: &str = include_str!("../../panel/license-information.js");
