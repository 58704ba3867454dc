//! Everything can leave: tables as CSV and XLSX.
//!
//! Invariant: a table is read page by page, never whole; a cell that a spreadsheet would run as a formula is made text.

mod documents;
pub mod get;
mod rows;
mod table;
