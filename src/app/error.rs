use crate::domain::field::FieldError;
use crate::domain::ids::{CustomerId, PurchaseId};
use crate::domain::integrity::Tampering;
use crate::domain::purchase::OrderNumber;
use crate::domain::{emergency, installation, purchase};
use crate::signing::{KeyringError, SecretError, SigningError};
use crate::store::{RunAgain, StoreError};

/// Why a use case did not do what it was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fields are wrong.
    #[error("fields are wrong: {0:?}")]
    Invalid(Vec<FieldError>),
    /// The rules refuse it.
    #[error("refused: {}", .0.code())]
    Refused(Refusal),
    /// The order number stands with other content, or with another customer.
    #[error("the order number is that of {}", .0.purchase)]
    OrderNumberConflict(Box<StandingOrder>),
    /// Who asks is not known.
    #[error("not authenticated: {}", .0.code())]
    Unauthenticated(Unauthenticated),
    /// Who asks may not do this.
    #[error("the role does not allow this")]
    Forbidden,
    /// Too many attempts: none is looked at for some time.
    #[error("too many attempts: the next one in {retry_after} s")]
    TooManyAttempts {
        /// When the next one may be made, in seconds.
        retry_after: u32,
    },
    /// The API token is not accepted from the caller's address.
    #[error("the API token is not accepted from this address")]
    TokenAddress,
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// It was changed since it was read.
    #[error("it was changed since it was read")]
    PreconditionFailed,
    /// The Idempotency-Key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyKeyReused,
    /// The issuing key's time is over.
    #[error("{0}")]
    IssuingKeyExpired(String),
    /// The keys cannot be read.
    #[error("{0}")]
    Keys(#[from] KeyringError),
    /// Records were changed past the server: nothing is issued for them.
    #[error("the records of {subject} were changed outside of Licentia: {findings}",
        subject = .0.subject, findings = .0.findings.join("; "))]
    Tampered(Box<Tampering>),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A fault of the program.
    #[error("{0}")]
    Internal(String),
}

/// The purchase that stands under an order number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingOrder {
    /// The purchase.
    pub purchase: PurchaseId,
    /// The order number as it was typed.
    pub order_number: OrderNumber,
    /// Whose it is.
    pub customer: CustomerId,
    /// How that customer is called.
    pub customer_name: String,
}

impl StandingOrder {
    /// Its parts that a text names: the order number, the customer's name, the purchase.
    pub fn named(&self) -> [&str; 3] {
        [self.order_number.as_str(), &self.customer_name, self.purchase.as_str()]
    }
}

/// What the rules refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The purchase was voided before.
    AlreadyVoided,
    /// As many installations are active as the customer has places.
    NoFreePlace,
    /// And the customer has moved as often as it may in 365 days.
    NoMovesLeft,
    /// No active installation is called as the one to be replaced.
    ReplacedUnknown,
    /// The installation is active for another customer.
    InstallationElsewhere,
    /// The installation has no place to give back.
    AlreadyReleased,
    /// Not 1 to 10 emergency accounts.
    EmergencyAccountsOutOfRange,
    /// No purchase of user accounts stands.
    NoPermanentPurchase,
    /// No new order of user accounts since the last emergency license.
    EmergencyAlreadyUsed,
    /// The statement's `jti` was used for another request.
    StatementReused,
    /// The mail was sent already.
    MailNotRetryable,
    /// Another token has this name.
    TokenNameTaken,
    /// At least one administrator stays.
    LastAdministrator,
    /// The first license has fixed the issuer.
    IssuerFixed,
    /// The private root key lies elsewhere.
    RootDetached,
}

