//! A form that was sent.
//!
//! Invariant: one sent from elsewhere, or without the mark of the session it changes something of, is not looked at.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    response::Response,
};
use platform::http::{
    Problem,
    fields::{Fields, FromFields},
    problem::FieldError,
};

use crate::{State, session, urlencoded, visit::Visit};

/// Bytes of a form that are read.
const MOST_BYTES: usize = 64 * 1024;
/// The field that carries the mark of the session.
pub(crate) const MARK: &str = "csrf";

/// A visit that sends a form.
pub(crate) struct Posted {
    pub(crate) visit: Visit,
    pub(crate) form: Form,
}

/// What was filled in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    fn read(body: &[u8]) -> Form {
        let text = std::str::from_utf8(body).ok().filter(|text| text.len() <= MOST_BYTES).unwrap_or_default();
        Form(urlencoded::pairs(text))
    }

    /// What was filled in there; empty when nothing was.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Those ticked of the boxes whose names begin so.
    pub(crate) fn ticked(&self, prefix: &str) -> Vec<String> {
        self.0.iter().filter_map(|(name, _)| Some(name.strip_prefix(prefix)?.to_owned())).collect()
    }

    /// Reads the fields of these names as the API reads a body. What is left empty is there and says nothing; what the form has not got
    /// is not there.
    pub(crate) fn fields<T: FromFields>(&self, names: &[&str]) -> Result<T, Problem> {
        let there = |name: &&&str| self.0.iter().any(|(known, _)| known == **name);
        let pairs: Vec<(&str, &str)> = names.iter().filter(there).map(|name| (*name, self.get(name))).collect();
        let query = urlencoded::whole(&pairs);
        Fields::from_query(&query)?.read(T::from_fields)
    }
}

/// The faults of a problem that belong to one field.
pub(crate) fn faults<'p>(problem: &'p Problem, name: &'p str) -> impl Iterator<Item = &'p FieldError> {
    problem.errors().iter().filter(move |error| error.field == name || error.field.starts_with(&format!("{name}[")))
}

impl FromRequest<State> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, state: &State) -> Result<Posted, Response> {
        let (mut parts, body) = request.into_parts();
        let visit = match axum::RequestPartsExt::extract_with_state::<Visit, _>(&mut parts, state).await {
            Ok(visit) => visit,
            Err(never) => match never {},
        };
        let foreign = || visit.frame.failure(&Problem::new(axum::http::StatusCode::FORBIDDEN, "csrf"));
        if !session::is_own_form(&visit.headers) {
            return Err(foreign());
        }
        let body = Bytes::from_request(Request::from_parts(parts, body), state).await;
        let form = Form::read(&body.unwrap_or_default());
        let marked = visit
            .who()
            .ok()
            .and_then(|who| who.presented())
            .is_none_or(|presented| presented.token.is_marked(form.get(MARK)));
        if marked { Ok(Posted { visit, form }) } else { Err(foreign()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_filled_in_is_read_and_what_was_not_is_empty() {
        let form = Form::read(b"name=Ana+G%C3%B3mez&email=&site.centro=on&site.norte=on&name=x");
        assert_eq!((form.get("name"), form.get("email"), form.get("phone")), ("Ana Gómez", "", ""));
        assert_eq!(form.ticked("site."), ["centro", "norte"]);
        assert_eq!(Form::read(&vec![b'a'; MOST_BYTES + 1]).0, []);
        assert_eq!(Form::read(b"\xff\xfe=1").0, []);
    }
}
