//! How an installation asks: by statements that it signs.

use crate::connection::agent;
use crate::office::{Answer, Call, Office};
use crate::pending;
use crate::state::{State, load_roots};
use crate::{Error, Installation};
use jiff::{SignedDuration, Timestamp};
use licentia_license::{About, Request, RequestStatement, Roots};
use serde::Deserialize;

/// How long a statement lives that is sent over the network; the office allows 300 seconds.
const STATEMENT_LIFE: SignedDuration = SignedDuration::from_secs(120);

impl Installation {
    /// A signed statement of a request, for 120 seconds from now.
    ///
    /// # Errors
    /// [`Error::NotActivated`] when no roots are pinned, which name the statement's audience.
    pub fn statement(&self, request: &Request) -> Result<String, Error> {
        self.statement_at(request, self.surroundings.now())
    }

    fn statement_at(&self, request: &Request, iat: Timestamp) -> Result<String, Error> {
        self.statement_living(request, iat, STATEMENT_LIFE)
    }

    /// A signed statement of a request that lives so long from then.
    pub(crate) fn statement_living(
        &self,
        request: &Request,
        iat: Timestamp,
        life: SignedDuration,
    ) -> Result<String, Error> {
        self.sign(&RequestStatement {
            iss: self.thumbprint().to_owned(),
            aud: self.roots()?.issuer,
            iat,
            exp: iat.saturating_add(life).unwrap_or(iat),
            jti: self.surroundings.name(),
            req: request.clone(),
            about: self.about(request)?,
        })
    }

    /// What a statement says of this installation, as far as it can be read; an activation carries its own fingerprint.
    fn about(&self, request: &Request) -> Result<Option<About>, Error> {
        if matches!(request, Request::Activate(_)) {
            return Ok(None);
        }
        let seq = State::load(&self.directory)?.highest();
        Ok(Some(About { seq, fingerprint: self.fingerprint().unwrap_or_default() }))
    }

    /// Signs a statement as it is: one that lives longer and is carried in a file, or a wrong one
    /// in a test.
    pub fn sign(&self, statement: &RequestStatement) -> Result<String, Error> {
        self.key.sign(statement)
    }

    /// Sends a statement that writes, and settles its answer. The statement is stored before it
    /// is sent, and forgotten only when the answer is for good and settled.
    pub(crate) fn ask_and_settle<T>(
        &self,
        path: &'static str,
        request: &Request,
        settle: impl FnOnce(&Answer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let state = State::load(&self.directory)?;
        let issuer = self.roots()?.issuer;
        let now = self.surroundings.now();
        let make = || self.statement(request);
        let mut statement = pending::pending_or(&self.directory, &issuer, request, now, make)?;
        let office = self.office(&state)?;
        let mut answer = office.call(Call::Post(path), &statement);
        if let Some(time) = time_of_the_office(&answer) {
            // The one that was refused has written nothing.
            pending::forget(&self.directory, &statement)?;
            let make = || self.statement_at(request, time);
            statement = pending::pending_or(&self.directory, &issuer, request, time, make)?;
            answer = office.call(Call::Post(path), &statement);
        }
        let for_good = is_for_good(&answer);
        let settled = answer.and_then(|answer| settle(&answer));
        if for_good {
            pending::forget(&self.directory, &statement)?;
        }
        settled
    }

    /// Sends a statement that writes nothing, or nothing that matters twice.
    pub(crate) fn ask(
        &self,
        office: &Office<'_>,
        call: Call<'_>,
        request: &Request,
    ) -> Result<Answer, Error> {
        let answer = office.call(call, &self.statement(request)?);
        match time_of_the_office(&answer) {
            Some(time) => office.call(call, &self.statement_at(request, time)?),
            None => answer,
        }
    }

    pub(crate) fn roots(&self) -> Result<Roots, Error> {
        load_roots(&self.directory)?
            .ok_or_else(|| Error::NotActivated { path: self.directory.path().into() })
    }

    pub(crate) fn office(&self, state: &State) -> Result<Office<'_>, Error> {
        let authority = state.authority.as_deref();
        let agent = agent(&state.server, authority, self.timeout, &self.surroundings)?;
        Ok(Office::new(agent, &state.server, self.language, &self.surroundings))
    }
}

impl Answer {
    /// The license in an answer to an activation or to a request for an emergency license.
    pub(crate) fn license(&self) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct WithLicense {
            license: String,
        }
        let body = serde_json::from_str::<WithLicense>(&self.body);
        body.map(|body| body.license).map_err(|_| self.unexpected())
    }

    /// That the answer is empty, as one to a request that only tells something.
    pub(crate) fn require_empty(&self) -> Result<(), Error> {
        if self.status == 204 { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> Error {
        Error::Unexpected { status: self.status, retry_after: None }
    }
}

/// What the office's clock shows, when it refuses a statement because of its time: this machine's
/// clock is wrong by more than a statement lives. One more try, by its clock, is worth it.
fn time_of_the_office(answer: &Result<Answer, Error>) -> Option<Timestamp> {
    let problem = answer.as_ref().err()?.problem()?;
    let is_of_time =
        matches!(problem.code.as_str(), "statement-expired" | "statement-from-the-future");
    problem.date.filter(|_| is_of_time)
}

/// Whether asking the same again would bring the same: not when the answer was lost, the server was
/// out of order, or something else answered in its place.
fn is_for_good(answer: &Result<Answer, Error>) -> bool {
    match answer {
        Ok(_) => true,
        Err(Error::Office(problem)) => problem.status < 500,
        Err(_) => false,
    }
}
