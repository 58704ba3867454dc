//! What the forms about an account have in common.

use access::people::assignable;
use domain::Role;
use platform::http::{
    Problem,
    auth::{Principal, SiteScope},
};
use store::site::Site;

use crate::{
    field::{Field, faults_text},
    form::Form,
    frame::Frame,
    pages::account::{Choice, languages},
};

/// Names of the boxes of sites begin so.
const SITE: &str = "site.";

/// What is filled in.
#[derive(Debug, Default)]
pub(super) struct Filled {
    pub(super) login: String,
    pub(super) name: String,
    pub(super) role: String,
    /// Codes; `None` for every site.
    pub(super) sites: Option<Vec<String>>,
    pub(super) language: String,
    pub(super) email: String,
    pub(super) phone: String,
}

impl Filled {
    pub(super) fn of(form: &Form) -> Filled {
        let get = |name| form.get(name).trim().to_owned();
        Filled {
            login: get("login"),
            name: get("name"),
            role: get("role"),
            sites: (form.get("every_site").is_empty()).then(|| form.ticked(SITE)),
            language: get("language"),
            email: get("email"),
            phone: get("phone"),
        }
    }
}

/// Where somebody is to work, as the boxes say. No box at all is a mistake, since it would let them see nothing.
pub(super) fn sites_of(filled: &Filled) -> Result<SiteScope, Problem> {
    match &filled.sites {
        None => Ok(SiteScope::All),
        Some(codes) if codes.is_empty() => Err(Problem::invalid_field("sites", "no_site_chosen")),
        Some(codes) => Ok(SiteScope::only(codes)),
    }
}

/// The controls of a form about an account.
#[derive(Debug)]
pub(super) struct Controls {
    pub(super) fields: Vec<Field>,
    pub(super) roles: Vec<Choice>,
    pub(super) role_error: Option<String>,
    pub(super) languages: Vec<Choice>,
    /// Whether this caller may let somebody work in every site.
    pub(super) may_every: bool,
    pub(super) every: bool,
    pub(super) sites: Vec<Choice>,
    pub(super) sites_error: Option<String>,
}

impl Controls {
    pub(super) fn of(
        frame: &Frame,
        caller: &Principal,
        (filled, sites): (&Filled, &[Site]),
        problem: Option<&Problem>,
        is_new: bool,
    ) -> Controls {
        let mut fields = Vec::new();
        if is_new {
            let help = frame.say("ui-login-help");
            fields.push(Field::new(frame, "login", "ui-login").helped(help).with(&filled.login).first());
        }
        fields.extend([
            Field::new(frame, "name", "ui-name").with(&filled.name),
            Field::new(frame, "email", "ui-email").of_kind("email", "off").optional().with(&filled.email),
            Field::new(frame, "phone", "ui-phone").of_kind("tel", "off").optional().with(&filled.phone),
        ]);
        let role = |role: &Role| Choice {
            value: role.name().to_owned(),
            label: frame.words.role(role.name()),
            chosen: role.name() == filled.role,
        };
        let own = sites.iter().filter(|site| caller.sites.includes(&site.code));
        let ticked = |code: &String| filled.sites.as_ref().is_some_and(|codes| codes.contains(code));
        let site = |site: &Site| Choice {
            value: format!("{SITE}{}", site.code),
            label: site.name.clone(),
            chosen: ticked(&site.code),
        };
        Controls {
            fields: fields.into_iter().map(|field| field.judged(frame, problem)).collect(),
            roles: assignable(caller.role).iter().map(role).collect(),
            role_error: faults_text(frame, problem, "role"),
            languages: languages(frame, Some(&filled.language)),
            may_every: caller.sites == SiteScope::All,
            every: filled.sites.is_none(),
            sites: own.map(site).collect(),
            sites_error: faults_text(frame, problem, "sites"),
        }
    }
}

/// The fields a fault of which stands beside them.
pub(super) const BESIDE: [&str; 6] = ["login", "name", "email", "phone", "role", "sites"];
