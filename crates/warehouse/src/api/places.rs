//! From the codes a request names to what they stand for.
//!
//! Invariant: a code in a filter or a body that stands for nothing is a 422 at its field; one in a path is a 404. A site that the
//! caller may not know of stands for nothing.

use domain::Zone;
use platform::http::{Principal, Problem, auth::SiteScope, problem::FieldError};
use store::{
    Db, product,
    site::{self, Site, Sites},
};

/// The sites that the caller may know of, by code.
pub async fn sites_of(db: &Db, principal: &Principal) -> Result<Vec<Site>, Problem> {
    let mut sites = site::list(db).await?;
    sites.retain(|site| principal.sites.includes(&site.code));
    Ok(sites)
}

/// The site of a filter or field, else every one that the caller may know of.
pub async fn sites_asked(db: &Db, principal: &Principal, code: Option<&str>) -> Result<Vec<Site>, Problem> {
    match code {
        Some(code) => Ok(vec![site_asked(db, principal, code).await?]),
        None => sites_of(db, principal).await,
    }
}

/// The same as what a reading is about.
pub async fn reading(db: &Db, principal: &Principal, code: Option<&str>) -> Result<Sites, Problem> {
    match (code, &principal.sites) {
        (None, SiteScope::All) => Ok(Sites::Every),
        _ => {
            let sites = sites_asked(db, principal, code).await?;
            Ok(Sites::Only(sites.iter().map(|site| site.id).collect()))
        }
    }
}

/// The site that the field `site` names.
pub async fn site_asked(db: &Db, principal: &Principal, code: &str) -> Result<Site, Problem> {
    site_at(db, principal, "site", code).await
}

/// The site that a field names.
pub async fn site_at(db: &Db, principal: &Principal, field: &str, code: &str) -> Result<Site, Problem> {
    known(db, principal, code)
        .await?
        .ok_or_else(|| Problem::invalid(vec![FieldError::new(field, "unknown_site").arg("site", code)]))
}

/// The site that a field names as where goods go: any.
pub async fn destination(db: &Db, field: &str, code: &str) -> Result<Site, Problem> {
    let unknown = || Problem::invalid(vec![FieldError::new(field, "unknown_site").arg("site", code)]);
    site::get(db, code).await?.ok_or_else(unknown)
}

/// The site that a path names.
pub async fn site_in_path(db: &Db, principal: &Principal, code: &str) -> Result<Site, Problem> {
    known(db, principal, code).await?.ok_or_else(|| Problem::not_found(code))
}

async fn known(db: &Db, principal: &Principal, code: &str) -> Result<Option<Site>, Problem> {
    if principal.sites.includes(code) { Ok(site::get(db, code).await?) } else { Ok(None) }
}

/// The number of the product that the field `sku` names.
pub async fn product_asked(db: &Db, sku: &str) -> Result<i64, Problem> {
    let unknown = || Problem::invalid(vec![FieldError::new("sku", "unknown_product").arg("sku", sku)]);
    Ok(product::get(db, sku).await?.ok_or_else(unknown)?.id)
}

/// Code and zone of the site of that number, which a row of ours names.
pub async fn site_numbered(db: &Db, number: i64) -> Result<(String, Zone), Problem> {
    let sites = site::list(db).await?;
    let site = sites.into_iter().find(|site| site.id == number);
    site.map(|site| (site.code, site.zone)).ok_or_else(|| Problem::bug(format!("site number {number} is gone")))
}
