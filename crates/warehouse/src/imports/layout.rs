//! Finding the header of a file and which column is which field.
//!
//! Invariant: a column serves one field; what cannot be found is said with the names that would have done and those the
//! file has, before any row is read as data.

use std::collections::BTreeMap;

use domain::fold::fold;
use serde::{Deserialize, Serialize};

use super::{
    fields::Field,
    table::{ReadError, Row, Table},
};

/// Columns that somebody named by hand: field to header, as `{"sku": "Código"}`. Other fields are found by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping(pub BTreeMap<String, String>);

/// Where each field is.
#[derive(Debug, Clone)]
pub struct Layout {
    fields: &'static [Field],
    columns: Vec<Option<usize>>,
    headers: Vec<String>,
    /// Row of the header.
    pub row: u64,
}

/// A needed field that no column serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wanted {
    /// The field.
    pub field: String,
    /// Names of columns that would do.
    pub names: Vec<String>,
}

/// The header was not understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrongHeader {
    /// Needed fields without a column.
    pub wanted: Vec<Wanted>,
    /// The columns the file has.
    pub found: Vec<String>,
    /// Fields of the mapping that this kind of file does not have.
    pub unknown_fields: Vec<String>,
    /// Columns of the mapping that the file does not have.
    pub unknown_columns: Vec<String>,
    /// The row that was taken for the header.
    pub row: u64,
}

/// How many rows from the top may be titles.
const TITLE_ROWS: usize = 20;

/// Finds the header among the first rows; rows after it have not been read.
pub fn find(
    table: &mut Table,
    fields: &'static [Field],
    mapping: &Mapping,
) -> Result<Result<Layout, WrongHeader>, ReadError> {
    let mut best: Option<WrongHeader> = None;
    let mut row = Row::default();
    for _ in 0..TITLE_ROWS {
        if !table.next(&mut row)? {
            break;
        }
        match Layout::of(&row, fields, mapping) {
            Ok(layout) => return Ok(Ok(layout)),
            // The row that came nearest is the one to complain about; the first of equals.
            Err(wrong) if best.as_ref().is_none_or(|best| wrong.distance() < best.distance()) => best = Some(wrong),
            Err(_) => {}
        }
    }
    let nothing = || WrongHeader {
        wanted: wanted(fields, &[]),
        found: vec![],
        unknown_fields: vec![],
        unknown_columns: vec![],
        row: 1,
    };
    Ok(Err(best.unwrap_or_else(nothing)))
}

fn wanted(fields: &[Field], columns: &[Option<usize>]) -> Vec<Wanted> {
    let missing = |(i, field): (usize, &Field)| {
        let names = field.names.iter().take(6).map(ToString::to_string).collect();
        (field.needed && columns.get(i).copied().flatten().is_none())
            .then(|| Wanted { field: field.name.to_owned(), names })
    };
    fields.iter().enumerate().filter_map(missing).collect()
}

/// Columns and characters of each that are shown of a header nobody understood: it may be no header at all.
const SHOWN_COLUMNS: usize = 40;
const SHOWN_CHARS: usize = 40;

fn shown(headers: Vec<String>) -> Vec<String> {
    let readable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let cut = |header: String| header.chars().take(SHOWN_CHARS).map(readable).collect();
    headers.into_iter().take(SHOWN_COLUMNS).map(cut).collect()
}

impl WrongHeader {
    fn distance(&self) -> usize {
        self.wanted.len() + self.unknown_columns.len()
    }
}

impl Layout {
    fn of(row: &Row, fields: &'static [Field], mapping: &Mapping) -> Result<Layout, WrongHeader> {
        let headers: Vec<String> = row.cells.iter().map(|cell| cell.trim().to_owned()).collect();
        let folded: Vec<String> = headers.iter().map(|header| fold(header)).collect();
        let mut taken = vec![false; headers.len()];
        let mut columns: Vec<Option<usize>> = vec![None; fields.len()];
        let (mut unknown_fields, mut unknown_columns) = (Vec::new(), Vec::new());
        for (name, header) in &mapping.0 {
            let Some(place) = fields.iter().position(|field| field.name == name) else {
                unknown_fields.push(name.clone());
                continue;
            };
            let by_number = || header.strip_prefix('#').and_then(|n| n.parse::<usize>().ok()?.checked_sub(1));
            let column = headers.iter().position(|found| found == header.trim());
            let column = column.or_else(|| folded.iter().position(|found| *found == fold(header))).or_else(by_number);
            match column.filter(|column| *column < taken.len()) {
                Some(column) => {
                    columns[place] = Some(column);
                    taken[column] = true;
                }
                None => unknown_columns.push(header.clone()),
            }
        }
        find_by_name(fields, &folded, &mut taken, &mut columns);
        let wanted = wanted(fields, &columns);
        if wanted.is_empty() && unknown_fields.is_empty() && unknown_columns.is_empty() {
            return Ok(Layout { fields, columns, headers, row: row.number });
        }
        Err(WrongHeader { wanted, found: shown(headers), unknown_fields, unknown_columns, row: row.number })
    }

    /// Which column a field is in.
    pub fn column(&self, field: &str) -> Option<usize> {
        let place = self.fields.iter().position(|known| known.name == field)?;
        self.columns[place]
    }

