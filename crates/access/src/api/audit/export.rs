//! Taking the audit log out as a file.

use axum::{extract::State, response::Response};
use domain::audit::Action;
use futures_util::{FutureExt, future::BoxFuture};
use platform::{
    audit,
    http::{
        Params, Principal, Problem,
        problem::ProblemDocument,
        sheets::{self, Form, Pages, Rows, Taken},
    },
};
use store::audit::Filter;

use super::{
    filter::{Asked, FilterParams},
    view::AuditEvent,
};
use crate::audit::Desk;

/// Events read at a time.
const PAGE: i64 = 500;
/// What the file is called.
const NAME: &str = "audit";

/// Take the audit log out as CSV
///
/// The newest first, narrowed as the list is. Taking it out is itself written down.
#[utoipa::path(
    get,
    path = "/api/v1/exports/audit.csv",
    tag = "audit",
    operation_id = "get_exports_audit_csv",
    params(FilterParams),
    responses(
        (status = 200, description = "The events", content_type = "text/csv", body = String),
        (status = 422, description = "A parameter breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn csv(
    State(desk): State<Desk>,
    principal: Principal,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    principal.everywhere()?;
    take(desk, audit::by(&principal, Action::Exported), asked, Form::Csv).await
}

/// Take the audit log out as a spreadsheet
///
/// The newest first, narrowed as the list is. Taking it out is itself written down.
#[utoipa::path(
    get,
    path = "/api/v1/exports/audit.xlsx",
    tag = "audit",
    operation_id = "get_exports_audit_xlsx",
    params(FilterParams),
    responses(
        (status = 200, description = "The events", content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, description = "A parameter breaks a rule, or there are too many events for a sheet", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn xlsx(
    State(desk): State<Desk>,
    principal: Principal,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    principal.everywhere()?;
    take(desk, audit::by(&principal, Action::Exported), asked, Form::Xlsx).await
}

/// Takes it out. `by` says in the log who did.
pub async fn take(desk: Desk, by: audit::Draft, asked: Asked, form: Form) -> Result<Response, Problem> {
    let by = by.on("export", NAME);
    let (audit, clock) = (desk.audit.clone(), desk.clock.clone());
    let tell = move |taken: Taken| audit.record(by.taken(taken).at(clock.now()));
    let filter = asked.in_zone(&desk.zone);
    let pages = Events { desk, filter, before: Some(i64::MAX) };
    sheets::answer((NAME, form), AuditEvent::HEADER, pages, tell).await
}

struct Events {
    desk: Desk,
    filter: Filter,
    before: Option<i64>,
}

impl Pages for Events {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Rows>, Problem>> {
        self.page().boxed()
    }
}

impl Events {
    async fn page(&mut self) -> Result<Option<Rows>, Problem> {
        let Some(before) = self.before.take() else { return Ok(None) };
        let records = store::audit::list(&self.desk.db, before, &self.filter, PAGE).await?;
        self.before = records.last().map(|last| last.link.seq);
        let rows: Rows = records.into_iter().map(|record| AuditEvent::of(record, &self.desk.zone).row()).collect();
        Ok((!rows.is_empty()).then_some(rows))
    }
}
