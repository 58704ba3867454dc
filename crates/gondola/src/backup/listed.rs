//! What a copy that PostgreSQL's tool makes has in it, looked at while it is made.
//!
//! Invariant: the copy goes on as fast as it would otherwise, whatever becomes of the list.

use std::{
    io::{self, Read, Write},
    process::{ChildStdin, ChildStdout},
    thread::JoinHandle,
};

use super::tools::{self, Tool};
use crate::cli::Failure;

/// Bytes of a list that are read: a hundred for each of tens of thousands of entries.
const MOST_LIST: u64 = 4 * 1024 * 1024;

/// The list that becomes of a copy.
pub(super) struct List {
    tool: Tool,
    text: JoinHandle<io::Result<String>>,
}

/// Reads a copy, and has what goes by listed.
pub(super) struct Listed<R> {
    copy: R,
    /// Where what goes by is shown, for as long as somebody looks: what is in a copy stands at its head.
    shown: Option<ChildStdin>,
}

/// Has the copy listed that is read through the first of the two.
pub(super) fn beside<R: Read>(copy: R) -> anyhow::Result<(Listed<R>, List)> {
    let (tool, shown, output) = tools::list()?;
    // Beside: whoever lists must not wait for us to read while we wait for it.
    let text = std::thread::spawn(move || all_of(output));
    Ok((Listed { copy, shown: Some(shown) }, List { tool, text }))
}

fn all_of(mut output: ChildStdout) -> io::Result<String> {
    let mut text = String::new();
    output.by_ref().take(MOST_LIST).read_to_string(&mut text)?;
    io::copy(&mut output, &mut io::sink())?;
    Ok(text)
}

impl<R: Read> Read for Listed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.copy.read(into)?;
        // It has seen enough once it takes no more; at the end it is told that there is no more.
        let over = self.shown.as_mut().is_some_and(|shown| read == 0 || shown.write_all(&into[..read]).is_err());
        if over {
            self.shown = None;
        }
        Ok(read)
    }
}

impl List {
    /// An error unless every one of those tables of a schema is in the copy.
    pub(super) fn holds(self, schema: &str, tables: &[String]) -> anyhow::Result<()> {
        self.tool.end()?;
        let text = self.text.join().map_err(|_| anyhow::anyhow!("the list of a copy could not be read"))??;
        let missing = missing(&text, schema, tables);
        if missing.is_empty() { Ok(()) } else { Err(lacks(&missing.join(", ")).into()) }
    }
}

/// The tables that a list does not have. Its lines are `215; 1259 16386 TABLE schema name owner`.
fn missing<'t>(list: &str, schema: &str, tables: &'t [String]) -> Vec<&'t str> {
    let entries: Vec<&str> = list.lines().filter_map(|line| line.splitn(4, ' ').nth(3)).collect();
    let is_there = |table: &str| {
        let entry = format!("TABLE {schema} {table} ");
        entries.iter().any(|found| found.starts_with(&entry))
    };
    tables.iter().map(String::as_str).filter(|table| !is_there(table)).collect()
}

fn lacks(tables: &str) -> Failure {
    Failure::new(
        format!("a la copia le faltan tablas que hay en la base ({tables}); no se guardó"),
        format!("the backup lacks tables that the database has ({tables}); it was not kept"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_not_in_the_list_is_named() {
        let list = ";\n; Archive created at 2026-11-26\n;\n215; 1259 16386 TABLE La Tienda site ana\n\
                    3390; 0 16386 TABLE DATA La Tienda site ana\n216; 1259 16390 TABLE La Tienda movement_kind ana\n\
                    217; 1259 16390 SEQUENCE La Tienda posting ana\n";
        let tables = ["site", "movement_kind", "movement", "posting"].map(str::to_owned);
        assert_eq!(missing(list, "La Tienda", &tables), ["movement", "posting"]);
        assert_eq!(missing(list, "La Tienda", &tables[..2]), [""; 0]);
        assert_eq!(missing(list, "other", &tables[..1]), ["site"]);
    }
}
