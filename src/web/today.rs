use super::customer::sign_words;
use super::page::{Page, StaffPage, WebError, show};
use crate::app::{self, CloneToWatch, GrantToWatch, SupportEnding, Today};
use actix_web::http::StatusCode;
use actix_web::web::{Path, ServiceConfig};
use actix_web::{HttpResponse, get};
use askama::Template;
use jiff::Unit;

/// How much of each list the page shows; the rest is one step away.
const FIRST: i64 = 8;
/// The most that a whole list shows.
const MOST: i64 = 500;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(today_page).service(list_page);
}

#[derive(Template)]
#[template(path = "web/today.html")]
struct TodayPage<'a> {
    page: &'a Page,
    today: Today,
    /// One list alone, with all that is in it.
    only: Option<&'static str>,
}

#[get("/")]
async fn today_page(page: StaffPage) -> Result<HttpResponse, WebError> {
    let today = read(&page, FIRST).await?;
    show(StatusCode::OK, &TodayPage { page: &page, today, only: None })
}

/// One of the lists, as a whole.
#[get("/today/{list}")]
async fn list_page(page: StaffPage, list: Path<String>) -> Result<HttpResponse, WebError> {
    let only =
        ["owed", "ending", "support", "mails", "clones"].into_iter().find(|name| **name == **list);
    let only = only.ok_or(app::Error::NotFound)?;
    let today = read(&page, MOST).await?;
    show(StatusCode::OK, &TodayPage { page: &page, today, only: Some(only) })
}

async fn read(page: &Page, limit: i64) -> Result<Today, WebError> {
    let actor = page.actor()?;
    page.run(move |office| app::today(office, &actor, limit)).await
}

impl TodayPage<'_> {
    /// Whether a list is shown.
    fn shows(&self, list: &str) -> bool {
        self.only.is_none_or(|only| only == list)
    }

    /// Whether nobody has to do anything.
    fn is_calm(&self) -> bool {
        let today = &self.today;
        let counts = [
            today.owed.count,
            today.ending.count,
            today.support.count,
            today.mails.count,
            today.clones.count,
        ];
        today.key_until.is_none() && counts.iter().all(|count| *count == 0)
    }

    /// Whether a grant runs.
    fn runs(&self, grant: &GrantToWatch) -> bool {
        self.today.at < grant.until
    }

    /// What a possible clone is known by, in words.
    fn sign(&self, clone: &CloneToWatch) -> String {
        self.page.t(sign_words(clone.possible_clone.sign))
    }

    /// How much support is left.
    fn left(&self, ending: &SupportEnding) -> String {
        let left = self.today.day.until((Unit::Day, ending.until));
        let days = left.map_or(0, |left| i64::from(left.get_days()));
        self.page.count("today-days", days)
    }

    /// How many customers' support ends within how many days.
    fn support_within(&self) -> String {
        let within = self.today.support_within.iter();
        let within = within
            .map(|(days, count)| format!("{}: {count}", self.page.count("today-within", *days)));
        within.collect::<Vec<_>>().join(" · ")
    }
}
