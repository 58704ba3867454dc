//! A site as clients see it.

use serde::Serialize;
use store::site::{self, SiteKind};
use utoipa::ToSchema;

use crate::api::shapes::{MoneyText, QuantityText};

/// What a site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SiteKind)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It sells.
    Store,
    /// It only keeps goods.
    Depot,
}

/// A site.
#[derive(Debug, Serialize, ToSchema)]
pub struct Site {
    /// Short name used in requests.
    pub code: String,
    /// Name people know it by.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Zone in which its days begin.
    pub timezone: String,
    /// Whether a sale may take more than there is.
    pub allow_oversell: bool,
    /// Location receipts go to; null for the first one.
    #[schema(required)]
    pub receive_at: Option<String>,
    /// Location sales leave from; null for the second one when it has stock, else the first.
    #[schema(required)]
    pub sell_from: Option<String>,
    /// A count that differs by no more than this from the books is believed at once.
    pub count_tolerance: QuantityText,
    /// So is one that differs by no more than this percentage of what was expected.
    pub count_tolerance_percent: i64,
    /// Differences worth more than this, all added up, are closed by a manager or the owner.
    pub count_approval_above: MoneyText,
    /// Counts changes; the `ETag` is made of it.
    pub version: i64,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<&site::Site> for Site {
    fn from(site: &site::Site) -> Site {
        Site {
            code: site.code.clone(),
            name: site.name.clone(),
            kind: match site.kind {
                SiteKind::Store => Kind::Store,
                SiteKind::Depot => Kind::Depot,
            },
            timezone: site.zone.name().to_owned(),
            allow_oversell: site.allow_oversell,
            receive_at: site.receive_at.clone(),
            sell_from: site.sell_from.clone(),
            count_tolerance: site.counting.tolerance.into(),
            count_tolerance_percent: site.counting.tolerance_percent,
            count_approval_above: site.counting.approval_above.into(),
            version: site.version,
            created_at: site.created_at.in_zone(&site.zone),
        }
    }
}
