//! A password that is checked for a page: read, wait for a permit, begin, hash, count.

use super::page::State;
use crate::app::{
    self, DeviceCookie, Error, HashedPassword, Office, PasswordAttempt, PasswordProof,
};
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::{HttpRequest, HttpResponse};
use std::future::Future;

/// Checks a password by the attempt that `find` describes. It is counted also when the browser goes
/// away meanwhile.
///
/// # Errors
/// What the use cases refuse; [`Error::TooManyAttempts`] when too many passwords wait.
pub(super) async fn check_password(
    state: &State,
    find: impl FnOnce(&Office) -> Result<PasswordAttempt, Error> + Send + 'static,
    password: String,
) -> Result<PasswordProof, Error> {
    let state = state.clone();
    to_the_end(async move {
        let attempt = state.lines.read(find).await?;
        let permit = state.office.passwords.permit(attempt.is_known()).await?;
        let begin = move |office: &Office| attempt.claim(office).map(|()| attempt);
        let attempt = state.lines.write(begin).await?;
        let matches = permit.matches(password, attempt.hash()).await?;
        let finish = move |office: &Office| app::finish_password(office, &attempt, matches);
        state.lines.write(finish).await
    })
    .await
}

/// Hashes a new password of somebody who has signed in, or has the setup link.
///
/// # Errors
/// [`Error::TooManyAttempts`] when too many passwords wait.
pub(super) async fn hash_password(state: &State, password: &str) -> Result<HashedPassword, Error> {
    let permit = state.office.passwords.permit(true).await?;
    permit.hash(password.to_owned(), &state.office.chance).await
}

/// Runs to the end what must not stop in the middle when a connection breaks.
pub(super) async fn to_the_end<T: 'static>(
    work: impl Future<Output = Result<T, Error>> + 'static,
) -> Result<T, Error> {
    let done = actix_web::rt::spawn(work).await;
    done.map_err(|error| Error::Internal(error.to_string()))?
}

/// The device cookies that a browser sends.
pub(super) fn device_cookies(request: &HttpRequest) -> Vec<String> {
    let Ok(cookies) = request.cookies() else { return Vec::new() };
    let known = cookies.iter().filter(|cookie| cookie.name().starts_with(DeviceCookie::PREFIX));
    known.map(|cookie| cookie.value().to_owned()).collect()
}

/// Makes the browser known to which this answer goes.
pub(super) fn set_device_cookie(
    state: &State,
    answer: &mut HttpResponse,
    device: DeviceCookie,
) -> Result<(), Error> {
    let cookie = Cookie::build(device.name, device.value)
        .path("/")
        .same_site(SameSite::Lax)
        .http_only(true)
        .secure(state.office.settings().issuer.starts_with("https:"))
        .max_age(Duration::seconds(app::DEVICE_LIFETIME.as_secs()))
        .finish();
    answer.add_cookie(&cookie).map_err(|error| Error::Internal(error.to_string()))
}
