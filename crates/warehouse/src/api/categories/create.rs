//! Making a category.

use axum::{extract::State, response::Response};
use domain::audit::Action;
use platform::{
    audit,
    http::{
        KeyedBody, Principal, Problem,
        fields::{Fields, FromFields},
        json,
        problem::ProblemDocument,
    },
};
use store::{catalog, category};
use utoipa::ToSchema;

use super::view::Category;
use crate::{api::products::body, state::Warehouse};

/// A category to make.
#[derive(Debug, ToSchema)]
#[schema(as = NewCategory)]
#[serde(deny_unknown_fields)]
pub struct CategoryBody {
    /// The names from the root, joined by `/`; those above it are made when they are new.
    #[schema(min_length = 1, max_length = 300)]
    pub path: String,
}

/// A category to make, read.
#[derive(Debug)]
pub struct NewCategory(String);

impl FromFields for NewCategory {
    fn from_fields(f: &mut Fields<'_>) -> Option<NewCategory> {
        f.required("path", body::category).map(NewCategory)
    }
}

/// Make a category
#[utoipa::path(
    post,
    path = "/api/v1/categories",
    tag = "catalog",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat")),
    request_body = CategoryBody,
    responses(
        (status = 201, description = "It was made", body = Category, headers(("Location" = String, description = "Its products"))),
        (status = 409, description = "It is there already", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    KeyedBody { body: NewCategory(path), keyed }: KeyedBody<NewCategory>,
) -> Result<Response, Problem> {
    let mut tx = warehouse.db.write().await?;
    if let Some(answer) = keyed.answered(&mut tx, warehouse.clock.now()).await? {
        return Ok(answer);
    }
    catalog::begin_change(&mut tx).await?;
    if category::get_in(&mut tx, &path).await?.is_some() {
        return Err(Problem::conflict("category_exists").arg("path", path));
    }
    let made = category::ensure_path(&mut tx, &path).await?.ok_or_else(|| Problem::bug("a path without names"))?;
    let location = format!("/api/v1/products?category={}", json::segment(&made.path));
    let response = keyed.keep(&mut tx, json::created(&location, &Category::of(&made.path))).await?;
    let told = audit::by(&principal, Action::CategoryCreated).on("category", &made.path);
    told.write(&mut tx, warehouse.clock.now()).await?;
    tx.commit().await?;
    Ok(response)
}
