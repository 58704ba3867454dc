//! The dashboard role: pages over the same data as the API, rendered on the server.
//!
//! Invariant: it only reads, and reads straight from the store; every number on a page is measured when the page is made, or the page
//! says that there is none. Nothing here needs JavaScript to be read or used.

mod assets;
mod format;
mod frame;
mod language;
mod pages;
mod session;
mod standing;
mod urlencoded;
mod words;

use std::sync::Arc;

use axum::{Router, routing::get};
use domain::Clock;
use platform::{http::auth::Gate, texts};
use store::Db;

/// Where a browser without a valid key is sent.
pub const LOGIN_PAGE: &str = "/entrar";
/// The cookie that holds the key of whoever entered.
pub const KEY_COOKIE: &str = "gondola_key";

/// Spanish texts of this crate.
pub const ES: &str = include_str!("../texts/es.ftl");
/// English texts of this crate.
pub const EN: &str = include_str!("../texts/en.ftl");

/// What the pages stand on. Cheap to clone.
#[derive(Clone)]
pub struct State {
    db: Db,
    clock: Arc<dyn Clock>,
    gate: Gate,
    standings: standing::Standings,
}

impl State {
    /// Pages over that database, for whoever has a key that `gate` knows.
    pub fn new(db: Db, clock: Arc<dyn Clock>, gate: Gate) -> State {
        State { db, clock, gate, standings: standing::Standings::default() }
    }
}

/// Every page of the dashboard.
pub fn router(state: State) -> Router {
    texts::register("dashboard", ES, EN);
    Router::new()
        .route("/", get(pages::home::show))
        .route(LOGIN_PAGE, get(pages::enter::show).post(pages::enter::enter))
        .route("/salir", axum::routing::post(pages::enter::leave))
        .route("/assets/{name}", get(assets::serve))
        .with_state(state)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_two_languages_agree_and_every_text_is_used() {
        let faults =
            platform::texts::audit::faults(super::ES, super::EN, std::path::Path::new(env!("CARGO_MANIFEST_DIR")));
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
