//! Which language a page speaks.
//!
//! Invariant: Spanish unless somebody chose otherwise on a page of ours; what was chosen is remembered in a cookie.

use axum::http::{HeaderMap, HeaderValue, header};
use platform::texts::Locale;

use crate::{session::cookie, urlencoded};

const COOKIE: &str = "gondola_lang";
/// Name of the choice in an address.
pub(crate) const PARAMETER: &str = "lang";

/// The language of a page, and whether it was chosen by this very address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Language {
    pub(crate) locale: Locale,
    chosen_now: bool,
}

impl Language {
    /// As the address says, else as was chosen before, else Spanish.
    pub(crate) fn of(headers: &HeaderMap, query: &str) -> Language {
        let chosen = urlencoded::value(query, PARAMETER).and_then(|tag| Locale::from_tag(&tag));
        let before = || cookie(headers, COOKIE).and_then(Locale::from_tag);
        Language { locale: chosen.or_else(before).unwrap_or_default(), chosen_now: chosen.is_some() }
    }

    /// The cookie that remembers a choice made now.
    pub(crate) fn remember(self) -> Option<HeaderValue> {
        self.chosen_now.then(|| kept(self.locale)).flatten()
    }
}

fn kept(locale: Locale) -> Option<HeaderValue> {
    let value = format!("{COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly", locale.tag());
    HeaderValue::from_str(&value).ok()
}

/// The cookie that remembers what somebody chose in their account.
pub(crate) fn chosen_by(tag: Option<&str>) -> Option<HeaderValue> {
    tag.and_then(Locale::from_tag).and_then(kept)
}

/// The language as an address names it, for `hreflang` and `lang`.
pub(crate) const fn html_lang(locale: Locale) -> &'static str {
    match locale {
        Locale::Es => "es-AR",
        Locale::En => "en",
    }
}

/// Adds a cookie to an answer.
pub(crate) fn add_cookie(headers: &mut HeaderMap, value: Option<HeaderValue>) {
    if let Some(value) = value {
        headers.append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spanish_unless_chosen() {
        let none = HeaderMap::new();
        let mut english = HeaderMap::new();
        english.insert(header::COOKIE, HeaderValue::from_static("a=b; gondola_lang=en"));
        assert_eq!(Language::of(&none, "").locale, Locale::Es);
        assert_eq!(Language::of(&none, "q=x&lang=en").locale, Locale::En);
        assert_eq!(Language::of(&english, "").locale, Locale::En);
        assert_eq!(Language::of(&english, "lang=es").locale, Locale::Es);
        assert_eq!(Language::of(&none, "lang=xx").locale, Locale::Es);
        assert!(Language::of(&english, "").remember().is_none());
        assert!(Language::of(&none, "lang=en").remember().is_some());
    }
}
