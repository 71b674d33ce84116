//! Sessions in the database; the cookie holds a random key, the database its SHA-256.

use crate::app::{self, Office};
use crate::domain::ids::StaffId;
use actix_session::SessionMiddleware;
use actix_session::config::{CookieContentSecurity, PersistentSession};
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::{Key, SameSite, time::Duration};
use actix_web::web;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use std::collections::HashMap;
use std::sync::Arc;

/// How long a session lasts: a working day.
const LASTS: Duration = Duration::hours(12);

type State = HashMap<String, String>;

/// The sessions of an office, as a middleware; the cookie is sent over TLS alone where the office is
/// reached by it.
pub fn sessions(office: &Arc<Office>, key: Key) -> SessionMiddleware<DatabaseSessions> {
    let secure = office.settings().issuer.starts_with("https:");
    let lasting = PersistentSession::default().session_ttl(LASTS);
    SessionMiddleware::builder(DatabaseSessions(Arc::clone(office)), key)
        .cookie_name("licentia_session".into())
        .cookie_secure(secure)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(lasting)
        .build()
}

/// Keeps sessions in the office's database.
pub struct DatabaseSessions(Arc<Office>);

impl DatabaseSessions {
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Office) -> Result<T, app::Error> + Send + 'static,
    ) -> Result<T, anyhow::Error> {
        let office = Arc::clone(&self.0);
        Ok(web::block(move || work(&office)).await??)
    }

    async fn keep(
        &self,
        key: &SessionKey,
        is_new: bool,
        state: State,
        ttl: &Duration,
    ) -> Result<(), anyhow::Error> {
        let staff = state.get("staff").and_then(|id| StaffId::parse(id.trim_matches('"')));
        let (key, lasts) =
            (key.as_ref().to_owned(), SignedDuration::from_secs(ttl.whole_seconds()));
        let state = serde_json::to_string(&state)?;
        self.run(move |office| app::keep_session(office, &key, is_new, staff, state, lasts)).await
    }
}

impl SessionStore for DatabaseSessions {
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let key = key.as_ref().to_owned();
        let state = self.run(move |office| app::load_session(office, &key)).await;
        let state = state.map_err(LoadError::Other)?;
        let parsed = state.map(|state| serde_json::from_str(&state)).transpose();
        parsed.map_err(|error| LoadError::Deserialization(error.into()))
    }

    async fn save(&self, state: State, ttl: &Duration) -> Result<SessionKey, SaveError> {
        let key = URL_SAFE_NO_PAD.encode(self.0.chance.bytes::<32>());
        let key = SessionKey::try_from(key).map_err(|error| SaveError::Other(error.into()))?;
        self.keep(&key, true, state, ttl).await.map_err(SaveError::Other)?;
        Ok(key)
    }

    async fn update(
        &self,
        key: SessionKey,
        state: State,
        ttl: &Duration,
    ) -> Result<SessionKey, UpdateError> {
        self.keep(&key, false, state, ttl).await.map_err(UpdateError::Other)?;
        Ok(key)
    }

    async fn update_ttl(&self, key: &SessionKey, ttl: &Duration) -> Result<(), anyhow::Error> {
        let (key, lasts) =
            (key.as_ref().to_owned(), SignedDuration::from_secs(ttl.whole_seconds()));
        self.run(move |office| app::prolong_session(office, &key, lasts)).await
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        let key = key.as_ref().to_owned();
        self.run(move |office| app::end_session(office, &key)).await
    }
}
