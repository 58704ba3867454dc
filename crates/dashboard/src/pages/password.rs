//! Choosing a password.

use access::{
    password::{LEAST_CHARS, Typed},
    session::Duty,
};
use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use platform::{
    http::{Problem, problem::FieldError},
    texts::Args,
};

use super::enter::{set_cookie, status_of};
use crate::{
    field::{Field, whole_fault},
    form::Posted,
    frame::Frame,
    language,
    visit::{PASSWORD_PAGE, Stop, Visit, page_of},
};

#[derive(Debug, Template)]
#[template(path = "account/password.html")]
struct Password<'f> {
    frame: &'f Frame,
    fault: Option<String>,
    /// Whether the one they came in with was made for them.
    given: bool,
    action: &'static str,
    fields: Vec<Field>,
}

impl<'f> Password<'f> {
    fn of(frame: &'f Frame, given: bool, problem: Option<&Problem>) -> Password<'f> {
        let current = Field::password(frame, "current_password", "ui-password-current", "current-password");
        let help = frame.words.say_with("ui-password-help", &Args::new().with("least", LEAST_CHARS));
        let new = Field::password(frame, "new_password", "ui-password-new", "new-password").helped(help);
        let again = Field::password(frame, "again", "ui-password-again", "new-password");
        let fields = if given { vec![new.first(), again] } else { vec![current.first(), new, again] };
        let fields = fields.into_iter().map(|field| field.judged(frame, problem)).collect();
        let fault = whole_fault(frame, problem, &["current_password", "new_password", "again"]);
        Password { frame, fault, given, action: PASSWORD_PAGE, fields }
    }
}

/// `GET /cuenta/clave`
pub(crate) async fn show(visit: Visit) -> Result<Response, Stop> {
    let given = is_given(&visit)?;
    Ok(visit.show(&Password::of(&visit.frame, given, None)))
}

fn is_given(visit: &Visit) -> Result<bool, Stop> {
    Ok(visit.at(&[Duty::Password, Duty::Factor])?.open.duty == Some(Duty::Password))
}

/// `POST /cuenta/clave`
pub(crate) async fn choose(posted: Posted) -> Result<Response, Stop> {
    let Posted { visit, form } = posted;
    let given = is_given(&visit)?;
    let presented = visit.at(&[Duty::Password, Duty::Factor])?;
    let chosen = async {
        if form.get("new_password") != form.get("again") {
            return Err(Problem::invalid(vec![FieldError::new("again", "password_differs")]));
        }
        let current = (!given).then(|| Typed::new(form.get("current_password")));
        let wanted = Typed::new(form.get("new_password"));
        visit.state.access.change_password(&presented.open, current.as_ref(), &wanted).await
    };
    match crate::session::in_time(chosen).await {
        Ok(begun) => {
            let to = begun.open.duty.map_or("/cuenta?done=password", page_of);
            let mut response = Redirect::to(to).into_response();
            language::add_cookie(response.headers_mut(), set_cookie(&begun, &visit.headers, &visit)?);
            Ok(response)
        }
        Err(problem) if [422, 429].contains(&problem.status().as_u16()) => {
            let page = Password::of(&visit.frame, given, Some(&problem));
            let mut response = visit.frame.answer(status_of(Some(&problem)), &page);
            problem.add_headers(response.headers_mut());
            Ok(response)
        }
        Err(problem) => Err(visit.failed(&problem)),
    }
}
