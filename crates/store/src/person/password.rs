//! What is kept of a password.

use std::fmt;

use domain::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Db, Result, Tx};

/// What is kept of a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Password {
    /// As argon2 writes it (PHC string).
    pub hash: String,
    /// When it was chosen.
    pub set_at: Timestamp,
    /// Whether somebody else chose it, so that it opens nothing but its own replacement.
    pub one_time: bool,
    /// Until when it opens anything; for ever when `None`.
    pub usable_until: Option<Timestamp>,
}

/// A hash is no secret of the shop's, and yet nothing that a log should hold.
impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Password")
            .field("set_at", &self.set_at)
            .field("one_time", &self.one_time)
            .finish_non_exhaustive()
    }
}

#[derive(FromRow)]
struct Row {
    hash: String,
    set_at: i64,
    one_time: i64,
    usable_until: Option<i64>,
}

/// The password somebody has.
pub async fn password(db: &Db, person: Uuid) -> Result<Option<Password>> {
    let row: Option<Row> = db
        .query("SELECT hash, set_at, one_time, usable_until FROM person_password WHERE person = $1")
        .bind(person)
        .one()
        .await?;
    Ok(row.map(|row| Password {
        hash: row.hash,
        set_at: Timestamp::from_micros(row.set_at),
        one_time: row.one_time == 1,
        usable_until: row.usable_until.map(Timestamp::from_micros),
    }))
}

/// Gives somebody a password in place of the one they had.
pub async fn set_password(tx: &mut Tx, person: Uuid, to: &Password) -> Result<()> {
    tx.query(
        "INSERT INTO person_password (person, hash, set_at, one_time, usable_until) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at, one_time = excluded.one_time,
           usable_until = excluded.usable_until",
    )
    .bind(person)
    .bind(to.hash.clone())
    .bind(to.set_at.micros())
    .bind(i64::from(to.one_time))
    .bind(to.usable_until.map(Timestamp::micros))
    .run()
    .await
    .map(drop)
}

/// What a login opens, in one look, so that an unknown one takes no less time than a known one.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// Whose.
    pub person: Uuid,
    /// Stands for them wherever something is written down.
    pub code: String,
    /// The hash of their password, when they have one.
    pub hash: Option<String>,
    /// Until when it opens anything; for ever when `None`.
    pub usable_until: Option<Timestamp>,
    /// Whether they are closed out.
    pub disabled: bool,
    /// Whether a second factor is asked for.
    pub has_factor: bool,
}

impl Credential {
    /// Whether it opens anything at that instant.
    pub fn opens_at(&self, at: Timestamp) -> bool {
        !self.disabled && self.hash.is_some() && self.usable_until.is_none_or(|end| at < end)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("code", &self.code).finish_non_exhaustive()
    }
}

#[derive(FromRow)]
struct CredentialRow {
    id: Uuid,
    code: String,
    hash: Option<String>,
    usable_until: Option<i64>,
    disabled_at: Option<i64>,
    since: Option<i64>,
}

impl From<CredentialRow> for Credential {
    fn from(row: CredentialRow) -> Credential {
        Credential {
            person: row.id,
            code: row.code,
            hash: row.hash,
            usable_until: row.usable_until.map(Timestamp::from_micros),
            disabled: row.disabled_at.is_some(),
            has_factor: row.since.is_some(),
        }
    }
}

/// Everything that opens an account, and what keeps it closed.
macro_rules! credentials {
    () => {
        "SELECT p.id, p.code, w.hash, w.usable_until, p.disabled_at, f.since
         FROM person p LEFT JOIN person_password w ON w.person = p.id LEFT JOIN person_factor f ON f.person = p.id"
    };
}

/// What a login opens.
pub async fn credential(db: &Db, login: &str) -> Result<Option<Credential>> {
    let row: Option<CredentialRow> =
        db.query(concat!(credentials!(), " WHERE p.login = $1")).bind(login.to_owned()).one().await?;
    Ok(row.map(Credential::from))
}

/// What opens an account, as the transaction sees it. Once its person is locked it stays so until the transaction ends.
pub async fn credential_in(tx: &mut Tx, person: Uuid) -> Result<Option<Credential>> {
    let row: Option<CredentialRow> = tx.query(concat!(credentials!(), " WHERE p.id = $1")).bind(person).one().await?;
    Ok(row.map(Credential::from))
}

/// Puts a hash of the same password in place of one that is still there.
pub async fn renew_hash(tx: &mut Tx, person: Uuid, from: &str, to: &str) -> Result<()> {
    tx.query("UPDATE person_password SET hash = $3 WHERE person = $1 AND hash = $2")
        .bind(person)
        .bind(from.to_owned())
        .bind(to.to_owned())
        .run()
        .await
        .map(drop)
}
