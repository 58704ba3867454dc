//! What an object store answers: errors, lists, uploads that were begun, pieces of objects. What was read, written again, reads as the same.
#![no_main]

use bytes::Bytes;
use gondola_fuzz::answer;
use http::Response;
use libfuzzer_sys::fuzz_target;
use platform::objects::s3::answers::{Found, Page, Said, uploads, value_of};

/// Bytes from which on a piece is asked for, and how many.
const ASKED: [(u64, u64); 4] = [(0, 1), (0, 4096), (3, 5), (u64::MAX - 1, u64::MAX)];

fuzz_target!(|bytes: &[u8]| {
    let (headers, body) = answer(bytes);
    for (from, most) in ASKED {
        let mut answer = Response::new(Bytes::copy_from_slice(body));
        *answer.headers_mut() = headers.clone();
        let Ok(found) = Found::of(answer, from, most) else { continue };
        assert_eq!(found.piece, body);
        assert_eq!(body.len() as u64, found.bytes.saturating_sub(from).min(most));
        assert!(found.sum.is_none_or(|sum| headers.get("x-amz-meta-sha256").is_some_and(|known| *known == *sum)));
    }
    let said = Said::of(body);
    assert!(said.words.chars().count() <= 300 && (said.code.is_some() || said.words.is_empty()));
    let page = Page::of(body);
    assert!(page.next.as_ref().is_none_or(|next| !next.is_empty()));
    assert_eq!(Page::of(written(&page).as_bytes()), page);
    let begun = uploads(body);
    let again: String =
        begun.iter().map(|(key, id)| element("Upload", &(value("Key", key) + &value("UploadId", id)))).collect();
    assert_eq!(uploads(again.as_bytes()), begun);
    if let Some(id) = value_of(body, "UploadId") {
        assert_eq!(value_of(value("UploadId", &id).as_bytes(), "UploadId"), Some(id));
    }
});

fn written(page: &Page) -> String {
    let object =
        |(name, bytes): &(String, u64)| element("Contents", &(value("Key", name) + &value("Size", &bytes.to_string())));
    let objects: String = page.objects.iter().map(object).collect();
    let next = page.next.iter().map(|next| value("NextContinuationToken", next));
    element("ListBucketResult", &(objects + &next.collect::<String>()))
}

fn value(name: &str, text: &str) -> String {
    element(name, &text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

fn element(name: &str, inside: &str) -> String {
    format!("<{name}>{inside}</{name}>")
}
