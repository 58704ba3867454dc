//! What a statement is called, and how it is told.
//!
//! Invariant: made of the statement's text alone, and of what it says after the list of its parameters.

/// Characters of a slow statement that are told.
const MOST_SHOWN: usize = 400;
/// What a statement that takes rows says after its first word.
const LIST: &str = " input AS (";

/// A statement in one line, its beginning where it is long.
pub(super) fn shape(text: &str) -> String {
    let line = beyond_list(text).split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A statement without the list of its parameters.
fn beyond_list(text: &str) -> &str {
    let mut open = 1_usize;
    let list = text.split_once(LIST).filter(|(first, _)| first.eq_ignore_ascii_case("with"));
    let Some((_, list)) = list else { return text };
    let end = list.char_indices().find(|(_, c)| {
        open = match c {
            '(' => open + 1,
            ')' => open - 1,
            _ => open,
        };
        open == 0
    });
    end.map_or(text, |(end, _)| list[end + 1..].trim_start())
}

/// What a statement does first that changes something, or else what it reads first.
pub(super) fn name(text: &str) -> String {
    let text = beyond_list(text).to_ascii_lowercase();
    let words: Vec<&str> =
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    let at = |i: usize| words.get(i).copied().unwrap_or_default();
    let writes = (0..words.len()).find_map(|i| match (at(i), at(i + 1)) {
        ("insert", "into") => Some(format!("insert {}", at(i + 2))),
        ("delete", "from") => Some(format!("delete {}", at(i + 2))),
        ("update", table) if (2..=4).any(|n| at(i + n) == "set") && table != "set" => Some(format!("update {table}")),
        _ => None,
    });
    let reads = |i: &usize| matches!(at(*i), "from" | "join") && is_table(at(i + 1));
    let reads = || (0..words.len()).find(reads).map(|i| format!("select {}", at(i + 1)));
    writes.or_else(reads).unwrap_or_else(|| at(0).to_owned())
}

/// Whether that is no list of parameters and no question within the question.
fn is_table(word: &str) -> bool {
    let lists = ["input", "json_each", "jsonb_each", "jsonb_array_elements", "unnest", "rows"];
    let questions = ["", "select", "with", "lateral", "only"];
    !lists.contains(&word) && !questions.contains(&word) && !word.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bulk, db::Backend, dialect::Kind, ledger::read::POSTINGS};

    #[test]
    fn a_statement_is_called_by_what_it_does() {
        for (text, expected) in [
            ("select id from product where sku = $1", "select product"),
            ("select a from (select b from valuation v) x", "select valuation"),
            ("with input as (select 1 from json_each($1)) select * from input join lot on 1 from lot", "select lot"),
            ("insert into entry select 1 from chain on conflict do update set a = 1", "insert entry"),
            ("update chain set seq = 1", "update chain"),
            ("update chain as c set seq = 1", "update chain"),
            ("select 1 from chain for update", "select chain"),
            ("with input as (select 1 from unnest($1)) select 1 from input i join chain c on 1", "select chain"),
            ("select 1 from (with recursive days as (select 1 from posting) select 1 from days)", "select posting"),
            ("delete from nonce where at < $1", "delete nonce"),
            ("select 1", "select"),
            ("", ""),
        ] {
            assert_eq!(name(text), expected, "{text}");
        }
    }

    #[test]
    fn what_takes_rows_is_known_by_what_it_does_with_them() {
        let columns = &[("a", Kind::Int), ("b", Kind::Text), ("c", Kind::Uuid)];
        let [reads, writes] =
            ["SELECT 1 FROM input i JOIN chain c ON c.site = i.a", "INSERT INTO lot SELECT a FROM input"]
                .map(|text| Bulk::new(columns, text));
        for backend in [Backend::Sqlite, Backend::Postgres] {
            for (bulk, called) in [(&reads, "select chain"), (&writes, "insert lot")] {
                assert_eq!(name(bulk.sql().on(backend)), called);
            }
            assert_eq!(shape(reads.sql().on(backend)), "SELECT 1 FROM input i JOIN chain c ON c.site = i.a");
            assert_eq!(name(POSTINGS.on(backend)), "select posting");
            assert!(shape(POSTINGS.on(backend)).starts_with("SELECT i.n, (SELECT STRING_AGG("));
        }
    }

    #[test]
    fn a_long_statement_is_told_by_its_beginning() {
        assert_eq!(shape(&"é ".repeat(1_000)).chars().count(), MOST_SHOWN + 1);
        assert_eq!(shape("WITH input AS (SELECT (1"), "WITH input AS (SELECT (1", "whatever it says");
    }
}
