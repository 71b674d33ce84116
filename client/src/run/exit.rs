//! The exit codes of the command.

use licentia_client::Error;
use std::process::ExitCode;

/// The exit codes, as `--help` lists them.
pub const HELP: &str = "\
Exit codes:
  0  done; of `check`: within the license
  1  failed for a reason that has no code of its own, as a file that cannot be read
  2  wrong usage
  3  of `check`: above the license, or not covered by it
  4  not activated: no installation in the directory, or no license yet
  5  refused by the license server; asking again brings the same answer
  6  the license server was not reached or gave no usable answer; try again later
  7  the license was refused: damaged, forged, older, or for somebody else

With --json, `error.code` on standard output tells more than the exit code.";

/// The answer of `check` is no.
pub(super) const ABOVE_LICENSE: u8 = 3;

/// The exit code of an error.
pub(super) fn exit_code(error: &Error) -> ExitCode {
    code(error).into()
}

fn code(error: &Error) -> u8 {
    match error {
        Error::NotActivated { .. } | Error::NoLicense => 4,
        Error::Office(problem) if problem.status >= 500 || problem.status == 429 => 6,
        Error::Office(_) => 5,
        Error::Unreachable { .. }
        | Error::Unexpected { .. }
        | Error::Redirected { .. }
        | Error::WebPage { .. }
        | Error::ProxyAuthentication
        | Error::AuthorizationRemoved { .. } => 6,
        Error::License(_)
        | Error::Older { .. }
        | Error::Repeated { .. }
        | Error::OtherCustomer { .. }
        | Error::Ahead { .. } => 7,
        Error::UsageNotReported(cause) => code(cause),
        _ => 1,
    }
}
