//! Who looks at a page.
//!
//! Invariant: the key of whoever entered lives in a cookie that scripts cannot read and other sites' pages cannot send; a form of ours
//! is obeyed only when it was sent from a page of ours.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use platform::http::{Problem, auth::Principal};

use tokio::time::timeout;

use crate::{KEY_COOKIE, State};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a browser keeps the key: a working day.
const MAX_AGE_S: u32 = 12 * 60 * 60;

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

/// Who asks for a page, when their key is valid.
pub(crate) async fn visitor(
    state: &State,
    headers: &HeaderMap,
    known: Option<Principal>,
) -> Result<Option<Principal>, Problem> {
    if known.is_some() {
        return Ok(known);
    }
    let given = headers.get(API_KEY).and_then(|key| key.to_str().ok()).or_else(|| cookie(headers, KEY_COOKIE));
    match given {
        Some(key) => state.gate.verify(key).await,
        None => Ok(None),
    }
}

/// The cookie that lets somebody in. Only over TLS when that is how their browser sees us.
pub(crate) fn enter_cookie(key: &str, headers: &HeaderMap) -> Option<HeaderValue> {
    let secure = headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"));
    let secure = if secure { "; Secure" } else { "" };
    let value = format!("{KEY_COOKIE}={key}; Path=/; Max-Age={MAX_AGE_S}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&value).ok()
}

/// The cookie that forgets who was in.
pub(crate) fn leave_cookie() -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{KEY_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict")).ok()
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
    }

    #[test]
    fn the_key_is_hidden_from_scripts_and_from_other_sites() {
        let plain = enter_cookie("gk_a_b", &headers(&[("origin", "http://shop")])).unwrap();
        assert_eq!(plain, "gondola_key=gk_a_b; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict");
        let secure = enter_cookie("gk_a_b", &headers(&[("origin", "https://shop")])).unwrap();
        assert!(secure.to_str().unwrap().ends_with("; Secure"));
        assert_eq!(cookie(&headers(&[("cookie", "x=1; gondola_key=gk_a_b")]), KEY_COOKIE), Some("gk_a_b"));
        assert_eq!(cookie(&headers(&[("cookie", "gondola_keys=1")]), KEY_COOKIE), None);
    }
}
