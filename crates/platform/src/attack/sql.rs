//! Signs of a statement.
//!
//! Invariant: each is a piece of grammar, not a word: what follows a quote, a comparison that is always true, a second statement, a
//! function that exists to wait or to tell.

use super::scan::Text;

/// Calls and names that stand for nothing else.
const NAMES: [&str; 24] = [
    "pg_sleep(",
    "pg_catalog.",
    "pg_shadow",
    "pg_read_file(",
    "waitfor delay",
    "dbms_pipe.",
    "dbms_lock.",
    "utl_http.",
    "utl_inaddr.",
    "extractvalue(",
    "updatexml(",
    "xp_cmdshell",
    "information_schema.",
    "sqlite_master",
    "sqlite_schema",
    "load_file(",
    "load_extension(",
    "into outfile",
    "into dumpfile",
    "randomblob(",
    "group_concat(",
    "gtid_subset(",
    "@@version",
    "procedure analyse(",
];
/// What joins a condition to the one there is.
const JOINS: [&str; 5] = ["or", "and", "xor", "having", "where"];
/// A second statement, by its two first words.
const SECOND: [(&str, &[&str]); 9] = [
    ("drop", &["table", "database", "schema", "view", "user", "role", "index", "trigger", "function"]),
    ("delete", &["from"]),
    ("insert", &["into"]),
    ("truncate", &["table"]),
    ("alter", &["table", "user", "role", "database"]),
    ("create", &["table", "user", "role", "function", "extension", "trigger", "view"]),
    ("attach", &["database"]),
    ("exec", &["master", "xp_cmdshell", "sp_executesql"]),
    ("shutdown", &["--", ";", "with"]),
];

/// Whether one is found.
pub(super) fn found(text: Text<'_>) -> bool {
    text.places().any(|at| match at.first() {
        Some(quote @ (b'\'' | b'"' | b'`')) => after_quote(at.skip(1), quote == b'"' || at.measures()),
        Some(b';') => second_statement(at.skip(1).past(b" ")),
        Some(b'(') => subquery(at.skip(1).past_one(b' ')),
        Some(b'|') => at.then("||").is_some_and(|rest| rest.past(b" ").then("(select").is_some()),
        Some(b'o' | b'a' | b'x' | b'h' | b'w') if at.begins_word() && tautology(at) => true,
        Some(b'u') if at.begins_word() && union(at) => true,
        Some(b'c' | b's' | b'b') if at.begins_word() && call(at) => true,
        Some(_) => at.begins_word() && name(at),
        None => false,
    })
}

fn name(at: Text<'_>) -> bool {
    let first = at.first();
    ordered(at) || NAMES.iter().any(|name| name.as_bytes().first().copied() == first && at.then(name).is_some())
}

/// A quote that ends what was to hold the text. Behind one that may stand for inches or feet two hyphens and words are usual.
fn after_quote(at: Text<'_>, is_measure: bool) -> bool {
    let closed = at.past(b" )");
    let comments_out = |at| if is_measure { comments_out_tightly(at) } else { comment(at).is_some() };
    let comments = comments_out(at) || (closed.follows_bracket() && comments_out(closed)) || spaced_comment(closed);
    comments || joined(closed) || ordered(closed)
}

/// Whether what is left is made a comment as nobody writes between words: without a space before it, and with nothing behind it.
fn comments_out_tightly(at: Text<'_>) -> bool {
    at.before() != Some(b' ') && comment(at).is_some_and(|rest| matches!(rest.rest(), b"" | b" -" | b"-"))
}

