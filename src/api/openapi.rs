//! The routes and their OpenAPI document, from one list.

use super::problem::{Problem, ProblemView};
use super::{
    access_refusals, audit_events, customers, installations, keys, mails, panel, purchases,
    requests,
};
use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use actix_web::web::{self, Data, QueryConfig, ServiceConfig};
use actix_web::{App, HttpRequest, HttpResponse};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Content, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, Ref, ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_actix_web::AppExt;
use utoipa_actix_web::scope::scope;
use utoipa_actix_web::service_config::ServiceConfig as Routes;

/// Where the document stands.
const DOCUMENT: &str = "/api/openapi.json";

/// The OpenAPI document, and what it takes to tell a wrong method from a wrong path.
#[derive(Clone)]
pub struct Documented {
    json: String,
    routes: Vec<(ResourceDef, String)>,
}

/// Reads the document off the routes themselves.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn documented() -> Result<Documented, serde_json::Error> {
    let info =
        InfoBuilder::new().title("Licentia").version(env!("CARGO_PKG_VERSION")).description(Some(
            "The license office of a software vendor. Staff and systems call with an API token, \
             installations with statements that they sign (application/jwt).",
        ));
    let base = OpenApiBuilder::new().info(info.build()).build();
    let (_, mut api) =
        App::new().into_utoipa_app().openapi(base).configure(routes).split_for_parts();
    name_the_credentials(&mut api);
    describe_problems(&mut api);
    let routes =
        api.paths.paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item)));
    let own = [(ResourceDef::new(DOCUMENT), Method::GET.to_string())];
    Ok(Documented {
        routes: routes.chain(own).collect(),
        json: serde_json::to_string_pretty(&api)?,
    })
}

impl Documented {
    /// Adds the routes, the document, and the answer where there is no route.
    pub fn configure(&self, config: &mut ServiceConfig) {
        config.app_data(Data::new(self.clone()));
        config.app_data(QueryConfig::default().error_handler(|_, _| Problem::CursorInvalid.into()));
        routes(&mut Routes::new(config));
        config.route(DOCUMENT, web::get().to(document));
        for elsewhere in ["/api", "/.well-known"] {
            config.service(web::scope(elsewhere).default_service(web::to(no_route)));
        }
        config.default_service(web::to(no_route));
    }
}

/// Every route of the API.
fn routes(config: &mut Routes<'_>) {
    // Routes are tried in this order: those that are called most come first.
    let v1 = scope("/api/v1")
        .service(requests::fetch_license)
        .service(requests::activate)
        .service(panel::fetch_panel)
        .service(requests::request_emergency)
        .service(requests::report_usage)
        .service(requests::release)
        .service(customers::create_customer)
        .service(customers::list_customers)
        .service(customers::read_customer)
        .service(customers::change_customer)
        .service(customers::renew_activation_key)
        .service(customers::read_license)
        .service(customers::licenses)
        .service(customers::grants)
        .service(customers::installations)
        .service(purchases::record_purchase)
        .service(purchases::purchases)
        .service(purchases::void_purchase)
        .service(installations::release_installation)
        .service(mails::mails)
        .service(mails::retry_stopped_mails)
        .service(mails::retry_mail)
        .service(audit_events::audit_events)
        .service(access_refusals::access_refusals)
        .service(keys::keys);
    config.service(v1).service(keys::jwks);
}

async fn document(documented: Data<Documented>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(documented.json.clone())
}

async fn no_route(
    request: HttpRequest,
    documented: Data<Documented>,
) -> Result<HttpResponse, Problem> {
    let known = documented.routes.iter().find(|(route, _)| route.is_match(request.path()));
    Err(known
        .map_or(Problem::RouteNotFound, |(_, methods)| Problem::MethodNotAllowed(methods.clone())))
}

fn methods(item: &PathItem) -> String {
    let methods = [
        (Method::GET, item.get.is_some()),
        (Method::POST, item.post.is_some()),
        (Method::PATCH, item.patch.is_some()),
    ];
    let there = methods.iter().filter(|(_, there)| *there).map(|(method, _)| method.as_str());
    there.collect::<Vec<_>>().join(", ")
}

/// Staff calls need an API token; installations bring their statement, which each call names.
fn name_the_credentials(api: &mut OpenApi) {
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API token: `licentia token create --role sales --name crm`"));
    let components = api.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(token.build()));
    let no_scopes: [&str; 0] = [];
    let required = vec![SecurityRequirement::new("token", no_scopes)];
    for operation in operations(api) {
        let open = ["For installations", "Keys"];
        let tags = operation.tags.iter().flatten();
        if !tags.into_iter().any(|tag| open.contains(&tag.as_str())) {
            operation.security = Some(required.clone());
        }
    }
}

/// Every call may be refused, and may fail: both are answered with a problem.
fn describe_problems(api: &mut OpenApi) {
    let name = ProblemView::name();
    let content = Content::new(Some(Ref::from_schema_name(&*name)));
    let problem = ResponseBuilder::new()
        .description("Refused or not done; nothing was changed")
        .content("application/problem+json", content);
    let components = api.components.get_or_insert_default();
    let mut schemas = vec![(name.into_owned(), ProblemView::schema())];
    ProblemView::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components.responses.insert("Problem".into(), problem.build().into());
    for operation in operations(api) {
        for statuses in ["4XX", "5XX"] {
            let problem = Ref::from_response_name("Problem");
            operation.responses.responses.insert(statuses.into(), problem.into());
        }
    }
}

fn operations(api: &mut OpenApi) -> impl Iterator<Item = &mut Operation> {
    let items = api.paths.paths.values_mut();
    items.flat_map(|item| [&mut item.get, &mut item.post, &mut item.patch].into_iter().flatten())
}
