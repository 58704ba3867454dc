//! What a store answers: in XML, of which a few elements matter, and with a piece of an object.
//!
//! Invariant: any text gives an answer, of no more than stands in it; what is no number or has no end is not there. A piece is the one that
//! was asked for.

use axum::{
    body::Bytes,
    http::{HeaderMap, Response, header},
};

use super::SUM;

/// Why something was not done, when it says so.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What it calls the reason; `None` where nothing is wrong.
    pub code: Option<String>,
    /// What it says of it, cut short.
    pub words: String,
}

/// A page of objects.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Names and bytes.
    pub objects: Vec<(String, u64)>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A piece of an object.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// Bytes of the whole.
    pub bytes: u64,
    /// The SHA-256 that the whole was put with, where the store has it.
    pub sum: Option<String>,
    /// What the store calls this state of it.
    pub tag: String,
    /// The piece.
    pub piece: Bytes,
}

impl Found {
    /// The answer to a request for so many bytes from there on; the error says what is wrong with it.
    pub fn of(answer: Response<Bytes>, from: u64, most: u64) -> Result<Found, String> {
        let (head, piece) = answer.into_parts();
        let came = piece.len() as u64;
        // Without a range it is the whole.
        let (begin, bytes) = match text(&head.headers, header::CONTENT_RANGE.as_str()) {
            Some(range) => place(range).ok_or("where its bytes belong is not said")?,
            None => (0, came),
        };
        let due = bytes.saturating_sub(from).min(most);
        if (begin, came) != (from, due) {
            return Err(format!("{came} bytes from {begin} came of {due} from {from}"));
        }
        let owned = |name| text(&head.headers, name).map(str::to_owned);
        Ok(Found { bytes, sum: owned(SUM), tag: owned("etag").unwrap_or_default(), piece })
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Where `bytes 0-9/300` begins, and of how many.
fn place(range: &str) -> Option<(u64, u64)> {
    let (place, whole) = range.strip_prefix("bytes ")?.split_once('/')?;
    Some((place.split_once('-')?.0.parse().ok()?, whole.parse().ok()?))
}

/// Bytes at whose beginning an error is looked for; what is larger is a piece of an object.
const MOST_SAID: usize = 16 * 1024;

impl Said {
    /// What stands in a body, which may be an object and speak of nothing of the kind.
    pub fn of(body: &[u8]) -> Said {
        let text = if body.len() <= MOST_SAID { std::str::from_utf8(body).unwrap_or_default() } else { "" };
        let text = text.trim_start_matches('\u{feff}').trim_start();
        // An object may hold such words too, but it does not begin as an error does.
        let is_error = text.starts_with("<Error>") || (text.starts_with("<?xml") && element(text, "Error").is_some());
        let Some(error) = element(text, "Error").filter(|_| is_error) else { return Said::default() };
        let words: String = value(error, "Message").unwrap_or_default().chars().take(300).collect();
        Said { code: value(error, "Code").or_else(|| Some("Error".to_owned())), words }
    }
}

impl Page {
    /// What stands in a body.
    pub fn of(body: &[u8]) -> Page {
        let text = std::str::from_utf8(body).unwrap_or_default();
        let object = |contents: &str| Some((value(contents, "Key")?, value(contents, "Size")?.parse().ok()?));
        let next = value(text, "NextContinuationToken").filter(|token| !token.is_empty());
        Page { objects: elements(text, "Contents").filter_map(object).collect(), next }
    }
}

/// The text of the first element of that name.
pub fn value_of(body: &[u8], name: &str) -> Option<String> {
    value(std::str::from_utf8(body).ok()?, name)
}

/// Uploads that were begun: the object and the id of each.
pub fn uploads(body: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let upload = |upload: &str| Some((value(upload, "Key")?, value(upload, "UploadId")?));
    elements(text, "Upload").filter_map(upload).collect()
}

fn value(xml: &str, name: &str) -> Option<String> {
    element(xml, name).map(plain)
}

fn element<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    elements(xml, name).next()
}

/// What stands inside each element of that name. None of those asked for holds another of its own name.
fn elements<'x>(xml: &'x str, name: &str) -> impl Iterator<Item = &'x str> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        loop {
            let after = &rest[rest.find(&open)? + open.len()..];
            rest = after;
            let Some(inside) = after.strip_prefix('>').or_else(|| {
                let attributes = after.starts_with(|c: char| c.is_ascii_whitespace());
                attributes.then(|| after.split_once('>').map(|(_, inside)| inside)).flatten()
            }) else {
                continue;
            };
            let end = inside.find(&close)?;
            rest = &inside[end + close.len()..];
            return Some(&inside[..end]);
        }
    })
}

