//! Signs of a path that leads out.
//!
//! Invariant: three dots are an ellipsis, one step up in a text is a relative name; a step up in a request's path is no name of ours.

use super::scan::Text;

/// What lies where such a path leads.
const TARGETS: [&str; 9] = ["etc/", "proc/", "windows/", "windows\\", "winnt/", "boot.ini", "win.ini", "web-inf", ".."];
/// What is asked for by its whole name.
const FILES: [&str; 9] = [
    "/etc/passwd",
    "/etc/shadow",
    "/proc/self/",
    "c:\\windows",
    "c:/windows",
    "/win.ini",
    "/boot.ini",
    "/web-inf/",
    "file:///",
];

/// Whether one is found, in a path or in other text.
pub(super) fn found(text: Text<'_>, in_path: bool) -> bool {
    text.places().any(|at| match at.first() {
        Some(b'.') => begins_step(at) && step(at).is_some_and(|rest| in_path || leads(rest)),
        Some(b'/' | b'c' | b'f') => FILES.iter().any(|file| at.then(file).is_some()),
        _ => false,
    })
}

fn begins_step(at: Text<'_>) -> bool {
    at.before().is_none_or(|before| matches!(before, b'/' | b'\\' | b'=' | b'&' | b' ' | b'\'' | b'"' | b':'))
}

/// Behind `../`, `..\` or, as filters are tricked, `....//`; at the end of a path two dots do.
fn step(at: Text<'_>) -> Option<Text<'_>> {
    let doubled = || at.then("....//").or_else(|| at.then("....\\\\"));
    let single = || at.then("../").or_else(|| at.then("..\\"));
    let last = || at.then("..").filter(|rest| rest.is_over() || rest.first() == Some(b';'));
    doubled().or_else(single).or_else(last)
}

/// Whether it goes on to where such a path leads.
fn leads(at: Text<'_>) -> bool {
    let at = at.past(b"/\\");
    TARGETS.iter().any(|target| at.then(target).is_some())
}
