use domain::audit::{Actor, Origin};
use serde_json::{Value, json};

use super::*;

/// A Friday, noon in Buenos Aires.
const NOON: &str = "2026-11-20T12:00:00-03:00";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn event(action: Action, at: Timestamp) -> Event {
    Event {
        at,
        actor: Actor { kind: ActorKind::User, id: "p-1".into(), name: "Ana".into(), role: "manager".into() },
        origin: Origin { address: "192.0.2.7".into(), ..Origin::default() },
        site: "centro".into(),
        action,
        resource: "user:p-1".into(),
        outcome: Outcome::Ok,
        times: 1,
        details: String::new(),
    }
}

fn watch() -> Watch {
    Watch::new(Zone::named("America/Argentina/Buenos_Aires").unwrap(), Hours::NIGHT)
}

fn stranger(mut event: Event, address: &str) -> Event {
    event.actor = Actor { kind: ActorKind::Nobody, id: String::new(), name: String::new(), role: String::new() };
    (event.resource, event.outcome) = (String::new(), Outcome::Denied);
    address.clone_into(&mut event.origin.address);
    event
}

/// What the last of these events makes unusual, when those before it made nothing so.
fn last(events: &[Event]) -> Vec<(Rule, String, u64)> {
    let mut watch = watch();
    let (last, before) = events.split_last().unwrap();
    for (place, event) in before.iter().enumerate() {
        assert_eq!(watch.see(event), [], "event {place}");
    }
    watch.see(last).into_iter().map(|anomaly| (anomaly.rule, anomaly.subject, anomaly.count)).collect()
}

fn failures(action: Action, seconds: &[i64]) -> Vec<Event> {
    seconds.iter().map(|second| stranger(event(action, at(NOON).plus_seconds(*second)), "203.0.113.9")).collect()
}

#[test]
fn five_failures_in_five_minutes_from_one_address_are_brute_force() {
    let found = vec![(Rule::BruteForce, "address:203.0.113.9".to_owned(), 5)];
    for (name, events, expected) in [
        ("five at once", failures(Action::Authenticated, &[0, 1, 2, 3, 4]), found.clone()),
        ("five within five minutes", failures(Action::LoggedIn, &[0, 70, 140, 220, 299]), found.clone()),
        ("the first is too long ago", failures(Action::LoggedIn, &[0, 70, 140, 220, 300]), vec![]),
        ("four", failures(Action::SecondFactor, &[0, 1, 2, 3]), vec![]),
    ] {
        assert_eq!(last(&events), expected, "{name}");
    }
    let told_once = Event { times: 40, ..failures(Action::Authenticated, &[0]).remove(0) };
    assert_eq!(last(&[told_once]), [(Rule::BruteForce, "address:203.0.113.9".to_owned(), 40)]);
}

#[test]
fn many_addresses_that_try_one_account_are_brute_force_on_the_account() {
    let tried = |number: i64| {
        let mut tried =
            stranger(event(Action::LoggedIn, at(NOON).plus_seconds(number)), &format!("203.0.113.{number}"));
        tried.resource = "user:p-1".into();
        tried
    };
    let events: Vec<Event> = (0..5).map(tried).collect();
    assert_eq!(last(&events), [(Rule::BruteForce, "user:p-1".to_owned(), 5)]);
}

#[test]
fn what_went_well_is_no_failure() {
    let events: Vec<Event> = (0..20).map(|second| event(Action::LoggedIn, at(NOON).plus_seconds(second))).collect();
    assert_eq!(last(&events), []);
}

#[test]
fn whoever_tries_what_they_may_not_is_told_of() {
    let denied =
        |second| Event { outcome: Outcome::Denied, ..event(Action::AccessDenied, at(NOON).plus_seconds(second)) };
    let events: Vec<Event> = (0..5).map(denied).collect();
    assert_eq!(last(&events), [(Rule::Probing, "user:p-1".to_owned(), 5)]);
}

#[test]
fn five_requests_with_text_of_attacks_are_injection_whoever_sends_them() {
    let tried = |second: i64| {
        let tried = stranger(event(Action::AttackTried, at(NOON).plus_seconds(second)), "203.0.113.9");
        Event { resource: "attack:sql".into(), ..tried }
    };
    let events: Vec<Event> = (0..5).map(tried).collect();
    assert_eq!(last(&events), [(Rule::Injection, "address:203.0.113.9".to_owned(), 5)]);
    assert_eq!(last(&events[1..]), []);
    let known =
        |second| Event { outcome: Outcome::Failed, ..event(Action::AttackTried, at(NOON).plus_seconds(second)) };
    let events: Vec<Event> = (0..5).map(known).collect();
    assert_eq!(last(&events), [(Rule::Injection, "user:p-1".to_owned(), 5)]);
}

#[test]
fn a_secret_that_was_replaced_and_is_shown_again_is_told_of_at_once() {
    let shown = stranger(event(Action::ReplacedSecretShown, at(NOON)), "203.0.113.9");
    let shown = Event { resource: "key:2Bf7".into(), ..shown };
    assert_eq!(last(&[shown]), [(Rule::ReplacedSecret, "key:2Bf7".to_owned(), 1)]);
}

