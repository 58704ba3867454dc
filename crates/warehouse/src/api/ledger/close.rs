//! Closing the books of a site through a day.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{Day, audit::Action};
use platform::{
    audit,
    http::{
        Params, Principal, Problem,
        fields::{Fields, FromFields, boolean},
        json,
        problem::ProblemDocument,
    },
};
use serde::Serialize;
use store::ledger::period::{self, Closed};
use utoipa::{IntoParams, ToSchema};

use super::sign::problem;
use crate::{api::places, checkpoints, state::Warehouse};

/// Through which day the books are closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Period {
    /// Code of the site.
    pub site: String,
    /// Last day that takes no postings any more.
    #[schema(format = Date)]
    pub closed_through: String,
}

/// How to close.
#[derive(Debug, Clone, Copy, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CloseQuery {
    /// Close today too, which is not over: it takes nothing any more until tomorrow.
    #[param(required = false)]
    pub confirm_today: bool,
}

impl FromFields for CloseQuery {
    fn from_fields(fields: &mut Fields<'_>) -> Option<CloseQuery> {
        Some(CloseQuery { confirm_today: fields.optional("confirm_today", boolean).unwrap_or(false) })
    }
}

/// Close the books through a day
///
/// The day and those before it take no postings any more, and a checkpoint is signed that says so. There is no way back, so today, which is not over, takes
/// `confirm_today=true`.
#[utoipa::path(
    post,
    path = "/api/v1/sites/{site}/periods/{day}/close",
    tag = "places",
    params(
        ("site" = String, Path, description = "Code of the site"),
        ("day" = String, Path, format = Date, description = "The last day to close"),
        CloseQuery,
    ),
    responses(
        (status = 200, description = "It is closed", body = Period),
        (status = 404, description = "There is no such site", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It was closed already, is in the future, or is today and that was not confirmed", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Not a day", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn close(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path((code, day)): Path<(String, String)>,
    Params(query): Params<CloseQuery>,
) -> Result<Response, Problem> {
    let site = places::site_in_path(&warehouse.db, &principal, &code).await?;
    let day: Day = day.parse().map_err(|_| Problem::invalid_field("day", "invalid_day"))?;
    let today = site.zone.day_of(warehouse.clock.now());
    if day > today {
        return Err(Problem::conflict("day_in_future"));
    }
    if day == today && !query.confirm_today {
        return Err(Problem::conflict("day_not_over").arg("day", day.to_string()));
    }
    let mut tx = warehouse.db.write().await?;
    if let Closed::Before(through) = period::close(&mut tx, site.id, day).await? {
        return Err(Problem::conflict("closed_already").arg("closed_through", through.to_string()));
    }
    // Closed and signed together, so that whoever opens the books again behind our back contradicts a signature.
    let signed =
        checkpoints::sign_within(&mut tx, &warehouse.data_dir, &site, &*warehouse.clock).await.map_err(problem)?;
    audit::by(&principal, Action::PeriodClosed)
        .site(&site.code)
        .on("ledger", &site.code)
        .detail("closed_through", day.to_string())
        .write(&mut tx, warehouse.clock.now())
        .await?;
    tx.commit().await?;
    if let Some(signed) = signed {
        signed.kept().map_err(problem)?;
    }
    tracing::info!(site = site.code, %day, actor = principal.signature(), "the books of site {} were closed through {day}", site.code);
    Ok(json::ok(&Period { site: site.code, closed_through: day.to_string() }))
}