impl Refusal {
    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::AlreadyVoided => "already-voided",
            Self::NoFreePlace => "no-free-place",
            Self::NoMovesLeft => "no-moves-left",
            Self::ReplacedUnknown => "replaced-unknown",
            Self::InstallationElsewhere => "installation-elsewhere",
            Self::AlreadyReleased => "already-released",
            Self::EmergencyAccountsOutOfRange => "emergency-accounts-out-of-range",
            Self::NoPermanentPurchase => "no-permanent-purchase",
            Self::EmergencyAlreadyUsed => "emergency-already-used",
            Self::StatementReused => "statement-reused",
            Self::MailNotRetryable => "mail-not-retryable",
            Self::TokenNameTaken => "token-name-taken",
            Self::LastAdministrator => "last-administrator",
            Self::IssuerFixed => "issuer-fixed",
            Self::RootDetached => "root-detached",
        }
    }
}

/// Why it is not known who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthenticated {
    /// No credentials came along.
    NoCredentials,
    /// The API token is not known, or was taken back.
    TokenUnknown,
    /// The API token has ended, or a rotation has replaced it.
    TokenExpired,
    /// No customer has this activation key: one answer for every wrong key.
    ActivationKeyUnknown,
    /// No installation has this key.
    InstallationUnknown,
    /// The installation gave its place back, or it was taken.
    InstallationReleased,
    /// The statement is no well-formed token, or its claims do not fit.
    StatementMalformed,
    /// Its algorithm is not EdDSA.
    StatementAlgorithm,
    /// Its `typ` is another.
    StatementType,
    /// Its signature does not fit, or it was signed by another key than it names.
    StatementSignature,
    /// Its time is over.
    StatementExpired,
    /// It lives longer than a statement may.
    StatementTooLongLived,
    /// It was written later than now.
    StatementFromTheFuture,
    /// It is meant for another office.
    StatementAudience,
    /// It asks for something else than this call gives.
    StatementMismatch,
    /// Name and password do not fit, or the person was shut out: one answer for all of it.
    SignInFailed,
    /// The code of the second factor is wrong, over, or was used.
    SecondFactorWrong,
    /// The half-open session is over: name and password are asked again.
    SignInAgain,
    /// The session ended during the call.
    SessionEnded,
    /// The setup link is over, was used, or never was.
    SetupLinkUnknown,
}

impl Unauthenticated {
    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoCredentials => "unauthenticated",
            Self::TokenUnknown => "token-unknown",
            Self::TokenExpired => "token-expired",
            Self::ActivationKeyUnknown => "activation-key-unknown",
            Self::InstallationUnknown => "installation-unknown",
            Self::InstallationReleased => "installation-released",
            Self::StatementMalformed => "statement-malformed",
            Self::StatementAlgorithm => "statement-algorithm",
            Self::StatementType => "statement-type",
            Self::StatementSignature => "statement-signature",
            Self::StatementExpired => "statement-expired",
            Self::StatementTooLongLived => "statement-too-long-lived",
            Self::StatementFromTheFuture => "statement-from-the-future",
            Self::StatementAudience => "statement-audience",
            Self::StatementMismatch => "statement-mismatch",
            Self::SignInFailed => "sign-in-failed",
            Self::SecondFactorWrong => "second-factor-wrong",
            Self::SignInAgain => "sign-in-again",
            Self::SessionEnded => "session-ended",
            Self::SetupLinkUnknown => "setup-link-unknown",
        }
    }
}

impl Error {
    /// Too many calls wait in line.
    pub fn busy() -> Self {
        Self::Store(StoreError::Busy("too many calls wait in line".into()))
    }

