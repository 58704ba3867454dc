//! What waits, and what was decided.

use access::Permission;
use askama::Template;
use axum::response::Response;
use domain::Timestamp;
use platform::{http::auth::SiteScope, texts::Args};
use store::{
    approval::{self, Approval, ApprovalFilter, State},
    site::{self, Sites},
};
use uuid::Uuid;

use super::shape::{Told, names};
use crate::{
    frame::Frame,
    urlencoded,
    visit::{Stop, Visit},
};

const PAGE_SIZE: i64 = 50;

#[derive(Debug, Template)]
#[template(path = "approvals/list.html")]
struct List<'f> {
    frame: &'f Frame,
    /// Whether only what waits is shown.
    only_waiting: bool,
    /// How many decisions wait for the warehouse.
    kept: Option<String>,
    rows: Vec<Told>,
    next: Option<String>,
}

/// `GET /aprobaciones`
pub(crate) async fn show(visit: Visit) -> Result<Response, Stop> {
    let caller = visit.may(Permission::ApprovalsRead)?;
    let (frame, db) = (&visit.frame, &visit.state.db);
    let only_waiting = urlencoded::value(&visit.query, "todo").is_none();
    let state = only_waiting.then_some(State::Pending);
    let before = urlencoded::value(&visit.query, "antes").and_then(|place| place_of(&place));
    let reading = async {
        let mut sites = site::list(db).await?;
        sites.retain(|site| caller.sites.includes(&site.code));
        let own = match caller.sites {
            SiteScope::All => Sites::Every,
            SiteScope::Only(_) => Sites::Only(sites.iter().map(|site| site.id).collect()),
        };
        let found = approval::list(db, &ApprovalFilter { sites: own, state, before }, PAGE_SIZE + 1).await?;
        let names = names(db, &found).await?;
        Ok((found, sites, names))
    };
    let (mut found, sites, names) = visit.read(reading).await?;
    let wanted = usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX);
    let more = found.len() > wanted;
    found.truncate(wanted);
    let next = found.last().filter(|_| more).map(|last| {
        let place = format!("{}.{}", last.asked_at.micros(), last.id);
        let all = (!only_waiting).then_some("1");
        urlencoded::address("/aprobaciones", &[("todo", all), ("antes", Some(&place))])
    });
    let decides = &visit.state.decides;
    let row =
        |one: &Approval| Told { is_kept: decides.unsent(one.id).is_some(), ..Told::of(frame, one, &sites, &names) };
    let rows = found.iter().map(row).collect();
    let kept = Some(decides.waiting()).filter(|waiting| *waiting > 0);
    let kept = kept.map(|waiting| frame.words.say_with("ui-approvals-kept", &Args::new().with("waiting", waiting)));
    Ok(visit.show(&List { frame, only_waiting, kept, rows, next }))
}

/// Where a page goes on.
fn place_of(text: &str) -> Option<(Timestamp, Uuid)> {
    let (at, id) = text.split_once('.')?;
    Some((Timestamp::from_micros(at.parse().ok()?), id.parse().ok()?))
}
