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
const COMMANDS: [&str; 5] = ["cat /", "bash -", "sh -c", "powershell", "nslookup "];
/// Commands that are words of hair care too, unless something is fetched.
const FETCHING: [&str; 2] = ["curl ", "wget "];

/// Whether one is found.
pub(super) fn found(text: Text<'_>) -> bool {
    text.places().any(|at| match at.first() {
        Some(b'$') if at.then("${").is_some_and(looks_up) => true,
        Some(b'$') if at.then("$(").is_some_and(commands) => true,
        Some(b'{' | b'$' | b'#' | b'%' | b'<' | b'*') => {
            OPENINGS.iter().any(|open| at.then(open).is_some_and(computes))
        }
        // Of several signs the last one is looked behind, so that a text made of them is looked at once.
        Some(b';' | b'|' | b'`') => commands(at.skip(1).past(b"& ")),
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
    let fetches = |rest: Text<'_>| rest.then("http").is_some() || rest.then("//").is_some() || has_option(rest);
    COMMANDS.iter().any(|command| at.then(command).is_some())
        || FETCHING.iter().any(|command| at.then(command).is_some_and(fetches))
}

/// Whether an option of a command stands here; hyphens alone are between words.
fn has_option(at: Text<'_>) -> bool {
    at.first() == Some(b'-') && at.past(b"-").first().is_some_and(|byte| byte.is_ascii_alphabetic())
}
