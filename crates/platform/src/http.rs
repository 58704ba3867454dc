//! The HTTP toolkit every role answers with.
//!
//! Invariant: knows the conventions of our API (problems, exact decimals, cursors, conditions, replays) and none of its subjects.

pub mod auth;
pub mod body;
pub mod client;
pub mod context;
pub mod cursor;
pub mod door;
pub mod etag;
pub mod fields;
pub mod idempotency;
pub mod json;
pub mod layers;
pub mod openapi;
pub mod percent;
pub mod problem;
pub mod queries;
pub mod redirect;
pub mod sheets;

pub use auth::Principal;
pub use body::{JsonBody, Params, body_limit};
pub use cursor::{List, Page};
pub use idempotency::KeyedBody;
pub use layers::{Degradation, Shell, shell};
pub use problem::Problem;
