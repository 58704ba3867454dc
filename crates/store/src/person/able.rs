//! Whether there is somebody for something.
//!
//! Invariant: codes are compared one by one, never within a text: what signs may be called anything.

use domain::Timestamp;

use crate::{Db, Result};

/// Whether somebody of one of these roles, who can come in at that instant and is none of these codes, works at a site.
pub async fn works_there(db: &Db, roles: &[&str], site: i64, but: &[String], at: Timestamp) -> Result<bool> {
    let roles = roles.iter().fold(",".to_owned(), |text, name| text + name + ",");
    let there: Vec<(String,)> = db
        .query(
            "SELECT p.code FROM person p JOIN person_password w ON w.person = p.id
             WHERE p.disabled_at IS NULL AND $1 LIKE '%,' || p.role || ',%' AND (w.usable_until IS NULL OR w.usable_until > $3)
               AND (p.every_site = 1 OR EXISTS (SELECT 1 FROM person_site s WHERE s.person = p.id AND s.site = $2))",
        )
        .bind(roles)
        .bind(site)
        .bind(at.micros())
        .all()
        .await?;
    Ok(there.iter().any(|(code,)| !but.contains(code)))
}
