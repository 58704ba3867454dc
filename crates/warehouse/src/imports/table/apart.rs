//! Sheets read in a process of their own.
//!
//! Invariant: whatever a sheet does to its reader (memory without end, a panic, a loop) ends that process and nothing else; the one
//! who asked is told that the file cannot be read.
//!
//! A workbook says itself how much of everything it holds, and the libraries that read it make room for that before they look. So a
//! file of a few hundred bytes can ask for terabytes, which no error handling survives. The reading process limits itself.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    process::{Command, Stdio},
    sync::OnceLock,
};

use serde::{Deserialize, Serialize};

use super::sheet::{self, Cell, Format, MAX_CELLS};

/// The most bytes of a line of the reader's answer: a cell holds 32 767 characters, each of which may be escaped.
const MAX_LINE_BYTES: u64 = 1 << 20;

static READER: OnceLock<fn() -> Command> = OnceLock::new();

/// From now on sheets are read by the program that this starts, which is given the format as its last argument and calls [`serve`].
/// Only the first call counts.
pub fn read_by(start: fn() -> Command) {
    let _ = READER.set(start);
}

/// A line of the reader's answer.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Cell(Cell),
    /// The file cannot be read.
    Wrong(String),
    /// So many cells were told, and that is all.
    End(usize),
}

/// What is wrong with a file, as its reader says it; `None` from one that died of it.
pub(super) type Wrong = Option<String>;

/// The cells of a workbook as the other process reads it; `None` where there is no program for that.
pub(super) fn cells(format: Format, bytes: &[u8]) -> Option<Result<Vec<Cell>, Wrong>> {
    let start = READER.get()?;
    Some(ask(start(), format, bytes))
}

fn ask(mut command: Command, format: Format, bytes: &[u8]) -> Result<Vec<Cell>, Wrong> {
    let command =
        command.arg(format.name()).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| Some(format!("its reader does not start: {error}")))?;
    // It reads all before it answers. One that died already takes no more, which its missing answer tells.
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(bytes);
    }
    let read = child.stdout.take().map_or(Err(None), |stdout| answer(BufReader::new(stdout)));
    // Whatever it says after its end is not waited for.
    let _ = child.kill();
    let _ = child.wait();
    read
}

fn answer(mut output: impl BufRead) -> Result<Vec<Cell>, Wrong> {
    let (mut cells, mut line) = (Vec::new(), Vec::new());
    while cells.len() <= MAX_CELLS {
        line.clear();
        let read = (&mut output).take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
        match read.ok().and_then(|_| serde_json::from_slice(&line).ok()) {
            Some(Line::Cell(cell)) => cells.push(cell),
            Some(Line::Wrong(detail)) => return Err(Some(detail)),
            Some(Line::End(count)) if count == cells.len() => return Ok(cells),
            Some(Line::End(_)) | None => break,
        }
    }
    Err(None)
}

/// The other end: reads a workbook and answers. Whoever calls it has limited the process.
pub fn serve(format: Format, mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let mut tell = |line: &Line| {
        serde_json::to_writer(&mut output, line)?;
        output.write_all(b"\n")
    };
    match sheet::cells(format, bytes) {
        Ok(cells) => {
            let count = cells.len();
            cells.into_iter().try_for_each(|cell| tell(&Line::Cell(cell)))?;
            tell(&Line::End(count))?;
        }
        Err(detail) => tell(&Line::Wrong(detail))?,
    }
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Vec<u8> {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_string(1, 0, "dos\nrenglones «ñ»").unwrap();
        sheet.write_number(2, 3, 0.1).unwrap();
        book.save_to_buffer().unwrap()
    }

    #[test]
    fn what_is_told_is_what_was_read() {
        let mut told = Vec::new();
        serve(Format::Xlsx, &*book(), &mut told).unwrap();
        assert_eq!(answer(&*told), sheet::cells(Format::Xlsx, book()).map_err(Some));
        let mut told = Vec::new();
        serve(Format::Xls, &b"no book"[..], &mut told).unwrap();
        assert_eq!(answer(&*told), sheet::cells(Format::Xls, b"no book".to_vec()).map_err(Some));
        assert!(answer(&*told).is_err());
    }

    #[test]
    fn an_answer_that_breaks_off_is_none() {
        let mut told = Vec::new();
        serve(Format::Xlsx, &*book(), &mut told).unwrap();
        for length in 0..told.len() - 1 {
            assert_eq!(answer(&told[..length]), Err(None), "{length}");
        }
        assert_eq!(ask(Command::new("true"), Format::Xlsx, &book()), Err(None));
        assert!(ask(Command::new("/nowhere/at/all"), Format::Xlsx, &book()).is_err());
    }
}
