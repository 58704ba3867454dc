//! Short-lived tokens over HTTP.

pub mod issue;
pub mod revoke;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::token::TokenDesk;

/// The routes and their document.
pub fn routes() -> OpenApiRouter<TokenDesk> {
    OpenApiRouter::new().routes(routes!(issue::issue)).routes(routes!(revoke::revoke))
}
