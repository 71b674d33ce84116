//! The staff pages: server-rendered, in Russian and English, complete without JavaScript.
//!
//! A page asks `app` and shows what it says; it never reaches past it. `guard` refuses what comes
//! from elsewhere, `page` holds what every page shows, `form` what a person has entered.

mod access_refusal;
mod account;
mod audit;
mod base_path;
mod check;
mod cookies;
mod csv;
mod customer;
mod customers;
mod customers_csv;
mod fields;
mod form;
mod guard;
mod mails;
mod new_password;
mod offline;
mod page;
mod panel;
mod password_attempt;
mod print;
mod problem_page;
mod proof;
mod purchases;
mod qr_code;
mod scheme;
mod second_factor;
mod session_list;
mod set_up;
mod settings;
mod sign_in;
mod static_files;
mod today;
mod user_agent;
mod visit;
mod web_error;

pub use base_path::under_base_path;
pub use guard::strict_transport;
use guard::{guard, with_policy};
pub use offline::answer_words;
pub use page::State;
pub use print::{Agreement, AgreementError, Wording};
use problem_page::render_problems;
use visit::visit;

use actix_web::middleware::from_fn;
use actix_web::web::{Data, ServiceConfig, scope, to};

/// Every route of the pages.
pub fn configure(config: &mut ServiceConfig, state: &State) {
    let pages = scope("")
        .wrap(from_fn(guard))
        .wrap(from_fn(render_problems))
        .wrap(from_fn(base_path::put_before_links))
        .wrap(from_fn(with_policy))
        .wrap(from_fn(visit))
        .default_service(to(problem_page::no_page))
        .configure(set_up::routes)
        .configure(sign_in::routes)
        .configure(second_factor::routes)
        .configure(new_password::routes)
        .configure(today::routes)
        .configure(customers::routes)
        .configure(customers_csv::routes)
        .configure(customer::routes)
        .configure(print::routes)
        .configure(check::routes)
        .configure(offline::routes)
        .configure(purchases::routes)
        .configure(mails::routes)
        .configure(account::routes)
        .configure(settings::routes)
        .configure(audit::routes);
    config
        .app_data(Data::new(state.clone()))
        .service(static_files::style)
        .service(static_files::print_style)
        .service(static_files::script)
        .service(static_files::panel_component)
        .service(pages);
}
