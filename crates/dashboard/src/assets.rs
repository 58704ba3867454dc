//! Style, script and icon, part of the program.
//!
//! Invariant: an address with the hash of what it names is the same for ever; without it, a browser asks each time and is told when
//! nothing changed.

use std::fmt::Write as _;

use axum::{
    extract::{Path, RawQuery},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::urlencoded;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

fn hash(file: &EmbeddedFile) -> String {
    file.metadata.sha256_hash().iter().take(10).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The address of a file, with its hash.
pub(crate) fn url(name: &str) -> String {
    Files::get(name).map_or_else(String::new, |file| format!("/assets/{name}?v={}", hash(&file)))
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

/// `GET /assets/{name}`
pub(crate) async fn serve(Path(name): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some(file) = Files::get(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let hash = hash(&file);
    let named = urlencoded::value(query.as_deref().unwrap_or_default(), "v").is_some_and(|version| version == hash);
    let tag = format!("\"{hash}\"");
    let same = headers.get(header::IF_NONE_MATCH).and_then(|seen| seen.to_str().ok()).is_some_and(|seen| {
        seen.split(',').any(|seen| seen.trim().trim_start_matches("W/") == tag || seen.trim() == "*")
    });
    let mut response = if same { StatusCode::NOT_MODIFIED.into_response() } else { file.data.into_response() };
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(&name)));
    answer.insert(header::CACHE_CONTROL, if named { FOR_EVER } else { ASK_AGAIN });
    answer.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.insert(header::ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_media_type_and_an_address() {
        assert!(Files::iter().count() >= 3);
        for name in Files::iter() {
            assert_ne!(media_type(&name), "application/octet-stream", "{name}");
            assert!(url(&name).starts_with(&format!("/assets/{name}?v=")), "{name}");
        }
        assert_eq!(url("nothing.css"), "");
    }
}
