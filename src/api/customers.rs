use super::body::JsonBody;
use super::call::{ListQuery, StaffCall};
use super::created::created;
use super::lists::{ListView, list_answer, read_answer, tagged};
use super::problem::Problem;
use super::views::{CustomerView, GrantView, KnownInstallationView, LicenseView};
use crate::app::{self, Error};
use crate::domain::customer::{Customer, CustomerForm};
use crate::domain::field;
use crate::domain::ids::CustomerId;
use actix_web::http::header::{self, ETag, EntityTag, Header, IfMatch};
use actix_web::web::{Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A customer as it is entered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "NewCustomer")]
pub(super) struct NewCustomer {
    #[schema(max_length = 200)]
    name: String,
    #[schema(max_length = 100)]
    country: Option<String>,
    #[schema(max_length = 100)]
    region: String,
    #[schema(max_length = 100)]
    city: String,
    #[schema(max_length = 20)]
    postal_code: String,
    email: String,
    /// `ru` (where it is left out) or `en`
    #[serde(default = "russian")]
    language: String,
    /// 1 (where it is left out) to 20
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 20)]
    places: i64,
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "CustomerChange")]
pub(super) struct CustomerChange {
    name: Option<String>,
    /// An empty text takes it away.
    country: Option<String>,
    region: Option<String>,
    city: Option<String>,
    postal_code: Option<String>,
    email: Option<String>,
    language: Option<String>,
    places: Option<i64>,
}

/// A new activation key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "ActivationKey")]
struct ActivationKeyView {
    activation_key: String,
}

/// Which customers a list shows.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CustomersQuery {
    /// At most so many, 1 to 200; 50 where it is left out.
    limit: Option<i64>,
    /// Only what comes after this id.
    after: Option<String>,
    /// Only customers found by this: each of its words begins a word of their name, city, postal code,
    /// e-mail address or order numbers; or it is an id of theirs.
    search: Option<String>,
}

/// Enters a customer. The answer carries the activation key.
#[utoipa::path(tag = "Customers", request_body = NewCustomer, params(
    ("Idempotency-Key" = Option<String>, Header, description = "The same key gets the same answer")
), responses((status = 201, body = CustomerView)))]
#[post("/customers")]
pub(super) async fn create_customer(
    call: StaffCall,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    let new: NewCustomer = body.parse()?;
    let form = CustomerForm {
        name: new.name,
        country: new.country,
        region: new.region,
        city: new.city,
        postal_code: new.postal_code,
        email: new.email,
        language: new.language,
        places: new.places,
    };
    let once = call.once(body.bytes());
    let actor = call.actor;
    let answer = call
        .state
        .write(move |office| app::create_customer(office, &actor, once.as_ref(), form))
        .await?;
    let tag = version_tag(&answer.value.customer);
    let path = format!("/customers/{}", answer.value.customer.id);
    let view = CustomerView::with_key(answer.value.customer, answer.value.activation_key.as_str());
    Ok(created(&path)
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}

/// Customers, oldest first.
#[utoipa::path(tag = "Customers", params(CustomersQuery), responses(
    (status = 200, body = ListView<CustomerView>)))]
#[get("/customers")]
pub(super) async fn list_customers(
    request: HttpRequest,
    call: StaffCall,
    query: Query<CustomersQuery>,
) -> Result<HttpResponse, Problem> {
    let CustomersQuery { limit, after, search } = query.into_inner();
    let slice = ListQuery { limit, after }.slice()?;
    let search = search.map(|words| field::line(&words, 200)).transpose();
    let search = search.map_err(|fault| Error::Invalid(vec![fault.at("/search")]))?;
    let load = move |office: &_, actor: &_, page: &_| {
        app::customers(office, actor, page, search.as_deref())
    };
    list_answer::<CustomerView, _>(&request, call, slice, load, |row| row.id.to_string()).await
}

/// A customer. Its `ETag` is the version that a change has to name.
#[utoipa::path(tag = "Customers", responses(
    (status = 200, body = CustomerView)))]
#[get("/customers/{id}")]
pub(super) async fn read_customer(
    request: HttpRequest,
    call: StaffCall,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = customer_id(&id)?;
    let actor = call.actor;
    let customer = call.state.read(move |office| app::customer(office, &actor, &id)).await?;
    let tag = version_tag(&customer);
    let body = serde_json::to_string(&CustomerView::from(customer))
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(tagged(&request, tag, "application/json", body))
}

