//! Rows as PostgreSQL copies them out, in its own binary form (`COPY … TO STDOUT (FORMAT binary)`; the form is told at
//! <https://www.postgresql.org/docs/15/sql-copy.html>). To write ten thousand rows so costs the server a third of writing them as text.
//!
//! Invariant: what is not of that form, or ends early, is an error; a cell is never guessed.

use futures_util::TryStreamExt;
use sqlx::PgConnection;

use super::{Db, Pools};
use crate::{Error, Result, Sql};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Bit of the header's flags that says that rows begin with what we do not read.
const WITH_OIDS: i32 = 1 << 16;
/// Instead of a number of cells, after the last row.
const END: i16 = -1;

/// Everything a statement gave.
#[derive(Debug)]
pub(crate) struct Copied(Vec<u8>);

/// A cell, or that there is no value.
pub(crate) type Cell<'c> = Option<&'c [u8]>;

impl Db {
    /// Copies out what a reading statement of PostgreSQL gives. COPY takes no values, so these numbers are written into it.
    pub(crate) async fn copied(&self, select: Sql, numbers: [i64; 3]) -> Result<Copied> {
        let Pools::Postgres { all, .. } = &self.0 else { return Err(broken("only PostgreSQL copies out")) };
        let (_, select) = select.texts();
        let mut lane = all.lane().await?;
        let asking = lane.asking(&select);
        let given = asking.answer(whole(lane.connection()?, written(select.as_str(), numbers))).await;
        let bytes = lane.noted(given)?;
        lane.answered();
        Ok(Copied(bytes))
    }
}

fn written(select: &str, numbers: [i64; 3]) -> String {
    let name = |place: usize| format!("${}", place + 1);
    let select = numbers
        .iter()
        .enumerate()
        .fold(select.to_owned(), |text, (i, number)| text.replace(&name(i), &number.to_string()));
    format!("COPY ({select}) TO STDOUT (FORMAT binary)")
}

async fn whole(connection: &mut PgConnection, statement: String) -> sqlx::Result<Vec<u8>> {
    let mut parts = connection.copy_out_raw(&statement).await?;
    let mut bytes = Vec::new();
    while let Some(part) = parts.try_next().await? {
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

impl Copied {
    /// Its rows, each of so many cells. After an error there is nothing to be read any more.
    pub(crate) fn rows<const N: usize>(&self) -> Result<impl Iterator<Item = Result<[Cell<'_>; N]>>> {
        let mut reader = begun(&self.0).ok_or_else(|| broken("no copy begins like that"))?;
        Ok(std::iter::from_fn(move || {
            reader.row().ok_or_else(|| broken("a row is cut or of another shape")).transpose()
        }))
    }
}

fn broken(what: &str) -> Error {
    Error::Broken { table: "copy", detail: what.to_owned() }
}

fn begun(bytes: &[u8]) -> Option<Reader<'_>> {
    let mut reader = Reader(bytes.strip_prefix(SIGNATURE)?);
    let flags = reader.int32()?;
    let extension = reader.int32()?;
    reader.take(usize::try_from(extension).ok()?)?;
    (flags & WITH_OIDS == 0).then_some(reader)
}

struct Reader<'c>(&'c [u8]);

impl<'c> Reader<'c> {
    fn take(&mut self, count: usize) -> Option<&'c [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn int32(&mut self) -> Option<i32> {
        Some(i32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// The next row; `Some(None)` at the end.
    fn row<const N: usize>(&mut self) -> Option<Option<[Cell<'c>; N]>> {
        let before = self.0;
        let count = i16::from_be_bytes(self.take(2)?.try_into().ok()?);
        if count == END {
            // Whoever asks again meets the end again.
            self.0 = before;
            return (before.len() == size_of::<i16>()).then_some(None);
        }
        (usize::try_from(count) == Ok(N)).then_some(())?;
        let mut cells = [None; N];
        for cell in &mut cells {
            *cell = self.cell()?;
        }
        Some(Some(cells))
    }

    fn cell(&mut self) -> Option<Cell<'c>> {
        match self.int32()? {
            -1 => Some(None),
            length => self.take(usize::try_from(length).ok()?).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(rows: &[u8]) -> Copied {
        Copied([SIGNATURE, &[0; 8], rows].concat())
    }

    #[test]
    fn rows_are_read_cell_by_cell() {
        let copied = copy(&[0, 2, 0, 0, 0, 1, 7, 255, 255, 255, 255, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2, 8, 9, 255, 255]);
        let rows: Vec<[Cell<'_>; 2]> = copied.rows().unwrap().collect::<Result<_>>().unwrap();
        assert_eq!(rows, [[Some(&[7][..]), None], [Some(&[][..]), Some(&[8, 9][..])]]);
    }

    #[test]
    fn what_is_cut_or_of_another_shape_is_an_error() {
        let whole = [0, 1, 0, 0, 0, 1, 7, 255, 255];
        let is_bad = |rows: &[u8]| copy(rows).rows::<1>().unwrap().any(|row| row.is_err());
        assert!(!is_bad(&whole));
        for end in 0..whole.len() {
            assert!(is_bad(&whole[..end]), "cut at {end}");
        }
        assert!(is_bad(&[&whole[..], &[0]].concat()), "more after the end");
        assert!(copy(&whole).rows::<2>().unwrap().any(|row| row.is_err()), "another number of cells");
        assert!(Copied(b"PGCOPY".to_vec()).rows::<1>().is_err(), "no header");
    }

    #[test]
    fn numbers_stand_where_their_places_are() {
        assert_eq!(
            written("SELECT $2 WHERE $1 < $3", [1, -2, 30]),
            "COPY (SELECT -2 WHERE 1 < 30) TO STDOUT (FORMAT binary)"
        );
    }
}
