//! A customer's page: the panel on top, as the customer sees it, and below how it came to be.
//!
//! [`page`] puts it together; each section has a file of its own, and so has each thing that is done
//! from here.

mod activation_key;
mod audit;
mod chart;
mod chart_view;
mod edit;
mod grants;
mod installations;
mod licenses;
mod mails;
mod page;
mod people;
mod purchases;

pub(super) use installations::sign_words;

use super::page::{Page, WebError};
use crate::app::{self, CustomerFile, Error};
use crate::domain::ids::CustomerId;
use actix_web::web::ServiceConfig;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(page::customer_page)
        .service(purchases::all)
        .service(licenses::all)
        .service(licenses::license_file)
        .service(mails::resend)
        .service(activation_key::renew)
        .service(installations::release_page)
        .service(installations::release)
        .service(installations::find_in_order)
        .service(edit::edit_page)
        .service(edit::change);
}

/// A customer's file, for who reads the page.
pub(super) async fn file(page: &Page, id: CustomerId) -> Result<CustomerFile, WebError> {
    let actor = page.actor()?;
    page.run(move |office| app::customer_file(office, &actor, &id)).await
}

/// Reads a customer's id.
pub(super) fn customer_id(text: &str) -> Result<CustomerId, WebError> {
    CustomerId::parse(text).ok_or_else(|| Error::NotFound.into())
}
