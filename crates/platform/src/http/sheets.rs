//! Tables that leave as files: CSV (RFC 4180) or a spreadsheet.
//!
//! Invariant: a table is read and sent page by page, so memory does not grow with it; text that begins like a formula never reaches
//! a spreadsheet as one; whoever gives a table out is told at its end how many rows went, also when it broke off.

mod cell;
mod csv;
mod xlsx;

use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use futures_util::{FutureExt, future::BoxFuture};

pub use cell::Cell;

use super::problem::Problem;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Comma-separated values.
    Csv,
    /// A spreadsheet (Office Open XML).
    Xlsx,
}

impl Form {
    /// The form that files ending so have.
    pub fn ending(ending: &str) -> Option<Form> {
        match ending {
            "csv" => Some(Form::Csv),
            "xlsx" => Some(Form::Xlsx),
            _ => None,
        }
    }

    const fn ends(self) -> &'static str {
        match self {
            Form::Csv => "csv",
            Form::Xlsx => "xlsx",
        }
    }

    const fn media_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Form::Csv => "text/csv; charset=utf-8; header=present",
            Form::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        })
    }
}

/// Rows of cells.
pub type Rows = Vec<Vec<Cell>>;

/// A table being read.
pub trait Pages: Send + 'static {
    /// The next rows; `None` after the last.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Rows>, Problem>>;
}

/// What went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Rows, without the header.
    pub rows: u64,
    /// Whether that was all of them.
    pub whole: bool,
}

/// A table, with whoever is told what went out of it.
struct Told<P, T: FnOnce(Taken)> {
    pages: P,
    taken: Taken,
    tell: Option<T>,
}

impl<P: Pages, T: FnOnce(Taken) + Send + 'static> Pages for Told<P, T> {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Rows>, Problem>> {
        let counted = async {
            let page = self.pages.next().await?;
            match &page {
                Some(rows) => self.taken.rows += u64::try_from(rows.len()).unwrap_or(u64::MAX),
                None => self.taken.whole = true,
            }
            Ok(page)
        };
        counted.boxed()
    }
}

/// A reader that goes away in the middle of it has had what went out until then.
impl<P, T: FnOnce(Taken)> Drop for Told<P, T> {
    fn drop(&mut self) {
        if let Some(tell) = self.tell.take() {
            tell(self.taken);
        }
    }
}

/// The answer that gives out the table called `name`. `tell` is told in the end what went.
pub async fn answer(
    (name, form): (&str, Form),
    header: &'static [&'static str],
    pages: impl Pages,
    tell: impl FnOnce(Taken) + Send + 'static,
) -> Result<Response, Problem> {
    let pages = Told { pages, taken: Taken { rows: 0, whole: false }, tell: Some(tell) };
    let mut response = match form {
        Form::Csv => csv::answer(header, pages).await?,
        Form::Xlsx => xlsx::answer(name, header, pages).await?,
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, form.media_type());
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{}\"", form.ends())) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

#[cfg(test)]
mod tests;
