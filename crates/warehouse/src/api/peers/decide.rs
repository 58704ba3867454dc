//! A decision that another role asks for, on behalf of a person.

use access::people::on_behalf;
use axum::{body::Bytes, extract::State, response::Response};
use contracts::{
    approval::Decided,
    wire::{self, DecisionDocument, Declined},
};
use platform::http::{Problem, context};

use super::written;
use crate::state::Warehouse;

/// What became of it. Who decides is who the role says; what they may is read from their account.
pub(super) async fn decide(State(warehouse): State<Warehouse>, body: Bytes) -> Result<Response, Problem> {
    let asked = wire::read_decision(&body).ok_or_else(|| Problem::malformed("bad_request").log("no decision"))?;
    // It is written down with where they asked from, not with where the role runs.
    let decided = context::scope(asked.context(), judged(&warehouse, &asked)).await?;
    Ok(written(wire::decided_bytes(decided).map_err(|error| Problem::internal(&error))?))
}

async fn judged(warehouse: &Warehouse, asked: &DecisionDocument) -> Result<Decided<()>, Problem> {
    Ok(match on_behalf(&warehouse.db, &asked.login, &asked.code).await? {
        Some(person) => warehouse.approvals.judge(&person, asked.id, asked.verdict()).await?.map(drop),
        None => Err(Declined::Forbidden),
    })
}
