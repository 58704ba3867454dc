//! The API's document and the page to browse it.
//!
//! Invariant: made from the routes themselves; what is served is what is described.

use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use platform::http::{openapi, queries};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Where the document is.
const DOCUMENT: &str = "/api/v1/openapi.json";
/// Where people browse it.
const PAGE: &str = "/docs";

/// The routes, with their document and its page beside them.
///
/// # Errors
///
/// A description that JSON cannot say, which is a fault of the program.
pub(super) fn with_docs(routes: OpenApiRouter) -> serde_json::Result<Router> {
    let (router, document) = routes.split_for_parts();
    let closed = queries::Closed::of(&document, DOCUMENT);
    let served = openapi::complete(document, "gondola", env!("CARGO_PKG_VERSION"))?;
    let document = get(async move || ([(CONTENT_TYPE, "application/json")], served.clone()));
    // Without the bar on top: it offers to load other documents, which there are none of, beside the library's own logo.
    let page = SwaggerUi::new(PAGE).config(Config::new([DOCUMENT]).use_base_layout());
    Ok(closed.guard(router.route(DOCUMENT, document).merge(page)))
}
