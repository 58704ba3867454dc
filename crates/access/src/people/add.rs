//! Adding somebody.

use domain::{Role, audit::Action};
use platform::{
    audit::Draft,
    http::{Problem, auth::SiteScope},
};
use store::{
    Rule, Tx,
    person::{self, NewPerson, Password, Person},
};

use super::one_time_until;
use crate::Doer;
use crate::{
    Access,
    contact::{self, Contact},
    password::{self, Typed},
};

/// Somebody to add.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// What they type to come in.
    pub login: String,
    /// What others know them by.
    pub name: String,
    /// What they are in the shop.
    pub role: Role,
    /// Where they work.
    pub sites: SiteScope,
    /// The language they read.
    pub language: Option<String>,
    /// How to reach them.
    pub contact: Contact,
}

impl Access {
    /// Adds somebody with a password to hand to them, which nobody can be told again and which they have to replace.
    pub async fn add_user(&self, doer: Doer<'_>, new: &NewUser) -> Result<(Person, Typed), Problem> {
        doer.may_give(new.role, &new.sites)?;
        let password = password::one_time().map_err(|error| Problem::internal(&error))?;
        let until = Some(one_time_until(self.clock.now()));
        let person = self.add_with(doer, new, &password, until).await?;
        Ok((person, password))
    }

    /// Adds somebody with that password; one that ends has to be replaced.
    pub(super) async fn add_with(
        &self,
        doer: Doer<'_>,
        new: &NewUser,
        password: &Typed,
        until: Option<domain::Timestamp>,
    ) -> Result<Person, Problem> {
        let sites = self.numbers_of(&new.sites).await?;
        let hash = self.passwords.hash(password).await?;
        let now = self.clock.now();
        let row = NewPerson {
            id: self.ids.next(now),
            code: new_code().map_err(|error| Problem::internal(&error))?,
            login: new.login.clone(),
            name: new.name.clone(),
            role: new.role.name().to_owned(),
            sites,
            language: new.language.clone(),
            created_by: doer.signature().to_owned(),
        };
        let kept = Password { hash, set_at: now, one_time: until.is_some(), usable_until: until };
        let mut tx = self.db.write().await?;
        let person = write(&mut tx, &row, &kept, now).await?;
        contact::keep(self, &mut tx, &person, &new.contact).await?;
        created(doer, &person, &new.sites).write(&mut tx, now).await?;
        tx.commit().await?;
        Ok(person)
    }
}

async fn write(tx: &mut Tx, new: &NewPerson, kept: &Password, now: domain::Timestamp) -> Result<Person, Problem> {
    match person::create(tx, new, now).await {
        Err(error) if error.rule() == Some(Rule::PersonLogin) => {
            return Err(Problem::conflict("login_taken").arg("login", new.login.as_str()));
        }
        created => created?,
    }
    person::set_password(tx, new.id, kept).await?;
    let person = person::lock(tx, new.id).await?;
    person.ok_or_else(|| Problem::bug("a person who was added is not there"))
}

fn created(doer: Doer<'_>, person: &Person, sites: &SiteScope) -> Draft {
    let event = doer.event(Action::UserCreated).on("user", &person.code);
    event.detail("login", &person.login).detail("role", &person.role).detail("sites", shown(sites))
}

/// Sites as the audit log tells them.
pub(super) fn shown(sites: &SiteScope) -> Vec<String> {
    sites.codes().unwrap_or_else(|| vec!["*".to_owned()])
}

/// Characters of a code after its mark.
const CODE_CHARS: usize = 10;

/// Whether a text could be somebody's code.
pub(crate) fn is_code(text: &str) -> bool {
    let bare = text.strip_prefix("p-").unwrap_or_default();
    bare.len() == CODE_CHARS && bare.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Stands for somebody wherever something is written down for good: random, so that it tells nothing.
fn new_code() -> Result<String, getrandom::Error> {
    let mut entropy = [0; password::ENTROPY_BYTES];
    getrandom::fill(&mut entropy)?;
    let words = password::code_words(entropy);
    Ok(format!("p-{}", words.chars().filter(|c| *c != '-').take(CODE_CHARS).collect::<String>()))
}
