//! Names that nothing can have.
//!
//! Invariant: no name in a path reaches the database with a NUL in it: PostgreSQL cannot even be asked for one.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use platform::http::Problem;

/// Answers 404 where a path has a NUL.
pub async fn refuse(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.contains("%00") {
        return Problem::not_found(path).into_response();
    }
    next.run(request).await
}
