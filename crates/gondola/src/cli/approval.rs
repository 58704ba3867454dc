//! `gondola approval list`.
//!
//! Invariant: it only looks. Who decides is a person in a session of their own; whoever has the command line is nobody's second person.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use domain::Zone;
use platform::config::Settings;
use serde_json::json;
use store::{
    approval::{self, Approval, ApprovalFilter, State},
    site,
};

use super::{Outcome, Words, open};

/// Requests shown at most.
const MOST: i64 = 500;

/// What to do with postings that wait for a second person.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// What waits, and what was decided, newest first.
    List(List),
}

/// How to list.
#[derive(Args)]
pub(crate) struct List {
    /// Only those that stand there.
    #[arg(long, value_enum)]
    state: Option<Stands>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Stands {
    /// Nobody decided yet.
    Pending,
    /// Let through.
    Granted,
    /// Refused.
    Refused,
    /// Nobody decided in time.
    Expired,
}

/// Runs it.
pub(crate) async fn run(Command::List(how): Command, settings: Settings) -> Outcome {
    let state = how.state.map(|state| match state {
        Stands::Pending => State::Pending,
        Stands::Granted => State::Granted,
        Stands::Refused => State::Refused,
        Stands::Expired => State::Expired,
    });
    let db = open::readable(&settings).await?;
    let found = approval::list(&db, &ApprovalFilter { state, ..ApprovalFilter::default() }, MOST).await?;
    let sites = site::list(&db).await?;
    let zone =
        |one: &Approval| sites.iter().find(|site| site.id == one.site).map_or_else(Zone::utc, |s| s.zone.clone());
    if how.json {
        let rows: Vec<_> = found.iter().map(|one| document(one, &zone(one))).collect();
        answer!("{}", serde_json::Value::from(rows));
    } else if found.is_empty() {
        answer!("{}", Words(settings.language).say("no hay ninguno", "there is none"));
    } else {
        for one in &found {
            let asked = one.asked_at.in_zone(&zone(one));
            let (state, kind) = (one.state.name(), one.kind.name());
            answer!("{} {state:<8} {asked} {} {kind} {} {}", one.id, one.site_code, one.worth, one.asked_by);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn document(one: &Approval, zone: &Zone) -> serde_json::Value {
    json!({
        "id": one.id, "state": one.state.name(), "site": one.site_code, "kind": one.kind.name(), "posting_id": one.posting,
        "passed": one.passed.name(), "worth": one.worth.to_string(), "days_back": one.days_back, "asked_by": one.asked_by,
        "asked_at": one.asked_at.in_zone(zone), "expires_at": one.expires_at.in_zone(zone),
        "decided_by": one.decided_at.map(|_| &one.decided_by), "decided_at": one.decided_at.map(|at| at.in_zone(zone)),
        "answer": one.answer,
    })
}
