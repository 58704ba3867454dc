//! One's own account: particulars, password, second factor, sessions.

use access::{
    account::OwnChange,
    session::{Presented, cookie},
};
use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Zone;
use platform::http::{
    Problem,
    fields::{Fields, FromFields},
};
use store::session::Session;
use uuid::Uuid;

use super::enter::status_of;
use crate::{
    LOGIN_PAGE, agent,
    field::{Field, whole_fault},
    form::{Form, Posted},
    format,
    frame::Frame,
    language, urlencoded,
    visit::{Stop, Visit},
};

const FIELDS: [&str; 4] = ["name", "language", "email", "phone"];

#[derive(Debug, Template)]
#[template(path = "account.html")]
struct Account<'f> {
    frame: &'f Frame,
    notice: Option<String>,
    fault: Option<String>,
    fields: Vec<Field>,
    languages: Vec<Choice>,
    login: String,
    role: String,
    has_factor: bool,
    sessions: Vec<Row>,
    others: bool,
}

/// Something to choose.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

#[derive(Debug)]
struct Row {
    id: Uuid,
    current: bool,
    agent: String,
    address: String,
    begun: String,
    seen: String,
}

/// What a form says of one's own particulars.
struct Own(OwnChange);

impl FromFields for Own {
    fn from_fields(f: &mut Fields<'_>) -> Option<Own> {
        access::api::me::update::own_change(f).map(Own)
    }
}

/// `GET /cuenta`
pub(crate) async fn show(visit: Visit) -> Result<Response, Stop> {
    page(&visit, None).await
}

async fn page(visit: &Visit, rejected: Option<(&Form, &Problem)>) -> Result<Response, Stop> {
    let presented = visit.person()?;
    let (frame, open) = (&visit.frame, &presented.open);
    let access = &visit.state.access;
    let reading = async {
        let zone = format::zone(&visit.state.db).await?;
        Ok((access.sessions(open).await?, access.own_contact(open).await?, zone))
    };
    let (sessions, reached, zone) = visit.read(reading).await?;
    let problem = rejected.map(|(_, problem)| problem);
    let person = &open.person;
    let kept = [person.name.clone(), reached.email.unwrap_or_default(), reached.phone.unwrap_or_default()];
    let value = |name: &'static str, kept: &String| {
        rejected.map_or_else(|| kept.clone(), |(form, _)| form.get(name).to_owned())
    };
    let fields = [
        Field::new(frame, "name", "ui-name").of_kind("text", "name").with(&value("name", &kept[0])),
        Field::new(frame, "email", "ui-email").of_kind("email", "email").optional().with(&value("email", &kept[1])),
        Field::new(frame, "phone", "ui-phone").of_kind("tel", "tel").optional().with(&value("phone", &kept[2])),
    ];
    let page = Account {
        frame,
        notice: notice(frame, &visit.query),
        fault: whole_fault(frame, problem, &FIELDS),
        fields: fields.into_iter().map(|field| field.judged(frame, problem)).collect(),
        languages: languages(frame, person.language.as_deref()),
        login: person.login.clone(),
        role: frame.words.role(&person.role),
        has_factor: open.has_factor,
        others: sessions.len() > 1,
        sessions: sessions.iter().map(|session| row(frame, session, presented, &zone)).collect(),
    };
    Ok(frame.answer(status_of(problem), &page))
}

/// The languages there are, and that of the installation.
pub(crate) fn languages(frame: &Frame, chosen: Option<&str>) -> Vec<Choice> {
    let of = |tag: &str, label: &str| Choice {
        value: tag.to_owned(),
        label: frame.say(label),
        chosen: chosen.unwrap_or_default() == tag,
    };
    vec![of("", "ui-language-default"), of("es", "ui-language-es"), of("en", "ui-language-en")]
}

fn row(frame: &Frame, session: &Session, presented: &Presented, zone: &Zone) -> Row {
    let when = |at| format::moment(frame.locale(), zone, at);
    Row {
        id: session.id,
        current: session.id == presented.open.session.id,
        agent: agent::shown(frame.words, &session.agent),
        address: session.address.clone(),
        begun: when(session.created_at),
        seen: when(session.seen_at),
    }
}

/// What was done just before.
fn notice(frame: &Frame, query: &str) -> Option<String> {
    Some(frame.say(match urlencoded::value(query, "done")?.as_str() {
        "saved" => "ui-done-saved",
        "password" => "ui-done-password",
        "factor-off" => "ui-done-factor-off",
        "ended" => "ui-done-ended",
        _ => return None,
    }))
}

/// `POST /cuenta`
pub(crate) async fn act(posted: Posted) -> Result<Response, Stop> {
    let Posted { visit, form } = posted;
    let presented = visit.person()?;
    match form.get("do") {
        "save" => save(&visit, &form, presented).await,
        "end" => end(&visit, &form, presented).await,
        "end-others" => {
            visit.read(visit.state.access.end_other_sessions(&presented.open)).await?;
            Ok(Redirect::to("/cuenta?done=ended").into_response())
        }
        _ => Err(visit.failed(&Problem::malformed("bad_request"))),
    }
}

async fn save(visit: &Visit, form: &Form, presented: &Presented) -> Result<Response, Stop> {
    let saved = async {
        let Own(change) = form.fields(&FIELDS)?;
        visit.state.access.change_own(&presented.open, &change).await?;
        Ok(change)
    };
    match crate::session::in_time(saved).await {
        Ok(change) => {
            let mut response = Redirect::to("/cuenta?done=saved").into_response();
            language::add_cookie(response.headers_mut(), language::chosen_by(change.language.flatten().as_deref()));
            Ok(response)
        }
        Err(problem) if problem.status() == 422 => page(visit, Some((form, &problem))).await,
        Err(problem) => Err(visit.failed(&problem)),
    }
}

async fn end(visit: &Visit, form: &Form, presented: &Presented) -> Result<Response, Stop> {
    let Ok(id) = form.get("session").parse::<Uuid>() else {
        return Err(visit.failed(&Problem::malformed("bad_request")));
    };
    visit.read(visit.state.access.end_session(&presented.open, id)).await?;
    if id != presented.open.session.id {
        return Ok(Redirect::to("/cuenta?done=ended").into_response());
    }
    let mut response = Redirect::to(LOGIN_PAGE).into_response();
    for cookie in cookie::clear() {
        language::add_cookie(response.headers_mut(), Some(cookie));
    }
    Ok(response)
}
