use domain::{
    Money,
    clock::FixedClock,
    ledger::{Draft, Limits, LineDraft, PostingKind, Reference, Rejection, cost::Valuation},
};
use serde_json::{Value, json};

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_770_000_000_000_000);
const OIL: (i64, i64) = (1, 7);

/// A site with ten litres of oil, in a lot and out of one.
fn document(oversells: bool) -> Value {
    let locations = json!([[1, "salon", 0], [2, "proveedor", 1], [3, "cliente", 2], [4, "merma", 3]]);
    json!({
        "as_of": NOW.micros(),
        "sites": [{
            "id": 1, "code": "centro", "zone": "America/Argentina/Buenos_Aires", "oversells": oversells,
            "closed_through": null, "receive_at": 1, "sell_from": 1, "locations": locations
        }],
        "goods": [{
            "id": 7, "sku": "OIL", "name": "Aceite", "key": "aceite oil", "unit": "l", "minimum": 2000, "lots": true,
            "expiry": false, "active": true, "stands": [[1, [10_000, 50_000, 5_000], [[1, 0, 4_000], [1, 9, 6_000]]]],
            "named": [[9, "L1", null]]
        }]
    })
}

fn shelf(oversells: bool) -> Shelf {
    let shelf = Shelf::new(Arc::new(FixedClock(NOW)), None, true);
    assert_eq!(shelf.recall(document(oversells).to_string().as_bytes()), Some((1, NOW)));
    shelf
}

fn draft(kind: PostingKind, milli: i64) -> Draft {
    let line = LineDraft {
        sku: "OIL".into(),
        quantity: Quantity::from_milli(milli),
        from: None,
        to: None,
        lot: None,
        unit_price: None,
        line_cost: None,
    };
    Draft {
        id: uuid::Uuid::nil(),
        site: "centro".into(),
        kind,
        effective_at: None,
        reference: Reference::default(),
        actor: String::new(),
        device: String::new(),
        note: String::new(),
        corrects: None,
        lines: vec![line],
        may_back_date: false,
        taken_at: Some(NOW),
        limits: Limits::NONE,
    }
}

fn on_hand(shelf: &Shelf) -> Option<i64> {
    shelf.product("OIL", |_| true).map(|(stock, _)| stock.on_hand.milli())
}

#[test]
fn what_waits_is_taken_off_until_nothing_waits() {
    let shelf = shelf(false);
    assert_eq!(shelf.judge(&draft(PostingKind::Sale, 7_000)), Judged::Fits);
    assert_eq!(on_hand(&shelf), Some(3_000));
    let refused = shelf.judge(&draft(PostingKind::Sale, 3_001));
    assert!(matches!(refused, Judged::Refused(Rejection::InsufficientStock { .. })), "{refused:?}");
    assert_eq!(shelf.judge(&draft(PostingKind::CustomerReturn, 1_000)), Judged::Fits);
    assert_eq!(shelf.judge(&draft(PostingKind::Sale, 4_000)), Judged::Fits);
    assert_eq!(on_hand(&shelf), Some(0));
    shelf.caught_up();
    assert_eq!(on_hand(&shelf), Some(10_000));
}

#[test]
fn what_is_not_kept_after_all_is_not_taken_off() {
    let shelf = shelf(false);
    assert_eq!(shelf.judge(&draft(PostingKind::Sale, 1_000)), Judged::Fits);
    let several = [draft(PostingKind::Sale, 2_000), draft(PostingKind::Sale, 3_000)];
    let before = shelf.before(&several);
    several.iter().for_each(|one| assert_eq!(shelf.judge(one), Judged::Fits));
    assert_eq!(on_hand(&shelf), Some(4_000));
    shelf.put_back(before);
    assert_eq!(on_hand(&shelf), Some(9_000), "the one that was kept stays off");
}

#[test]
fn what_changes_in_the_ledger_while_sales_of_it_wait_is_not_guessed() {
    let shelf = shelf(false);
    assert_eq!(shelf.judge(&draft(PostingKind::Sale, 10_000)), Judged::Fits);
    shelf.write().put(OIL, Stand { seq: 5, valuation: valuation(90_000), held: Box::default() });
    assert_eq!(on_hand(&shelf), None);
    assert_eq!(shelf.judge(&draft(PostingKind::Sale, 1_000)), Judged::Unknown);
    assert!(shelf.list(&Wanted::default(), |_| true, &store::stock::After::default(), 10).is_none());
    shelf.caught_up();
    assert_eq!(on_hand(&shelf), Some(90_000));
}

