//! A password that is checked for a page: read, wait for a permit, begin, hash, count.

use super::cookies::Cookies;
use super::form::Form;
use super::page::{Page, State, WebError, state};
use crate::app::{
    self, DeviceCookie, Error, HashedPassword, Office, PasswordProof, Unauthenticated,
};
use crate::domain::field::Fault;
use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use std::future::Future;

/// Checks the password of a name; `devices` are the browser's device cookies. It is counted also when
/// the browser goes away meanwhile.
///
/// # Errors
/// What the use cases refuse; [`Error::TooManyAttempts`] when too many passwords wait.
pub(super) async fn check_password(
    page: &Page,
    name: String,
    devices: Vec<String>,
    password: String,
) -> Result<PasswordProof, Error> {
    let (state, address) = (page.state.clone(), page.visit.visitor.address.clone());
    let passwords = &state.office.passwords;
    let known = devices.first().map(|device| app::device_name(device));
    let mut place = match known {
        Some(name) => passwords.admit_known(name)?,
        None => passwords.admit()?,
    };
    let is_known = known.is_some();
    to_the_end(async move {
        let find = move |office: &Office| app::find_password(office, &name, &devices);
        let attempt = state.lines.read(find).await?;
        if is_known && !attempt.is_known() {
            place = state.office.passwords.admit()?;
        }
        let permit = place.permit().await?;
        let begin = move |office: &Office| attempt.claim(office).map(|()| attempt);
        let attempt = state.lines.write(begin).await?;
        let matches = permit.matches(password, attempt.hash()).await?;
        let finish = move |office: &Office| {
            app::finish_password(office, &attempt, matches, address.as_deref())
        };
        state.lines.write(finish).await
    })
    .await
}

/// Hashes a new password of somebody who has signed in, or has the setup link: one at a time for each
/// of them, whom `who` names.
///
/// # Errors
/// [`Error::TooManyAttempts`] when too many passwords wait.
pub(super) async fn hash_password(
    state: &State,
    who: &str,
    password: &str,
) -> Result<HashedPassword, Error> {
    let permit = state.office.passwords.admit_known(who)?.permit().await?;
    permit.hash(password.to_owned(), &state.office.chance).await
}

/// Whether a password is the one with this hash, of somebody who has signed in with that one: one at a
/// time for each of them, whom `who` names.
///
/// # Errors
/// [`Error::TooManyAttempts`] when too many passwords wait.
pub(super) async fn matches_password(
    state: &State,
    who: &str,
    password: &str,
    hash: String,
) -> Result<bool, Error> {
    let permit = state.office.passwords.admit_known(who)?.permit().await?;
    permit.matches(password.to_owned(), Some(hash)).await
}

/// Runs to the end what must not stop in the middle when a connection breaks.
pub(super) async fn to_the_end<T: 'static>(
    work: impl Future<Output = Result<T, Error>> + 'static,
) -> Result<T, Error> {
    let done = actix_web::rt::spawn(work).await;
    done.map_err(|error| Error::Internal(error.to_string()))?
}

/// Proof that whoever has signed in knows their password, which stands in this field. Attempts are
/// limited as those to sign in: a stolen session is no way to guess it.
pub(super) async fn check_own_password(
    page: &Page,
    request: &HttpRequest,
    form: &Form,
    field: &'static str,
) -> Result<PasswordProof, WebError> {
    let (devices, password) = (device_cookies(request)?, form.get(field).to_owned());
    let name = page.person.as_ref().map(|person| person.name.clone()).unwrap_or_default();
    let checked = check_password(page, name, devices, password).await;
    checked.inspect_err(|error| page.record_refused_password(error)).map_err(|error| match error {
        Error::Unauthenticated(Unauthenticated::SignInFailed) => {
            Error::Invalid(vec![Fault::WrongPassword.at(format!("/{field}"))]).into()
        }
        error => error.into(),
    })
}

/// The device cookies that a browser sends, as far as a server of ours has made them.
///
/// # Errors
/// Keys that cannot be read.
pub(super) fn device_cookies(request: &HttpRequest) -> Result<Vec<String>, WebError> {
    let state = state(request)?;
    let Ok(sent) = request.cookies() else { return Ok(Vec::new()) };
    let prefix = Cookies::of(&state.office).name(DeviceCookie::PREFIX);
    let known = sent.iter().filter(|cookie| cookie.name().starts_with(&prefix));
    let values = known.map(|cookie| cookie.value().to_owned());
    Ok(app::authentic_device_cookies(&state.office, values)?)
}

/// Makes the browser known to which this answer goes.
pub(super) fn set_device_cookie(page: &Page, device: DeviceCookie) {
    let mut cookie = page.visit.cookies.make(&device.name, device.value);
    cookie.set_max_age(Duration::seconds(app::DEVICE_LIFETIME.as_secs()));
    page.visit.set(cookie);
}
