//! A table as a file.

use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderValue, header},
    response::Response,
};
use platform::http::{Principal, Problem, problem::ProblemDocument};

use super::{csv, table::Table, xlsx};
use crate::state::Warehouse;

const CSV: &str = "text/csv; charset=utf-8; header=present";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Export a table
///
/// `products`, `stock`, `valuation`, `movements` or `postings`, as `.csv` or `.xlsx`. It takes the filters of the list it stands for
/// and has no pages.
#[utoipa::path(
    get,
    path = "/api/v1/exports/{file}",
    tag = "exports",
    params(
        ("file" = String, Path, description = "Name of the table and the form, such as `stock.csv`",
            pattern = "^(products|stock|valuation|movements|postings)\\.(csv|xlsx)$"),
        ("site" = Option<String>, Query, description = "Code of a site"),
        ("location" = Option<String>, Query, description = "Code of a location (stock)"),
        ("category" = Option<String>, Query, description = "Path of a category (products, stock)"),
        ("supplier" = Option<String>, Query, description = "Code or name of a supplier (products, stock)"),
        ("brand" = Option<String>, Query, description = "A brand (products)"),
        ("active" = Option<bool>, Query, description = "Whether they take postings (products)"),
        ("q" = Option<String>, Query, description = "Words of the name (stock)"),
        ("below_minimum" = Option<bool>, Query, description = "Only what there is no more of than the minimum (stock)"),
        ("expiring_within" = Option<i64>, Query, description = "Only lots that expire within so many days (stock)"),
        ("as_of" = Option<String>, Query, format = Date, description = "At the end of this day (stock, valuation)"),
        ("sku" = Option<String>, Query, description = "Code of a product (movements, postings)"),
        ("kind" = Option<String>, Query, description = "Kind of posting (movements, postings)"),
        ("actor" = Option<String>, Query, description = "Who made them (postings)"),
        ("from" = Option<String>, Query, description = "A day or an instant (movements, postings)"),
        ("to" = Option<String>, Query, description = "A day, included, or an instant (movements, postings)"),
    ),
    responses(
        (status = 200, description = "The table", content((String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 404, description = "There is no such table", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "A parameter breaks a rule, or the table is too large for a sheet", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    State(warehouse): State<Warehouse>,
    principal: Principal,
    Path(file): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found(file.as_str());
    let (name, form) = file.rsplit_once('.').filter(|(_, form)| matches!(*form, "csv" | "xlsx")).ok_or_else(missing)?;
    let table = Table::read(name, query.as_deref().unwrap_or_default())?.ok_or_else(missing)?;
    let header = table.header();
    let reader = table.open(warehouse, principal).await?;
    let (mut response, media_type) = match form {
        "csv" => (csv::answer(header, reader).await?, CSV),
        _ => (xlsx::answer(name, header, reader).await?, XLSX),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{file}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}
