//! The API's document and the page to browse it.
//!
//! Invariant: made from the routes themselves; what is served is what is described.

use axum::Router;
use platform::http::{openapi, queries};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Where the document is.
const DOCUMENT: &str = "/api/v1/openapi.json";
/// Where people browse it.
const PAGE: &str = "/docs";

/// The routes, with their document and its page beside them.
pub(super) fn with_docs(routes: OpenApiRouter) -> Router {
    let (router, mut document) = routes.split_for_parts();
    openapi::complete(&mut document, "gondola", env!("CARGO_PKG_VERSION"));
    // Without the bar on top: it offers to load other documents, which there are none of, beside the library's own logo.
    let page = SwaggerUi::new(PAGE).url(DOCUMENT, document.clone()).config(Config::default().use_base_layout());
    let router = router.merge(page);
    queries::closed(router, &document, DOCUMENT)
}
