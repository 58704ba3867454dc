//! Every route about people in one place.
//!
//! Invariant: a route is here exactly when it is in the API document; the document is made from these.

use platform::http::openapi::{describe_texts, name_operations};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Access,
    api::{
        auth::{login, logout, second_factor},
        me, privacy, users,
    },
};

/// The routes and their document.
pub fn people() -> OpenApiRouter<Access> {
    let mut routes = OpenApiRouter::new()
        .routes(routes!(login::login))
        .routes(routes!(second_factor::give))
        .routes(routes!(logout::logout))
        .merge(own())
        .merge(others())
        .merge(privacy::routes());
    name_operations(routes.get_openapi_mut());
    describe_texts(routes.get_openapi_mut());
    routes
}

fn own() -> OpenApiRouter<Access> {
    OpenApiRouter::new()
        .routes(routes!(me::get::get, me::update::update))
        .routes(routes!(me::password::choose))
        .routes(routes!(me::factor::offer))
        .routes(routes!(me::factor::confirm))
        .routes(routes!(me::factor::remove))
        .routes(routes!(me::recovery::renew))
        .routes(routes!(me::sessions::list, me::end_sessions::others))
        .routes(routes!(me::end_sessions::one))
}

fn others() -> OpenApiRouter<Access> {
    OpenApiRouter::new()
        .routes(routes!(users::list::list, users::create::create))
        .routes(routes!(users::get::get, users::update::update))
        .routes(routes!(users::state::disable))
        .routes(routes!(users::state::enable))
        .routes(routes!(users::help::reset_password))
        .routes(routes!(users::help::reset_factor))
        .routes(routes!(users::help::unlock))
}
