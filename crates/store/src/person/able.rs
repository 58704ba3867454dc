//! Whether there is somebody for something.

use crate::{Db, Result};

/// Whether somebody of one of these roles, who is not closed out and is none of these codes, works at a site.
pub async fn works_there(db: &Db, roles: &[&str], site: i64, but: &[String]) -> Result<bool> {
    let packed = |names: &[&str]| names.iter().fold(",".to_owned(), |text, name| text + name + ",");
    let but: Vec<&str> = but.iter().map(String::as_str).collect();
    let one: Option<i64> = db
        .query(
            "SELECT CAST(1 AS BIGINT) FROM person p
             WHERE p.disabled_at IS NULL AND $1 LIKE '%,' || p.role || ',%' AND NOT $2 LIKE '%,' || p.code || ',%'
               AND (p.every_site = 1 OR EXISTS (SELECT 1 FROM person_site s WHERE s.person = p.id AND s.site = $3))
             LIMIT 1",
        )
        .bind(packed(roles))
        .bind(packed(&but))
        .bind(site)
        .scalar()
        .await?;
    Ok(one.is_some())
}
