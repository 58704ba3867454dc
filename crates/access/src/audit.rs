//! The audit log in the running program: looking into it, signing it, letting go of what is old, watching it.
//!
//! Invariant: whoever looks into it or takes it out is in it too.

pub mod apart;
pub mod upkeep;
pub mod watch;

use std::sync::Arc;

use domain::{Clock, Zone};
use platform::audit::Audit;
use store::Db;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::api::audit::{export, list};

/// What the routes work with.
#[derive(Clone)]
pub struct Desk {
    /// Where the log is.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where looking into it is told.
    pub audit: Audit,
    /// Whose days are meant, and whose times are shown.
    pub zone: Zone,
}

/// The routes of the log.
pub fn routes(desk: Desk) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(export::csv))
        .routes(routes!(export::xlsx))
        .with_state(desk)
}
