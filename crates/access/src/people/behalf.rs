//! The person on whose behalf another role of ours asks.
//!
//! Invariant: a role says who that is, never what they may do: that is read from their account as it is now.

use domain::Role;
use platform::http::{Principal, Problem, auth::CallerKind, fields::Value};
use store::{
    Db,
    person::{self, Person},
};

use super::{find::sites_of, login_name};

/// Whoever has that login and that code, as a caller; nobody when there is no such account, or it is closed.
pub async fn on_behalf(db: &Db, login: &str, code: &str) -> Result<Option<Principal>, Problem> {
    // What could be nobody's login is not looked for: not every database takes every text.
    let Ok(login) = login_name(&Value::Text(login.into())) else { return Ok(None) };
    let is_open = |one: &Person| one.code == code && one.disabled_at.is_none() && one.erased_at.is_none();
    let Some(person) = person::by_login(db, &login).await?.filter(is_open) else { return Ok(None) };
    let Some(role) = Role::named(&person.role) else {
        return Err(Problem::bug(format_args!("a person has the role {}", person.role)));
    };
    let sites = sites_of(db, &person).await?;
    Ok(Some(Principal { sites, ..Principal::new(CallerKind::User, &person.code, &person.login, role) }))
}
