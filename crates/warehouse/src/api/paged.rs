//! The query of lists that only have pages.

use platform::http::{
    Page,
    fields::{Fields, FromFields},
};
use utoipa::IntoParams;

/// Which page.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Most items wanted.
    #[param(required = false, minimum = 1, maximum = 500, default = 50)]
    pub limit: i64,
    /// `next_cursor` of the page before.
    #[param(required = false)]
    pub cursor: String,
}

/// The query, read: pages of a list whose order is by one key.
#[derive(Debug)]
pub struct ByOneKey(pub Page);

impl FromFields for ByOneKey {
    fn from_fields(f: &mut Fields<'_>) -> Option<ByOneKey> {
        Some(ByOneKey(Page::from_fields(f, 1)))
    }
}