    /// What the file calls the column of a field; the field's own name when it has none.
    pub fn header<'a>(&'a self, field: &'a str) -> &'a str {
        self.column(field).and_then(|column| self.headers.get(column)).map_or(field, String::as_str)
    }

    /// Columns of the header.
    pub fn width(&self) -> usize {
        self.headers.len()
    }

    /// Whether a row says again what the header said.
    pub fn repeats(&self, row: &Row) -> bool {
        let used: Vec<usize> = self.columns.iter().flatten().copied().collect();
        used.len() > 1
            && used.iter().all(|i| row.cells.get(*i).map(|cell| cell.trim()) == Some(self.headers[*i].as_str()))
    }

    /// The fields that were found with what the file calls them.
    pub fn found(&self) -> BTreeMap<String, String> {
        let named = self.fields.iter().zip(&self.columns);
        named.filter_map(|(field, column)| Some((field.name.to_owned(), self.headers[(*column)?].clone()))).collect()
    }

    /// The columns in use of which the header has others of the same name, with how many there are.
    pub fn repeated(&self) -> Vec<(&str, usize)> {
        let folded: Vec<String> = self.headers.iter().map(|header| fold(header)).collect();
        let same = |column: usize| folded.iter().filter(|other| **other == folded[column]).count();
        let used = self.columns.iter().flatten().filter(|column| !folded[**column].is_empty());
        used.map(|column| (self.headers[*column].as_str(), same(*column))).filter(|(_, count)| *count > 1).collect()
    }

    /// The row of the header.
    pub fn row(&self) -> u64 {
        self.row
    }

    /// The columns that serve no field.
    pub fn ignored(&self) -> Vec<String> {
        let unused = |(i, header): (usize, &String)| (!self.columns.contains(&Some(i))).then(|| header.clone());
        self.headers.iter().enumerate().filter_map(unused).filter(|header| !header.is_empty()).collect()
    }
}

/// Gives each field without a column the one that has its best name.
fn find_by_name(fields: &[Field], folded: &[String], taken: &mut [bool], columns: &mut [Option<usize>]) {
    for (field, column) in fields.iter().zip(columns.iter_mut()) {
        if column.is_some() {
            continue;
        }
        let free =
            |name: &str, taken: &[bool]| folded.iter().enumerate().position(|(i, header)| header == name && !taken[i]);
        *column = field.names.iter().find_map(|name| free(name, taken));
        if let Some(column) = *column {
            taken[column] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::{fields, table::Input};

    fn layout(text: &str, fields: &'static [Field], mapping: &[(&str, &str)]) -> Result<Layout, WrongHeader> {
        let bytes = text.as_bytes().into();
        let mut table = Table::open(&Input::Bytes { name: "x.csv".to_owned(), bytes }).unwrap();
        let mapping = mapping.iter().map(|(field, header)| (field.to_string(), header.to_string())).collect();
        find(&mut table, fields, &Mapping(mapping)).unwrap()
    }

    #[test]
    fn finds_columns_by_their_names() {
        let found = layout("Precio;CÓDIGO;Descripción;Otra\n", fields::PRODUCTS, &[]).unwrap();
        let places = ["price", "sku", "name", "brand"].map(|field| found.column(field));
        assert_eq!(places, [Some(0), Some(1), Some(2), None]);
        assert_eq!(found.ignored(), ["Otra"]);
        assert_eq!(found.header("sku"), "CÓDIGO");
    }

    #[test]
    fn the_best_name_wins_and_a_column_serves_once() {
        let found = layout("codigo de barras,id_producto,producto,descripcion\n", fields::PRODUCTS, &[]).unwrap();
        assert_eq!(["sku", "barcode", "name"].map(|field| found.column(field)), [Some(1), Some(0), Some(3)]);
        let sales = layout("producto,cantidad,fecha,ean\n", fields::SALES, &[]).unwrap();
        assert_eq!(["sku", "description"].map(|field| sales.column(field)), [Some(3), Some(0)]);
    }

    #[test]
    fn titles_above_the_header_are_passed_over() {
        let found =
            layout("Lista de precios,,\nEnero,,\ncodigo,nombre,precio\n1,a,2\n", fields::PRODUCTS, &[]).unwrap();
        assert_eq!((found.row, found.column("sku")), (3, Some(0)));
    }

    #[test]
    fn a_mapping_overrides_names() {
        let text = "A,B,C\n";
        let found = layout(text, fields::PRICES, &[("sku", "b"), ("price", "#3")]).unwrap();
        assert_eq!((found.column("sku"), found.column("price")), (Some(1), Some(2)));
        let wrong = layout(text, fields::PRICES, &[("sku", "Z"), ("colour", "A")]).unwrap_err();
        assert_eq!((wrong.unknown_columns, wrong.unknown_fields), (vec!["Z".to_owned()], vec!["colour".to_owned()]));
    }

    #[test]
    fn a_wrong_header_says_what_was_wanted_and_what_is_there() {
        let wrong = layout("x,y\n1,2\n", fields::PRICES, &[]).unwrap_err();
        assert_eq!(wrong.wanted.iter().map(|w| w.field.as_str()).collect::<Vec<_>>(), ["sku", "price"]);
        assert_eq!((wrong.found, wrong.row), (vec!["x".to_owned(), "y".to_owned()], 1));
        assert!(wrong.wanted[1].names.contains(&"precio".to_owned()));
    }
}
