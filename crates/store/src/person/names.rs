//! What people are called.

use crate::{Db, Result};

/// The logins of those of these codes who are there: what is shown in place of a code. Code, login.
pub async fn logins(db: &Db, codes: &[&str]) -> Result<Vec<(String, String)>> {
    let wanted = codes.iter().fold(",".to_owned(), |text, code| text + code + ",");
    db.query("SELECT p.code, p.login FROM person p WHERE $1 LIKE '%,' || p.code || ',%'").bind(wanted).all().await
}
