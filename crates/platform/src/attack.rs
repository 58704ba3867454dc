//! Recognising that somebody tries to have what they send understood as something else: as a statement, a path, a script, a look-up.
//!
//! Invariant: pure, in time proportional to what is looked at, and without an allocation for what holds nothing odd. Such text does
//! nothing here, since every value is bound and every page escapes; what is recognised is that it was tried. Only what nobody writes by
//! chance counts: a name with an apostrophe, a word such as “select” and two hyphens are usual text.

mod lookup;
mod markup;
mod odd;
mod plain;
mod scan;
mod sql;
mod traversal;

use std::borrow::Cow;

use axum::http::Uri;

use self::{plain::decoded, scan::Text};

/// Times that escapes in an address are undone: what is checked once and unescaped once more behind the check is an old trick.
const DECODED: usize = 2;

/// Bytes of a text that are looked at: what is tried stands near the beginning.
const MOST_TEXT: usize = 4096;

/// As what it was meant to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sign {
    /// A statement of a database.
    Sql,
    /// A path that leads out of where it begins.
    Traversal,
    /// A script in a page.
    Script,
    /// An expression that something behind might compute or look up.
    Lookup,
}

impl Sign {
    /// All of them.
    pub const ALL: [Sign; 4] = [Sign::Sql, Sign::Traversal, Sign::Script, Sign::Lookup];

    /// Its name in the log and in figures.
    pub const fn name(self) -> &'static str {
        match self {
            Sign::Sql => "sql",
            Sign::Traversal => "traversal",
            Sign::Script => "script",
            Sign::Lookup => "lookup",
        }
    }
}

/// Where it stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the path of a request.
    Path,
    /// In its query.
    Query,
    /// In the name somebody gives to come in.
    Login,
    /// In a field that was refused.
    Field,
}

impl Place {
    /// All of them.
    pub const ALL: [Place; 4] = [Place::Path, Place::Query, Place::Login, Place::Field];

    /// Its name in the log and in figures.
    pub const fn name(self) -> &'static str {
        match self {
            Place::Path => "path",
            Place::Query => "query",
            Place::Login => "login",
            Place::Field => "field",
        }
    }
}

/// Something that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// As what.
    pub sign: Sign,
    /// Where.
    pub place: Place,
}

/// What is tried by the address that a request asks for, its escapes undone once and twice.
pub fn in_address(uri: &Uri) -> Option<Attempt> {
    let parameters = uri.query().into_iter().flat_map(|query| query.split('&'));
    let parts = std::iter::once((uri.path(), Place::Path)).chain(parameters.map(|part| (part, Place::Query)));
    parts.into_iter().find_map(|(part, place)| Some(Attempt { sign: escaped(part.as_bytes(), place)?, place }))
}

/// What is tried by a text that stands for itself, without escapes.
pub fn in_text(text: &str, place: Place) -> Option<Attempt> {
    let text = text.as_bytes();
    let text = text.get(..MOST_TEXT).unwrap_or(text);
    let sign = if odd::in_text(text) { judge(text, place) } else { None }?;
    Some(Attempt { sign, place })
}

fn escaped(part: &[u8], place: Place) -> Option<Sign> {
    if !odd::in_address(part) {
        return None;
    }
    let mut text: Cow<'_, [u8]> = Cow::Borrowed(part);
    for time in 0..=DECODED {
        if let Some(sign) = judge(&text, place) {
            return Some(sign);
        }
        // In a form a plus is a space, and only where nothing was undone yet.
        text = Cow::Owned(decoded(&text, time == 0 && place == Place::Query)?);
    }
    None
}

fn judge(text: &[u8], place: Place) -> Option<Sign> {
    let text = plain::plain(text);
    let text = Text::of(&text);
    let found = [
        (Sign::Traversal, traversal::found(text, place == Place::Path)),
        (Sign::Sql, sql::found(text)),
        (Sign::Script, markup::found(text)),
        (Sign::Lookup, lookup::found(text)),
    ];
    found.into_iter().find(|(_, found)| *found).map(|(sign, _)| sign)
}

#[cfg(test)]
mod tests;
