//! The one room where time, randomness, the machine and the environment enter; everything else is
//! handed them.

mod machine;
mod proxies;
mod stop;

pub use machine::Machine;
pub use proxies::Proxies;
pub use stop::Stop;

use crate::Language;
use jiff::{Timestamp, tz::TimeZone};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Reads the time; fractions of a second are dropped by the reader.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// Makes 32 unpredictable bytes: an installation's key, or the name of a statement.
pub type Randomness = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;
/// Waits between two tries of the same call.
pub type Pause = Arc<dyn Fn(Duration) + Send + Sync>;
/// Waits until the next round of [`keep_current`](crate::Installation::keep_current), or until it is
/// to stop.
pub type Wait = Arc<dyn Fn(Duration, &Stop) + Send + Sync>;
/// Reads the signals that tell this machine from others.
pub type ReadMachine = Arc<dyn Fn() -> Machine + Send + Sync>;

/// What an installation takes from the world around it.
#[derive(Clone)]
pub struct Surroundings {
    /// The time.
    pub clock: Clock,
    /// Randomness; a predictable one gives the installation's key away.
    pub randomness: Randomness,
    /// The waiting between tries.
    pub pause: Pause,
    /// The waiting between two updates of a schedule.
    pub wait: Wait,
    /// The proxies that calls go through.
    pub proxies: Proxies,
    /// The machine it runs on.
    pub machine: ReadMachine,
    /// Whether the group of the state directory may read and write it: where no other user is in that
    /// group, as in a container with a volume that Kubernetes gives to a group (`fsGroup`).
    pub trusts_group: bool,
}

impl Surroundings {
    /// The system's own clock and randomness, and what the environment says: proxies, and
    /// `LICENTIA_CLIENT_TRUST_GROUP=true`.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the room where time and randomness enter")]
    pub fn system() -> Self {
        Self {
            clock: Arc::new(Timestamp::now),
            randomness: Arc::new(rand::random),
            pause: Arc::new(std::thread::sleep),
            wait: Arc::new(|wait, stop| stop.wait(wait)),
            proxies: system_proxies(),
            machine: Arc::new(|| Machine::read(Path::new("/"))),
            trusts_group: variable("LICENTIA_CLIENT_TRUST_GROUP").is_some_and(|it| it == "true"),
        }
    }

    /// The time in whole seconds.
    pub(crate) fn now(&self) -> Timestamp {
        let now = (self.clock)();
        Timestamp::from_second(now.as_second()).unwrap_or(now)
    }

    /// Any number, each as likely as the others.
    pub(crate) fn draw(&self) -> u32 {
        let [a, b, c, d, ..] = (self.randomness)();
        u32::from_le_bytes([a, b, c, d])
    }

    /// 128 random bits in hexadecimal.
    pub(crate) fn name(&self) -> String {
        hex(&(self.randomness)()[..16])
    }
}

/// The language of `LC_ALL`, `LC_MESSAGES` or `LANG`, the first that is set: Russian for `ru…`,
/// else English.
#[must_use]
pub fn system_language() -> Language {
    let tag = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(variable);
    tag.map_or(Language::English, |tag| Language::from_tag(&tag))
}

/// The zone that `TZ` names (`Europe/Moscow`), else UTC.
#[must_use]
pub fn system_time_zone() -> TimeZone {
    let zone = variable("TZ").and_then(|name| TimeZone::get(name.trim_start_matches(':')).ok());
    zone.unwrap_or(TimeZone::UTC)
}

/// The proxies of `HTTPS_PROXY`, `HTTP_PROXY`, else `ALL_PROXY`, and the hosts of `NO_PROXY`; in
/// small letters too, which go first.
#[must_use]
pub fn system_proxies() -> Proxies {
    let either = |name: &str| variable(&name.to_ascii_lowercase()).or_else(|| variable(name));
    Proxies {
        https: either("HTTPS_PROXY").or_else(|| either("ALL_PROXY")),
        http: either("HTTP_PROXY").or_else(|| either("ALL_PROXY")),
        except: either("NO_PROXY").unwrap_or_default(),
    }
}

/// This machine's name, for an installation that was given none.
#[must_use]
pub fn host_name() -> Option<String> {
    let files = ["/proc/sys/kernel/hostname", "/etc/hostname"];
    let names = files.into_iter().filter_map(|file| std::fs::read_to_string(file).ok());
    names.map(|name| name.trim().to_owned()).find(|name| !name.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "the room where the environment enters")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
