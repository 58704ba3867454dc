//! Pages of a list: where the last one ended, in a form clients only hand back.
//!
//! Invariant: a cursor that we did not make is a 422, never a wrong page.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;
use utoipa::ToSchema;

use super::fields::{Fault, Fields, Read, Value, integer};

/// Most items on a page.
pub const MOST_ITEMS: i64 = 500;
/// Items on a page when nobody says.
pub const DEFAULT_ITEMS: i64 = 50;
const MOST_CURSOR_CHARS: usize = 2048;

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Most items wanted, 1 to [`MOST_ITEMS`].
    pub limit: i64,
    /// The key of the last item of the page before.
    pub after: Option<Vec<String>>,
}

impl Page {
    /// Reads `limit` and `cursor`; the cursor must hold a key of `parts` parts.
    pub fn from_fields(f: &mut Fields<'_>, parts: usize) -> Page {
        let limit = f.optional("limit", integer(1..=MOST_ITEMS)).unwrap_or(DEFAULT_ITEMS);
        Page { limit, after: f.optional("cursor", cursor(parts)) }
    }

    /// How many rows to fetch: one more than wanted tells whether there is another page.
    pub const fn fetch(&self) -> i64 {
        self.limit + 1
    }

    /// The list of what was fetched. `key` gives the key of an item.
    pub fn list<T>(&self, mut items: Vec<T>, key: impl Fn(&T) -> Vec<String>) -> List<T> {
        let wanted = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = items.len() > wanted;
        items.truncate(wanted);
        let next_cursor = items.last().filter(|_| more).map(|last| encode(&key(last)));
        List { items, next_cursor }
    }
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct List<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Hand it back as `cursor` for the next page; null on the last.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// The same page of something made of each item.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> List<U> {
        List { items: self.items.into_iter().map(make).collect(), next_cursor: self.next_cursor }
    }
}

/// The cursor of a key.
pub fn encode(key: &[String]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

/// A cursor that holds a key of `parts` parts.
pub fn cursor(parts: usize) -> impl Fn(&Value<'_>) -> Read<Vec<String>> {
    move |value| value.as_text().and_then(|text| decode(text, parts)).ok_or_else(|| Fault::new("invalid_cursor"))
}

fn decode(text: &str, parts: usize) -> Option<Vec<String>> {
    if text.len() > MOST_CURSOR_CHARS {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let key: Vec<String> = serde_json::from_slice(&bytes).ok()?;
    let good = key.len() == parts && !key.iter().any(|part| part.contains('\0'));
    good.then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str) -> Result<Page, crate::http::Problem> {
        Fields::from_query(query).unwrap().read(|f| Some(Page::from_fields(f, 2)))
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let all: Vec<i64> = (0..5).collect();
        let key = |n: &i64| vec![n.to_string(), "ñ/+".to_owned()];
        let mut query = "limit=2".to_owned();
        let mut seen = Vec::new();
        loop {
            let asked = page(&query).unwrap();
            let after = asked.after.as_ref().map_or(-1, |key| key[0].parse().unwrap());
            let rows =
                all.iter().copied().filter(|n| *n > after).take(usize::try_from(asked.fetch()).unwrap()).collect();
            let list = asked.list(rows, key);
            seen.extend(list.items);
            let Some(next) = list.next_cursor else { break };
            query = format!("limit=2&cursor={next}");
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_cursor_of_another_make_is_refused() {
        let other = encode(&["only one part".to_owned()]);
        for cursor in ["x", "%C3%B1", "bm9wZQ", &other, &"A".repeat(5000)] {
            let problem = page(&format!("cursor={cursor}")).unwrap_err();
            assert_eq!(problem.errors()[0].code, "invalid_cursor", "{cursor}");
        }
    }

    #[test]
    fn limits_have_limits() {
        assert_eq!(page("").unwrap(), Page { limit: 50, after: None });
        assert_eq!(page("limit=500").unwrap().limit, 500);
        for limit in ["0", "501", "-1", "x", "1.5", "99999999999999999999"] {
            assert!(page(&format!("limit={limit}")).is_err(), "{limit}");
        }
    }
}
