//! Signs of an expression that something behind might compute or look up: a logger, a template, a shell.
//!
//! Invariant: a sum of money after `$` and a name in braces are usual text; what counts names a look-up or computes.

use super::scan::Text;

/// Look-ups by which loggers were made to fetch or to tell.
const LOOKUPS: [&str; 10] = ["jndi:", "${", "env:", "sys:", "lower:", "upper:", "::-", "script:", "url:", "java:"];
/// What opens a template's expression.
const OPENINGS: [&str; 6] = ["{{", "${", "#{", "%{", "<%=", "*{"];
/// What only an attack asks a template for.
const ASKED: [&str; 6] = ["__class__", "config.", "self.", "request.", "@java.", "t(java."];
/// Commands put behind a text.
const COMMANDS: [&str; 7] = ["curl ", "wget ", "cat /", "bash -", "sh -c", "powershell", "nslookup "];

/// Whether one is found.
pub(super) fn found(text: Text<'_>) -> bool {
    text.places().any(|at| match at.first() {
        Some(b'$') if at.then("${").is_some_and(looks_up) => true,
        Some(b'$') if at.then("$(").is_some_and(commands) => true,
        Some(b'{' | b'$' | b'#' | b'%' | b'<' | b'*') => {
            OPENINGS.iter().any(|open| at.then(open).is_some_and(computes))
        }
        Some(b';' | b'|' | b'`') => commands(at.skip(1).past(b"|& ")),
        _ => false,
    })
}

fn looks_up(at: Text<'_>) -> bool {
    LOOKUPS.iter().any(|lookup| at.then(lookup).is_some())
}

fn computes(at: Text<'_>) -> bool {
    let at = at.past(b" '");
    let product = at.number().and_then(|(_, rest)| rest.past(b" ").then("*")?.past(b" '").number());
    product.is_some()
        || ASKED.iter().any(|asked| at.then(asked).is_some())
        || at.past(b".'\"()[]").then("__class__").is_some()
}

fn commands(at: Text<'_>) -> bool {
    COMMANDS.iter().any(|command| at.then(command).is_some())
}
