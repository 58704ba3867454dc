//! Pages of keys.

use axum::{extract::State, response::Response};
use platform::http::{
    List, Page, Params, Principal, Problem,
    fields::{Fields, FromFields},
    json,
};
use store::api_key::ApiKey;
use utoipa::IntoParams;

use super::view::KeyItem;
use crate::{Doer, keys::KeyDesk};

/// Which page.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub struct KeyParams {
    /// Most items wanted.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// The page, read.
#[derive(Debug)]
pub struct KeyQuery(Page);

impl FromFields for KeyQuery {
    fn from_fields(fields: &mut Fields<'_>) -> Option<KeyQuery> {
        Some(KeyQuery(Page::from_fields(fields, 2)))
    }
}

/// List keys
///
/// Those that have ended too, the oldest first. Whoever is limited to sites sees the keys of those sites.
#[utoipa::path(
    get,
    path = "/api/v1/api-keys",
    tag = "keys",
    operation_id = "get_api_keys",
    params(KeyParams),
    responses((status = 200, description = "A page of keys", body = List<KeyItem>))
)]
pub async fn list(
    State(desk): State<KeyDesk>,
    principal: Principal,
    Params(KeyQuery(page)): Params<KeyQuery>,
) -> Result<Response, Problem> {
    let after = after(page.after.as_deref()).ok_or_else(|| Problem::invalid_field("cursor", "invalid_cursor"))?;
    let place = |key: &ApiKey| (key.created_at.micros(), key.id.clone());
    let wanted = usize::try_from(page.fetch()).unwrap_or(usize::MAX);
    // A chain has tens of keys: all are read, the page is cut from them.
    let all = desk.list(Doer::Caller(&principal)).await?.into_iter();
    let found = all.filter(|key| after.as_ref().is_none_or(|after| place(key) > *after)).take(wanted).collect();
    let list = page.list(found, |key| vec![key.created_at.micros().to_string(), key.id.clone()]);
    let now = desk.now();
    Ok(json::ok(&list.map(|key| KeyItem::of(&key, now))))
}

/// Where the page begins; `None` when the cursor is none of ours.
fn after(key: Option<&[String]>) -> Option<Option<(i64, String)>> {
    match key {
        None => Some(None),
        Some([at, id]) => Some(Some((at.parse().ok()?, id.clone()))),
        Some(_) => None,
    }
}
