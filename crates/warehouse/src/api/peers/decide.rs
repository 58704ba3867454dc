//! A decision that another role asks for, on behalf of a person.

use access::people::on_behalf;
use axum::{body::Bytes, extract::State, response::Response};
use contracts::wire::{self, Declined};
use platform::http::Problem;

use super::written;
use crate::state::Warehouse;

/// What became of it. Who decides is who the role says; what they may is read from their account.
pub(super) async fn decide(State(warehouse): State<Warehouse>, body: Bytes) -> Result<Response, Problem> {
    let asked = wire::read_decision(&body).ok_or_else(|| Problem::malformed("bad_request").log("no decision"))?;
    let decided = match on_behalf(&warehouse.db, &asked.login, &asked.code).await? {
        Some(person) => warehouse.approvals.judge(&person, asked.id, asked.verdict()).await?.map(drop),
        None => Err(Declined::Forbidden),
    };
    Ok(written(wire::decided_bytes(decided).map_err(|error| Problem::internal(&error))?))
}
