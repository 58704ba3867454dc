//! Requests for a second person's consent.

use std::sync::{Mutex, PoisonError};

use anyhow::{Result, ensure};
use domain::{
    Money,
    audit::{Action, Actor, ActorKind, Event, Origin, Outcome as Ended},
    ledger::{Draft, Limits, Outcome, Over, Posted, PostingKind, Rejection},
};
use store::{
    Db,
    approval::{self, ApprovalFilter, Decision, NewApproval, State},
    ledger::{
        Stood, Watch,
        sanctioned::{self, Sanctioned, Telling},
        together::{self, Became, Otherwise, Pair},
    },
    person::{self, NewPerson, Password},
    site::Sites,
};
use uuid::Uuid;

use crate::{
    both::NOW,
    ledger::shop::{add_product, costing, draft, faults, line, open_site, post},
};

both! {
    a_posting_waits_once_and_is_decided_once
    requests_are_listed_by_site_and_state_newest_first
    a_posting_and_its_consent_are_one_commit
    what_waits_beside_what_was_posted_is_told_as_waiting
    the_ledger_says_what_passes_a_limit
    whether_somebody_else_works_there_is_known
}

/// A request, asked for so many seconds after [`NOW`].
pub fn new(id: u128, seconds: i64) -> NewApproval {
    NewApproval {
        id: Uuid::from_u128(id),
        posting: Uuid::from_u128(1000 + id),
        digest: [7; 32],
        site: 1,
        kind: PostingKind::Waste,
        draft: "{}".to_owned(),
        asked_by: "p-ana".to_owned(),
        asked_at: NOW.plus_seconds(seconds),
        expires_at: NOW.plus_seconds(seconds + 60),
        passed: Over::Worth,
        worth: Money::from_cents(1),
        days_back: 0,
    }
}

const fn granted(seconds: i64) -> Decision<'static> {
    Decision { state: State::Granted, by: "p-beto", answer: "sí", at: NOW.plus_seconds(seconds) }
}

async fn asked(db: &Db, new: &NewApproval) -> Result<bool> {
    let mut tx = db.write().await?;
    let written = approval::request(&mut tx, new).await?;
    tx.commit().await?;
    Ok(written)
}

async fn decided(db: &Db, id: u128, decision: Decision<'_>) -> Result<bool> {
    let mut tx = db.write().await?;
    let decided = approval::decide(&mut tx, Uuid::from_u128(id), decision).await?;
    tx.commit().await?;
    Ok(decided)
}

async fn a_posting_waits_once_and_is_decided_once(db: Db) -> Result<()> {
    open_site(&db, "centro").await?;
    ensure!(asked(&db, &new(1, 0)).await?);
    let again = NewApproval { posting: new(1, 0).posting, ..new(2, 1) };
    ensure!(!asked(&db, &again).await?, "it waits already");
    let stands = approval::get(&db, Uuid::from_u128(1)).await?;
    ensure!(stands.as_ref().is_some_and(|one| one.state == State::Pending && one.site_code == "centro"), "{stands:?}");
    ensure!(stands == approval::of_posting(&db, again.posting).await?);
    ensure!(!decided(&db, 1, granted(60)).await?, "its time is over");
    ensure!(decided(&db, 1, granted(59)).await?);
    ensure!(!decided(&db, 1, Decision { state: State::Refused, ..granted(59) }).await?, "decided already");
    let stands = approval::get(&db, Uuid::from_u128(1)).await?;
    let told = stands.map(|one| (one.state, one.decided_by, one.answer, one.decided_at));
    ensure!(told == Some((State::Granted, "p-beto".into(), "sí".into(), Some(NOW.plus_seconds(59)))), "{told:?}");
    ensure!(asked(&db, &again).await?, "what is decided does not stand in the way");
    ensure!(approval::of_posting(&db, again.posting).await?.map(|one| one.id) == Some(again.id), "what waits is told");
    let mut tx = db.write().await?;
    ensure!(approval::overdue(&mut tx, NOW.plus_seconds(60), 9).await?.is_empty());
    ensure!(approval::overdue(&mut tx, NOW.plus_seconds(61), 9).await?.len() == 1);
    tx.rollback().await?;
    ensure!(decided(&db, 2, Decision { state: State::Expired, ..granted(61) }).await?);
    Ok(())
}

async fn requests_are_listed_by_site_and_state_newest_first(db: Db) -> Result<()> {
    open_site(&db, "centro").await?;
    open_site(&db, "norte").await?;
    for (id, site, seconds) in [(1, 1, 0), (2, 2, 5), (3, 1, 5), (4, 1, 9)] {
        asked(&db, &NewApproval { site, ..new(id, seconds) }).await?;
    }
    decided(&db, 4, granted(10)).await?;
    let listed = async |filter: ApprovalFilter, limit| -> Result<Vec<u128>> {
        Ok(approval::list(&db, &filter, limit).await?.into_iter().map(|one| one.id.as_u128()).collect())
    };
    let of = |sites, state, before| ApprovalFilter { sites, state, before };
    ensure!(listed(ApprovalFilter::default(), 9).await? == [4, 3, 2, 1]);
    ensure!(listed(of(Sites::from(1), Some(State::Pending), None), 9).await? == [3, 1]);
    ensure!(listed(of(Sites::Only(Vec::new()), None, None), 9).await?.is_empty());
    let after = Some((NOW.plus_seconds(5), Uuid::from_u128(3)));
    ensure!(listed(of(Sites::Every, None, after), 9).await? == [2, 1]);
    ensure!(listed(ApprovalFilter::default(), 2).await? == [4, 3]);
    Ok(())
}

