//! Lists of accounts.

use axum::{extract::State, response::Response};
use domain::Role;
use platform::http::{
    List, Page, Params, Principal, Problem,
    auth::SiteScope,
    fields::{Fields, FromFields, one_of, text},
    json,
    problem::ProblemDocument,
};
use store::{
    person::{self, Person, PersonFilter},
    site,
};
use utoipa::IntoParams;

use super::view::UserItem;
use crate::Access;

/// Which accounts.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "describes the parameters")]
pub struct UserParams {
    /// Only those of that role.
    pub role: Option<String>,
    /// Only those who work in the site of that code.
    pub site: Option<String>,
    /// Most items wanted.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// What is asked for.
#[derive(Debug)]
pub struct UserQuery {
    role: Option<Role>,
    site: Option<String>,
    page: Page,
}

impl FromFields for UserQuery {
    fn from_fields(f: &mut Fields<'_>) -> Option<UserQuery> {
        let names = Role::ALL.map(Role::name);
        Some(UserQuery {
            role: f.optional("role", one_of(&names, Role::named)),
            site: f.optional("site", text(1..=64)),
            page: Page::from_fields(f, 1),
        })
    }
}

/// List accounts
///
/// By login. Whoever works in some sites sees those who work in none but these.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    tag = "people",
    params(UserParams),
    responses(
        (status = 200, description = "A page of accounts", body = List<UserItem>),
        (status = 403, description = "Not this caller's to see", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such site", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter breaks a rule", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    State(access): State<Access>,
    principal: Principal,
    Params(query): Params<UserQuery>,
) -> Result<Response, Problem> {
    let sites = site::list(&access.db).await?;
    let asked = match &query.site {
        Some(code) => {
            let known = sites.iter().find(|site| site.code == *code && principal.sites.includes(code));
            Some(known.ok_or_else(|| Problem::not_found(code.as_str()))?.id)
        }
        None => None,
    };
    let within = match &principal.sites {
        SiteScope::All => None,
        own => Some(sites.iter().filter(|site| own.includes(&site.code)).map(|site| site.id).collect()),
    };
    let filter = PersonFilter {
        role: query.role.map(|role| role.name().to_owned()),
        site: asked,
        within,
        after: query.page.after.as_ref().and_then(|key| key.first().cloned()),
    };
    let found = person::list(&access.db, &filter, query.page.fetch()).await?;
    let page = query.page.list(found, |person| vec![person.login.clone()]);
    let item = |person: Person| {
        let codes = |own: &Vec<i64>| {
            sites.iter().filter(|site| own.contains(&site.id)).map(|site| site.code.clone()).collect::<Vec<_>>()
        };
        let scope = person.sites.as_ref().map_or(SiteScope::All, |own| SiteScope::only(codes(own)));
        UserItem::of(&person, &scope)
    };
    Ok(json::ok(&page.map(item)))
}
