//! Looking into the audit log.

use axum::{extract::State, response::Response};
use domain::audit::Action;
use platform::{
    audit,
    http::{
        List, Page, Params, Principal, Problem,
        fields::{Fields, FromFields},
        json,
        problem::ProblemDocument,
    },
};
use utoipa::IntoParams;

use super::{
    filter::{Asked, FilterParams},
    view::AuditEvent,
};
use crate::audit::Desk;

/// Which page.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub struct PageParams {
    /// Most items wanted.
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What is asked for.
pub struct ListQuery {
    asked: Asked,
    page: Page,
}

impl FromFields for ListQuery {
    fn from_fields(fields: &mut Fields<'_>) -> Option<ListQuery> {
        Some(ListQuery { asked: Asked::read(fields), page: Page::from_fields(fields, 1) })
    }
}

/// Look into the audit log
///
/// The newest first. Looking is itself written down, once for each list and not for each of its pages.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    tag = "audit",
    operation_id = "get_audit",
    params(FilterParams, PageParams),
    responses(
        (status = 200, description = "A page of events", body = List<AuditEvent>),
        (status = 403, description = "Not this caller's to see", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(desk): State<Desk>,
    principal: Principal,
    Params(ListQuery { asked, page }): Params<ListQuery>,
) -> Result<Response, Problem> {
    principal.everywhere()?;
    let before = match &page.after {
        Some(key) => before(key).ok_or_else(|| Problem::invalid_field("cursor", "invalid_cursor"))?,
        None => i64::MAX,
    };
    let filter = asked.in_zone(&desk.zone);
    let records = store::audit::list(&desk.db, before, &filter, page.fetch()).await?;
    if page.after.is_none() {
        desk.audit.record(audit::by(&principal, Action::SensitiveRead).on("audit", "events").at(desk.clock.now()));
    }
    let events = page.list(records, |record| vec![record.link.seq.to_string()]);
    Ok(json::ok(&events.map(|record| AuditEvent::of(record, &desk.zone))))
}

fn before(key: &[String]) -> Option<i64> {
    key.first()?.parse().ok().filter(|seq| *seq > 0)
}
