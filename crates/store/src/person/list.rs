//! Many people at once.

use std::collections::HashMap;

use domain::Timestamp;
use uuid::Uuid;

use super::{Person, PersonRow, people};
use crate::{Db, Result, Sql, Tx};

/// Which people, in the order of their logins.
#[derive(Debug, Clone, Default)]
pub struct PersonFilter {
    /// Only those of that role.
    pub role: Option<String>,
    /// Only those who work in that site.
    pub site: Option<i64>,
    /// Only those who work in none but these sites.
    pub within: Option<Vec<i64>>,
    /// Only those whose login comes after this one.
    pub after: Option<String>,
}

/// People by login, at most `limit`.
pub async fn list(db: &Db, filter: &PersonFilter, limit: i64) -> Result<Vec<Person>> {
    let rows: Vec<PersonRow> = db
        .query(concat!(
            people!(),
            " WHERE (p.role = $1 OR $1 IS NULL) AND (p.login > $2 OR $2 IS NULL)
               AND (p.every_site = 1 OR EXISTS (SELECT 1 FROM person_site s WHERE s.person = p.id AND s.site = $3) OR $3 IS NULL)
               AND NOT EXISTS (SELECT 1 FROM person_site s WHERE s.person = p.id AND NOT $4 LIKE '%,' || s.site || ',%')
               AND (p.every_site = 0 OR $4 IS NULL)
             ORDER BY p.login LIMIT $5"
        ))
        .bind(filter.role.clone())
        .bind(filter.after.clone())
        .bind(filter.site)
        .bind(filter.within.as_deref().map(packed))
        .bind(limit)
        .all()
        .await?;
    let mut sites = sites_of(db, &rows).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let own = sites.remove(&row.id).unwrap_or_default();
            row.person(own)
        })
        .collect())
}

/// Numbers as one parameter: `,3,17,`.
fn packed(numbers: &[i64]) -> String {
    numbers.iter().fold(",".to_owned(), |text, number| text + &number.to_string() + ",")
}

/// The sites of those on a page: everybody's between its first and its last login.
async fn sites_of(db: &Db, rows: &[PersonRow]) -> Result<HashMap<Uuid, Vec<i64>>> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(HashMap::new()) };
    let pairs: Vec<(Uuid, i64)> = db
        .query(
            "SELECT s.person, s.site FROM person p JOIN person_site s ON s.person = p.id
             WHERE p.login BETWEEN $1 AND $2 ORDER BY s.site",
        )
        .bind(first.login.clone())
        .bind(last.login.clone())
        .all()
        .await?;
    let mut sites: HashMap<Uuid, Vec<i64>> = HashMap::new();
    for (person, site) in pairs {
        sites.entry(person).or_default().push(site);
    }
    Ok(sites)
}

/// Whether nobody was ever added.
pub async fn is_empty(db: &Db) -> Result<bool> {
    let one: Option<i64> = db.query("SELECT CAST(1 AS BIGINT) FROM person LIMIT 1").scalar().await?;
    Ok(one.is_none())
}

/// How many of a role can come in at that instant, apart from one: whoever is closed out, has no password, or has one that is over
/// cannot.
pub async fn count_able(tx: &mut Tx, role: &str, but: Option<Uuid>, at: Timestamp) -> Result<i64> {
    let count: Option<i64> = tx
        .query(
            "SELECT COUNT(*) FROM person p JOIN person_password w ON w.person = p.id
             WHERE p.role = $1 AND p.disabled_at IS NULL AND (p.id <> $2 OR $2 IS NULL)
               AND (w.usable_until IS NULL OR w.usable_until > $3)",
        )
        .bind(role.to_owned())
        .bind(but)
        .bind(at.micros())
        .scalar()
        .await?;
    Ok(count.unwrap_or(0))
}

/// Has whoever else changes people of a role wait until the caller's transaction ends.
pub async fn lock_role(tx: &mut Tx, role: &str) -> Result<()> {
    // SQLite has one writer at a time; PostgreSQL is told to lock the rows, always in one order.
    let sql = Sql::per_backend(
        "SELECT id FROM person WHERE role = $1 ORDER BY id",
        "SELECT id FROM person WHERE role = $1 ORDER BY id FOR UPDATE",
    );
    let _locked: Vec<(Uuid,)> = tx.query(sql).bind(role.to_owned()).all().await?;
    Ok(())
}
