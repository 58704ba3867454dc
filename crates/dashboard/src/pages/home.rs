//! The first page: how the stock stands, what there is, what moved.
//!
//! Invariant: its address says everything it shows; what an address asks for and does not exist is told, never guessed.

mod cards;
mod day;
mod load;
mod query;
mod table;

use access::Permission;
use askama::Template;
use axum::response::Response;
use domain::Timestamp;

use self::{
    cards::{Card, SiteValue},
    day::DayView,
    load::Loaded,
    query::HomeQuery,
    table::{Filters, TableView},
};
use crate::{
    format,
    frame::Frame,
    visit::{Stop, Visit},
};

/// Products on a page of the table.
const PAGE_SIZE: usize = 50;
/// Postings in the list of the newest.
const LATEST: u32 = 10;

/// Everything the template shows, in words.
#[derive(Debug, Template)]
#[template(path = "home.html")]
pub(crate) struct Home<'f> {
    frame: &'f Frame,
    notices: Vec<String>,
    cards: Vec<Card>,
    site_values: Vec<SiteValue>,
    filters: Filters,
    table: TableView,
    day: DayView,
    as_of: String,
}

impl<'f> Home<'f> {
    fn of(frame: &'f Frame, query: &HomeQuery, loaded: &Loaded, now: Timestamp) -> Home<'f> {
        let words = frame.words;
        let zone = loaded.zone();
        Home {
            frame,
            notices: load::notices(words, query, loaded),
            cards: cards::cards(words, query, loaded),
            site_values: cards::site_values(words, query, loaded),
            filters: Filters::of(words, query, loaded),
            table: TableView::of(words, query, loaded),
            day: DayView::of(words, query, loaded),
            as_of: format!("{} {}", words.date(zone.day_of(now)), format::time(&zone, now)),
        }
    }
}

/// `GET /`
pub(crate) async fn show(mut visit: Visit) -> Result<Response, Stop> {
    let query = HomeQuery::read(&visit.query);
    visit.frame.leads_to("/", &query.pairs());
    let visitor = visit.may(Permission::StockRead)?.clone();
    let now = visit.state.clock.now();
    let loaded = visit.read(async { Ok(Loaded::read(&visit.state, &query, &visitor, now).await?) }).await?;
    Ok(visit.show(&Home::of(&visit.frame, &query, &loaded, now)))
}
