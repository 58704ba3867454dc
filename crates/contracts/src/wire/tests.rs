use domain::{
    Day, Money, Quantity, Role, Timestamp,
    ledger::{Limits, LineDraft, LotDraft, Over, Posted, PostedLine, PostingKind, Reference, Rejection},
};
use platform::http::{Principal, auth::CallerKind};
use proptest::{option, prelude::*};
use uuid::Uuid;

use super::*;
use crate::approval::Verdict;

fn lots() -> impl Strategy<Value = Option<LotDraft>> {
    let lot = (".{0,9}", option::of(-9_000_i32..40_000));
    option::of(lot.prop_map(|(code, day)| LotDraft { code, expires_on: day.map(Day::from_number) }))
}

fn lines() -> impl Strategy<Value = LineDraft> {
    let places = (option::of(".{0,9}"), option::of(".{0,9}"));
    (".{1,20}", any::<i64>(), places, lots(), option::of(any::<i64>()), option::of(any::<i64>())).prop_map(
        |(sku, milli, (from, to), lot, price, cost)| LineDraft {
            sku,
            quantity: Quantity::from_milli(milli),
            from,
            to,
            lot,
            unit_price: price.map(Money::from_minor),
            line_cost: cost.map(Money::from_minor),
        },
    )
}

fn drafts() -> impl Strategy<Value = Draft> {
    let words = (".{0,20}", ".{0,20}", ".{0,20}", ".{0,20}", ".{0,20}");
    let times = (option::of(any::<i64>()), option::of(any::<i64>()));
    let limits = (option::of(any::<i64>()), option::of(any::<i64>()))
        .prop_map(|(worth, oldest_days)| Limits { most_worth: worth.map(Money::from_minor), oldest_days });
    let rest = (any::<u128>(), option::of(any::<u128>()), (any::<bool>(), limits), any::<prop::sample::Index>());
    (words, times, rest, prop::collection::vec(lines(), 0..4)).prop_map(
        |((site, actor, device, note, number), (at, taken), (id, corrects, (may_back_date, limits), kind), lines)| {
            Draft {
                id: Uuid::from_u128(id),
                site,
                kind: *kind.get(PostingKind::ALL),
                effective_at: at.map(Timestamp::from_micros),
                reference: Reference { kind: "ticket".into(), number },
                actor,
                device,
                note,
                corrects: corrects.map(Uuid::from_u128),
                lines,
                may_back_date,
                taken_at: taken.map(Timestamp::from_micros),
                limits,
            }
        },
    )
}

fn posted() -> impl Strategy<Value = Posted> {
    let places = (".{0,9}", ".{0,9}");
    let line = (".{0,9}", places, lots(), any::<i64>(), any::<i64>(), any::<i64>());
    let line = line.prop_map(|(sku, (from, to), lot, quantity, after, value)| PostedLine {
        sku: sku.into(),
        from: from.into(),
        to: to.into(),
        lot,
        quantity: Quantity::from_milli(quantity),
        on_hand_after: Quantity::from_milli(after),
        value: Money::from_minor(value),
    });
    (any::<u128>(), any::<i64>(), any::<[u8; 32]>(), prop::collection::vec(line, 0..4))
        .prop_map(|(id, seq, hash, lines)| Posted { id: Uuid::from_u128(id), seq, hash, lines })
}

/// One of each.
fn rejections() -> Vec<Rejection> {
    let (line, sku, site) = (3, "á\"1".to_owned(), "centro".to_owned());
    let (location, lot) = ("depósito".to_owned(), "L".to_owned());
    let (available, requested) = (Quantity::from_milli(-1), Quantity::from_milli(i64::MAX));
    let (kind, original, day) = (PostingKind::Sale, PostingKind::Waste, Day::from_number(-7));
    vec![
        Rejection::InsufficientStock { line, sku: sku.clone(), available, requested },
        Rejection::IdempotencyConflict,
        Rejection::UnknownSite { site },
        Rejection::UnknownProduct { line, sku: sku.clone() },
        Rejection::InactiveProduct { line, sku: sku.clone() },
        Rejection::UnknownLocation { line, location: location.clone() },
        Rejection::WrongLocation { line, kind, from: location.clone(), to: String::new() },
        Rejection::SameLocation { line, location },
        Rejection::LotRequired { line, sku: sku.clone() },
        Rejection::LotNotTracked { line, sku: sku.clone() },
        Rejection::ExpiryRequired { line, sku: sku.clone() },
        Rejection::UnknownLot { line, sku: sku.clone(), lot: lot.clone() },
        Rejection::LotExpired { line, sku: sku.clone(), lot, expired_on: day },
        Rejection::FractionOfPiece { line, sku: sku.clone() },
        Rejection::ClosedDay { closed_through: day },
        Rejection::BackDatingForbidden,
        Rejection::InFuture,
        Rejection::CorrectedNotFound,
        Rejection::WrongLink { kind, original },
        Rejection::ExceedsOriginal { line, sku, available, requested },
        Rejection::AlreadyCorrected,
        Rejection::OutOfRange { line },
        Rejection::ApprovalNeeded { worth: Money::from_minor(-9), days_back: 8, over: Over::Both },
        Rejection::ApprovalRefused,
    ]
}