#[test]
fn the_postings_that_the_ledger_took_last_are_known() {
    let shelf = shelf(false);
    let taken = draft(PostingKind::Sale, 1_000);
    let other = Draft { id: uuid::Uuid::from_u128(1), ..taken.clone() };
    let outcomes = [Outcome::Rejected(Rejection::UnknownSite { site: "x".into() })];
    shelf.posted(&[&taken], &outcomes);
    assert!(!shelf.was_posted_lately(taken.id), "it was refused");
    for number in 1..=MOST_LATELY as u128 + 1 {
        shelf.lately().add(uuid::Uuid::from_u128(number));
    }
    assert!(!shelf.was_posted_lately(other.id) && shelf.was_posted_lately(uuid::Uuid::from_u128(2)));
    assert_eq!(shelf.lately().ids.len(), MOST_LATELY);
}

#[test]
fn a_site_that_oversells_does_so_without_its_database_too() {
    let shelf = shelf(true);
    assert_eq!(shelf.judge(&draft(PostingKind::Sale, 12_000)), Judged::Fits);
    assert_eq!(on_hand(&shelf), Some(-2_000));
}

#[test]
fn nothing_is_said_of_what_is_not_held_or_refers_to_an_earlier_posting() {
    let shelf = shelf(false);
    let mut other = draft(PostingKind::Sale, 1_000);
    other.lines[0].sku = "BREAD".into();
    assert_eq!(shelf.judge(&other), Judged::Unknown);
    let linked = Draft { corrects: Some(uuid::Uuid::nil()), ..draft(PostingKind::CustomerReturn, 1_000) };
    assert_eq!(shelf.judge(&linked), Judged::Unknown);
    let unused = Shelf::new(Arc::new(FixedClock(NOW)), None, false);
    assert_eq!(unused.judge(&draft(PostingKind::Sale, 1_000)), Judged::Unknown);
}

#[test]
fn what_somebody_saw_otherwise_is_not_shown_until_it_was_read_again() {
    let shelf = shelf(false);
    let seen = |milli: i64| [("OIL", "centro", Quantity::from_milli(milli))].into_iter();
    shelf.saw(shelf.changes(), seen(10_000));
    assert_eq!((on_hand(&shelf), shelf.products()), (Some(10_000), 1), "it is as it was seen");
    let before = shelf.changes();
    shelf.write().changes += 1;
    let changed = shelf.changes();
    let stand = Stand { seq: 5, valuation: valuation(9_000), held: Box::default() };
    shelf.write().put(OIL, stand);
    shelf.saw(before, seen(10_000));
    assert_eq!(on_hand(&shelf), Some(9_000), "the reading may be the older one");
    shelf.saw(changed, seen(8_000));
    assert_eq!((on_hand(&shelf), shelf.products()), (None, 0), "the reading is the younger one");
    let wanted = Wanted::default();
    assert!(
        shelf.list(&wanted, |_| true, &store::stock::After::default(), 10).is_none(),
        "nor is it left out of a list"
    );
}

#[test]
fn the_younger_of_two_stays() {
    let shelf = shelf(false);
    let at = |seq, milli| Stand { seq, valuation: valuation(milli), held: Box::default() };
    for (stand, expected) in
        [(at(5, 9_000), 9_000), (at(4, 8_000), 9_000), (at(7, 9_000), 9_000), (at(6, 1_000), 9_000)]
    {
        shelf.write().put(OIL, stand);
        assert_eq!(on_hand(&shelf), Some(expected));
    }
}

#[test]
fn another_run_knows_the_same() {
    let one = shelf(true);
    assert_eq!(one.to_keep(), None, "only what was kept is known");
    one.write().is_whole = true;
    assert_eq!(one.to_keep(), None, "it is kept already");
    one.write().put(OIL, Stand { seq: 5, valuation: valuation(9_000), held: Box::default() });
    let bytes = one.to_keep().unwrap();
    let another = Shelf::new(Arc::new(FixedClock(NOW)), None, true);
    assert_eq!(another.recall(&bytes), Some((1, NOW)));
    assert_eq!(another.product("OIL", |_| true), one.product("OIL", |_| true));
    assert_eq!(another.recall(b"{}"), None);
    assert_eq!(on_hand(&another), Some(9_000), "what cannot be read takes nothing away");
}