fn event(posted: &Posted) -> Event {
    event_of(posted.seq)
}

fn event_of(seq: i64) -> Event {
    let actor = Actor { kind: ActorKind::User, id: "p-beto".into(), name: "beto".into(), role: "manager".into() };
    Event {
        at: NOW,
        actor,
        origin: Origin::default(),
        site: "centro".into(),
        action: Action::ApprovalGranted,
        resource: "approval:1".into(),
        outcome: Ended::Ok,
        times: 1,
        details: format!("{{\"seq\":{seq}}}"),
    }
}

/// Notes how much there is of whatever was told of, in thousandths, and what became of what was asked.
#[derive(Debug, Default)]
struct Seen(Mutex<(Vec<i64>, usize)>);

impl Watch for Seen {
    fn committed(&self, _: &[&Draft], outcomes: &[Outcome], _: std::time::Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 += outcomes.len();
    }

    fn stood(&self, stood: &Stood<'_>) {
        let quantities = stood.stands.iter().filter_map(|(_, stand)| Some(stand.valuation?.quantity.milli()));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.extend(quantities);
    }
}

const fn telling(watch: &Seen) -> Telling<'_> {
    Telling { event: &event, watch }
}

async fn events(db: &Db) -> Result<usize> {
    Ok(store::audit::list(db, i64::MAX, &store::audit::Filter::default(), 9).await?.len())
}

async fn a_posting_and_its_consent_are_one_commit(db: Db) -> Result<()> {
    open_site(&db, "centro").await?;
    add_product(&db, "A", |_| {}).await?;
    post(&db, &draft(1, PostingKind::Receipt, vec![costing("A", 10, 100)])).await?;
    let waste = draft(1001, PostingKind::Waste, vec![line("A", 20)]);
    asked(&db, &new(1, 0)).await?;
    let watch = Seen::default();
    let request = Some((Uuid::from_u128(1), granted(1)));
    let refused = sanctioned::post(&db, &waste, request, telling(&watch), NOW).await?;
    ensure!(matches!(refused, Sanctioned::Asked(Outcome::Rejected(_))), "{refused:?}");
    let stands = approval::get(&db, Uuid::from_u128(1)).await?.map(|one| one.state);
    ensure!((stands, events(&db).await?) == (Some(State::Pending), 0), "nothing of it stands");
    post(&db, &draft(2, PostingKind::Receipt, vec![costing("A", 10, 100)])).await?;
    let granted = sanctioned::post(&db, &waste, request, telling(&watch), NOW).await?;
    ensure!(matches!(granted, Sanctioned::Asked(Outcome::Posted(_))), "{granted:?}");
    let again = sanctioned::post(&db, &waste, request, telling(&watch), NOW).await?;
    ensure!(matches!(again, Sanctioned::Decided), "{again:?}");
    let stands = approval::get(&db, Uuid::from_u128(1)).await?.map(|one| one.state);
    ensure!((stands, events(&db).await?) == (Some(State::Granted), 1));
    // Posted before by another way, nobody let it through.
    asked(&db, &NewApproval { posting: waste.id, ..new(2, 0) }).await?;
    let known =
        sanctioned::post(&db, &waste, Some((Uuid::from_u128(2), self::granted(1))), telling(&watch), NOW).await?;
    ensure!(matches!(known, Sanctioned::Asked(Outcome::Duplicate(_))), "{known:?}");
    let stands = approval::get(&db, Uuid::from_u128(2)).await?.map(|one| one.state);
    ensure!((stands, events(&db).await?) == (Some(State::Pending), 1));
    let told = watch.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    ensure!(told == (vec![10_000, 0, 0], 3), "whoever watches hears of each as it stands then: {told:?}");
    ensure!(faults(&db).await?.is_empty());
    Ok(())
}

async fn what_waits_beside_what_was_posted_is_told_as_waiting(db: Db) -> Result<()> {
    open_site(&db, "centro").await?;
    add_product(&db, "A", |_| {}).await?;
    let first = draft(1, PostingKind::Receipt, vec![costing("A", 10, 100)]);
    let limits = Limits { most_worth: Some(Money::ZERO), oldest_days: None };
    let then = Draft { limits, ..draft(1001, PostingKind::Waste, vec![line("A", 2)]) };
    let otherwise = |_: &Rejection| Some(Otherwise::Waits(Box::new(new(1, 0)), Box::new(event_of(0))));
    let watch = Seen::default();
    let pair = Pair { first: &first, then: &then, otherwise: &otherwise, watch: &watch };
    let became = together::post(&db, pair, NOW).await?;
    ensure!(matches!(became, Became::Waits(Outcome::Posted(_), Rejection::ApprovalNeeded { .. }, _)), "{became:?}");
    let told = watch.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    ensure!(told.1 == 2, "the one that waits is among the figures: {told:?}");
    ensure!(faults(&db).await?.is_empty());
    Ok(())
}

