//! Finds the statements in source files, however their texts are put together.

use std::collections::HashSet;

use anyhow::{Context, Result, bail};
use store::{Bulk, db::Backend, dialect::Kind};

use super::{
    texts::Texts,
    tokens::{Token, arguments, inside, tokens},
};

/// A statement as each database gets it; `None` where it is not meant to run.
pub struct Statement {
    pub sqlite: Option<String>,
    pub postgres: Option<String>,
}

/// The statements in each of these files.
pub fn statements(sources: &[String]) -> Result<Vec<Vec<Statement>>> {
    let files: Vec<Vec<Token>> = sources.iter().map(|source| tokens(source)).collect();
    let mut texts = Texts::default();
    files.iter().for_each(|file| texts.learn_macros(file));
    let mut all = Vec::new();
    for file in &files {
        texts.learn_names(file);
        let mut found = Vec::new();
        let mut finder = Finder { texts: &texts, found: &mut found, elsewhere: only_on_one(file) };
        finder.walk(file)?;
        all.push(found);
    }
    Ok(all)
}

/// Names that are handed to `per_backend`: their texts are looked at there.
fn only_on_one(file: &[Token]) -> HashSet<String> {
    let calls =
        (0..file.len()).filter(|at| file[*at].named("per_backend") && file.get(at + 1).is_some_and(|t| t.is('(')));
    let single = |argument: &[Token]| if let [Token::Name(name)] = argument { Some(name.clone()) } else { None };
    calls.flat_map(|at| arguments(inside(file, at + 1).0).into_iter().filter_map(single).collect::<Vec<_>>()).collect()
}

struct Finder<'f> {
    texts: &'f Texts,
    found: &'f mut Vec<Statement>,
    elsewhere: HashSet<String>,
}

impl Finder<'_> {
    fn walk(&mut self, tokens: &[Token]) -> Result<()> {
        let mut at = 0;
        while at < tokens.len() {
            at = match &tokens[at..] {
                [Token::Name(word), bang, Token::Name(_), ..] if word == "macro_rules" && bang.is('!') => {
                    inside(tokens, at + 3).1
                }
                [Token::Name(word), bang, ..] if word == "format" && bang.is('!') => inside(tokens, at + 2).1,
                [Token::Name(word), Token::Name(name), ..] if is_binding(word) && self.elsewhere.contains(name) => {
                    (at..tokens.len()).find(|at| tokens[*at].is(';')).unwrap_or(tokens.len())
                }
                [Token::Name(word), open, ..] if word == "per_backend" && open.is('(') => {
                    let (inner, after) = inside(tokens, at + 1);
                    self.pair(inner)?;
                    after
                }
                [Token::Name(bulk), _, _, Token::Name(new), open, ..]
                    if bulk == "Bulk" && new == "new" && open.is('(') =>
                {
                    let (inner, after) = inside(tokens, at + 4);
                    self.bulk(inner)?;
                    after
                }
                [Token::Name(_), bang, open, ..] if bang.is('!') && open.is('(') => {
                    let after = inside(tokens, at + 2).1;
                    if self.statement(&tokens[at..after]) { after } else { at + 3 }
                }
                _ => {
                    self.statement(&tokens[at..=at]);
                    at + 1
                }
            };
        }
        Ok(())
    }

    /// Takes an expression that is a statement for both databases.
    fn statement(&mut self, expression: &[Token]) -> bool {
        // A name alone is where a text is used, not where it stands.
        let text = if let [Token::Name(_)] = expression { None } else { self.texts.value(expression) };
        let text = text.filter(|text| is_sql(text));
        let is_one = text.is_some();
        self.found.extend(text.map(|text| Statement { sqlite: Some(text.clone()), postgres: Some(text) }));
        is_one
    }

    fn pair(&mut self, inner: &[Token]) -> Result<()> {
        let [sqlite, postgres] = arguments(inner)[..] else { bail!("per_backend has two texts") };
        let (sqlite, postgres) = (self.texts.value(sqlite), self.texts.value(postgres));
        // In `dialect.rs` itself, and where macros make both, the texts are variables.
        let (Some(sqlite), Some(postgres)) = (sqlite, postgres) else { return Ok(()) };
        let unless_empty = |text: String| (!text.is_empty()).then_some(text);
        self.found.push(Statement { sqlite: unless_empty(sqlite), postgres: unless_empty(postgres) });
        Ok(())
    }

    fn bulk(&mut self, inner: &[Token]) -> Result<()> {
        let [columns, text] = arguments(inner)[..] else { bail!("Bulk::new has columns and a text") };
        let columns: Vec<_> = columns.windows(2).filter(|pair| pair[0].is('(')).collect();
        if columns.is_empty() {
            // Declared elsewhere, as where `dialect.rs` speaks of them in general.
            return Ok(());
        }
        let text = self.texts.value(text).context("the text of a Bulk is not known")?;
        let columns =
            arguments(inner)[0].split(|token| token.is('(')).skip(1).map(column).collect::<Result<Vec<_>>>()?;
        let bulk = Bulk::new(Box::leak(columns.into_boxed_slice()), Box::leak(text.into_boxed_str()));
        let on = |backend| Some(bulk.sql().on(backend).to_owned());
        self.found.push(Statement { sqlite: on(Backend::Sqlite), postgres: on(Backend::Postgres) });
        Ok(())
    }
}

fn is_binding(word: &str) -> bool {
    ["const", "static", "let"].contains(&word)
}

fn is_sql(text: &str) -> bool {
    let beginnings = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];
    beginnings.iter().any(|beginning| text.trim_start().starts_with(beginning))
}

/// `"name", Kind::Int)`.
fn column(tokens: &[Token]) -> Result<(&'static str, Kind)> {
    let end = tokens.iter().position(|token| token.is(')')).context("a column ends")?;
    let [Token::Text(name), .., Token::Name(kind)] = &tokens[..end] else { bail!("a column has a name and a kind") };
    let kind = match kind.as_str() {
        "Int" => Kind::Int,
        "Text" => Kind::Text,
        "Bytes" => Kind::Bytes,
        // Where the identity type is in scope too, the kind goes by a shorter name.
        "Uuid" | "Id" => Kind::Uuid,
        other => bail!("column {name} has kind {other:?}"),
    };
    Ok((Box::leak(name.clone().into_boxed_str()), kind))
}

#[test]
fn reads_each_way_of_writing_a_statement() {
    let source = r#"
        // "SELECT in a comment"
        macro_rules! of { ($rows:expr) => { concat!("SELECT a FROM ", $rows) }; }
        macro_rules! rows { () => { "rows" }; }
        let quote = '"'; let life: &'static str = "not one";
        static B: Bulk = Bulk::new(&[("a", Kind::Int), ("b", Text)], of!("input"));
        const X: &str = "SELECT 3"; tx.query(X);
        const PAIR: Pair = Pair { one: of!(rows!()) };
        let settings = "SELECT set_config()";
        Sql::per_backend("", settings);
        format!("WITH {x}");
    "#;
    let found = statements(&[source.to_owned()]).unwrap().remove(0);
    let texts: Vec<_> = found.iter().map(|s| (s.sqlite.as_deref(), s.postgres.as_deref())).collect();
    let both = |text| (Some(text), Some(text));
    assert!(texts[0].1.unwrap().ends_with("AS rows(a, b)) SELECT a FROM input"), "{texts:?}");
    assert_eq!(texts[1..], [both("SELECT 3"), both("SELECT a FROM rows"), (None, Some("SELECT set_config()"))]);
}
