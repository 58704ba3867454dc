//! What every role stands on: configuration, HTTP toolkit, jobs, events, telemetry.
//!
//! Invariant: no business words. Whatever is here would serve a library or a workshop as well as a shop.

pub mod attack;
pub mod audit;
pub mod backup;
pub mod ban;
pub mod breaker;
pub mod bulkhead;
pub mod config;
pub mod events;
pub mod health;
pub mod http;
pub mod jobs;
pub mod journal;
pub mod lifecycle;
pub mod limit;
pub mod machine;
pub mod metrics;
pub mod model;
pub mod nearest;
pub mod network;
pub mod objects;
pub mod outgoing;
pub mod retry;
pub mod rotation;
pub mod secret;
pub mod secrets;
pub mod snapshot;
pub mod telemetry;
pub mod texts;
pub mod tls;
pub mod vault;
