//! What surrounds every page: language, header, and the answer that carries it.
//!
//! Invariant: a page forbids scripts, styles and frames that are not ours, and is kept by no cache.

use std::sync::Arc;

use askama::Template;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use platform::{
    http::problem::{LoggedProblem, Problem},
    texts::Locale,
};

use crate::{
    assets,
    language::{self, Language},
    urlencoded,
    words::Words,
};

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

/// What a page's template knows besides its own subject.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) words: Words,
    /// Name of the key of whoever looks.
    pub(crate) who: Option<Arc<str>>,
    language: Language,
    /// The same page in the other language.
    pub(crate) other_language: String,
}

impl Frame {
    /// For a request; `path` and `pairs` lead to the same page.
    pub(crate) fn new(headers: &HeaderMap, query: &str, path: &str, pairs: &[(&str, Option<&str>)]) -> Frame {
        let language = Language::of(headers, query);
        let mut pairs = pairs.to_vec();
        pairs.push((language::PARAMETER, Some(language.locale.other().tag())));
        let other_language = urlencoded::address(path, &pairs);
        Frame { words: Words(language.locale), who: None, language, other_language }
    }

    pub(crate) fn locale(&self) -> Locale {
        self.language.locale
    }

    pub(crate) fn lang(&self) -> &'static str {
        language::html_lang(self.locale())
    }

    pub(crate) fn other_lang(&self) -> &'static str {
        language::html_lang(self.locale().other())
    }

    /// A text that takes no values.
    pub(crate) fn say(&self, key: &str) -> String {
        self.words.say(key)
    }

    #[expect(clippy::unused_self, reason = "templates call it on what they have")]
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::url(name)
    }

    /// The page as an answer.
    pub(crate) fn answer(&self, status: StatusCode, page: &impl Template) -> Response {
        let mut response = match page.render() {
            Ok(text) => (status, Html(text)).into_response(),
            // A template fails only when its own writing does; there is nothing of the page to show.
            Err(error) => return Problem::bug(format_args!("a page could not be written: {error}")).into_response(),
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(self.lang()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        language::add_cookie(headers, self.language.remember());
        response
    }

    /// The page for a request that failed.
    pub(crate) fn failure(&self, problem: &Problem) -> Response {
        let page = crate::pages::failure::Failure::of(self, problem);
        let mut response = self.answer(problem.status(), &page);
        if problem.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response.extensions_mut().insert(LoggedProblem { code: problem.code(), log: problem.to_string() });
        response
    }
}
