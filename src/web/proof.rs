//! Sensitive acts ask for the password or the second factor again when the last proof is older than
//! 15 minutes. A handler that takes [`ProvenForm`] runs only after that.

use super::fields::{Field, Fields};
use super::form::Form;
use super::page::{Page, WebError};
use super::password_attempt::{check_own_password, device_cookies};
use super::sign_in::{own_path, refusal};
use crate::app::{self, Error, LiveSession, Office, Proof, Unauthenticated};
use actix_web::{FromRequest, HttpRequest, dev};
use askama::Template;
use std::future::Future;
use std::pin::Pin;

/// The field of a form in which the person proves who they are.
const PROOF: &str = "proof";

/// A form of a person who has lately proved who they are.
///
/// Where the proof is old the answer asks for one, in a form that carries what was entered; sent
/// with a right proof, it is this form again.
#[derive(Debug, Clone, Default)]
pub(super) struct ProvenForm(Form);

impl std::ops::Deref for ProvenForm {
    type Target = Form;

    fn deref(&self) -> &Form {
        &self.0
    }
}

impl FromRequest for ProvenForm {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let page = Page::from_request(request, &mut dev::Payload::None);
        let form = Form::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let (page, form) = (page.await?, form.await?);
            Ok(Self(require_proof(&page, &request, form).await?))
        })
    }
}

/// The form without the proof, which must be right where it is needed.
///
/// # Errors
/// The page that asks for a proof.
pub(super) async fn require_proof(
    page: &Page,
    request: &HttpRequest,
    form: Form,
) -> Result<Form, WebError> {
    let live = page.visit.session().filter(|_| page.person.is_some());
    let live = live.ok_or_else(|| page.sign_in_first("/"))?;
    let asked = app::proof_asked(&live.person);
    let fields = fields(page, asked);
    if app::is_fresh(&page.state.office, &live.session) {
        return Ok(form.without(PROOF).0);
    }
    let proved = match (asked, form.get(PROOF).to_owned()) {
        (_, empty) if empty.is_empty() => return Err(ask(page, &live, form, fields)),
        (Proof::Password, _) => {
            let proof = check_own_password(page, request, &form, PROOF).await;
            let live = live.clone();
            match proof {
                Ok(proof) => {
                    page.run(move |office| app::prove_by_password(office, &live, &proof)).await
                }
                Err(error) => Err(error),
            }
        }
        (Proof::Code, code) => {
            let (devices, live) = (device_cookies(request)?, live.clone());
            let address = page.visit.visitor.address.clone();
            let prove =
                move |office: &Office| app::prove_by_code(office, &live, &devices, address, &code);
            page.run(prove).await.inspect_err(|error| page.record_refused_code(error))
        }
    };
    match proved {
        Ok(keyed) => {
            page.visit.enter(&page.state, keyed);
            Ok(form.without(PROOF).0)
        }
        Err(WebError::App(Error::Unauthenticated(Unauthenticated::SignInAgain))) => {
            page.visit.leave();
            Err(WebError::SignInAgain)
        }
        Err(WebError::App(Error::Invalid(faults))) => {
            Err(ask(page, &live, form, fields.with_faults(page, &faults)))
        }
        Err(WebError::App(error)) => match refusal(page, fields, &error) {
            Some((fields, _)) => Err(ask(page, &live, form, fields)),
            None => Err(error.into()),
        },
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "web/proof.html")]
struct ProofPage<'a> {
    page: &'a Page,
    live: &'a LiveSession,
    action: &'a str,
    back: &'a str,
    kept: Vec<(&'a str, &'a str)>,
    form: Fields,
}

fn ask(page: &Page, live: &LiveSession, entered: Form, form: Fields) -> WebError {
    let entered = entered.without(PROOF).0;
    let kept = entered.fields().collect();
    let (action, back) = (page.path.as_str(), own_path(&page.back));
    match (ProofPage { page, live, action, back, kept, form }).render() {
        Ok(html) => WebError::ProofNeeded(html),
        Err(error) => Error::Internal(error.to_string()).into(),
    }
}

fn fields(page: &Page, asked: Proof) -> Fields {
    let field = match asked {
        Proof::Password => {
            let label = page.t("proof-password");
            Field { label, ..Field::line(page, PROOF, "") }
                .of_kind("password")
                .completed_by("current-password")
        }
        Proof::Code => {
            let (label, hint) = (page.t("field-code"), Some(page.t("field-code.hint")));
            Field { label, hint, ..Field::line(page, PROOF, "") }.completed_by("one-time-code")
        }
    };
    Fields::new(vec![field])
}
