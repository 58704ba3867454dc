//! Files of rows, whatever made them: delimited text, sheets, compressed or not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warehouse::imports::{
    Input,
    table::{Facts, Row, Table},
};

/// More lines than are looked at to find out what parts the cells.
const HEAD: usize = 40;

fuzz_target!(|bytes: &[u8]| {
    let Some((facts, rows)) = rows(bytes) else { return };
    assert!(rows.windows(2).all(|pair| pair[0].number < pair[1].number), "rows out of order");
    assert!(rows.iter().all(|row| row.number > 0 && !row.is_blank()));
    if facts.format == "csv" {
        comes_back(&rows);
    }
});

/// Every row; `None` when the file cannot be read to its end, which has been told.
fn rows(bytes: &[u8]) -> Option<(Facts, Vec<Row>)> {
    let mut table = Table::open(&Input::Bytes { name: "f".to_owned(), bytes: bytes.into() }).ok()?;
    let (mut row, mut rows) = (Row::default(), Vec::new());
    while table.next(&mut row).ok()? {
        rows.push(row.clone());
    }
    Some((table.facts(), rows))
}

/// The cells of the rows, written with every cell in quotes, are read again as the same cells.
fn comes_back(rows: &[Row]) {
    let fit = |row: &&Row| {
        let text: usize = row.cells.iter().map(String::len).sum();
        let lines: usize = row.cells.iter().map(|cell| cell.matches('\n').count()).sum();
        row.fault.is_none() && text < 1 << 16 && lines < 50 && !row.cells.iter().any(|cell| cell.contains('\r'))
    };
    let rows: Vec<&Row> = rows.iter().filter(fit).collect();
    let mut text = "\"a\",\"b\"\n".repeat(HEAD);
    for row in &rows {
        let quoted: Vec<String> = row.cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        text.push_str(&quoted.join(","));
        text.push('\n');
    }
    let (_, again) = self::rows(text.as_bytes()).expect("what was written is read");
    let again: Vec<&Vec<String>> = again.iter().skip(HEAD).map(|row| &row.cells).collect();
    assert_eq!(again, rows.iter().map(|row| &row.cells).collect::<Vec<_>>());
}
