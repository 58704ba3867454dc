//! Finds the statements in a source file: its string literals that begin like SQL, and the columns that bulk ones declare.

use anyhow::{Context, Result, bail};
use store::{Bulk, db::Backend, dialect::Kind};

/// A statement as each database gets it; `None` where it is not meant to run.
pub struct Statement {
    pub sqlite: Option<String>,
    pub postgres: Option<String>,
}

/// A string literal with the code before and after it.
struct Literal {
    before: String,
    text: String,
    after: String,
}

/// The statements in a file. The templates from which `dialect.rs` makes bulk statements are none.
pub fn statements(source: &str) -> Result<Vec<Statement>> {
    let literals = literals(source)?;
    let mut found = Vec::new();
    let mut rest = literals.as_slice();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if first.before.contains("Bulk::new(") && !is_sql(&first.text) {
            let columns = 1 + tail.iter().position(|literal| is_sql(&literal.text)).context("Bulk::new has a text")?;
            let declared = std::iter::once(first).chain(&tail[..columns - 1]).map(column).collect::<Result<Vec<_>>>()?;
            found.push(bulk(declared, &tail[columns - 1].text));
            rest = &tail[columns..];
        } else if let Some((second, tail)) = pair(first, tail) {
            found.push(Statement { sqlite: unless_empty(&first.text), postgres: unless_empty(&second.text) });
            rest = tail;
        } else if is_sql(&first.text) && is_whole(first) && is_for_both(first, source) {
            found.push(Statement { sqlite: unless_empty(&first.text), postgres: unless_empty(&first.text) });
        }
    }
    Ok(found)
}

fn is_sql(text: &str) -> bool {
    let beginnings = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];
    beginnings.iter().any(|beginning| text.trim_start().starts_with(beginning))
}

/// `per_backend("…", "…")`.
fn pair<'l>(first: &Literal, tail: &'l [Literal]) -> Option<(&'l Literal, &'l [Literal])> {
    let (second, tail) = tail.split_first()?;
    let both = first.before.trim_end().ends_with("per_backend(") && second.before.trim() == ",";
    both.then_some((second, tail))
}

/// Not a piece of a `format!` or `concat!`.
fn is_whole(literal: &Literal) -> bool {
    let before = literal.before.trim_end();
    !before.ends_with("format!(") && !before.ends_with("concat!(")
}

/// Not only given a name and then handed to `per_backend`.
fn is_for_both(literal: &Literal, source: &str) -> bool {
    let named = literal.before.trim_end().strip_suffix('=').and_then(|before| before.trim_end().rsplit("let ").next());
    named.is_none_or(|name| !source.contains(&format!(", {name})")))
}

fn unless_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// `("name", Kind::Int)`.
fn column(literal: &Literal) -> Result<(&'static str, Kind)> {
    let kind = literal.after.split(')').next().unwrap_or_default().rsplit([',', ':', ' ']).next().unwrap_or_default();
    let kind = match kind {
        "Int" => Kind::Int,
        "Text" => Kind::Text,
        "Bytes" => Kind::Bytes,
        // Where the identity type is in scope too, the kind goes by a shorter name.
        "Uuid" | "Id" => Kind::Uuid,
        other => bail!("column {} has kind {other:?}", literal.text),
    };
    Ok((Box::leak(literal.text.clone().into_boxed_str()), kind))
}

fn bulk(columns: Vec<(&'static str, Kind)>, text: &str) -> Statement {
    let bulk = Bulk::new(Box::leak(columns.into_boxed_slice()), Box::leak(text.to_owned().into_boxed_str()));
    let on = |backend| Some(bulk.sql().on(backend).to_owned());
    Statement { sqlite: on(Backend::Sqlite), postgres: on(Backend::Postgres) }
}

/// The string literals of a file, comments left out.
fn literals(source: &str) -> Result<Vec<Literal>> {
    let mut found: Vec<Literal> = Vec::new();
    let mut code = String::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.find('\n').map_or("", |end| &comment[end..]);
        } else if let Some(quote) = ["'\"'", "'\\''", "'\\\"'"].into_iter().find(|quote| rest.starts_with(quote)) {
            rest = &rest[quote.len()..];
        } else if let Some(text) = rest.strip_prefix('"') {
            let (text, after) = literal(text).context("a string literal has an end")?;
            if let Some(last) = found.last_mut() {
                last.after.clone_from(&code);
            }
            found.push(Literal { before: std::mem::take(&mut code), text, after: String::new() });
            rest = after;
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    if let Some(last) = found.last_mut() {
        last.after = code;
    }
    Ok(found)
}

/// A literal whose opening quote was read, and what follows its closing one.
fn literal(source: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut chars = source.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((text, &source[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => text.push('\n'),
                other => text.push(other),
            },
            _ => text.push(c),
        }
    }
    None
}

#[test]
fn reads_each_way_of_writing_a_statement() {
    let source = r#"
        // "SELECT in a comment"
        let quote = '"';
        static B: Bulk = Bulk::new(&[("a", Kind::Int), ("b", Text)], "SELECT a FROM input");
        tx.query("SELECT 1").bind("x");
        Sql::per_backend("", "SELECT 2 FOR UPDATE");
    "#;
    let found: Vec<_> = statements(source).unwrap().into_iter().map(|s| (s.sqlite, s.postgres)).collect();
    assert_eq!(found.len(), 3);
    assert!(found[0].1.as_deref().unwrap().contains("UNNEST(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[]))"));
    assert_eq!(found[1], (Some("SELECT 1".into()), Some("SELECT 1".into())));
    assert_eq!(found[2], (None, Some("SELECT 2 FOR UPDATE".into())));
}
