use super::*;
use crate::imports::fields;

const TELLING: Telling = Telling { numbers: &["price"], dates: &["valid_from"] };

fn scan(text: &str) -> Result<Scan, ImportError> {
    let input = Input::Bytes { name: "precios.csv".to_owned(), bytes: text.as_bytes().into() };
    Scan::open(&input, fields::PRICES, TELLING, &Hints::default())
}

/// Rows that were taken, and issues.
type Read = (Vec<(String, String)>, Vec<(u64, String, &'static str)>);

/// SKU and price of each row that can be taken, and every issue as row, column and code.
fn read(text: &str) -> Read {
    let (mut scan, mut issues, mut taken) = (scan(text).unwrap(), Vec::new(), Vec::new());
    while let Some(mut reading) = scan.next(&mut issues).unwrap() {
        if reading.is_broken() {
            continue;
        }
        let (sku, price) = (reading.sku("sku"), reading.price("price"));
        if !reading.failed()
            && let (Some(sku), Some(price)) = (sku, price)
        {
            taken.push((sku.to_owned(), price.to_string()));
        }
    }
    (taken, issues.into_iter().map(|i| (i.row, i.column, i.code.name())).collect())
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(sku, price)| (sku.to_string(), price.to_string())).collect()
}

#[test]
fn every_issue_of_every_row_is_reported() {
    let text = "codigo;precio\nA;1,50\n;x\nB\0;2,00\nC;=1+1\nD;2;3\nE;-1,00\n\"F;1\nG;1.234,00\n7.7E+12;1e30\n";
    let (taken, issues) = read(text);
    assert_eq!(taken, pairs(&[("A", "1.50"), ("G", "1234.00")]));
    let expect = [
        (3, "codigo", "missing_value"),
        (3, "precio", "not_a_number"),
        (4, "codigo", "bad_code"),
        (5, "precio", "formula"),
        (6, "", "extra_cells"),
        (7, "precio", "negative"),
        (8, "", "unclosed_quote"),
        (10, "codigo", "lost_digits"),
        (10, "precio", "out_of_range"),
    ];
    assert_eq!(issues, expect.map(|(row, column, code)| (row, column.to_owned(), code)));
}

#[test]
fn footers_and_repeated_headers_are_no_data() {
    let (taken, issues) = read("codigo,precio\nA,1\ncodigo,precio\nB,2\nUltima actualizacion: 2024-10-01,\nTotal,\n");
    assert_eq!(taken, pairs(&[("A", "1.00"), ("B", "2.00")]));
    assert_eq!(
        issues.iter().map(|i| (i.0, i.2)).collect::<Vec<_>>(),
        [(3, "header_again"), (5, "footer"), (6, "footer")]
    );
}

#[test]
fn a_file_with_only_a_header_has_no_rows() {
    assert_eq!(read("codigo,precio\n"), (vec![], vec![]));
    assert!(matches!(scan("a,b\n1,2\n"), Err(ImportError::WrongHeader(_))));
}

#[test]
fn ambiguous_numbers_are_settled_by_the_rest_of_the_file_or_refused() {
    assert_eq!(read("codigo;precio\nA;1.234\nB;2,5\n").0, pairs(&[("A", "1234.00"), ("B", "2.50")]));
    let (taken, issues) = read("codigo;precio\nA;1.234\nB;2\n");
    assert_eq!((taken, issues[0].2), (pairs(&[("B", "2.00")]), "ambiguous_number"));
}
