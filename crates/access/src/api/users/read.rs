//! An account, read whole.

use platform::http::{Problem, auth::SiteScope};
use store::person::{self, Person};

use super::view::{User, UserItem};
use crate::{Access, contact};

impl Access {
    /// All that those who look after an account are told; `by` is who asked, since what is kept encrypted is opened for it.
    pub async fn whole_user(&self, (person, sites): (&Person, &SiteScope), by: &str) -> Result<User, Problem> {
        let factor = person::factor(&self.db, person.id).await?.is_some_and(|factor| factor.since.is_some());
        let one_time = person::password(&self.db, person.id).await?.is_some_and(|password| password.one_time);
        let reached = contact::reach(&self.vault, person, by).await?;
        Ok(User::of(UserItem::of(person, sites), reached, factor, one_time))
    }
}
