//! How a supplier is reached: giving it out, putting it right, taking it out.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::Timestamp;
use platform::http::{
    JsonBody, Principal, Problem,
    fields::{Fields, FromFields, text},
    json,
    problem::ProblemDocument,
};
use serde::Serialize;
use store::supplier::Supplier;
use utoipa::ToSchema;

use crate::{Access, Doer, contact, supplier::Contact};

/// What is kept of whom a supplier is reached by.
#[derive(Debug, Serialize, ToSchema)]
pub struct SupplierContact {
    /// Its short name.
    pub code: String,
    /// The name people know it by.
    pub name: String,
    /// Whom to ask for; empty when it is not known, as the others.
    pub contact: String,
    /// Telephone.
    pub phone: String,
    /// Mail address.
    pub email: String,
    /// Street address.
    pub address: String,
    /// Since when nothing is kept, because somebody asked for that.
    #[schema(required, format = DateTime)]
    pub erased_at: Option<String>,
}

impl From<(Supplier, Contact)> for SupplierContact {
    fn from((supplier, kept): (Supplier, Contact)) -> SupplierContact {
        SupplierContact {
            code: supplier.code,
            name: supplier.name,
            contact: kept.contact,
            phone: kept.phone,
            email: kept.email,
            address: kept.address,
            erased_at: supplier.forgotten_at.map(|at| Timestamp::from_micros(at).to_string()),
        }
    }
}

/// How a supplier is reached. What is left out is not known.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct SupplierContactBody {
    /// Whom to ask for.
    #[schema(nullable, min_length = 1, max_length = 100)]
    pub contact: Option<String>,
    /// Telephone.
    #[schema(nullable, max_length = 32)]
    pub phone: Option<String>,
    /// Mail address.
    #[schema(nullable, max_length = 254, format = Email)]
    pub email: Option<String>,
    /// Street address.
    #[schema(nullable, min_length = 1, max_length = 200)]
    pub address: Option<String>,
}

impl FromFields for Contact {
    fn from_fields(f: &mut Fields<'_>) -> Option<Contact> {
        Some(Contact {
            contact: f.optional("contact", text(1..=100)).unwrap_or_default(),
            phone: f.optional("phone", contact::phone).unwrap_or_default(),
            email: f.optional("email", contact::email).unwrap_or_default(),
            address: f.optional("address", text(1..=200)).unwrap_or_default(),
        })
    }
}

/// Take out how a supplier is reached
///
/// What is kept of the people whom it is reached by. That it was read is written down.
#[utoipa::path(
    get,
    path = "/api/v1/privacy/suppliers/{code}",
    tag = "privacy",
    params(("code" = String, Path, description = "Its short name")),
    responses(
        (status = 200, description = "All of it", body = SupplierContact),
        (status = 403, description = "Not this caller's to see", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such supplier", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn view(
    State(access): State<Access>,
    principal: Principal,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    principal.everywhere()?;
    let kept = access.supplier_contact(Doer::Caller(&principal), &code).await?;
    let mut response = json::ok(&SupplierContact::from(kept));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Put right how a supplier is reached
#[utoipa::path(
    put,
    path = "/api/v1/privacy/suppliers/{code}",
    tag = "privacy",
    params(("code" = String, Path, description = "Its short name")),
    request_body = SupplierContactBody,
    responses(
        (status = 204, description = "It is kept so"),
        (status = 403, description = "Not this caller's to do", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such supplier", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Something breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn replace(
    State(access): State<Access>,
    principal: Principal,
    Path(code): Path<String>,
    JsonBody(to): JsonBody<Contact>,
) -> Result<Response, Problem> {
    principal.everywhere()?;
    access.set_supplier_contact(Doer::Caller(&principal), &code, &to).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Erase how a supplier is reached
///
/// Its short name and its name stay with what was bought from it. An import does not bring back what was taken out; it cannot be undone.
#[utoipa::path(
    delete,
    path = "/api/v1/privacy/suppliers/{code}",
    tag = "privacy",
    params(("code" = String, Path, description = "Its short name")),
    responses(
        (status = 204, description = "Nothing of it is kept"),
        (status = 403, description = "Not this caller's to do", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such supplier", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn erase(
    State(access): State<Access>,
    principal: Principal,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    principal.everywhere()?;
    access.forget_supplier_contact(Doer::Caller(&principal), &code).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
