//! The first owner of an installation.
//!
//! Invariant: made only while there is nobody; their password is told once, ends by itself and has to be replaced.

use domain::Role;
use platform::http::{Problem, auth::SiteScope};
use store::person;

use super::NewUser;
use crate::Doer;
use crate::{Access, contact::Contact, password::Typed};

/// What the first owner types to come in.
pub const FIRST_LOGIN: &str = "owner";

impl Access {
    /// Makes the first owner and gives their password; `None` when there is somebody.
    pub async fn first_owner(&self) -> Result<Option<Typed>, Problem> {
        if !person::is_empty(&self.db).await? {
            return Ok(None);
        }
        match self.add_user(Doer::CommandLine, &owner(FIRST_LOGIN)).await {
            Ok((_, password)) => Ok(Some(password)),
            // Another node was faster, and told.
            Err(problem) if problem.code() == "login_taken" => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    /// Adds an owner with a password that is not to be replaced, for a shop to have a look at; nothing when there is one of that login.
    pub async fn trial_owner(&self, login: &str, password: &Typed) -> Result<(), Problem> {
        match self.add_with(Doer::CommandLine, &owner(login), password, None).await {
            Ok(_) => Ok(()),
            Err(problem) if problem.code() == "login_taken" => Ok(()),
            Err(problem) => Err(problem),
        }
    }
}

fn owner(login: &str) -> NewUser {
    NewUser {
        login: login.to_owned(),
        name: login.to_owned(),
        role: Role::Owner,
        sites: SiteScope::All,
        language: None,
        contact: Contact::default(),
    }
}
