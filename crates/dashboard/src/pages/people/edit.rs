//! One account: what they are, and helping them when they cannot come in.

use access::{
    Doer, Permission,
    people::{UserChange, assignable},
};
use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use domain::Role;
use platform::http::{Problem, auth::Principal};
use store::{person::Person, site};

use super::{
    new::Made,
    shape::{BESIDE, Controls, Filled, sites_of},
};
use crate::{
    field::whole_fault,
    form::{Form, Posted},
    frame::Frame,
    pages::enter::status_of,
    urlencoded,
    visit::{Stop, Visit},
};

const FIELDS: [&str; 5] = ["name", "role", "language", "email", "phone"];

#[derive(Debug, Template)]
#[template(path = "people/edit.html")]
struct Edit<'f> {
    frame: &'f Frame,
    fault: Option<String>,
    notice: Option<String>,
    login: String,
    code: String,
    action: String,
    role: String,
    version: i64,
    disabled: bool,
    has_factor: bool,
    one_time: bool,
    /// Whether this caller may change anything here.
    changeable: bool,
    controls: Controls,
}

/// `GET /personas/{login}`
pub(crate) async fn show(visit: Visit, Path(login): Path<String>) -> Result<Response, Stop> {
    page(&visit, &login, None).await
}

async fn page(visit: &Visit, login: &str, rejected: Option<(&Filled, &Problem)>) -> Result<Response, Stop> {
    let caller = visit.may(Permission::UsersRead)?;
    let access = &visit.state.access;
    let reading = async {
        let (person, sites) = access.user(Doer::Caller(caller), login).await?;
        let user = access.whole_user((&person, &sites), &caller.key_id).await?;
        Ok((person, sites, user, site::list(&visit.state.db).await?))
    };
    let (person, sites, user, all) = visit.read(reading).await?;
    let kept = Filled {
        login: person.login.clone(),
        name: person.name.clone(),
        role: person.role.clone(),
        sites: sites.codes(),
        language: person.language.clone().unwrap_or_default(),
        email: user.email.clone().unwrap_or_default(),
        phone: user.phone.clone().unwrap_or_default(),
    };
    let (filled, problem) = rejected.map_or((&kept, None), |(filled, problem)| (filled, Some(problem)));
    let frame = &visit.frame;
    let page = Edit {
        frame,
        fault: whole_fault(frame, problem, &BESIDE),
        notice: notice(frame, &visit.query).filter(|_| problem.is_none()),
        login: person.login.clone(),
        code: person.code.clone(),
        action: format!("/personas/{}", person.login),
        role: frame.words.role(&person.role),
        version: person.version,
        disabled: person.disabled_at.is_some(),
        has_factor: user.second_factor,
        one_time: user.one_time_password,
        changeable: may_change(caller, &person),
        controls: Controls::of(frame, caller, (filled, &all), problem, false),
    };
    Ok(frame.answer(status_of(problem), &page))
}

fn may_change(caller: &Principal, person: &Person) -> bool {
    let role = Role::named(&person.role);
    let theirs = role.is_some_and(|role| assignable(caller.role).contains(&role));
    theirs && *caller.key_id != *person.code && access::Permit::may(caller, Permission::UsersWrite)
}

fn notice(frame: &Frame, query: &str) -> Option<String> {
    Some(frame.say(match urlencoded::value(query, "done")?.as_str() {
        "disabled" => "ui-done-disabled",
        "enabled" => "ui-done-enabled",
        "unlocked" => "ui-done-unlocked",
        "factor" => "ui-done-factor-reset",
        _ => return None,
    }))
}

/// What was done.
enum Done {
    /// Something to be told on the page of that name.
    There(&'static str),
    /// Their particulars were changed.
    Saved,
    /// A password was made for them.
    Password(access::password::Typed),
}

/// `POST /personas/{login}`
pub(crate) async fn act(Path(login): Path<String>, posted: Posted) -> Result<Response, Stop> {
    let Posted { visit, form } = posted;
    let caller = visit.may(Permission::UsersWrite)?;
    let filled = Filled::of(&form);
    match crate::session::in_time(done(&visit, caller, &login, (&form, &filled))).await {
        Ok(Done::Saved) => Ok(to(&urlencoded::address("/personas", &[("saved", Some(&login))]))),
        Ok(Done::There(done)) => Ok(to(&urlencoded::address(&format!("/personas/{login}"), &[("done", Some(done))]))),
        Ok(Done::Password(password)) => {
            Ok(visit.show(&Made { frame: &visit.frame, login: &login, password: password.expose(), is_new: false }))
        }
        Err(problem) if [409, 412, 422].contains(&problem.status().as_u16()) => {
            page(&visit, &login, Some((&filled, &problem))).await
        }
        Err(problem) => Err(visit.failed(&problem)),
    }
}

fn to(address: &str) -> Response {
    Redirect::to(address).into_response()
}

async fn done(
    visit: &Visit,
    caller: &Principal,
    login: &str,
    (form, filled): (&Form, &Filled),
) -> Result<Done, Problem> {
    let (access, doer) = (&visit.state.access, Doer::Caller(caller));
    let (person, sites) = access.user(doer, login).await?;
    let whom = (&person, &sites);
    Ok(match form.get("do") {
        "save" => {
            let change = wanted(form, filled)?;
            access.change_user(doer, whom, &change, form.get("version").parse().unwrap_or(0)).await?;
            Done::Saved
        }
        "password" => Done::Password(access.reset_password(doer, whom).await?),
        "factor" => {
            access.reset_factor(doer, whom).await?;
            Done::There("factor")
        }
        "unlock" => {
            access.unlock(doer, whom).await?;
            Done::There("unlocked")
        }
        "disable" => {
            access.set_user_disabled(doer, whom, true).await?;
            Done::There("disabled")
        }
        "enable" => {
            access.set_user_disabled(doer, whom, false).await?;
            Done::There("enabled")
        }
        _ => return Err(Problem::malformed("bad_request")),
    })
}

/// What is to change; every mistake of the form is told at once.
fn wanted(form: &Form, filled: &Filled) -> Result<UserChange, Problem> {
    match (form.fields::<UserChange>(&FIELDS), sites_of(filled)) {
        (Ok(change), Ok(sites)) => Ok(UserChange { sites: Some(sites), ..change }),
        (Err(problem), Ok(_)) | (Ok(_), Err(problem)) => Err(problem),
        (Err(fields), Err(sites)) => Err(Problem::invalid([fields.errors(), sites.errors()].concat())),
    }
}