    /// A stable word for programs; texts are named by it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid-fields",
            Self::Refused(refusal) => refusal.code(),
            Self::OrderNumberConflict(_) => "order-number-conflict",
            Self::Unauthenticated(reason) => reason.code(),
            Self::Forbidden => "forbidden",
            Self::TooManyAttempts { .. } => "too-many-attempts",
            Self::TokenAddress => "token-address",
            Self::NotFound => "not-found",
            Self::PreconditionFailed => "precondition-failed",
            Self::IdempotencyKeyReused => "idempotency-key-reused",
            Self::IssuingKeyExpired(_) => "issuing-key-expired",
            Self::Keys(_) => "keys-unavailable",
            Self::Tampered(_) => "integrity-check-failed",
            Self::Store(error) => match Trouble::of(error) {
                Trouble::Busy => "busy",
                Trouble::Unreachable => "database-unavailable",
                Trouble::Full => "storage-full",
                Trouble::Failing => "storage-failing",
                Trouble::Keys => "keys-unavailable",
                Trouble::Fault => "internal",
            },
            Self::Internal(_) => "internal",
        }
    }
}

impl Error {
    /// Whether it is one of an outage of the database, which the log names once.
    pub fn is_outage(&self) -> bool {
        self.store_error().is_some_and(StoreError::is_outage)
    }
}

impl RunAgain for Error {
    fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Unauthenticated> for Error {
    fn from(reason: Unauthenticated) -> Self {
        Self::Unauthenticated(reason)
    }
}

impl From<Vec<FieldError>> for Error {
    fn from(faults: Vec<FieldError>) -> Self {
        Self::Invalid(faults)
    }
}

impl From<SigningError> for Error {
    fn from(error: SigningError) -> Self {
        match error {
            SigningError::KeyExpired { .. } | SigningError::NoKey => {
                Self::IssuingKeyExpired(error.to_string())
            }
            SigningError::SelfCheck(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<SecretError> for Error {
    fn from(error: SecretError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<purchase::Refusal> for Error {
    fn from(refusal: purchase::Refusal) -> Self {
        match refusal {
            purchase::Refusal::OrderNumberTaken(id) => {
                Self::Internal(format!("{id} stands under the order number, and was not read"))
            }
            purchase::Refusal::AlreadyVoided => Refusal::AlreadyVoided.into(),
            purchase::Refusal::TotalTooLarge(fault) => Self::Invalid(vec![fault]),
        }
    }
}

impl From<emergency::Refusal> for Error {
    fn from(refusal: emergency::Refusal) -> Self {
        match refusal {
            emergency::Refusal::AccountsOutOfRange => Refusal::EmergencyAccountsOutOfRange,
            emergency::Refusal::NoPermanentPurchase => Refusal::NoPermanentPurchase,
            emergency::Refusal::AlreadyUsed => Refusal::EmergencyAlreadyUsed,
        }
        .into()
    }
}

impl From<installation::Refusal> for Error {
    fn from(refusal: installation::Refusal) -> Self {
        match refusal {
            installation::Refusal::NoFreePlace => Refusal::NoFreePlace,
            installation::Refusal::NoMovesLeft => Refusal::NoMovesLeft,
            installation::Refusal::ReplacedUnknown => Refusal::ReplacedUnknown,
        }
        .into()
    }
}

/// What a caller can make of a store that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Too much at once: try again soon.
    Busy,
    /// The database cannot be reached, or the outcome is not known: try again with the same name.
    Unreachable,
    /// The disk is full.
    Full,
    /// The disk fails, and the outcome is not known: try again with the same name.
    Failing,
    /// The keys cannot be read.
    Keys,
    /// A fault of the program or a damaged file.
    Fault,
}

impl Trouble {
    /// Which of these an error is.
    pub fn of(error: &StoreError) -> Self {
        match error {
            StoreError::Collision(_) | StoreError::Busy(_) => Self::Busy,
            StoreError::Unreachable(_)
            | StoreError::OutcomeUnknown(_)
            | StoreError::FileReplaced(_) => Self::Unreachable,
            StoreError::StorageFull(_) => Self::Full,
            StoreError::StorageFailing(_) => Self::Failing,
            StoreError::KeysUnavailable(_) => Self::Keys,
            StoreError::Missing(_)
            | StoreError::Damaged(_)
            | StoreError::Unreadable(_)
            | StoreError::Other(_) => Self::Fault,
        }
    }
}
