//! Every route of the role in one place.
//!
//! Invariant: a route is here exactly when it is in the API document; the document is made from these.

use axum::middleware::from_fn;
use platform::http::{
    body::body_limit,
    openapi::{describe_texts, name_operations},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    api::{
        approvals, barcodes, categories, counts, exports, imports, ledger, locations, movements, packs, postings,
        prices, products, sites, stock, transfers,
    },
    nul,
    state::Warehouse,
};

/// The routes and their document. Bodies of postings and imports may have `bulk_limit` bytes.
pub fn routes(bulk_limit: usize) -> OpenApiRouter<Warehouse> {
    let mut routes = OpenApiRouter::new()
        .merge(catalog())
        .merge(places())
        .merge(ledger(bulk_limit))
        .merge(stock())
        .merge(work())
        .merge(files(bulk_limit));
    name_operations(routes.get_openapi_mut());
    describe_texts(routes.get_openapi_mut());
    routes.layer(from_fn(nul::refuse))
}

fn catalog() -> OpenApiRouter<Warehouse> {
    OpenApiRouter::new()
        .routes(routes!(products::list::list, products::create::create))
        .routes(routes!(products::search::search))
        .routes(routes!(products::lookup::lookup))
        .routes(routes!(products::get::get, products::update::update))
        .routes(routes!(products::deactivate::deactivate))
        .routes(routes!(barcodes::list::list, barcodes::add::add))
        .routes(routes!(barcodes::remove::remove))
        .routes(routes!(packs::list::list, packs::add::add))
        .routes(routes!(packs::remove::remove))
        .routes(routes!(prices::list::list, prices::set::set))
        .routes(routes!(categories::list::list, categories::create::create))
}

fn places() -> OpenApiRouter<Warehouse> {
    OpenApiRouter::new()
        .routes(routes!(sites::list::list, sites::create::create))
        .routes(routes!(sites::get::get, sites::update::update))
        .routes(routes!(locations::list::list, locations::create::create))
}

fn ledger(bulk_limit: usize) -> OpenApiRouter<Warehouse> {
    let bulk = OpenApiRouter::new()
        .routes(routes!(postings::list::list, postings::create::create))
        .layer(body_limit(bulk_limit));
    OpenApiRouter::new()
        .merge(bulk)
        .routes(routes!(postings::get::get))
        .routes(routes!(movements::list))
        .routes(routes!(ledger::head::head))
        .routes(routes!(ledger::checkpoints::list, ledger::sign::sign))
        .routes(routes!(ledger::verify::verify))
        .routes(routes!(ledger::close::close))
}

fn stock() -> OpenApiRouter<Warehouse> {
    OpenApiRouter::new()
        .routes(routes!(stock::list::list))
        .routes(routes!(stock::get::get))
        .routes(routes!(stock::valuation::valuation))
        .routes(routes!(stock::inventory::get))
}

fn work() -> OpenApiRouter<Warehouse> {
    OpenApiRouter::new()
        .routes(routes!(counts::list::list, counts::create::create))
        .routes(routes!(counts::get::get))
        .routes(routes!(counts::lines::add))
        .routes(routes!(counts::close::close))
        .routes(routes!(approvals::list::list))
        .routes(routes!(approvals::get::get))
        .routes(routes!(approvals::approve::approve))
        .routes(routes!(approvals::reject::reject))
        .routes(routes!(transfers::list::list, transfers::create::create))
        .routes(routes!(transfers::get::get))
        .routes(routes!(transfers::receive::receive))
}

fn files(bulk_limit: usize) -> OpenApiRouter<Warehouse> {
    let bulk = OpenApiRouter::new().routes(routes!(imports::create::create)).layer(body_limit(bulk_limit));
    OpenApiRouter::new()
        .merge(bulk)
        .routes(routes!(imports::get::get))
        .routes(routes!(imports::errors::errors))
        .routes(routes!(exports::get::get))
}
