//! People's rights over what is kept of them, over HTTP.

pub mod answer;
mod asked;
pub mod breach;
pub mod create;
pub mod data;
pub mod list;
pub mod own;
pub mod suppliers;
pub mod view;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Access;

/// The routes and their document.
pub fn routes() -> OpenApiRouter<Access> {
    OpenApiRouter::new()
        .routes(routes!(own::data))
        .routes(routes!(own::list, own::ask))
        .routes(routes!(list::list, create::create))
        .routes(routes!(answer::answer))
        .routes(routes!(data::data))
        .routes(routes!(breach::report))
        .routes(routes!(suppliers::view, suppliers::replace, suppliers::erase))
}
