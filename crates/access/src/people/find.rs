//! Finding accounts.

use platform::http::{Problem, auth::SiteScope, fields::Value, problem::FieldError};
use store::{
    Db,
    person::{self, Person},
    site,
};

use super::login_name;
use crate::Access;
use crate::Doer;

pub(super) async fn sites_of(db: &Db, person: &Person) -> Result<SiteScope, Problem> {
    let Some(own) = &person.sites else { return Ok(SiteScope::All) };
    let sites = site::list(db).await?;
    Ok(SiteScope::only(sites.iter().filter(|site| own.contains(&site.id)).map(|site| &site.code)))
}

impl Access {
    /// Somebody by login, and where they work. 404 when there is nobody, or nobody this caller may know of.
    pub async fn user(&self, doer: Doer<'_>, login: &str) -> Result<(Person, SiteScope), Problem> {
        // What could be nobody's login is not looked for: not every database takes every text.
        let person = match login_name(&Value::Text(login.into())) {
            Ok(login) => person::by_login(&self.db, &login).await?,
            Err(_) => None,
        };
        let person = person.ok_or_else(|| Problem::not_found(login))?;
        let sites = self.sites_of(&person).await?;
        match doer {
            Doer::Caller(principal) if !principal.sites.covers(&sites) => Err(Problem::not_found(login)),
            _ => Ok((person, sites)),
        }
    }

    /// Where somebody works, by codes.
    pub async fn sites_of(&self, person: &Person) -> Result<SiteScope, Problem> {
        sites_of(&self.db, person).await
    }

    /// Numbers of the sites of these codes; every unknown one is told.
    pub(super) async fn numbers_of(&self, sites: &SiteScope) -> Result<Option<Vec<i64>>, Problem> {
        let SiteScope::Only(codes) = sites else { return Ok(None) };
        let all = site::list(&self.db).await?;
        let number = |code: &str| all.iter().find(|site| site.code == code).map(|site| site.id);
        let unknown = codes.iter().enumerate().filter(|(_, code)| number(code).is_none());
        let errors: Vec<_> = unknown
            .map(|(place, code)| FieldError::new(format!("sites[{place}]"), "unknown_site").arg("site", &**code))
            .collect();
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        Ok(Some(codes.iter().filter_map(|code| number(code)).collect()))
    }
}
