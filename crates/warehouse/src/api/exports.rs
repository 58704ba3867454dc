//! Everything can leave: tables as CSV and XLSX.
//!
//! Invariant: a table is read page by page, never whole; a cell that a spreadsheet would run as a formula is made text.

pub(super) mod cell;
mod csv;
pub mod get;
mod rows;
mod table;
mod xlsx;
