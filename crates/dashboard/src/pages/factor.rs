//! The second factor: setting it up, its recovery codes, taking it off.
//!
//! Invariant: recovery codes stand on the page that answers their making and on no other.

use access::{
    factor::Offer,
    password::Typed,
    session::{Duty, Presented},
};
use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Role;
use platform::http::Problem;

use super::enter::status_of;
use crate::{
    field::{Field, whole_fault},
    form::Posted,
    frame::Frame,
    visit::{FACTOR_PAGE, Stop, Visit},
};

#[derive(Debug, Template)]
#[template(path = "account/factor.html")]
struct Page<'f> {
    frame: &'f Frame,
    action: &'static str,
    fault: Option<String>,
    /// Whether it has to be there before anything else.
    demanded: bool,
    stage: Stage,
}

/// How far it is.
#[derive(Debug)]
enum Stage {
    /// There is none. With the field for the present password, when it is asked for.
    Nothing(Option<Field>),
    /// It is being set up.
    Offered { offer: Offer, field: Field },
    /// It is in force.
    There { left: String, fields: [Field; 2], removable: bool },
    /// Codes that are told once.
    Told(Vec<String>),
}

/// `GET /cuenta/codigo`
pub(crate) async fn show(visit: Visit) -> Result<Response, Stop> {
    page(&visit, None).await
}

/// The page; `rejected` is what was asked on it and why it was not done.
async fn page(visit: &Visit, rejected: Option<(&str, &Problem)>) -> Result<Response, Stop> {
    let problem = rejected.map(|(_, problem)| problem);
    let presented = visit.at(&[Duty::Factor])?;
    let frame = &visit.frame;
    let access = &visit.state.access;
    let stage = if presented.open.has_factor {
        let left = visit.read(access.recovery_left(&presented.open)).await?;
        let field = |form| {
            let field =
                Field::password(frame, "current_password", "ui-password-current", "current-password").in_form(form);
            field.judged(frame, rejected.filter(|(asked, _)| *asked == form).map(|(_, problem)| problem))
        };
        let fields = ["renew", "remove"].map(field);
        Stage::There {
            left: frame.words.say_count("ui-recovery-left", left),
            fields,
            removable: is_removable(visit, presented),
        }
    } else {
        match visit.read(access.offered_factor(&presented.open)).await? {
            Some(offer) => Stage::Offered { offer, field: Field::code(frame, "ui-code").judged(frame, problem) },
            None => Stage::Nothing(proof(visit, presented, problem)),
        }
    };
    Ok(answer(visit, presented, stage, problem))
}

/// The field for the present password, which is not asked of whoever must set one up before anything else.
fn proof(visit: &Visit, presented: &Presented, problem: Option<&Problem>) -> Option<Field> {
    let frame = &visit.frame;
    let field = Field::password(frame, "current_password", "ui-password-current", "current-password");
    (presented.open.duty != Some(Duty::Factor)).then(|| field.judged(frame, problem))
}

fn is_removable(visit: &Visit, presented: &Presented) -> bool {
    Role::named(&presented.open.person.role).is_some_and(|role| !visit.state.access.demands_factor(role))
}

fn answer(visit: &Visit, presented: &Presented, stage: Stage, problem: Option<&Problem>) -> Response {
    let frame = &visit.frame;
    let fault = whole_fault(frame, problem, &["code", "current_password"]);
    let demanded = presented.open.duty == Some(Duty::Factor);
    let page = Page { frame, action: FACTOR_PAGE, fault, demanded, stage };
    let mut response = frame.answer(status_of(problem), &page);
    if let Some(problem) = problem {
        problem.add_headers(response.headers_mut());
    }
    response
}

/// What was done.
enum Done {
    /// It is being set up.
    Begun,
    /// It was taken off.
    Removed,
    /// There are codes to tell.
    Told(Vec<String>),
}

/// `POST /cuenta/codigo`
pub(crate) async fn act(posted: Posted) -> Result<Response, Stop> {
    let Posted { visit, form } = posted;
    let presented = visit.at(&[Duty::Factor])?;
    let (access, open) = (&visit.state.access, &presented.open);
    let done = async {
        Ok(match form.get("do") {
            "begin" => {
                let typed = Typed::new(form.get("current_password"));
                let present = (open.duty != Some(Duty::Factor)).then_some(&typed);
                access.offer_factor(open, present).await.map(|_| Done::Begun)?
            }
            "confirm" => Done::Told(access.confirm_factor(open, form.get("code")).await?),
            "renew" => {
                access.prove_password(open, &Typed::new(form.get("current_password"))).await?;
                Done::Told(access.renew_recovery(open).await?)
            }
            "remove" => {
                access.prove_password(open, &Typed::new(form.get("current_password"))).await?;
                access.remove_factor(open).await?;
                Done::Removed
            }
            _ => return Err(Problem::malformed("bad_request")),
        })
    };
    match crate::session::in_time(done).await {
        Ok(Done::Begun) => Ok(Redirect::to(FACTOR_PAGE).into_response()),
        Ok(Done::Removed) => Ok(Redirect::to("/cuenta?done=factor-off").into_response()),
        Ok(Done::Told(codes)) => Ok(answer(&visit, presented, Stage::Told(codes), None)),
        Err(problem) if [409, 422, 429].contains(&problem.status().as_u16()) => {
            page(&visit, Some((form.get("do"), &problem))).await
        }
        Err(problem) => Err(visit.failed(&problem)),
    }
}