/// Behind what makes the rest of the statement a comment.
fn comment(at: Text<'_>) -> Option<Text<'_>> {
    let at = at.then(";").map_or(at, |rest| rest.past(b" "));
    let dashes = at.then("--").filter(|rest| rest.first().is_none_or(|byte| matches!(byte, b' ' | b'-' | b'+')));
    dashes.or_else(|| at.then("/*")).or_else(|| at.then("#").filter(|rest| rest.is_over()))
}

fn spaced_comment(at: Text<'_>) -> bool {
    at.before() == Some(b' ') && at.then("--").is_some_and(|rest| matches!(rest.rest(), b" -" | b"-"))
}

/// A condition joined to the one that the quote ended.
fn joined(at: Text<'_>) -> bool {
    let rest = at.any_word(&JOINS).or_else(|| at.then("||")).or_else(|| at.then("&&"));
    let Some(rest) = rest.map(|rest| rest.past(b" (")) else { return false };
    let rest = rest.word("not").map_or(rest, |rest| rest.past(b" ("));
    if let Some(rest) = rest.any_word(&["true", "false", "null"]) {
        return rest.past(b" )").is_over() || comment(rest.past(b" )")).is_some();
    }
    let behind = rest.number().or_else(|| rest.quoted()).map(|(_, behind)| behind);
    let own = || rest.past_while(super::scan::is_of_word);
    let (behind, is_name) = behind.map_or_else(|| (own(), true), |behind| (behind, false));
    let behind = behind.past(b" )");
    let (by_sign, by_word) = (operator(behind), behind.any_word(&["is", "in", "between"]));
    let Some(right) = by_sign.or(by_word) else { return false };
    match right.past(b" (").first() {
        Some(b'\'' | b'"') => true,
        Some(byte) if is_name || !byte.is_ascii_digit() => false,
        Some(_) => by_sign.is_some() || listed(right),
        None => false,
    }
}

fn operator(at: Text<'_>) -> Option<Text<'_>> {
    let signs = ["=", "<>", "!=", "<", ">"].iter().find_map(|sign| at.then(sign));
    signs.or_else(|| at.word("like"))
}

/// Numbers in brackets, as they stand behind an operator that is a word of people too: without them `2 in 1` is what a shampoo is.
fn listed(at: Text<'_>) -> bool {
    let inside = at.past_one(b' ').then("(");
    let behind = inside.and_then(|inside| inside.past(b" (").number());
    behind.is_some_and(|(_, behind)| matches!(behind.past_one(b' ').first(), Some(b',' | b')')))
}

/// A comparison of two numbers or two texts that decides itself.
fn tautology(at: Text<'_>) -> bool {
    let Some(left) = at.any_word(&JOINS) else { return false };
    let left = left.past(b" (");
    let left = left.word("not").map_or(left, |rest| rest.past(b" ("));
    let numbers = || {
        let (one, behind) = left.number()?;
        let (other, _) = behind.past(b" )").then("=")?.past(b" (").number()?;
        // Whoever tries what is false as well takes large numbers, so that they are not in the data.
        Some(one == other || (one.len() >= 4 && other.len() >= 4))
    };
    let texts = || {
        let (one, behind) = left.quoted()?;
        let right = behind.past(b" )").then("=")?.past(b" (");
        let other = right.first().filter(|byte| matches!(byte, b'\'' | b'"')).map(|_| right.skip(1))?;
        Some(other.rest().starts_with(one))
    };
    numbers().or_else(texts).unwrap_or(false)
}

/// Rows of another table added to those there are.
fn union(at: Text<'_>) -> bool {
    let Some(rest) = at.word("union").map(|rest| rest.past(b" (")) else { return false };
    let all = rest.any_word(&["all", "distinct"]);
    let Some(columns) = all.unwrap_or(rest).past(b" (").word("select").map(|rest| rest.past(b" (")) else {
        return false;
    };
    if all.is_some() {
        return true;
    }
    let begins = ["null", "*", "@@", "'", "char(", "chr(", "concat"].iter().any(|start| columns.then(start).is_some());
    begins || numbered(columns) || columns.holds(" from ")
}

/// Numbers in the place of columns: more than a number with a comma in it, or the last thing before a comment.
fn numbered(columns: Text<'_>) -> bool {
    let Some((_, behind)) = columns.number() else { return false };
    let end = behind.past_while(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b' ' | b')'));
    let listed = behind.rest().len() - end.rest().len();
    let commas = behind.rest().iter().take(listed).filter(|byte| **byte == b',').count();
    commas > 1 || comments_out(end)
}

/// Whether what is left is made a comment, without a space before it as between words.
fn comments_out(at: Text<'_>) -> bool {
    (at.before() != Some(b' ') && at.then("--").is_some()) || at.then("#").is_some_and(Text::is_over)
}

fn second_statement(at: Text<'_>) -> bool {
    let two = |(first, seconds): &(&str, &[&str])| {
        at.word(first).is_some_and(|rest| seconds.iter().any(|second| rest.past(b" ").then(second).is_some()))
    };
    let changes = at.word("update").is_some_and(|rest| rest.holds(" set ") && rest.holds("="));
    let asks = at.word("select").is_some_and(|rest| rest.holds(" from ") || rest.past(b" ").then("*").is_some());
    SECOND.iter().any(two) || changes || asks || at.then("declare @").is_some()
}

/// Behind the innermost bracket: those around it have nothing to add, and a text made of brackets is looked at once.
fn subquery(at: Text<'_>) -> bool {
    let Some(rest) = at.word("select").map(|rest| rest.past(b" (")) else { return false };
    let starts =
        ["concat(", "count(", "char(", "chr(", "*", "@@", "case when", "null", "'", "select", "upper(", "version("];
    starts.iter().any(|start| rest.then(start).is_some()) || rest.holds(" from ")
}

/// Calls that are told from words by what stands in their brackets.
fn call(at: Text<'_>) -> bool {
    let number =
        |name: &str| at.then(name).and_then(|rest| rest.past(b" '").number()).map(|(_, rest)| rest.past(b" '"));
    let built = |name: &str| number(name).and_then(|rest| rest.then(")")).map(|rest| rest.past(b" "));
    let joined = |rest: Text<'_>| rest.then("||").is_some() || rest.then("+ch").is_some();
    let waits = number("sleep(").is_some_and(|rest| rest.then(")").is_some()) || number("benchmark(").is_some();
    waits || built("chr(").is_some_and(joined) || built("char(").is_some_and(joined) || name(at)
}

/// Columns counted, and the rest of the statement made a comment.
fn ordered(at: Text<'_>) -> bool {
    let rest = at.then("order by ").or_else(|| at.then("group by "));
    let Some((_, rest)) = rest.and_then(|rest| rest.past(b" (").number()) else { return false };
    let rest = rest.past_while(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b',' | b')'));
    comments_out(rest)
}
