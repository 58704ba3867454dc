//! People who use the program.
//!
//! Invariant: no secret is in a [`Person`]; whoever is closed out stays listed, because what they did stays in the books under their
//! code.

mod able;
mod erase;
mod factor;
mod list;
mod names;
mod password;
mod recovery;
mod sites;
mod update;

use domain::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

pub use able::works_there;
pub use erase::{closed_before, erase};
pub use factor::{Factor, confirm_factor, factor, forget_factor, offer_factor, use_step};
pub use list::{PersonFilter, count_able, is_empty, list, lock_role};
pub use names::logins;
pub use password::{Credential, Password, credential, credential_in, password, renew_hash, set_password};
pub use recovery::{recovery_left, replace_recovery, use_recovery};
pub use sites::{set_sites, site_codes};
pub use update::{Particulars, saw, set_disabled, update};

use crate::{Db, Result, Sql, Tx};

/// Somebody who uses the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their identity.
    pub id: Uuid,
    /// Stands for them wherever something is written down for good; names nobody.
    pub code: String,
    /// What they type to come in.
    pub login: String,
    /// What others know them by.
    pub name: String,
    /// What they are in the shop.
    pub role: String,
    /// Numbers of the sites they work in; `None` for every one.
    pub sites: Option<Vec<i64>>,
    /// The language they chose.
    pub language: Option<String>,
    /// When they were added.
    pub created_at: Timestamp,
    /// Who added them.
    pub created_by: String,
    /// When they came in last.
    pub seen_at: Option<Timestamp>,
    /// When they were closed out.
    pub disabled_at: Option<Timestamp>,
    /// Since when nothing that names them is kept.
    pub erased_at: Option<Timestamp>,
    /// Counts changes.
    pub version: i64,
}

/// Somebody to add.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// Their identity.
    pub id: Uuid,
    /// Stands for them wherever something is written down for good.
    pub code: String,
    /// What they type to come in, unique.
    pub login: String,
    /// What others know them by.
    pub name: String,
    /// What they are in the shop.
    pub role: String,
    /// Numbers of the sites they work in; `None` for every one.
    pub sites: Option<Vec<i64>>,
    /// The language they chose.
    pub language: Option<String>,
    /// Who adds them.
    pub created_by: String,
}

#[derive(Debug, FromRow)]
struct PersonRow {
    id: Uuid,
    code: String,
    login: String,
    name: String,
    role: String,
    every_site: i64,
    language: Option<String>,
    created_at: i64,
    created_by: String,
    seen_at: Option<i64>,
    disabled_at: Option<i64>,
    erased_at: Option<i64>,
    version: i64,
}

impl PersonRow {
    fn person(self, sites: Vec<i64>) -> Person {
        Person {
            id: self.id,
            code: self.code,
            login: self.login,
            name: self.name,
            role: self.role,
            sites: (self.every_site == 0).then_some(sites),
            language: self.language,
            created_at: Timestamp::from_micros(self.created_at),
            created_by: self.created_by,
            seen_at: self.seen_at.map(Timestamp::from_micros),
            disabled_at: self.disabled_at.map(Timestamp::from_micros),
            erased_at: self.erased_at.map(Timestamp::from_micros),
            version: self.version,
        }
    }
}

/// Every column of a person.
macro_rules! people {
    () => {
        "SELECT p.id, p.code, p.login, p.name, p.role, p.every_site, p.language, p.created_at, p.created_by, p.seen_at,
           p.disabled_at, p.erased_at, p.version
         FROM person p"
    };
}
pub(crate) use people;

/// Adds somebody. They have no password yet, so they cannot come in.
pub async fn create(tx: &mut Tx, new: &NewPerson, at: Timestamp) -> Result<()> {
    tx.query(
        "INSERT INTO person (id, code, login, name, role, every_site, language, created_at, created_by, seen_at, disabled_at,
           version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, NULL, 1)",
    )
    .bind(new.id)
    .bind(new.code.clone())
    .bind(new.login.clone())
    .bind(new.name.clone())
    .bind(new.role.clone())
    .bind(i64::from(new.sites.is_none()))
    .bind(new.language.clone())
    .bind(at.micros())
    .bind(new.created_by.clone())
    .run()
    .await?;
    sites::insert(tx, new.id, new.sites.as_deref().unwrap_or_default()).await
}

/// Whoever comes in by that login.
pub async fn by_login(db: &Db, login: &str) -> Result<Option<Person>> {
    let row = db.query(concat!(people!(), " WHERE p.login = $1")).bind(login.to_owned()).one().await?;
    with_sites(db, row).await
}

/// The person of that identity.
pub async fn get(db: &Db, id: Uuid) -> Result<Option<Person>> {
    let row = db.query(concat!(people!(), " WHERE p.id = $1")).bind(id).one().await?;
    with_sites(db, row).await
}

async fn with_sites(db: &Db, row: Option<PersonRow>) -> Result<Option<Person>> {
    let Some(row) = row else { return Ok(None) };
    let sites = if row.every_site == 1 { Vec::new() } else { sites::of(db, row.id).await? };
    Ok(Some(row.person(sites)))
}

/// The person of that identity, whom nobody else changes until the caller's transaction ends.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<Option<Person>> {
    // SQLite has one writer at a time; PostgreSQL is told to lock the row.
    let sql = Sql::per_backend(
        concat!(people!(), " WHERE p.id = $1"),
        concat!(people!(), " WHERE p.id = $1 FOR UPDATE OF p"),
    );
    let Some(row) = tx.query(sql).bind(id).one::<PersonRow>().await? else { return Ok(None) };
    let sites = sites::in_transaction(tx, id).await?;
    Ok(Some(row.person(sites)))
}
