//! What surrounds every page: language, header, and the answer that carries it.
//!
//! Invariant: a page forbids scripts, styles and frames that are not ours, and is kept by no cache.

use std::sync::Arc;

use access::{Permission, Permit};
use askama::Template;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use platform::{
    http::context,
    http::problem::{LoggedProblem, Problem},
    texts::Locale,
};

use crate::{
    assets,
    language::{self, Language},
    session::Who,
    urlencoded,
    words::Words,
};

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

/// Where one may go, and what it takes.
const PLACES: [(&str, &str, Permission); 3] = [
    ("/", "ui-home", Permission::StockRead),
    ("/aprobaciones", "ui-approvals", Permission::ApprovalsDecide),
    ("/personas", "ui-people", Permission::UsersRead),
];

/// A page one may go to.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) path: &'static str,
    pub(crate) label: String,
    /// Whether this is it.
    pub(crate) here: bool,
}

/// What a page's template knows besides its own subject.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) words: Words,
    /// What whoever looks is called.
    pub(crate) who: Option<Arc<str>>,
    /// The mark that forms of their session carry.
    pub(crate) mark: Option<String>,
    /// Where they may go.
    pub(crate) places: Vec<Place>,
    /// Whether the warehouse runs elsewhere and does not answer.
    pub(crate) warehouse_away: bool,
    path: String,
    language: Language,
    /// The same page in the other language.
    pub(crate) other_language: String,
}

impl Frame {
    /// For a request; `path` and `pairs` lead to the same page.
    pub(crate) fn new(headers: &HeaderMap, query: &str, path: &str, pairs: &[(&str, Option<&str>)]) -> Frame {
        let language = Language::of(headers, query);
        let other_language = other_language(language, path, pairs);
        let words = Words(language.locale);
        let path = path.to_owned();
        Frame {
            words,
            who: None,
            mark: None,
            places: Vec::new(),
            warehouse_away: false,
            path,
            language,
            other_language,
        }
    }

    /// Says which address leads to the same page.
    pub(crate) fn leads_to(&mut self, path: &str, pairs: &[(&str, Option<&str>)]) {
        self.other_language = other_language(self.language, path, pairs);
    }

    /// Says who looks and where they may go.
    pub(crate) fn greet(&mut self, who: Option<&Who>) {
        self.mark = who.and_then(Who::presented).map(|presented| presented.token.csrf());
        if let Some(Who::Waiting(_, presented)) = who {
            self.who = Some(Arc::clone(&presented.open.principal().name));
        }
        let Some(principal) = who.and_then(Who::principal) else { return };
        self.who = Some(Arc::clone(&principal.name));
        let place = |(path, key, permission): &(&'static str, &str, Permission)| {
            let here = self.path == *path || (*path != "/" && self.path.starts_with(path));
            principal.may(*permission).then(|| Place { path, label: self.say(key), here })
        };
        self.places = PLACES.iter().filter_map(place).collect();
    }

    pub(crate) fn locale(&self) -> Locale {
        self.language.locale
    }

    /// What does not work now, in plain words.
    pub(crate) fn banner(&self) -> Option<String> {
        let key = match context::level() {
            ..=2 if self.warehouse_away => "ui-warehouse-away",
            2 => "ui-level-degraded",
            3 => "ui-level-minimal",
            4 => "ui-level-emergency",
            _ => return None,
        };
        Some(self.say(key))
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
        response.extensions_mut().insert(LoggedProblem::of(problem, problem.to_string()));
        response
    }
}

/// The same page in the other language.
fn other_language(language: Language, path: &str, pairs: &[(&str, Option<&str>)]) -> String {
    let mut pairs = pairs.to_vec();
    pairs.push((language::PARAMETER, Some(language.locale.other().tag())));
    urlencoded::address(path, &pairs)
}
