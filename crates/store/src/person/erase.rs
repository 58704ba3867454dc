//! Erasing somebody: what names them goes, the code that stands for them in the books stays.

use domain::Timestamp;
use uuid::Uuid;

use super::Person;
use crate::{Db, Result, Tx};

/// Takes everything out that names somebody or lets them in. Whether that had not been done before.
pub async fn erase(tx: &mut Tx, person: &Person, at: Timestamp) -> Result<bool> {
    let erased = tx
        .query(
            "UPDATE person SET login = $2, name = code, language = NULL, seen_at = NULL, created_by = '', erased_at = $3,
               disabled_at = COALESCE(disabled_at, $3), version = version + 1
             WHERE id = $1 AND erased_at IS NULL",
        )
        .bind(person.id)
        .bind(format!("erased.{}", person.code))
        .bind(at.micros())
        .run()
        .await?;
    for sql in ["DELETE FROM person_password WHERE person = $1", "DELETE FROM person_session WHERE person = $1"] {
        tx.query(sql).bind(person.id).run().await?;
    }
    Ok(erased > 0)
}

/// Whoever was closed out before then and is still named, but for those who asked that what is kept of them stays as it is; at most
/// `limit`.
pub async fn closed_before(db: &Db, before: Timestamp, limit: i64) -> Result<Vec<Uuid>> {
    let rows: Vec<(Uuid,)> = db
        .query(
            "SELECT p.id FROM person p WHERE p.disabled_at < $1 AND p.erased_at IS NULL
               AND NOT EXISTS (SELECT 1 FROM privacy_request q
                 WHERE q.person = p.id AND q.right_asked = 'restriction' AND q.state = 'done')
             ORDER BY p.id LIMIT $2",
        )
        .bind(before.micros())
        .bind(limit)
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}
