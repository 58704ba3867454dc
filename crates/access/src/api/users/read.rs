//! The account that a path names, and all that is told of it.
//!
//! Invariant: an account that a caller may not know of is not there.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use platform::http::{Principal, Problem, auth::SiteScope};
use store::person::{self, Person};

use super::view::{User, UserItem};
use crate::{Access, Doer, contact};

/// Who asks, and whom the path names.
pub struct Named {
    /// Who asks.
    pub principal: Principal,
    /// Whose account it is.
    pub person: Person,
    /// Where they work.
    pub sites: SiteScope,
}

impl Named {
    /// Who does something to the account.
    pub fn doer(&self) -> Doer<'_> {
        Doer::Caller(&self.principal)
    }

    /// To whom.
    pub fn account(&self) -> (&Person, &SiteScope) {
        (&self.person, &self.sites)
    }
}

impl FromRequestParts<Access> for Named {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, access: &Access) -> Result<Named, Response> {
        let refused = |problem: Problem| problem.into_response();
        let principal = <Principal as FromRequestParts<Access>>::from_request_parts(parts, access).await;
        let principal = principal.map_err(refused)?;
        let login = Path::<String>::from_request_parts(parts, access).await;
        let Path(login) = login.map_err(IntoResponse::into_response)?;
        let (person, sites) = access.user(Doer::Caller(&principal), &login).await.map_err(refused)?;
        Ok(Named { principal, person, sites })
    }
}

impl Access {
    /// All that those who look after an account are told; `by` is who asked, since what is kept encrypted is opened for it.
    pub async fn whole_user(&self, (person, sites): (&Person, &SiteScope), by: &str) -> Result<User, Problem> {
        let factor = person::factor(&self.db, person.id).await?.is_some_and(|factor| factor.since.is_some());
        let one_time = person::password(&self.db, person.id).await?.is_some_and(|password| password.one_time);
        let reached = contact::reach(&self.vault, person, by).await?;
        Ok(User::of(UserItem::of(person, sites), reached, factor, one_time))
    }
}
