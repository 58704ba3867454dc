//! The first page: how the stock stands, what there is, what moved.
//!
//! Invariant: its address says everything it shows; what an address asks for and does not exist is told, never guessed.

mod cards;
mod day;
mod load;
mod query;
mod table;

use askama::Template;
use axum::{
    extract::{RawQuery, State as Shared},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use domain::Timestamp;
use platform::http::auth::Principal;

use self::{
    cards::{Card, SiteValue},
    day::DayView,
    load::Loaded,
    query::HomeQuery,
    table::{Filters, TableView},
};
use crate::{LOGIN_PAGE, State, format, frame::Frame, session};

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
pub(crate) async fn show(
    Shared(state): Shared<State>,
    known: Option<Principal>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Response {
    let raw = raw.unwrap_or_default();
    let query = HomeQuery::read(&raw);
    let mut frame = Frame::new(&headers, &raw, "/", &query.pairs());
    let now = state.clock.now();
    let reading = async {
        let Some(visitor) = session::visitor(&state, &headers, known).await? else { return Ok(None) };
        let loaded = Loaded::read(&state, &query, &visitor, now).await?;
        Ok(Some((visitor, loaded)))
    };
    match session::in_time(reading).await {
        Ok(Some((visitor, loaded))) => {
            frame.who = Some(visitor.name);
            frame.answer(StatusCode::OK, &Home::of(&frame, &query, &loaded, now))
        }
        Ok(None) => Redirect::to(LOGIN_PAGE).into_response(),
        Err(problem) => frame.failure(&problem),
    }
}
