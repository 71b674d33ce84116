//! Purchases: a new one, looked at before it is recorded, and the void of one.

mod new;
mod order;
mod void;

use actix_web::web::ServiceConfig;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.configure(new::routes).configure(void::routes);
}
