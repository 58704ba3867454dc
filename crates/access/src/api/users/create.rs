//! Adding an account.

use axum::{extract::State, response::Response};
use domain::Role;
use platform::http::{
    JsonBody, Principal, Problem,
    auth::SiteScope,
    fields::{Fields, FromFields, Read, Value, one_of, text},
    idempotency::Unkeyed,
    json,
    problem::ProblemDocument,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::UserItem;
use crate::{
    Access, Doer,
    api::me::update::{contact_fields, language},
    people::{NewUser, PERSONS, login_name},
};

/// Sites an account may name.
const MOST_SITES: usize = 500;

/// Somebody to add.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes the body")]
pub struct NewUserBody {
    /// What they type to come in.
    #[schema(min_length = 2, max_length = 32, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    pub login: String,
    /// What others know them by.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What they are in the shop: `owner`, `manager`, `stock_keeper`, `cashier`, `accountant`, `auditor`, `operator`.
    pub role: String,
    /// Codes of the sites they work in; every one when null or absent.
    #[schema(nullable, max_items = 500)]
    pub sites: Option<Vec<String>>,
    /// The language they read: `es` or `en`.
    #[schema(nullable, pattern = "^(es|en)$")]
    pub language: Option<String>,
    /// An e-mail address.
    #[schema(nullable, max_length = 254, format = Email)]
    pub email: Option<String>,
    /// A phone number.
    #[schema(nullable, max_length = 32)]
    pub phone: Option<String>,
}

impl FromFields for NewUser {
    fn from_fields(f: &mut Fields<'_>) -> Option<NewUser> {
        let login = f.required("login", login_name);
        let name = f.required("name", text(1..=100));
        let role = f.required("role", role);
        let sites = f.optional("sites", sites).unwrap_or(SiteScope::All);
        let language = f.optional("language", language);
        let contact = contact_fields(f);
        Some(NewUser { login: login?, name: name?, role: role?, sites, language, contact })
    }
}

/// What a person may be.
pub(crate) fn role(value: &Value<'_>) -> Read<Role> {
    one_of(&PERSONS.map(Role::name), |name| PERSONS.into_iter().find(|role| role.name() == name))(value)
}

/// Codes of sites.
pub(crate) fn sites(value: &Value<'_>) -> Read<SiteScope> {
    let Value::List(items) = value else { return Err(platform::http::fields::Fault::wrong_type("list")) };
    if items.len() > MOST_SITES {
        return Err(platform::http::fields::Fault::new("too_many_items").arg("most", MOST_SITES));
    }
    let mut codes = items.iter().map(text(1..=64)).collect::<Read<Vec<String>>>()?;
    codes.sort();
    codes.dedup();
    Ok(SiteScope::only(codes))
}

/// An account that was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserAdded {
    /// The account.
    #[serde(flatten)]
    pub user: UserItem,
    /// A password to hand to them. It is told once, ends by itself after three days, and they have to replace it.
    pub one_time_password: String,
}

/// Add an account
///
/// A manager adds stock keepers and cashiers of their own sites, an owner anybody. The one-time password is told in this answer and never
/// again, so a request with an `Idempotency-Key` is refused.
#[utoipa::path(
    post,
    path = "/api/v1/users",
    tag = "people",
    request_body = NewUserBody,
    responses(
        (status = 201, description = "It is there", body = UserAdded, headers(("Location" = String, description = "Where it is"))),
        (status = 400, description = "It has an `Idempotency-Key`, or the body is not JSON", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 403, description = "Not this caller's to do", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "Somebody has that login", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Something breaks a rule, or is not this caller's to give", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn create(
    State(access): State<Access>,
    principal: Principal,
    _: Unkeyed,
    JsonBody(new): JsonBody<NewUser>,
) -> Result<Response, Problem> {
    let (person, password) = access.add_user(Doer::Caller(&principal), &new).await?;
    let location = format!("/api/v1/users/{}", json::segment(&person.login));
    let user = UserItem::of(&person, &new.sites);
    Ok(json::created(&location, &UserAdded { user, one_time_password: password.expose().to_owned() }))
}
