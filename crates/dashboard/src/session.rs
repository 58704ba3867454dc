//! Who looks at a page.
//!
//! Invariant: whoever has something to do first is shown nothing but that; a form is obeyed only when it was sent from a page of ours and
//! carries the mark of its session.

use std::time::Duration;

use access::session::{Duty, Presented, cookie};
use axum::http::{HeaderMap, HeaderName, header};
use platform::http::{Principal, Problem};
use tokio::time::timeout;

use crate::State;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who looks.
#[derive(Debug, Clone)]
pub(crate) enum Who {
    /// Nobody we know.
    Nobody,
    /// Somebody who has something to do first.
    Waiting(Duty, Presented),
    /// Somebody with a session.
    Person(Presented),
    /// A program with a key.
    Program(Principal),
}

impl Who {
    /// Somebody who is known and has nothing to do first.
    pub(crate) fn principal(&self) -> Option<&Principal> {
        match self {
            Who::Person(presented) => Some(presented.open.principal()),
            Who::Program(principal) => Some(principal),
            Who::Nobody | Who::Waiting(..) => None,
        }
    }

    /// Their session.
    pub(crate) fn presented(&self) -> Option<&Presented> {
        match self {
            Who::Waiting(_, presented) | Who::Person(presented) => Some(presented),
            Who::Nobody | Who::Program(_) => None,
        }
    }
}

/// The value of a cookie.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// What the database says, unless it takes longer than anybody looks at an empty screen: one that is away may keep us waiting for a
/// connection.
pub(crate) async fn in_time<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let late = |_| Problem::unavailable(PATIENCE).log("a page waited too long for the database");
    timeout(PATIENCE, work).await.map_err(late)?
}

/// Who asks for a page.
pub(crate) async fn who(state: &State, headers: &HeaderMap) -> Result<Who, Problem> {
    if headers.contains_key(API_KEY) {
        let known = state.gate.verify(headers).await?;
        return Ok(known.map_or(Who::Nobody, Who::Program));
    }
    let Some(token) = cookie::token(headers) else { return Ok(Who::Nobody) };
    let Some(open) = state.access.open(&token).await? else { return Ok(Who::Nobody) };
    let presented = Presented { open, token };
    Ok(match presented.open.duty {
        Some(duty) => Who::Waiting(duty, presented),
        None => Who::Person(presented),
    })
}

/// Whether a form was sent from a page of ours. A program that is no browser says neither and has no cookies of others to misuse.
pub(crate) fn is_own_form(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    match text(header::ORIGIN) {
        Some(origin) => origin.split_once("://").is_some_and(|(_, host)| Some(host) == text(header::HOST)),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn forms_of_other_sites_are_not_ours() {
        for (pairs, expected) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "http://shop:8080"), ("host", "shop:8080")], true),
            (&[("origin", "http://evil:8080"), ("host", "shop:8080")], false),
            (&[("origin", "null"), ("host", "shop:8080")], false),
            (&[("origin", "null")], false),
        ] {
            assert_eq!(is_own_form(&headers(pairs)), expected, "{pairs:?}");
        }
        assert_eq!(cookie(&headers(&[("cookie", "x=1; gondola_lang=en")]), "gondola_lang"), Some("en"));
        assert_eq!(cookie(&headers(&[("cookie", "gondola_langs=1")]), "gondola_lang"), None);
    }
}