#[test]
fn every_reason_reads_back_under_its_code() {
    let outcomes: Vec<_> = rejections().into_iter().map(|reason| Some(Outcome::Rejected(reason))).collect();
    let bytes = outcomes_bytes(outcomes.clone()).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let codes =
        document["outcomes"].as_array().unwrap().iter().map(|outcome| outcome["reason"]["code"].as_str().unwrap());
    assert!(codes.eq(rejections().iter().map(Rejection::code)));
    assert_eq!(read_outcomes(&bytes), Some(outcomes));
}

proptest! {
    #[test]
    fn drafts_read_back(drafts in prop::collection::vec(drafts(), 0..4)) {
        prop_assert_eq!(read_drafts(&drafts_bytes(&drafts).unwrap()), Some(drafts));
    }

    #[test]
    fn outcomes_read_back(posted in posted(), again in posted()) {
        let outcomes = vec![Some(Outcome::Posted(posted)), None, Some(Outcome::Duplicate(again))];
        prop_assert_eq!(read_outcomes(&outcomes_bytes(outcomes.clone()).unwrap()), Some(outcomes));
    }

    #[test]
    fn other_bytes_are_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(read_drafts(&bytes), None);
        prop_assert_eq!(read_outcomes(&bytes), None);
    }
}

#[test]
fn the_most_lines_of_a_request_each_of_sixteen_lots_are_read() {
    let (code, most) = ("\u{10ffff}".repeat(64), i64::MIN);
    let line = PostedLine {
        sku: code.as_str().into(),
        from: "l".repeat(32).into(),
        to: "l".repeat(32).into(),
        lot: Some(LotDraft { code, expires_on: Some(Day::from_number(i32::MIN)) }),
        quantity: Quantity::from_milli(most),
        on_hand_after: Quantity::from_milli(most),
        value: Money::from_minor(most),
    };
    let posted = Posted { id: Uuid::max(), seq: most, hash: [0; 32], lines: vec![line; 5_000 * 16] };
    let bytes = outcomes_bytes(vec![Some(Outcome::Posted(posted))]).unwrap();
    assert!(bytes.len() <= MOST_ANSWER_BYTES, "{}", bytes.len());
}

#[test]
fn what_is_sent_besides_is_refused() {
    assert!(read_drafts(br#"{"drafts":[]}"#).is_some());
    assert!(read_drafts(br#"{"drafts":[],"force":true}"#).is_none());
}

#[test]
fn whatever_becomes_of_a_decision_reads_back() {
    let reasons = rejections().into_iter().map(|reason| Declined::Refused { reason });
    let others = [
        Declined::Unknown,
        Declined::Forbidden,
        Declined::NoPerson,
        Declined::Own,
        Declined::Expired,
        Declined::Before { state: "granted".to_owned() },
    ];
    for decided in reasons.chain(others).map(Err).chain([Ok(())]) {
        assert_eq!(read_decided(&decided_bytes(decided.clone()).unwrap()), Some(decided));
    }
    assert_eq!((read_decided(b"{\"declined\":null,\"force\":1}"), read_decided(b"[]")), (None, None));
}

#[test]
fn a_decision_reads_back_with_who_decides_and_nothing_of_what_they_may() {
    let person = Principal::new(CallerKind::User, "p-ana", "ana", Role::Owner);
    for verdict in [Verdict::Approve, Verdict::Reject("no se cayó"), Verdict::Reject("")] {
        let bytes = decision_bytes(&DecisionDocument::of(&person, Uuid::from_u128(7), verdict)).unwrap();
        let read = read_decision(&bytes).unwrap();
        assert_eq!((read.verdict(), read.id, &*read.login, &*read.code), (verdict, Uuid::from_u128(7), "ana", "p-ana"));
        assert!(!String::from_utf8(bytes).unwrap().contains("owner"));
    }
    let sent = |more: &str| {
        let who = r#""id":"00000000-0000-0000-0000-000000000007","login":"ana","code":"p-ana""#;
        format!(r#"{{{who},"origin":{{"address":"192.0.2.7","agent":"x","request_id":"r"}}{more}}}"#)
    };
    let read = read_decision(sent("").as_bytes()).unwrap().context();
    assert_eq!((read.client, &*read.agent, &*read.request_id), ("192.0.2.7".parse().ok(), "x", "r"));
    assert!(read_decision(sent(r#","role":"owner""#).as_bytes()).is_none());
}
