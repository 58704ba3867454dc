use std::time::Duration;

use domain::{
    Role, Timestamp,
    audit::{Action, Outcome, Record},
};
use store::{Db, Options};

use super::*;
use crate::http::auth::{CallerKind, Principal};

const AT: Timestamp = Timestamp::from_micros(1_770_000_000_000_000);
const LONG: Duration = Duration::from_secs(30);

struct Shop {
    db: Db,
    options: Options,
    _folder: tempfile::TempDir,
}

async fn shop() -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("shop.db").display());
    let db = Db::open(&Options::new(url.as_str())).await.unwrap();
    store::migrate::up(&db).await.unwrap();
    db.close().await;
    // Whoever finds the file locked is told soon.
    let options = Options { wait: Duration::from_millis(500), ..Options::new(url) };
    let db = Db::open(&options).await.unwrap();
    Shop { db, options, _folder: folder }
}

async fn kept(db: &Db) -> Vec<Record> {
    let mut tx = db.read().await.unwrap();
    store::audit::after(&mut tx, 0, 10_000).await.unwrap()
}

fn refused(number: usize) -> Event {
    by_nobody(Action::Authenticated).denied().on("key", number).at(AT)
}

#[test]
fn an_event_says_who_did_what_and_what_changed() {
    let owner = Principal::new(CallerKind::Key, "2Bf7", "caja", Role::Owner);
    let event =
        by(&owner, Action::PriceSet).site("centro").on("product", "PAN-1").change("price", "10.00", "12.00").at(AT);
    assert_eq!((&*event.actor.id, &*event.actor.name, &*event.actor.role), ("2Bf7", "caja", "owner"));
    assert_eq!((&*event.resource, &*event.site, event.outcome), ("product:PAN-1", "centro", Outcome::Ok));
    assert_eq!(event.details, r#"{"changes":{"price":{"after":"12.00","before":"10.00"}}}"#);
}

#[test]
fn a_text_past_its_bound_is_cut_between_two_letters() {
    let event = by_system(&"ñ".repeat(200), Action::ServerStarted).on("node", "x\0".repeat(300)).at(AT);
    assert!(event.actor.name.len() <= 128 && event.actor.name.chars().all(|letter| letter == 'ñ'));
    assert!(event.resource.len() <= 200 && !event.resource.contains('\0'));
}

#[tokio::test]
async fn what_is_told_is_written_in_order_before_an_orderly_stop_ends() {
    let shop = shop().await;
    let (audit, keeper) = Audit::start(shop.db.clone(), QUEUE);
    (0..1000).for_each(|number| audit.record(refused(number)));
    assert!(keeper.finish(LONG).await);
    let kept = kept(&shop.db).await;
    let expected: Vec<String> = (0..1000).map(|number| format!("key:{number}")).collect();
    assert_eq!(kept.iter().map(|record| record.event.resource.clone()).collect::<Vec<_>>(), expected);
    assert_eq!(audit.figures.counts(), [1000, 0, 0]);
    audit.record(refused(1));
    assert_eq!(audit.figures.counts(), [1000, 1, 0], "what comes too late stands in the log");
}

#[tokio::test]
async fn while_the_database_is_away_events_wait_and_what_finds_no_room_is_logged() {
    let shop = shop().await;
    let other = Db::open(&shop.options).await.unwrap();
    let holding = other.write().await.unwrap();
    let (audit, keeper) = Audit::start(shop.db.clone(), 10);
    audit.record(refused(0));
    while audit.figures.counts()[2] == 0 {
        tokio::task::yield_now().await;
    }
    (1..=15).for_each(|number| audit.record(refused(number)));
    assert_eq!(audit.figures.counts()[1], 5, "ten wait in the queue, five stand in the log");
    holding.rollback().await.unwrap();
    assert!(keeper.finish(LONG).await);
    assert_eq!(kept(&shop.db).await.len(), 11);
    assert_eq!(audit.figures.counts()[..2], [11, 5]);
}

#[tokio::test]
async fn a_stop_that_runs_out_of_time_leaves_everything_in_the_log() {
    let shop = shop().await;
    let other = Db::open(&shop.options).await.unwrap();
    let holding = other.write().await.unwrap();
    let (audit, keeper) = Audit::start(shop.db.clone(), QUEUE);
    (0..600).for_each(|number| audit.record(refused(number)));
    assert!(!keeper.finish(Duration::from_millis(100)).await);
    assert_eq!(audit.figures.counts()[..2], [0, 600]);
    drop(holding);
    assert!(kept(&shop.db).await.is_empty());
}

#[tokio::test]
async fn somebody_who_knocks_a_thousand_times_does_not_fill_the_log() {
    let shop = shop().await;
    let (audit, keeper) = Audit::start(shop.db.clone(), QUEUE);
    (0..1000).for_each(|_| audit.record(refused(7)));
    assert!(keeper.finish(LONG).await);
    let kept = kept(&shop.db).await;
    assert_eq!(kept.len(), 6);
    assert_eq!(kept.iter().map(|record| record.event.times).sum::<u32>(), 1000);
}
