use super::super::form::Form;
use super::super::page::{Page, StaffPage, WebError, go_to, show};
use crate::app::{self, CustomerFile, Error, Refusal, Right};
use crate::domain::customer::Customer;
use crate::domain::entitlements::{Counted, Entitlements, OverUse};
use crate::domain::ids::InstallationId;
use crate::domain::installation::Installation;
use crate::domain::observation::{CloneSign, Observed};
use actix_web::http::StatusCode;
use actix_web::web::Path;
use actix_web::{HttpResponse, get, post};
use askama::Template;

/// The installations, and how many places they take.
pub(super) struct InstallationsView {
    /// «Занято 2 места из 3».
    pub places: String,
    /// «Перемещения: 1 из 2 за 365 дней».
    pub moves: String,
    /// What all the active ones use together beyond the license, in words.
    pub over_use: Vec<String>,
    /// One by one.
    pub rows: Vec<InstallationRow>,
}

/// An installation in the table.
pub(super) struct InstallationRow {
    /// Its id.
    pub id: String,
    /// What the customer calls it.
    pub name: String,
    /// The product's version.
    pub version: String,
    /// The day of its last activation.
    pub since: String,
    /// The day it gave its place back.
    pub released: Option<String>,
    /// User accounts, emergency accounts, external connections, as it last counted.
    pub used: Option<[i64; 3]>,
    /// When it counted.
    pub reported_at: Option<String>,
    /// When it was last heard of, in words.
    pub heard: Option<String>,
    /// That it may be one of two: since when and by what, in words.
    pub possible_clone: Option<String>,
    /// Where its own count is over the license, in words.
    pub over_use: Vec<String>,
}

#[derive(Template)]
#[template(path = "web/customer/release.html")]
struct ReleasePage<'a> {
    page: &'a Page,
    customer: Customer,
    installation: Installation,
    once: String,
}

impl InstallationsView {
    /// Puts a file's installations into words.
    pub fn new(page: &Page, file: &CustomerFile) -> Self {
        let held = file.held();
        let active = file.installations.iter().filter(|installation| installation.is_active());
        let taken = i64::try_from(active.count()).unwrap_or(i64::MAX);
        let args = [("taken", taken.into()), ("places", file.customer.details.places.into())];
        let made = [("made", file.moves.made.into()), ("allowed", file.moves.allowed.into())];
        let over = file.usage().map(|used| held.over_use(&used)).unwrap_or_default();
        let rows = file.installations.iter().map(|installation| {
            row(page, &held, installation, file.observed.get(&installation.id))
        });
        Self {
            places: page.text("installations-places", &args),
            moves: page.text("installations-moves", &made),
            over_use: over.iter().map(|over| in_words(page, "over-in-all", over)).collect(),
            rows: rows.collect(),
        }
    }
}

fn row(
    page: &Page,
    held: &Entitlements,
    installation: &Installation,
    observed: Option<&Observed>,
) -> InstallationRow {
    let usage = installation.usage;
    // A released installation has no license any more that it could be over.
    let counting = usage.filter(|_| installation.is_active());
    let over = counting.map(|used| held.over_use(&used.into())).unwrap_or_default();
    InstallationRow {
        id: installation.id.to_string(),
        name: installation.details.name.clone(),
        version: installation.details.product_version.clone(),
        since: page.day(&installation.activated_at),
        released: installation.released_at.map(|at| page.day(&at)),
        used: usage
            .map(|used| [used.user_accounts, used.emergency_accounts, used.external_connections]),
        reported_at: usage.map(|used| page.time(&used.reported_at)),
        heard: observed.map(|observed| {
            let time = page.time(&observed.heard_at);
            page.text("installations-heard", &[("time", (&time).into())])
        }),
        possible_clone: observed.and_then(|observed| observed.possible_clone).map(|seen| {
            let (since, sign) = (page.time(&seen.since), page.t(sign_words(seen.sign)));
            let args = [("since", (&since).into()), ("sign", (&sign).into())];
            page.text("installations-clone-since", &args)
        }),
        over_use: over.iter().map(|over| in_words(page, "over", over)).collect(),
    }
}

/// What a clone is known by: the name of its words.
pub(in super::super) fn sign_words(sign: CloneSign) -> &'static str {
    match sign {
        CloneSign::TwoMachines => "clone-two-machines",
        CloneSign::OlderLicense => "clone-older-license",
    }
}

/// «Сверх лицензии: 23 из 20».
fn in_words(page: &Page, id: &str, over: &OverUse) -> String {
    let of = match over.of {
        Counted::UserAccounts => "user-accounts",
        Counted::EmergencyAccounts => "emergency-accounts",
        Counted::ExternalConnections => "external-connections",
    };
    let args = [("used", over.used.into()), ("held", over.held.into())];
    page.text(&format!("{id}-{of}"), &args)
}

/// Asks once, for a release cannot be undone.
#[get("/installations/{id}/release")]
pub(super) async fn release_page(
    page: StaffPage,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    page.actor()?.require(Right::Sell)?;
    let (id, actor) = (installation_id(&id)?, page.actor()?);
    let (installation, customer) =
        page.run(move |office| app::installation(office, &actor, &id)).await?;
    if !installation.is_active() {
        return Err(Error::from(Refusal::AlreadyReleased).into());
    }
    let once = page.state.once();
    show(StatusCode::OK, &ReleasePage { page: &page, customer, installation, once })
}

#[post("/installations/{id}/release")]
pub(super) async fn release(
    page: StaffPage,
    id: Path<String>,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let (id, actor) = (installation_id(&id)?, page.actor()?);
    let once = page.once(&actor, &form);
    let released =
        page.run(move |office| app::release_by_staff(office, &actor, once.as_ref(), &id)).await?;
    Ok(go_to(&format!("/customers/{}#installations", released.value.customer)))
}

/// Staff have looked at a possible clone, and it is in order.
#[post("/installations/{id}/in-order")]
pub(super) async fn find_in_order(
    page: StaffPage,
    id: Path<String>,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let (id, actor) = (installation_id(&id)?, page.actor()?);
    let once = page.once(&actor, &form);
    let found =
        page.run(move |office| app::find_in_order(office, &actor, once.as_ref(), &id)).await?;
    Ok(go_to(&format!("/customers/{}#installations", found.value.customer)))
}

fn installation_id(text: &str) -> Result<InstallationId, WebError> {
    InstallationId::parse(text).ok_or_else(|| Error::NotFound.into())
}
