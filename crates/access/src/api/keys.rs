//! Keys of programs over HTTP.

pub mod create;
pub mod get;
pub mod list;
pub mod renew;
pub mod revoke;
pub mod rotate;
pub mod view;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::keys::KeyDesk;

/// The routes and their document.
pub fn routes() -> OpenApiRouter<KeyDesk> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(get::get))
        .routes(routes!(rotate::rotate))
        .routes(routes!(revoke::revoke))
        .routes(routes!(renew::renew))
}