#[test]
fn what_nobody_can_be_asked_about_is_believed_for_a_day() {
    let at = |seconds: i64| Shelf::new(Arc::new(FixedClock(NOW.plus_seconds(seconds))), None, true);
    let bytes = document(false).to_string();
    assert_eq!(at(BELIEVED_SECONDS).recall(bytes.as_bytes()), None);
    assert_eq!(at(BELIEVED_SECONDS - 1).recall(bytes.as_bytes()), Some((1, NOW)));
    let old = at(0);
    old.recall(bytes.as_bytes()).unwrap();
    old.write().as_of = Some(NOW.plus_seconds(-BELIEVED_SECONDS));
    assert_eq!((on_hand(&old), old.products()), (None, 0));
    assert!(old.list(&Wanted::default(), |_| true, &store::stock::After::default(), 10).is_none());
    assert_eq!(old.judge(&draft(PostingKind::Sale, 11_000)), Judged::Unknown, "it keeps nobody from selling");
}

#[test]
fn it_is_kept_again_from_time_to_time_though_nothing_changed() {
    let shelf = shelf(false);
    shelf.write().is_whole = true;
    for (seconds, expected) in [(3_599, false), (3_600, true), (3_601, false), (7_200, true)] {
        shelf.write().as_of = Some(NOW.plus_seconds(seconds));
        assert_eq!(shelf.to_keep().is_some(), expected, "after {seconds} seconds");
    }
}

#[test]
fn a_list_waits_until_everything_was_read() {
    let shelf = shelf(false);
    let is_listed = || shelf.list(&Wanted::default(), |_| true, &store::stock::After::default(), 10).is_some();
    assert!(is_listed(), "as another run knew it");
    shelf.write().followed.insert(1, Place { site: 1, seq: 3, revision: -1 });
    assert!(!is_listed(), "it is being read anew");
    assert_eq!(on_hand(&shelf), Some(10_000), "each product alone is as it was");
    shelf.write().is_whole = true;
    assert!(is_listed());
    let fresh = Shelf::new(Arc::new(FixedClock(NOW)), None, true);
    assert!(fresh.list(&Wanted::default(), |_| true, &store::stock::After::default(), 10).is_none());
}

#[test]
fn a_list_shows_places_lots_and_what_is_missing() {
    let shelf = shelf(false);
    let lines = |wanted: &Wanted, site: &'static str| {
        let (items, as_of) = shelf.list(wanted, |code| code == site, &store::stock::After::default(), 10).unwrap();
        assert_eq!(as_of, NOW);
        items.iter().map(|item| (item.key.lot, item.quantity.milli(), item.value.minor())).collect::<Vec<_>>()
    };
    assert_eq!(lines(&Wanted::default(), "centro"), [(0, 4_000, 20_000), (9, 6_000, 30_000)]);
    assert_eq!(lines(&Wanted::default(), "norte"), []);
    let words = |text: &str| Wanted { words: Some(text.into()), ..Wanted::default() };
    assert_eq!(lines(&words("Aceite OIL"), "centro").len(), 2);
    assert_eq!(lines(&words("oil aceite"), "centro").len(), 0, "in their order");
    let elsewhere = Wanted { location: Some("deposito".into()), ..Wanted::default() };
    assert_eq!(lines(&elsewhere, "centro").len(), 0);
    assert_eq!(shelf.judge(&draft(PostingKind::Sale, 10_000)), Judged::Fits);
    let missing = Wanted { below_minimum: true, ..Wanted::default() };
    assert_eq!(lines(&missing, "centro"), [(0, 0, 0)]);
}

fn valuation(milli: i64) -> Option<Valuation> {
    let (value, last_cost) = (Money::from_minor(45_000), Money::from_minor(5_000));
    Some(Valuation { quantity: Quantity::from_milli(milli), value, last_cost })
}
