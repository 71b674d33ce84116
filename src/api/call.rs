use super::problem::Problem;
use crate::app::{self, AccessAttempt, Actor, Error, Office, Once, Page};
use crate::client_address::client_address;
use crate::domain::field::Fault;
use crate::lines::Lines;
use crate::rate_limit::RateLimits;
use crate::text::Texts;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, dev};
use serde::Deserialize;
use std::future::{Future, ready};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

/// What every call works with.
#[derive(Clone)]
pub struct State {
    /// The office.
    pub office: Arc<Office>,
    /// The texts of problems.
    pub texts: Arc<Texts>,
    /// Where calls wait for their turn.
    pub lines: Lines,
    /// What limits strangers.
    pub limits: Arc<RateLimits>,
}

impl State {
    /// Runs a use case that reads.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Office) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        Ok(self.lines.read(work).await?)
    }

    /// Runs a use case that writes.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Office) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        Ok(self.lines.write(work).await?)
    }
}

/// A call of the vendor's staff or systems: who it is.
pub(super) struct StaffCall {
    pub state: State,
    pub actor: Actor,
    once_key: Option<String>,
    asked: String,
}

impl StaffCall {
    /// The call's name for itself, if it brought an Idempotency-Key; `body` is what it asks.
    pub fn once(&self, body: &[u8]) -> Option<Once> {
        let key = self.once_key.as_ref()?;
        let request = [self.asked.as_bytes(), b"\n", body].concat();
        Some(Once::staff(&self.state.office, &self.actor, key, &request))
    }
}

impl FromRequest for StaffCall {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let prepared = (|| -> Result<_, Problem> {
            let state = state(request)?;
            let token = bearer(request.headers())
                .ok_or(Error::Unauthenticated(app::Unauthenticated::NoCredentials))?;
            Ok((state, token, idempotency_key(request.headers())?))
        })();
        let address = client_address(request);
        let asked = format!("{} {}", request.method(), request.uri());
        Box::pin(async move {
            let (state, token, once_key) = prepared?;
            let actor = state
                .lines
                .ask(move |office| app::authenticate_token(office, &token, address))
                .await?;
            tracing::Span::current().record("actor", actor.name());
            Ok(Self { state, actor, once_key, asked })
        })
    }
}

/// A call of anyone's: no credentials in it are looked at here.
pub(super) struct OpenCall {
    pub state: State,
    /// The bearer token, if there is one: an installation's statement.
    pub bearer: Option<String>,
    address: Option<IpAddr>,
}

impl OpenCall {
    /// Runs a use case that reads, with an installation's statement.
    pub async fn read<T: Send + 'static>(
        &self,
        statement: String,
        work: impl FnOnce(&Office, &str) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let address = self.address;
        self.state
            .read(move |office| recorded(office, &statement, address, work(office, &statement)))
            .await
    }

    /// Runs a use case that writes, with an installation's statement.
    pub async fn write<T: Send + 'static>(
        &self,
        statement: String,
        work: impl FnOnce(&Office, &str) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let address = self.address;
        self.state
            .write(move |office| recorded(office, &statement, address, work(office, &statement)))
            .await
    }

    /// The same for what needs no turn.
    pub fn run<T>(
        &self,
        statement: &str,
        work: impl FnOnce(&Office, &str) -> Result<T, Error>,
    ) -> Result<T, Problem> {
        let office = &self.state.office;
        Ok(recorded(office, statement, self.address, work(office, statement))?)
    }
}

/// Records an outcome that refuses a statement.
fn recorded<T>(
    office: &Office,
    statement: &str,
    address: Option<IpAddr>,
    outcome: Result<T, Error>,
) -> Result<T, Error> {
    outcome.inspect_err(|error| {
        AccessAttempt::with_statement(statement, address).refused(office, error);
    })
}

impl FromRequest for OpenCall {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let bearer = bearer(request.headers());
        let address = client_address(request);
        ready(state(request).map(|state| Self { state, bearer, address }))
    }
}

/// The query of a list: `?limit=50&after=cus_…`.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// At most so many, 1 to 200; 50 where it is left out.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Only what comes after this id: the `next` of the answer before.
    pub after: Option<String>,
}

impl ListQuery {
    pub fn slice(self) -> Result<Slice, Problem> {
        let limit = self.limit.unwrap_or(50);
        if !(1..=200).contains(&limit) {
            let fault = Fault::OutOfRange { least: 1, most: 200 };
            return Err(Error::Invalid(vec![fault.at("/limit")]).into());
        }
        if self.after.as_ref().is_some_and(|after| after.len() > 64 || after.contains('\0')) {
            return Err(Problem::CursorInvalid);
        }
        let shown = usize::try_from(limit).unwrap_or_default();
        Ok(Slice { page: Page { after: self.after, limit: limit + 1 }, shown })
    }
}

/// A page that is loaded with one row more than is shown, to see whether more follow.
pub(super) struct Slice {
    pub page: Page,
    pub shown: usize,
}

fn state(request: &HttpRequest) -> Result<State, Problem> {
    let state = request.app_data::<Data<State>>();
    let missing = || Error::Internal("the server has no state".into());
    Ok(state.ok_or_else(missing)?.get_ref().clone())
}

/// The token of `Authorization: Bearer …` (RFC 6750 section 2.1).
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().map_err(|_| Problem::IdempotencyKeyInvalid)?;
    let fits = (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(Some(key.to_owned())) } else { Err(Problem::IdempotencyKeyInvalid) }
}