/// Without the five entities of XML and those by number.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let known = after.split_once(';').and_then(|(name, after)| Some((character(name)?, after)));
        let (character, after) = known.unwrap_or(('&', after));
        out.push(character);
        rest = after;
    }
    out.push_str(rest);
    out
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_page_of_names_is_read() {
        let page = Page::of(
            br#"<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>
            <Contents><Key>a&amp;b&#x41;.backup</Key><ETag>&quot;x&quot;</ETag><Size>12</Size></Contents>
            <ContentsOfNothing/><Contents><Key>c</Key><Size>-1</Size></Contents><Contents><Key>d</Key><Size>0</Size>
            </Contents><NextContinuationToken>t+/=</NextContinuationToken></ListBucketResult>"#,
        );
        assert_eq!(page.objects, [("a&bA.backup".to_owned(), 12), ("d".to_owned(), 0)]);
        assert_eq!(page.next.as_deref(), Some("t+/="));
        assert_eq!(Page::of(b"\xff<Contents>"), Page::default());
    }

    #[test]
    fn a_refusal_is_told_from_an_object_that_speaks_of_one() {
        let code = |body: &str| Said::of(body.as_bytes()).code;
        let error = "<Error><Code>NoSuchBucket</Code><Message>The bucket</Message></Error>";
        assert_eq!(code(error).as_deref(), Some("NoSuchBucket"));
        assert_eq!(code(&format!("<?xml version=\"1.0\"?>\n{error}")).as_deref(), Some("NoSuchBucket"));
        assert_eq!(code(&format!("a page about {error}")), None);
        assert_eq!(code("<Error></Error>").as_deref(), Some("Error"));
        assert_eq!(code(""), None);
        let begun = uploads(b"<X><Upload><Key>k</Key><UploadId>1</UploadId></Upload><Upload><Key>l</Key></Upload></X>");
        assert_eq!(begun, [("k".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn a_piece_is_the_one_that_was_asked_for_or_none() {
        let found = |range: Option<&'static str>, body: &'static str, (from, most)| {
            let mut answer = Response::new(Bytes::from_static(body.as_bytes()));
            if let Some(range) = range {
                answer.headers_mut().insert(header::CONTENT_RANGE, range.parse().unwrap());
            }
            Found::of(answer, from, most).map(|found| found.bytes).ok()
        };
        assert_eq!(found(Some("bytes 0-2/9"), "abc", (0, 3)), Some(9));
        assert_eq!(found(Some("bytes 7-8/9"), "hi", (7, 3)), Some(9));
        assert_eq!(found(None, "abc", (0, 8)), Some(3), "a whole that is short");
        for (range, body, asked) in [
            (Some("bytes 0-2/9"), "ab", (0, 3)),
            (Some("bytes 0-2/9"), "abcd", (0, 3)),
            (Some("bytes 3-5/9"), "abc", (0, 3)),
            (Some("bytes */9"), "abc", (0, 3)),
            (Some("bytes 0-2/*"), "abc", (0, 3)),
            (Some("lines 0-2/9"), "abc", (0, 3)),
            (Some("bytes 9-11/9"), "abc", (9, 3)),
            (None, "abcdefghi", (3, 3)),
            (None, "abcdefghi", (0, 3)),
        ] {
            assert_eq!(found(range, body, asked), None, "{range:?} {body} {asked:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(<|>|/|Error|Contents|Key|Size|&|#|x|;|1| |\\PC){0,60}") {
            let (said, page) = (Said::of(text.as_bytes()), Page::of(text.as_bytes()));
            prop_assert!(said.words.len() <= text.len() && page.objects.len() * 20 <= text.len());
        }
    }
}
