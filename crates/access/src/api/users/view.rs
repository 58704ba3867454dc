//! An account, as those who look after it are told.

use platform::http::auth::SiteScope;
use serde::Serialize;
use store::person::Person;
use utoipa::ToSchema;

use crate::contact::Reached;

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserItem {
    /// What they type to come in.
    pub login: String,
    /// Stands for them in postings and in the audit log.
    pub id: String,
    /// What others know them by.
    pub name: String,
    /// What they are in the shop.
    pub role: String,
    /// Codes of the sites they work in; null for every one.
    #[schema(required)]
    pub sites: Option<Vec<String>>,
    /// The language they chose.
    #[schema(required)]
    pub language: Option<String>,
    /// Whether they are closed out.
    pub disabled: bool,
    /// When they came in last.
    #[schema(required, format = DateTime)]
    pub last_login_at: Option<String>,
    /// When they were added.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who added them.
    pub created_by: String,
}

/// An account with what is opened only when it is asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    /// The account.
    #[serde(flatten)]
    pub item: UserItem,
    /// Their e-mail address.
    #[schema(required)]
    pub email: Option<String>,
    /// Their phone number.
    #[schema(required)]
    pub phone: Option<String>,
    /// Whether they have a second factor.
    pub second_factor: bool,
    /// Whether their password was made for them and is still to be replaced.
    pub one_time_password: bool,
}

impl UserItem {
    pub(crate) fn of(person: &Person, sites: &SiteScope) -> UserItem {
        UserItem {
            login: person.login.clone(),
            id: person.code.clone(),
            name: person.name.clone(),
            role: person.role.clone(),
            sites: sites.codes(),
            language: person.language.clone(),
            disabled: person.disabled_at.is_some(),
            last_login_at: person.seen_at.map(|at| at.to_string()),
            created_at: person.created_at.to_string(),
            created_by: person.created_by.clone(),
        }
    }
}

impl User {
    pub(crate) fn of(item: UserItem, reached: Reached, second_factor: bool, one_time_password: bool) -> User {
        User { item, email: reached.email, phone: reached.phone, second_factor, one_time_password }
    }
}
