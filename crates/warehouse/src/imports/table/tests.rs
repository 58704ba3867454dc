use std::io::Write as _;

use super::*;

fn open(bytes: &[u8]) -> Result<Table, ReadError> {
    Table::open(&Input::Bytes { name: "prueba.csv".to_owned(), bytes: bytes.into() })
}

/// Every row as its number, cells and fault.
fn rows(bytes: &[u8]) -> Vec<(u64, Vec<String>, Option<Code>)> {
    let (mut table, mut row, mut all) = (open(bytes).unwrap(), Row::default(), Vec::new());
    while table.next(&mut row).unwrap() {
        all.push((row.number, row.cells.clone(), row.fault));
    }
    all
}

fn ok(number: u64, cells: &[&str]) -> (u64, Vec<String>, Option<Code>) {
    (number, cells.iter().map(ToString::to_string).collect(), None)
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn rows_keep_the_number_they_have_in_the_file() {
    let text = b"a;b\r\n\r\n1;\"x\r\ny\"\r\n;;\r\n2;z";
    let expect = vec![ok(1, &["a", "b"]), ok(3, &["1", "x\ny"]), ok(6, &["2", "z"])];
    assert_eq!(rows(text), expect);
    assert_eq!(rows(&gz(text)), expect);
}

#[test]
fn reads_every_common_encoding() {
    let expect = vec![ok(1, &["año", "b"]), ok(2, &["ñandú", "1"])];
    let text = "año,b\nñandú,1\n";
    assert_eq!(rows(text.as_bytes()), expect);
    assert_eq!(rows(&[b"\xef\xbb\xbf", text.as_bytes()].concat()), expect);
    assert_eq!(rows(b"a\xf1o,b\n\xf1and\xfa,1\n"), expect);
    let wide: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(rows(&wide), expect);
    assert_eq!(rows(b"a\xf1o,b\r\xf1and\xfa,1\r"), expect);
}

#[test]
fn a_quote_that_is_never_closed_spoils_one_line() {
    let mut text = String::from("a,b\n1,\"oops\n");
    (2..400).for_each(|i| text.push_str(&format!("{i},x\n")));
    let all = rows(text.as_bytes());
    assert_eq!(all.len(), 400);
    assert_eq!((all[1].0, all[1].2), (2, Some(Code::UnclosedQuote)));
    assert_eq!(all[2], ok(3, &["2", "x"]));
    assert_eq!(all[399], ok(400, &["399", "x"]));
}

#[test]
fn a_huge_line_is_a_fault_of_its_own_row() {
    let text = [b"a,b\n1,".as_slice(), &b"x".repeat(3 << 20), b"\n2,y\n"].concat();
    let all = rows(&text);
    assert_eq!((all[1].0, all[1].2), (2, Some(Code::RowTooLong)));
    assert_eq!(all[2], ok(3, &["2", "y"]));
}

#[test]
fn nul_bytes_stay_in_their_cell() {
    assert_eq!(rows(b"a,b\n1,x\0y\n"), vec![ok(1, &["a", "b"]), ok(2, &["1", "x\0y"])]);
}

#[test]
fn files_without_rows_say_so() {
    for bytes in [b"".as_slice(), b"\n\n  \n", b"\xef\xbb\xbf", &gz(b"")] {
        assert!(matches!(open(bytes), Err(ReadError::Empty { .. })), "{bytes:?}");
    }
    assert!(matches!(open(b"%PDF-1.7 ..."), Err(ReadError::Unknown { .. })));
    assert!(matches!(open(b"PK\x03\x04 not a workbook"), Err(ReadError::Sheet { .. })));
    let missing = Table::open(&Input::Path("/nowhere/at/all.csv".into()));
    assert!(matches!(missing, Err(ReadError::Io { .. })));
}

#[test]
fn a_broken_archive_is_an_error_not_an_end() {
    let whole = gz("a,b\n".repeat(100_000).as_bytes());
    let mut table = open(&whole[..whole.len() / 2]).unwrap();
    let mut row = Row::default();
    let end = loop {
        match table.next(&mut row) {
            Ok(true) => {}
            end => break end,
        }
    };
    assert!(matches!(end, Err(ReadError::Io { .. })), "{end:?}");
}

#[test]
fn reads_sheets() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(1, 0, "código").unwrap();
    sheet.write_string(1, 1, "precio").unwrap();
    sheet.write_number(2, 0, 7_791_813_421_580.0).unwrap();
    sheet.write_number(2, 1, 1234.56).unwrap();
    sheet.write_string(4, 1, "1.234,56").unwrap();
    // A cell at the far end of the sheet: a dense reader would ask for 400 GB here.
    sheet.write_string(1_048_575, 16_383, "lejos").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    assert_eq!(
        rows(&bytes),
        vec![ok(2, &["código", "precio"]), ok(3, &["7791813421580", "1234.56"]), ok(5, &["", "1.234,56"])]
    );
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_rows_or_an_error(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
        if let Ok(mut table) = open(&bytes) {
            let mut row = Row::default();
            while let Ok(true) = table.next(&mut row) {}
        }
    }

    #[test]
    fn what_is_quoted_comes_back(cells in proptest::collection::vec("[^\u{0}\r]{0,20}", 2..6)) {
        let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        let text = format!("{}{}\n", "a,b,c\n".repeat(10), quoted.join(","));
        let all = rows(text.as_bytes());
        let written = !cells.iter().all(|cell| cell.trim().is_empty());
        proptest::prop_assert_eq!(all.get(10).map(|row| row.1.clone()), written.then_some(cells));
    }
}
