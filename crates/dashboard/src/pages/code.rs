//! Giving the code of the second factor.

use access::session::Duty;
use askama::Template;
use axum::response::Response;
use platform::http::Problem;

use super::enter::{entered, status_of};
use crate::{
    field::{Field, whole_fault},
    form::Posted,
    frame::Frame,
    visit::{Stop, Visit},
};

#[derive(Debug, Template)]
#[template(path = "code.html")]
struct Code<'f> {
    frame: &'f Frame,
    fault: Option<String>,
    fields: [Field; 1],
}

impl<'f> Code<'f> {
    fn of(frame: &'f Frame, problem: Option<&Problem>) -> Code<'f> {
        let field = Field::code(frame, "ui-code").helped(frame.say("ui-code-help")).judged(frame, problem).first();
        Code { frame, fault: whole_fault(frame, problem, &["code"]), fields: [field] }
    }
}

/// `GET /entrar/codigo`
pub(crate) async fn show(visit: Visit) -> Result<Response, Stop> {
    waiting(&visit)?;
    Ok(visit.show(&Code::of(&visit.frame, None)))
}

/// `POST /entrar/codigo`
pub(crate) async fn give(posted: Posted) -> Result<Response, Stop> {
    let Posted { visit, form } = posted;
    waiting(&visit)?;
    let presented = visit.at(&[Duty::Code])?;
    match crate::session::in_time(visit.state.access.second_factor(&presented.open, form.get("code"))).await {
        Ok(begun) => entered(&begun, &visit.headers, &visit),
        Err(problem) if [422, 429].contains(&problem.status().as_u16()) => {
            let page = Code::of(&visit.frame, Some(&problem));
            let mut response = visit.frame.answer(status_of(Some(&problem)), &page);
            problem.add_headers(response.headers_mut());
            Ok(response)
        }
        Err(problem) => Err(visit.failed(&problem)),
    }
}

/// Sends away whoever is not asked for a code.
fn waiting(visit: &Visit) -> Result<(), Stop> {
    match visit.at(&[Duty::Code])?.open.duty {
        Some(Duty::Code) => Ok(()),
        _ => Err(Stop::Elsewhere("/".to_owned())),
    }
}