/// Changes a customer. `If-Match` names the version that was read. A change of name or address
/// issues a license that states it.
#[utoipa::path(tag = "Customers", request_body = CustomerChange, params(
    ("If-Match" = String, Header, description = "The ETag that was read")
), responses((status = 200, body = CustomerView)))]
#[patch("/customers/{id}")]
pub(super) async fn change_customer(
    request: HttpRequest,
    call: StaffCall,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    let id = customer_id(&id)?;
    let condition = IfMatch::parse(&request).map_err(|_| Problem::PreconditionRequired)?;
    if !request.headers().contains_key(header::IF_MATCH) {
        return Err(Problem::PreconditionRequired);
    }
    let change: CustomerChange = body.parse()?;
    let actor = call.actor;
    let customer = call
        .state
        .write(move |office| {
            let read = app::customer(office, &actor, &id)?;
            let matches = match &condition {
                IfMatch::Any => true,
                IfMatch::Items(tags) => tags.iter().any(|tag| tag.strong_eq(&version_tag(&read))),
            };
            if !matches {
                actor.require(app::Right::Sell)?;
                return Err(Error::PreconditionFailed);
            }
            app::change_customer(office, &actor, &id, read.version, changed(read.clone(), change))
        })
        .await?;
    let tag = version_tag(&customer);
    Ok(HttpResponse::Ok().insert_header(ETag(tag)).json(CustomerView::from(customer)))
}

/// Gives the customer a new activation key; the old one stops.
#[utoipa::path(tag = "Customers", params(
    ("Idempotency-Key" = Option<String>, Header, description = "The same key gets the same answer")
), responses((status = 201, body = ActivationKeyView)))]
#[post("/customers/{id}/activation-key")]
pub(super) async fn renew_activation_key(
    call: StaffCall,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = customer_id(&id)?;
    let (once, path) = (call.once(b""), format!("/customers/{id}"));
    let actor = call.actor;
    let answer = call
        .state
        .write(move |office| app::renew_activation_key(office, &actor, once.as_ref(), &id))
        .await?;
    let activation_key = answer.value.as_str().to_owned();
    Ok(created(&path)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(ActivationKeyView { activation_key }))
}

/// The current license: JSON, or the license itself where `Accept` asks for `application/jwt`.
#[utoipa::path(tag = "Customers", responses(
    (status = 200, content((LicenseView = "application/json"), (String = "application/jwt")))))]
#[get("/customers/{id}/license")]
pub(super) async fn read_license(
    request: HttpRequest,
    call: StaffCall,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = customer_id(&id)?;
    let actor = call.actor;
    let license = call.state.read(move |office| app::current_license(office, &actor, &id)).await?;
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("application/jwt")) {
        let tag = super::lists::etag(license.document.as_bytes());
        return Ok(tagged(&request, tag, "application/jwt", license.document));
    }
    read_answer(&request, &LicenseView::from(license))
}

macro_rules! customer_lists {
    ($($(#[$doc:meta])* $name:ident, $path:literal, $view:ty, $id:expr;)*) => {$(
        $(#[$doc])*
        #[utoipa::path(tag = "Customers", params(ListQuery), responses(
            (status = 200, body = ListView<$view>)))]
        #[get($path)]
        pub(super) async fn $name(
            request: HttpRequest,
            call: StaffCall,
            id: Path<String>,
            query: Query<ListQuery>,
        ) -> Result<HttpResponse, Problem> {
            let id = customer_id(&id)?;
            let slice = query.into_inner().slice()?;
            let load = move |office: &_, actor: &_, page: &_| app::$name(office, actor, &id, page);
            list_answer::<$view, _>(&request, call, slice, load, $id).await
        }
    )*};
}

customer_lists! {
    /// All licenses that were issued to the customer, oldest first.
    licenses, "/customers/{id}/licenses", LicenseView, |row| row.id.to_string();
    /// The customer's emergency grants, oldest first.
    grants, "/customers/{id}/emergency-grants", GrantView, |row| row.id.to_string();
    /// The customer's installations, oldest first, released ones included.
    installations, "/customers/{id}/installations", KnownInstallationView,
        |row| row.installation.id.to_string();
}

pub(super) fn customer_id(text: &str) -> Result<CustomerId, Problem> {
    CustomerId::parse(text).ok_or_else(|| Error::NotFound.into())
}

fn version_tag(customer: &Customer) -> EntityTag {
    EntityTag::new_strong(format!("v{}", customer.version))
}

/// What is left out of a change stays as it was.
fn changed(customer: Customer, change: CustomerChange) -> CustomerForm {
    let details = customer.details;
    CustomerForm {
        name: change.name.unwrap_or(details.licensee.name),
        country: change.country.or(details.licensee.country),
        region: change.region.unwrap_or(details.licensee.region),
        city: change.city.unwrap_or(details.licensee.city),
        postal_code: change.postal_code.unwrap_or(details.licensee.postal_code),
        email: change.email.unwrap_or_else(|| details.email.as_str().to_owned()),
        language: change.language.unwrap_or_else(|| details.language.to_string()),
        places: change.places.unwrap_or(details.places),
    }
}

fn russian() -> String {
    "ru".into()
}

fn one() -> i64 {
    1
}
