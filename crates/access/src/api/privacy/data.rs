//! Giving somebody's data out to answer their request.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use platform::http::{
    Params, Principal, Problem,
    fields::{Fields, FromFields, one_of},
    problem::ProblemDocument,
};
use utoipa::IntoParams;

use crate::{
    Access, Doer,
    privacy::{Disclosed, form::Form},
};

/// In which form.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub struct FormParams {
    /// `json` (unless said otherwise), `csv` or `xml`.
    pub format: Option<String>,
}

/// The same, read.
#[derive(Debug)]
pub struct InForm(pub(super) Form);

impl FromFields for InForm {
    fn from_fields(f: &mut Fields<'_>) -> Option<InForm> {
        let form = f.optional("format", one_of(&Form::ALL.map(Form::name), Form::named));
        Some(InForm(form.unwrap_or(Form::Json)))
    }
}

/// As a file that no cache keeps.
pub(super) fn given(disclosed: &Disclosed, form: Form, code: &str) -> Response {
    let mut response = form.write(disclosed).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let file = HeaderValue::from_str(&format!("attachment; filename=\"{code}.{}\"", form.name()));
    headers.extend(file.map(|file| (header::CONTENT_DISPOSITION, file)));
    response
}

/// Take out what is kept of somebody who asked for it
#[utoipa::path(
    get,
    path = "/api/v1/privacy/requests/{id}/data",
    tag = "privacy",
    params(("id" = uuid::Uuid, Path, description = "The request"), FormParams),
    responses(
        (status = 200, description = "All of it", body = serde_json::Value),
        (status = 403, description = "Not this caller's to do", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such request", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn data(
    State(access): State<Access>,
    principal: Principal,
    Path(id): Path<String>,
    Params(InForm(form)): Params<InForm>,
) -> Result<Response, Problem> {
    principal.everywhere()?;
    let (_, person) = access.privacy_request(&id).await?;
    let disclosed = access.disclose(Doer::Caller(&principal), &person).await?;
    Ok(given(&disclosed, form, &person.code))
}
