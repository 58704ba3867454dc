//! Signs of a script in a page.
//!
//! Invariant: a bracket before a word is no element; one that runs nothing does not count.

use super::scan::{FAR, Text};

/// Elements that run or fetch something by being there.
const RUNNING: [&str; 7] = ["script", "iframe", "object", "embed", "applet", "!entity", "!doctype"];
/// Elements that do so by what is set on them.
const SET: [&str; 12] =
    ["img", "svg", "body", "input", "video", "audio", "details", "a", "link", "marquee", "math", "form"];
/// What is set on them.
const HANDLERS: [&str; 10] = [
    "onerror=",
    "onload=",
    "onclick=",
    "onmouseover=",
    "onfocus=",
    "ontoggle=",
    "onstart=",
    "onerror =",
    "onload =",
    "javascript:",
];

/// Whether one is found.
pub(super) fn found(text: Text<'_>) -> bool {
    text.places().any(|at| match at.first() {
        Some(b'<') => element(at.skip(1)),
        Some(b'j') if at.begins_word() => script_address(at),
        _ => false,
    })
}

fn element(at: Text<'_>) -> bool {
    let at = at.past(b"/ ");
    let ends = |rest: Text<'_>| rest.first().is_none_or(|byte| matches!(byte, b' ' | b'>' | b'/' | b'"' | b'\''));
    let runs = RUNNING.iter().any(|name| at.then(name).is_some_and(ends));
    runs || SET.iter().any(|name| at.then(name).is_some_and(|rest| ends(rest) && is_set(rest)))
}

/// Whether something that runs is set on an element, not far behind its name.
fn is_set(at: Text<'_>) -> bool {
    let ahead = at.places().take(FAR).take_while(|there| there.first() != Some(b'<'));
    let mut begins = ahead.filter(|there| matches!(there.first(), Some(b'o' | b'j')));
    begins.any(|there| HANDLERS.iter().any(|handler| there.then(handler).is_some()))
}

/// An address that is a script, with a call in it.
fn script_address(at: Text<'_>) -> bool {
    at.then("javascript:").is_some_and(|rest| rest.past_while(|byte| byte != b'(' && byte != b' ').then("(").is_some())
}
