use super::audit::NOTHING;
use super::case::Case;
use super::{Actor, Error, Office, Once, Unauthenticated};
use crate::domain::ids::InstallationId;
use crate::domain::installation::Installation;
use crate::store::Tx;
use licentia_license::{
    Error as LicenseError, PublicKey, RequestStatement, StatementTime, VerifiedStatement, Way,
    read_statement_by,
};

/// A request statement that was signed by the key it names, in time, for this office.
#[derive(Debug, Clone)]
pub(super) struct SignedRequest {
    /// What it says.
    pub(super) statement: RequestStatement,
    /// The key that signed it.
    pub(super) key: PublicKey,
    /// Its name: the same statement has one outcome.
    pub(super) once: Once,
    /// Who has carried it here, where that is known.
    pub(super) carrier: Option<Actor>,
}

impl SignedRequest {
    /// Records who has handed the statement in, where that is known, beside what came of it.
    pub(super) fn audit_carrier(
        &self,
        case: &mut Case<'_, '_>,
        installation: &InstallationId,
    ) -> Result<(), Error> {
        let Some(carrier) = &self.carrier else { return Ok(()) };
        let what = serde_json::json!({
            "request": self.statement.req.name(),
            "jti": self.statement.jti,
        });
        case.audit(carrier, "request.handed-in", installation.as_str(), NOTHING, Some(&what))
    }
}

/// Reads a statement that came over the network, meant for this office.
///
/// # Errors
/// As [`read_request_by`].
pub(super) fn read_request(office: &Office, token: &str) -> Result<SignedRequest, Error> {
    read_request_by(office, token, Way::Network)
}

/// Reads a statement that came in this way, meant for this office.
///
/// # Errors
/// [`Error::Unauthenticated`] with what is wrong with it.
pub(super) fn read_request_by(
    office: &Office,
    token: &str,
    way: Way,
) -> Result<SignedRequest, Error> {
    let token = token.trim();
    let verified = read_statement_by(token, |bytes| office.licenses.key(bytes));
    let verified = verified.map_err(|error| refuse(&error))?;
    verified.require_time(office.clock.now(), way).map_err(|error| refuse(&error))?;
    let VerifiedStatement { statement, key } = verified;
    if statement.aud != office.settings().issuer {
        return Err(Unauthenticated::StatementAudience.into());
    }
    let named = (1..=100).contains(&statement.jti.len())
        && statement.jti.bytes().all(|byte| byte.is_ascii_graphic());
    if !named {
        return Err(Unauthenticated::StatementMalformed.into());
    }
    let once = Once::statement(&statement, token, way);
    Ok(SignedRequest { statement, key, once, carrier: None })
}

/// The active installation that a statement comes from.
///
/// # Errors
/// `installation-unknown`, `installation-released`.
pub(super) fn authenticate_installation(
    tx: &mut Tx<'_>,
    request: &SignedRequest,
) -> Result<Installation, Error> {
    let installation = tx
        .installation_by_thumbprint(&request.statement.iss)?
        .ok_or(Unauthenticated::InstallationUnknown)?;
    if installation.is_active() {
        Ok(installation)
    } else {
        Err(Unauthenticated::InstallationReleased.into())
    }
}

fn refuse(error: &LicenseError) -> Error {
    match error {
        LicenseError::Algorithm => Unauthenticated::StatementAlgorithm,
        LicenseError::Type { .. } => Unauthenticated::StatementType,
        LicenseError::Signature | LicenseError::ForeignKey | LicenseError::Key => {
            Unauthenticated::StatementSignature
        }
        LicenseError::Time(StatementTime::Expired) => Unauthenticated::StatementExpired,
        LicenseError::Time(StatementTime::FromTheFuture) => Unauthenticated::StatementFromTheFuture,
        LicenseError::Time(StatementTime::TooLongLived) => Unauthenticated::StatementTooLongLived,
        _ => Unauthenticated::StatementMalformed,
    }
    .into()
}
