//! Adding somebody.

use access::{Doer, Permission, people::NewUser};
use askama::Template;
use axum::response::Response;
use platform::http::Problem;
use store::site;

use super::shape::{BESIDE, Controls, Filled, sites_of};
use crate::{
    field::whole_fault,
    form::{Form, Posted},
    frame::Frame,
    pages::enter::status_of,
    visit::{Stop, Visit},
};

const FIELDS: [&str; 6] = ["login", "name", "role", "language", "email", "phone"];

#[derive(Debug, Template)]
#[template(path = "people/new.html")]
struct New<'f> {
    frame: &'f Frame,
    fault: Option<String>,
    controls: Controls,
}

/// A password that was made for somebody, told once.
#[derive(Debug, Template)]
#[template(path = "people/made.html")]
pub(super) struct Made<'f> {
    pub(super) frame: &'f Frame,
    pub(super) login: &'f str,
    pub(super) password: &'f str,
    /// Whether they are new.
    pub(super) is_new: bool,
}

/// `GET /personas/nueva`
pub(crate) async fn show(visit: Visit) -> Result<Response, Stop> {
    let filled = Filled { role: "cashier".to_owned(), sites: Some(Vec::new()), ..Filled::default() };
    page(&visit, &filled, None).await
}

async fn page(visit: &Visit, filled: &Filled, problem: Option<&Problem>) -> Result<Response, Stop> {
    let caller = visit.may(Permission::UsersWrite)?;
    let frame = &visit.frame;
    let sites = visit.read(async { Ok(site::list(&visit.state.db).await?) }).await?;
    let controls = Controls::of(frame, caller, (filled, &sites), problem, true);
    let fault = whole_fault(frame, problem, &BESIDE);
    Ok(frame.answer(status_of(problem), &New { frame, fault, controls }))
}

/// `POST /personas/nueva`
pub(crate) async fn add(posted: Posted) -> Result<Response, Stop> {
    let Posted { visit, form } = posted;
    let caller = visit.may(Permission::UsersWrite)?;
    let filled = Filled::of(&form);
    let added = async {
        let new = wanted(&form, &filled)?;
        visit.state.access.add_user(Doer::Caller(caller), &new).await
    };
    match crate::session::in_time(added).await {
        Ok((person, password)) => {
            let made = Made { frame: &visit.frame, login: &person.login, password: password.expose(), is_new: true };
            Ok(visit.show(&made))
        }
        Err(problem) if [409, 422].contains(&problem.status().as_u16()) => page(&visit, &filled, Some(&problem)).await,
        Err(problem) => Err(visit.failed(&problem)),
    }
}

/// Whoever is to be added; every mistake of the form is told at once.
fn wanted(form: &Form, filled: &Filled) -> Result<NewUser, Problem> {
    match (form.fields::<NewUser>(&FIELDS), sites_of(filled)) {
        (Ok(new), Ok(sites)) => Ok(NewUser { sites, ..new }),
        (Err(problem), Ok(_)) | (Ok(_), Err(problem)) => Err(problem),
        (Err(fields), Err(sites)) => Err(Problem::invalid([fields.errors(), sites.errors()].concat())),
    }
}
