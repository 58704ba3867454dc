//! The sites people work in.

use uuid::Uuid;

use crate::{Bulk, Db, Result, Rows, Tx, dialect::Kind};

static INSERT: Bulk = Bulk::new(
    &[("person", Kind::Uuid), ("site", Kind::Int)],
    "INSERT INTO person_site (person, site) SELECT person, site FROM input",
);

pub(super) async fn insert(tx: &mut Tx, person: Uuid, sites: &[i64]) -> Result<()> {
    let mut rows = Rows::new(&INSERT, tx.backend());
    for site in sites {
        rows.uuid(person);
        rows.int(*site);
    }
    rows.run(tx).await.map(drop)
}

pub(super) async fn of(db: &Db, person: Uuid) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> =
        db.query("SELECT site FROM person_site WHERE person = $1 ORDER BY site").bind(person).all().await?;
    Ok(rows.into_iter().map(|(site,)| site).collect())
}

pub(super) async fn in_transaction(tx: &mut Tx, person: Uuid) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> =
        tx.query("SELECT site FROM person_site WHERE person = $1 ORDER BY site").bind(person).all().await?;
    Ok(rows.into_iter().map(|(site,)| site).collect())
}

/// Codes of the sites somebody works in, as the transaction sees them.
pub async fn site_codes(tx: &mut Tx, person: Uuid) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = tx
        .query("SELECT s.code FROM person_site p JOIN site s ON s.id = p.site WHERE p.person = $1 ORDER BY s.code")
        .bind(person)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(code,)| code).collect())
}

/// Changes the sites somebody works in; `None` for every one.
pub async fn set_sites(tx: &mut Tx, person: Uuid, sites: Option<&[i64]>) -> Result<()> {
    tx.query("UPDATE person SET every_site = $2 WHERE id = $1")
        .bind(person)
        .bind(i64::from(sites.is_none()))
        .run()
        .await?;
    tx.query("DELETE FROM person_site WHERE person = $1").bind(person).run().await?;
    insert(tx, person, sites.unwrap_or_default()).await
}