#[test]
fn a_person_who_enters_at_night_is_told_of_until_it_is_a_habit() {
    let entered = |text: &str| event(Action::LoggedIn, at(text));
    let told = [(Rule::UnusualHour, "user:p-1".to_owned(), 3)];
    for (text, expected) in [
        ("2026-11-20T03:10:00-03:00", &told[..]),
        ("2026-11-20T06:00:00-03:00", &[]),
        ("2026-11-20T22:59:59-03:00", &[]),
    ] {
        assert_eq!(last(&[entered(text)]), expected, "{text}");
    }
    let program =
        Event { actor: Actor { kind: ActorKind::Key, ..entered(NOON).actor }, ..entered("2026-11-20T03:10:00-03:00") };
    assert_eq!(last(&[program]), [], "programs work at night");
    let mut watch = watch();
    let nights: Vec<bool> =
        (10..=20).map(|day| watch.see(&entered(&format!("2026-11-{day}T03:10:00-03:00"))).len() == 1).collect();
    assert_eq!(nights[..4], [true, true, true, false]);
    assert!(nights[4..].iter().all(|told| !told), "{nights:?}");
}

fn export(rows: u64, day: i64) -> Event {
    Event {
        details: json!({ "rows": rows }).to_string(),
        ..event(Action::Exported, at(NOON).plus_seconds(day * 86_400))
    }
}

#[test]
fn an_export_of_more_than_three_times_the_third_quartile_is_told_of() {
    let told = |rows| vec![(Rule::LargeExport, "user:p-1".to_owned(), rows)];
    // Of 10, 20, 30, 40 the third quartile is 30.
    let usual = |last: Event| [export(10, 0), export(20, 1), export(40, 2), export(30, 3), last];
    for (name, events, expected) in [
        ("more", usual(export(91, 4)).to_vec(), told(91)),
        ("just as much", usual(export(90, 4)).to_vec(), vec![]),
        ("nobody knows yet", usual(export(9000, 4))[2..].to_vec(), vec![]),
        ("the usual ones are too old", usual(export(9000, 34)).to_vec(), vec![]),
        (
            "the youngest are not",
            [export(10, 0), export(10, 1), export(10, 2), export(10, 3), export(99, 30)].to_vec(),
            told(99),
        ),
    ] {
        assert_eq!(last(&events), expected, "{name}");
    }
}

#[test]
fn a_step_up_to_a_role_of_power_is_told_of() {
    let told = |resource: &str, power| vec![(Rule::PrivilegeEscalation, resource.to_owned(), power)];
    let changed = |action, details: Value| Event { details: details.to_string(), ..event(action, at(NOON)) };
    let role = |before: &str, after: &str| json!({ "changes": { "role": { "before": before, "after": after } } });
    for (name, event, expected) in [
        ("a cashier becomes owner", changed(Action::UserRoleChanged, role("cashier", "owner")), told("user:p-1", 3)),
        ("a manager becomes owner", changed(Action::UserRoleChanged, role("manager", "owner")), told("user:p-1", 3)),
        ("an owner steps down", changed(Action::UserRoleChanged, role("owner", "manager")), vec![]),
        ("a cashier keeps stock", changed(Action::UserRoleChanged, role("cashier", "stock_keeper")), vec![]),
        (
            "a manager makes an owner's key",
            changed(Action::KeyCreated, json!({ "role": "owner" })),
            told("user:p-1", 3),
        ),
        ("a manager makes a manager's key", changed(Action::KeyCreated, json!({ "role": "manager" })), vec![]),
        ("a key is widened", changed(Action::KeyUpdated, role("cashier", "manager")), told("user:p-1", 2)),
    ] {
        assert_eq!(last(&[event]), expected, "{name}");
    }
    let mut first = changed(Action::UserCreated, json!({ "role": "owner" }));
    first.actor = Actor { kind: ActorKind::System, id: String::new(), name: "cli".into(), role: String::new() };
    assert_eq!(last(&[first]), [], "whoever has the command line has everything already");
}

#[test]
fn a_field_that_cannot_be_read_is_told_of_at_once() {
    let read = event(Action::FieldDecrypted, at(NOON));
    assert_eq!(last(std::slice::from_ref(&read)), []);
    let broken = Event { outcome: Outcome::Failed, ..read };
    assert_eq!(last(&[broken]), [(Rule::DecryptionFailure, "user:p-1".to_owned(), 1)]);
}

#[test]
fn a_flood_from_everywhere_is_remembered_within_bounds() {
    let mut watch = watch();
    for number in 0..60_000_u32 {
        let address = std::net::Ipv4Addr::from(number).to_string();
        watch.see(&stranger(event(Action::Authenticated, at(NOON).plus_seconds(i64::from(number / 1000))), &address));
    }
    assert!(watch.failures.subjects() <= 10_001);
}

#[test]
fn what_was_posted_without_a_second_person_is_told_at_once() {
    let waived = event(Action::ApprovalWaived, at(NOON));
    assert_eq!(last(&[waived]), [(Rule::ConsentWaived, "user:p-1".to_owned(), 1)]);
}
