//! The dashboard role: pages over the same data as the API, rendered on the server.
//!
//! Invariant: it changes nothing but through what people may change of accounts (`access`) and the desk where a second
//! person decides
//! (`contracts`), and reads straight from the store; every
//! number on a page is measured when the page is made, or the page says that there is none. Nothing here needs JavaScript to be
//! read or used.

mod agent;
mod assets;
mod field;
mod form;
mod format;
mod frame;
mod language;
mod pages;
mod session;
mod standing;
mod urlencoded;
mod visit;
mod words;

use std::sync::Arc;

use access::Access;
use axum::{
    Router,
    routing::{get, post},
};
use contracts::{
    Standing, Stock,
    approval::{Decides, Requests},
};
use domain::Clock;
use platform::{http::auth::Gate, texts};
use store::Db;

/// Where a browser without a session is sent.
pub const LOGIN_PAGE: &str = "/entrar";

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
    access: Access,
    stock: Arc<dyn Stock>,
    approvals: Requests,
    decides: Arc<dyn Decides>,
    standings: standing::Standings,
}

impl State {
    /// Pages over that database, for people with sessions and for programs with a key that `gate` knows. Whatever is to change stock
    /// goes through `stock`, and deciding on what waits for a second person through `decides`.
    pub fn new(
        access: Access,
        gate: Gate,
        stock: Arc<dyn Stock>,
        approvals: Requests,
        decides: Arc<dyn Decides>,
    ) -> State {
        let (db, clock) = (access.db.clone(), Arc::clone(&access.clock));
        State { db, clock, gate, access, stock, approvals, decides, standings: standing::Standings::default() }
    }

    /// Whether nothing comes into the ledger by the warehouse now, though it can be looked at.
    fn is_warehouse_away(&self) -> bool {
        self.stock.standing() == Standing::Away
    }
}

/// Every page of the dashboard.
pub fn router(state: State) -> Router {
    texts::register("dashboard", ES, EN);
    Router::new()
        .route("/", get(pages::home::show))
        .route(LOGIN_PAGE, get(pages::enter::show).post(pages::enter::enter))
        .route(visit::CODE_PAGE, get(pages::code::show).post(pages::code::give))
        .route("/salir", post(pages::enter::leave))
        .route("/cuenta", get(pages::account::show).post(pages::account::act))
        .route(visit::PASSWORD_PAGE, get(pages::password::show).post(pages::password::choose))
        .route(visit::FACTOR_PAGE, get(pages::factor::show).post(pages::factor::act))
        .route("/personas", get(pages::people::list::show))
        .route("/personas/nueva", get(pages::people::new::show).post(pages::people::new::add))
        .route("/personas/{login}", get(pages::people::edit::show).post(pages::people::edit::act))
        .route("/aprobaciones", get(pages::approvals::list::show))
        .route("/aprobaciones/{id}", get(pages::approvals::one::show).post(pages::approvals::one::act))
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
