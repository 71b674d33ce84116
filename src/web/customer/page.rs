use super::super::fields::{Field, Fields};
use super::super::page::{Page, StaffPage, WebError, show};
use super::super::panel::PanelView;
use super::audit::{EventRow, event_rows};
use super::chart_view::ChartView;
use super::customer_id;
use super::grants::{GrantRow, grant_rows, has_older};
use super::installations::InstallationsView;
use super::licenses::{LicenseRow, license_rows};
use super::mails::{MailRow, mail_rows};
use super::people::People;
use super::purchases::{PurchaseRow, purchase_rows};
use crate::app::{self, License, Panel};
use crate::domain::customer::Customer;
use crate::domain::field::{self, FieldError};
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use actix_web::{HttpResponse, get};
use askama::Template;
use jiff::civil::Date;
use serde::Deserialize;

/// How many purchases the page shows: the last ones.
const PURCHASES: usize = 20;

#[derive(Template)]
#[template(path = "web/customer/page.html")]
struct CustomerPage<'a> {
    page: &'a Page,
    customer: Customer,
    form: Fields,
    /// The day that was chosen, where it is another than today.
    day: Option<String>,
    /// What will have run out by then, where it is a coming day.
    by_then: Option<Vec<String>>,
    panel: PanelView,
    license: Option<License>,
    chart: Option<ChartView>,
    purchases: Vec<PurchaseRow>,
    all_purchases: i64,
    licenses: Vec<LicenseRow>,
    all_licenses: i64,
    installations: InstallationsView,
    grants: Vec<GrantRow>,
    older_grants: bool,
    mails: Vec<MailRow>,
    events: Vec<EventRow>,
    once: String,
}

/// The day whose panel is wanted.
#[derive(Deserialize)]
pub(super) struct AsOf {
    #[serde(default)]
    on: String,
}

#[get("/customers/{id}")]
pub(super) async fn customer_page(
    page: StaffPage,
    id: Path<String>,
    query: Query<AsOf>,
) -> Result<HttpResponse, WebError> {
    let (id, actor) = (customer_id(&id)?, page.actor()?);
    let (status, day, form) = chosen_day(&page, query.into_inner().on.trim());
    let history = page.run(move |office| app::customer_history(office, &actor, &id, day)).await?;
    let today = page.state.office.today();
    let other_day = day.filter(|day| *day != today);
    let people = People::new(&page, &history.licenses.names);
    let file = history.file;
    let grants = grant_rows(&page, &file);
    let shown = CustomerPage {
        page: &page,
        form,
        day: other_day.map(|day| page.date(day)),
        by_then: other_day
            .filter(|day| *day > today)
            .map(|day| by_then(&page, &file.panel(), today, day)),
        panel: PanelView::new(&page, &history.panel),
        chart: ChartView::new(&page, &file),
        purchases: purchase_rows(&page, &people, &file, &history.recorded_by, None, PURCHASES),
        all_purchases: page.number(file.ledger.purchases().count()),
        licenses: license_rows(&page, &file, &history.licenses),
        all_licenses: history.licenses.total,
        installations: InstallationsView::new(&page, &file),
        older_grants: has_older(&file, &grants),
        grants,
        mails: mail_rows(&page, &file, &history.mails),
        events: event_rows(&page, &people, &file, &history.events),
        license: history.in_force,
        customer: file.customer,
        once: page.state.once(),
    };
    show(status, &shown)
}

/// The day that was asked for; what is no day is said at its field, and today is shown.
fn chosen_day(page: &Page, asked: &str) -> (StatusCode, Option<Date>, Fields) {
    let today = page.state.office.today();
    let form = |value: &str| Fields::new(vec![Field::line(page, "on", value).of_kind("date")]);
    if asked.is_empty() {
        return (StatusCode::OK, None, form(&today.to_string()));
    }
    match field::date(asked) {
        Ok(day) => (StatusCode::OK, Some(day), form(asked)),
        Err(fault) => {
            let faults: [FieldError; 1] = [fault.at("/on")];
            let form = form(asked).with_faults(page, &faults);
            (StatusCode::UNPROCESSABLE_ENTITY, None, form)
        }
    }
}

/// What runs out between today and the end of a coming day.
fn by_then(page: &Page, now: &Panel, today: Date, day: Date) -> Vec<String> {
    let support = now.support_until.filter(|until| *until >= today && *until < day);
    let support = support.map(|until| (page.date(until), "by-then-support"));
    let zone = &page.state.office.settings().time_zone;
    let emergency = now.emergency.as_ref().filter(|_| now.emergency_accounts.licensed > 0);
    let emergency = emergency.filter(|emergency| zone.to_datetime(emergency.until).date() <= day);
    let emergency = emergency.map(|emergency| (page.day(&emergency.until), "by-then-emergency"));
    let ends = [support, emergency].into_iter().flatten();
    ends.map(|(date, id)| page.text(id, &[("date", (&date).into())])).collect()
}
