use super::super::customers::{entered, fields};
use super::super::fields::Fields;
use super::super::form::Form;
use super::super::page::{Page, StaffPage, WebError, go_to, show};
use super::customer_id;
use super::people::{Doer, People};
use crate::app::{self, Error, Right};
use crate::domain::customer::{Customer, CustomerForm};
use crate::domain::ids::CustomerId;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use actix_web::{HttpResponse, get, post};
use askama::Template;

#[derive(Template)]
#[template(path = "web/customer/edit.html")]
struct EditPage<'a> {
    page: &'a Page,
    customer: Customer,
    form: Fields,
    /// The values that the person began with, so that it is known what each has changed.
    began_with: Vec<(&'static str, String)>,
    /// What was changed meanwhile, if anything was.
    meanwhile: Option<Meanwhile>,
}

/// A change that somebody else has made while the form was filled in.
struct Meanwhile {
    /// Who, and when.
    by: Option<(Doer, String)>,
    /// Field by field.
    rows: Vec<Row>,
}

/// A field that somebody else has changed.
struct Row {
    label: String,
    theirs: String,
    /// What the person has entered; nothing where the person left the field alone.
    mine: Option<String>,
}

#[get("/customers/{id}/edit")]
pub(super) async fn edit_page(page: StaffPage, id: Path<String>) -> Result<HttpResponse, WebError> {
    page.actor()?.require(Right::Sell)?;
    let (id, actor) = (customer_id(&id)?, page.actor()?);
    let customer = page.run(move |office| app::customer(office, &actor, &id)).await?;
    let form = fields(&page, &form_of(&customer));
    let began_with = values(&form);
    show(StatusCode::OK, &EditPage { page: &page, customer, form, began_with, meanwhile: None })
}

#[post("/customers/{id}/edit")]
pub(super) async fn change(
    page: StaffPage,
    id: Path<String>,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let (id, actor) = (customer_id(&id)?, page.actor()?);
    let (changed, entered) = (id.clone(), entered(&form));
    let version = form.get("version").parse().unwrap_or(0);
    let done = page
        .run(move |office| app::change_customer(office, &actor, &changed, version, entered))
        .await;
    match done {
        Ok(_) => Ok(go_to(&format!("/customers/{id}"))),
        Err(WebError::App(Error::Invalid(faults))) => {
            let actor = page.actor()?;
            let mut customer = page.run(move |office| app::customer(office, &actor, &id)).await?;
            customer.version = version;
            let began_with = began_with(&values(&fields(&page, &form_of(&customer))), &form);
            let form = fields(&page, &CustomerForm::default()).filled(&form);
            let form = form.with_faults(&page, &faults);
            let shown = EditPage { page: &page, customer, form, began_with, meanwhile: None };
            show(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(WebError::App(Error::PreconditionFailed)) => stale(&page, id, &form).await,
        Err(error) => Err(error),
    }
}

/// Shows the person's input and what was changed meanwhile. The form has the new version, so that
/// pressing again overwrites knowingly.
async fn stale(page: &Page, id: CustomerId, form: &Form) -> Result<HttpResponse, WebError> {
    let actor = page.actor()?;
    let history = page.run(move |office| app::customer_history(office, &actor, &id, None)).await?;
    let customer = history.file.customer;
    if entered(form).parse().as_ref() == Ok(&customer.details) {
        // The same form sent twice, or two people of one mind.
        return Ok(go_to(&format!("/customers/{}", customer.id)));
    }
    let mut fields = fields(page, &form_of(&customer));
    let theirs = values(&fields);
    let began_with = began_with(&theirs, form);
    let mut rows = Vec::new();
    for ((field, (_, theirs)), (_, began)) in fields.list.iter_mut().zip(&theirs).zip(&began_with) {
        let mine = form.get(field.name).trim();
        let met = meet(began, theirs, mine);
        if met != Met::Theirs {
            mine.clone_into(&mut field.value);
        }
        if matches!(met, Met::Theirs | Met::Both) {
            let word = |value: &str| {
                let option = field.options.iter().find(|(option, _)| *option == value);
                option.map_or_else(|| value.to_owned(), |(_, label)| label.clone())
            };
            let mine = (met == Met::Both).then(|| word(mine));
            rows.push(Row { label: field.label.clone(), theirs: word(theirs), mine });
        }
    }
    let people = People::new(page, &history.licenses.names);
    let event = history.events.iter().find(|event| event.action == "customer.changed");
    let by = event.map(|event| (people.doer(&event.actor), page.time(&event.recorded_at)));
    fields.problem = Some(page.t("edit-meanwhile"));
    let meanwhile = Some(Meanwhile { by, rows });
    // From here on, what stands now is what the person begins with.
    let shown = EditPage { page, customer, form: fields, began_with: theirs, meanwhile };
    show(StatusCode::CONFLICT, &shown)
}

/// What two people have done to one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    /// The same in the end.
    Same,
    /// Only this person has changed it.
    Mine,
    /// Only the other has changed it.
    Theirs,
    /// Both have, to different values.
    Both,
}

/// Compares what both have made of a value that they `began` with.
fn meet(began: &str, theirs: &str, mine: &str) -> Met {
    if theirs == mine {
        Met::Same
    } else if theirs == began {
        Met::Mine
    } else if mine == began {
        Met::Theirs
    } else {
        Met::Both
    }
}

/// What the fields of a form hold.
fn values(form: &Fields) -> Vec<(&'static str, String)> {
    form.list.iter().map(|field| (field.name, field.value.clone())).collect()
}

/// What the person began with, as the form remembers it.
fn began_with(fields: &[(&'static str, String)], form: &Form) -> Vec<(&'static str, String)> {
    let began = |name: &str| form.get(&format!("began_{name}")).trim().to_owned();
    fields.iter().map(|(name, _)| (*name, began(name))).collect()
}

/// A customer as a form has it.
fn form_of(customer: &Customer) -> CustomerForm {
    let details = &customer.details;
    let licensee = details.licensee.clone();
    CustomerForm {
        name: licensee.name,
        country: licensee.country,
        region: licensee.region,
        city: licensee.city,
        postal_code: licensee.postal_code,
        email: details.email.as_str().to_owned(),
        language: details.language.as_str().to_owned(),
        places: details.places,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_who_change_a_field_it_is_known_who_changed_what() {
        assert_eq!(meet("Саров", "Саров", "Саров"), Met::Same);
        assert_eq!(meet("Саров", "Москва", "Москва"), Met::Same, "two of one mind");
        assert_eq!(meet("Саров", "Саров", "Москва"), Met::Mine);
        assert_eq!(meet("Саров", "Москва", "Саров"), Met::Theirs);
        assert_eq!(meet("Саров", "Москва", "Пермь"), Met::Both);
        assert_eq!(meet("", "Москва", "Пермь"), Met::Both, "nothing is remembered");
    }
}
