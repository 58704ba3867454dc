//! Changing the settings of a site.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, header},
    response::Response,
};
use domain::{Money, Quantity, audit::Action, ledger::LocationKind};
use platform::{
    audit,
    http::{
        JsonBody, Principal, Problem,
        etag::{etag, require_if_match},
        fields::{Change, Fields, FromFields, boolean, integer, text, unsigned_money, unsigned_quantity},
        json,
        problem::{FieldError, ProblemDocument},
    },
};
use store::{
    Tx, location,
    site::{self, Settings},
};
use utoipa::ToSchema;

use super::{create::slug, view::Site};
use crate::{
    api::{
        inputs::{Price, Unsigned},
        places::site_in_path,
    },
    state::Warehouse,
};

/// What changes of a site; what is not mentioned stays.
#[derive(Debug, ToSchema)]
#[schema(as = SiteChange)]
#[serde(deny_unknown_fields)]
pub struct SitePatchBody {
    /// Name people know it by.
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub name: Option<String>,
    /// Whether a sale may take more than there is.
    #[schema(nullable = false)]
    pub allow_oversell: Option<bool>,
    /// Location receipts go to; null for the first one.
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,31}$")]
    pub receive_at: Option<String>,
    /// Location sales leave from; null for the second one when it has stock, else the first.
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,31}$")]
    pub sell_from: Option<String>,
    /// A count that differs by no more than this from the books is believed at once.
    #[schema(nullable = false)]
    pub count_tolerance: Option<Unsigned>,
    /// So is one that differs by no more than this percentage of what was expected.
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    pub count_tolerance_percent: Option<i64>,
    /// Differences worth more than this, all added up, are closed by a manager or the owner.
    #[schema(nullable = false)]
    pub count_approval_above: Option<Price>,
}

/// A change of a site, read.
#[derive(Debug)]
pub struct SitePatch {
    name: Option<String>,
    allow_oversell: Option<bool>,
    receive_at: Change<String>,
    sell_from: Change<String>,
    count_tolerance: Option<Quantity>,
    count_tolerance_percent: Option<i64>,
    count_approval_above: Option<Money>,
}

impl FromFields for SitePatch {
    fn from_fields(f: &mut Fields<'_>) -> Option<SitePatch> {
        Some(SitePatch {
            name: f.replacement("name", text(1..=100)),
            allow_oversell: f.replacement("allow_oversell", boolean),
            receive_at: f.change("receive_at", slug),
            sell_from: f.change("sell_from", slug),
            count_tolerance: f.replacement("count_tolerance", unsigned_quantity),
            count_tolerance_percent: f.replacement("count_tolerance_percent", integer(0..=100)),
            count_approval_above: f.replacement("count_approval_above", unsigned_money),
        })
    }
}

/// Change a site
///
/// What is not mentioned stays; `null` empties. It changes only the version that `If-Match` names; without it: 428.
#[utoipa::path(
    patch,
    path = "/api/v1/sites/{site}",
    tag = "places",
    params(
        ("site" = String, Path, description = "Its code"),
        ("If-Match" = String, Header, description = "The ETag of the version that was seen, or `*` for whichever is there"),
    ),
    request_body = SitePatchBody,
    responses(
        (status = 200, description = "As it is now", body = Site, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 412, description = "It changed meanwhile", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 428, description = "It does not say which version it changes", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn update(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(code): Path<String>,
    headers: HeaderMap,
    JsonBody(patch): JsonBody<SitePatch>,
) -> Result<Response, Problem> {
    let seen = site_in_path(&warehouse.db, &principal, &code).await?;
    require_if_match(&headers, seen.version)?;
    let mut tx = warehouse.db.write().await?;
    let mut unknown = Vec::new();
    let settings = Settings {
        name: patch.name,
        allow_oversell: patch.allow_oversell,
        receive_at: place(&mut tx, seen.id, ("receive_at", patch.receive_at), &mut unknown).await?,
        sell_from: place(&mut tx, seen.id, ("sell_from", patch.sell_from), &mut unknown).await?,
        count_tolerance: patch.count_tolerance,
        count_tolerance_percent: patch.count_tolerance_percent,
        count_approval_above: patch.count_approval_above,
    };
    if !unknown.is_empty() {
        return Err(Problem::invalid(unknown));
    }
    let site = site::update(&mut tx, &seen, &settings).await?.ok_or_else(Problem::stale)?;
    audit::by(&principal, Action::SiteUpdated)
        .site(&site.code)
        .on("site", &site.code)
        .changes(Site::from(&seen), Site::from(&site))
        .write(&mut tx, warehouse.clock.now())
        .await?;
    tx.commit().await?;
    let mut response = json::ok(&Site::from(&site));
    response.headers_mut().insert(header::ETAG, etag(site.version));
    Ok(response)
}

/// The number of the internal location a field names.
async fn place(
    tx: &mut Tx,
    site: i64,
    (field, change): (&'static str, Change<String>),
    unknown: &mut Vec<FieldError>,
) -> Result<Option<Option<i64>>, Problem> {
    let code = match change {
        Change::Keep => return Ok(None),
        Change::Clear => return Ok(Some(None)),
        Change::Set(code) => code,
    };
    let found = location::get(tx, site, &code).await?.filter(|location| location.kind == LocationKind::Internal);
    if found.is_none() {
        unknown.push(FieldError::new(field, "unknown_location").arg("location", code));
    }
    Ok(found.map(|location| Some(location.id)))
}
