//! Who asks, as they are told.

use platform::http::{Principal, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Access, Permission, Permit,
    contact::{self, Reached},
    session::{Duty, Open, Token, WHOLE_SECONDS},
};

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// What proved it: `user`, `key`, `token`, `service`…
    pub kind: String,
    /// Stands for them in postings and in the audit log.
    pub id: String,
    /// What they are called: of people the login, of keys the name.
    pub name: String,
    /// What they are in the shop.
    pub role: String,
    /// Codes of the sites they may know of; null for every one.
    #[schema(required)]
    pub sites: Option<Vec<String>>,
    /// What they may do.
    pub permissions: Vec<&'static str>,
    /// More about a person; null for programs.
    #[schema(required)]
    pub user: Option<OwnUser>,
}

/// A person's own account.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnUser {
    /// What they type to come in.
    pub login: String,
    /// What others know them by.
    pub name: String,
    /// The language they chose.
    #[schema(required)]
    pub language: Option<String>,
    /// Their e-mail address; only when it is asked for, since each look is written down.
    #[schema(required)]
    pub email: Option<String>,
    /// Their phone number; the same.
    #[schema(required)]
    pub phone: Option<String>,
    /// Whether they have a second factor.
    pub second_factor: bool,
    /// What has to be done before anything else: `code`, `password`, `second_factor`, or null.
    #[schema(required)]
    pub next: Option<&'static str>,
    /// To be sent as `X-CSRF-Token` with every change.
    pub csrf_token: String,
    /// When the session is over whatever happens; without being used it is over half an hour after its last use.
    #[schema(format = DateTime)]
    pub session_ends_at: String,
}

impl Me {
    /// Of whoever came by anything but a session.
    pub(crate) fn of(principal: &Principal) -> Me {
        let may = |permission: &&Permission| principal.may(**permission);
        Me {
            kind: principal.kind.name().to_owned(),
            id: principal.key_id.to_string(),
            name: principal.name.to_string(),
            role: principal.role.name().to_owned(),
            sites: principal.sites.codes(),
            permissions: Permission::ALL.iter().filter(may).map(|permission| permission.name()).collect(),
            user: None,
        }
    }

    /// Of somebody with a session.
    pub(crate) fn of_session(open: &Open, token: &Token) -> Me {
        Me::with(open, token, Reached::default())
    }

    /// The same with how to reach them, which is opened for it once everything was proved.
    pub(crate) async fn whole(access: &Access, open: &Open, token: &Token) -> Result<Me, Problem> {
        let reached = match open.duty {
            Some(Duty::Code) => Reached::default(),
            _ => contact::reach(&access.vault, &open.person, &open.person.code).await?,
        };
        Ok(Me::with(open, token, reached))
    }

    fn with(open: &Open, token: &Token, reached: Reached) -> Me {
        let person = &open.person;
        let user = OwnUser {
            login: person.login.clone(),
            name: person.name.clone(),
            language: person.language.clone(),
            email: reached.email,
            phone: reached.phone,
            second_factor: open.has_factor,
            next: open.duty.map(Duty::name),
            csrf_token: token.csrf(),
            session_ends_at: open.session.created_at.plus_seconds(WHOLE_SECONDS).to_string(),
        };
        Me { user: Some(user), ..Me::of(open.principal()) }
    }
}
