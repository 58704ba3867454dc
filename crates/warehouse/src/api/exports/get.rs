//! A table as a file.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use domain::audit::Action;
use platform::{
    audit,
    http::{
        Principal, Problem,
        problem::ProblemDocument,
        sheets::{self, Form, Taken},
    },
};

use super::table::Table;
use crate::state::Warehouse;

/// Export a table
///
/// `products`, `prices`, `suppliers`, `orders`, `stock`, `valuation`, `movements`, `postings`, `counts` or `transfers`, as `.csv` or
/// `.xlsx`. It takes the filters of the list it stands for and has no pages.
#[utoipa::path(
    get,
    path = "/api/v1/exports/{file}",
    tag = "exports",
    params(
        ("file" = String, Path, description = "Name of the table and the form, such as `stock.csv`",
            pattern = "^(products|prices|suppliers|orders|stock|valuation|movements|postings|counts|transfers)\\.(csv|xlsx)$"),
        ("site" = Option<String>, Query, description = "Code of a site"),
        ("location" = Option<String>, Query, description = "Code of a location (stock)"),
        ("category" = Option<String>, Query, description = "Path of a category (products, stock)"),
        ("supplier" = Option<String>, Query, description = "Code or name of a supplier (products, stock, orders)"),
        ("brand" = Option<String>, Query, description = "A brand (products)"),
        ("active" = Option<bool>, Query, description = "Whether they take postings (products)"),
        ("q" = Option<String>, Query, description = "Words of the name (stock)"),
        ("below_minimum" = Option<bool>, Query, description = "Only what there is no more of than the minimum (stock)"),
        ("expiring_within" = Option<i64>, Query, description = "Only lots that expire within so many days (stock)"),
        ("as_of" = Option<String>, Query, format = Date, description = "At the end of this day (stock, valuation)"),
        ("sku" = Option<String>, Query, description = "Code of a product (prices, movements, postings)"),
        ("status" = Option<String>, Query, description = "Where they stand (counts, transfers)"),
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
    let by = audit::by(&principal, Action::Exported);
    take((warehouse, principal), by, &file, query.as_deref().unwrap_or_default()).await
}

/// Takes out the table that this file stands for, narrowed by a query. `by` says in the audit log who did.
pub async fn take(
    (warehouse, principal): (Warehouse, Principal),
    by: audit::Draft,
    file: &str,
    query: &str,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found(file);
    let (name, ending) = file.rsplit_once('.').ok_or_else(missing)?;
    let form = Form::ending(ending).ok_or_else(missing)?;
    let table = Table::read(name, query)?.ok_or_else(missing)?;
    let (audit, clock) = (warehouse.audit.clone(), Arc::clone(&warehouse.clock));
    let by = by.on("export", name).detail("form", ending).detail("query", query);
    let tell = move |taken: Taken| audit.record(by.taken(taken).at(clock.now()));
    let header = table.header();
    sheets::answer((name, form), header, table.open(warehouse, principal).await?, tell).await
}
