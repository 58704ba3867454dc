//! From the codes a request names to what they stand for.
//!
//! Invariant: a code in a filter or a body that stands for nothing is a 422 at its field; one in a path is a 404.

use domain::Zone;
use platform::http::{Problem, problem::FieldError};
use store::{
    Db, product,
    site::{self, Site},
};

/// The site of a filter or field, else every site.
pub async fn sites_asked(db: &Db, code: Option<&str>) -> Result<Vec<Site>, Problem> {
    match code {
        Some(code) => Ok(vec![site_asked(db, code).await?]),
        None => Ok(site::list(db).await?),
    }
}

/// The site that the field `site` names.
pub async fn site_asked(db: &Db, code: &str) -> Result<Site, Problem> {
    site_at(db, "site", code).await
}

/// The site that a field names.
pub async fn site_at(db: &Db, field: &str, code: &str) -> Result<Site, Problem> {
    let unknown = || Problem::invalid(vec![FieldError::new(field, "unknown_site").arg("site", code)]);
    site::get(db, code).await?.ok_or_else(unknown)
}

/// The site that a path names.
pub async fn site_in_path(db: &Db, code: &str) -> Result<Site, Problem> {
    site::get(db, code).await?.ok_or_else(|| Problem::not_found(code))
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