async fn the_ledger_says_what_passes_a_limit(db: Db) -> Result<()> {
    open_site(&db, "centro").await?;
    add_product(&db, "A", |_| {}).await?;
    post(&db, &draft(1, PostingKind::Receipt, vec![costing("A", 10, 100)])).await?;
    let limits = Limits { most_worth: Some(Money::from_cents(2_000)), oldest_days: Some(2) };
    let of = |id, kind, units, days: i64| {
        let mut draft = draft(id, kind, vec![line("A", units)]);
        (draft.limits, draft.may_back_date) = (limits, true);
        draft.effective_at = Some(NOW.plus_seconds(-days * 86_400));
        draft
    };
    for (id, kind, units, days, expected) in [
        (2, PostingKind::Waste, 3, 0, Some(Over::Worth)),
        (3, PostingKind::Found, 3, 3, Some(Over::Both)),
        (4, PostingKind::Sale, 9, 3, Some(Over::Age)),
        (5, PostingKind::Sale, 4, 2, None),
        (6, PostingKind::Loss, 2, 2, None),
        (7, PostingKind::Move, 3, 0, None),
        (9, PostingKind::Consumption, 3, 0, Some(Over::Worth)),
        (10, PostingKind::SupplierReturn, 3, 0, Some(Over::Worth)),
        (11, PostingKind::Consumption, 2, 0, None),
    ] {
        let passed = match post(&db, &of(id, kind, units, days)).await? {
            Outcome::Rejected(Rejection::ApprovalNeeded { over, .. }) => Some(over),
            Outcome::Posted(_) => None,
            other => anyhow::bail!("{id}: {other:?}"),
        };
        ensure!(passed == expected, "{id}: {passed:?}");
    }
    let linked = Draft { corrects: Some(Uuid::from_u128(1)), ..of(12, PostingKind::SupplierReturn, 2, 0) };
    let back = Draft { limits: Limits { most_worth: Some(Money::ZERO), ..limits }, ..linked };
    ensure!(matches!(post(&db, &back).await?, Outcome::Posted(_)), "back to whom they came from");
    // What the ledger would not take anyhow is nobody else's to look at.
    let short = post(&db, &of(8, PostingKind::Waste, 99, 0)).await?;
    ensure!(matches!(short, Outcome::Rejected(Rejection::InsufficientStock { .. })), "{short:?}");
    ensure!(faults(&db).await?.is_empty());
    Ok(())
}

async fn whether_somebody_else_works_there_is_known(db: Db) -> Result<()> {
    open_site(&db, "centro").await?;
    open_site(&db, "norte").await?;
    let mut tx = db.write().await?;
    for (number, code, role, sites) in
        [(1, "p-ana", "owner", None), (2, "p-beto", "manager", Some(vec![2])), (3, "p-caja", "cashier", None)]
    {
        let new = NewPerson {
            id: Uuid::from_u128(number),
            code: code.into(),
            login: code.into(),
            name: code.into(),
            role: role.into(),
            sites,
            language: None,
            created_by: "cli".into(),
        };
        person::create(&mut tx, &new, NOW).await?;
    }
    tx.commit().await?;
    let there = async |site, but: &[&str]| {
        let but: Vec<String> = but.iter().map(ToString::to_string).collect();
        person::works_there(&db, &["owner", "manager"], site, &but, NOW).await
    };
    ensure!(!there(1, &[]).await?, "nobody has a password, so nobody comes in");
    let mut tx = db.write().await?;
    for (number, usable_until) in [(1, None), (2, Some(NOW.plus_seconds(1))), (3, None)] {
        let kept = Password { hash: "x".into(), set_at: NOW, one_time: usable_until.is_some(), usable_until };
        person::set_password(&mut tx, Uuid::from_u128(number), &kept).await?;
    }
    tx.commit().await?;
    ensure!(there(1, &["p-caja"]).await? && there(1, &[]).await?);
    ensure!(!there(1, &["p-ana"]).await? && there(2, &["p-ana"]).await?);
    ensure!(!there(2, &["x", "p-ana", "p-beto"]).await? && there(1, &["p-an", "%"]).await?);
    ensure!(there(1, &["x,p-ana,y"]).await? && there(2, &["p-ana", "x,p-beto,y"]).await?, "a name is not a list");
    let later = NOW.plus_seconds(1);
    ensure!(!person::works_there(&db, &["manager"], 2, &[], later).await?, "that password is over");
    let mut tx = db.write().await?;
    person::set_disabled(&mut tx, Uuid::from_u128(1), Some(NOW)).await?;
    tx.commit().await?;
    ensure!(!there(1, &[]).await?, "closed out");
    Ok(())
}
