//! A chain whose every link is right and whose content is anybody's invention: the auditor refuses it or its sums hold.
#![no_main]

use std::collections::HashMap;

use domain::{
    Day, Money, Quantity, Timestamp,
    ledger::{Entry, LocationKind, Movement, PostingKind, Reference, audit::Auditor, canonical},
};
use gondola_fuzz::Dice;
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

fuzz_target!(|bytes: &[u8]| {
    let mut dice = Dice::new(bytes);
    let kinds: HashMap<i64, LocationKind> = LocationKind::ALL.into_iter().map(|(kind, code, _)| (code, kind)).collect();
    let mut auditor = Auditor::new(kinds.clone().into_iter().chain([(8, LocationKind::Internal)]).collect());
    let (mut previous, mut seq) = (canonical::GENESIS, 0);
    while !dice.is_done() {
        seq += 1;
        let mut entry = entry(&mut dice, seq);
        entry.hash = canonical::link(&previous, &entry);
        previous = entry.hash;
        if auditor.check(&entry).is_err() {
            return;
        }
    }
    for (product, book) in auditor.books() {
        let of_product = |(key, _): &(&(i64, i64, i64), &Quantity)| key.1 == *product;
        let balances = || auditor.balances().iter().filter(of_product);
        assert_eq!(balances().map(|(_, held)| i128::from(held.milli())).sum::<i128>(), 0, "goods from nowhere");
        let held = balances().filter(|(key, _)| matches!(key.0, 0 | 8)).map(|(_, held)| held.milli()).sum::<i64>();
        assert_eq!(held, book.quantity.milli());
    }
});

fn entry(dice: &mut Dice<'_>, seq: i64) -> Entry {
    let kind = PostingKind::ALL[dice.below(PostingKind::ALL.len())];
    let movements = (0..1 + dice.below(3)).map(|_| movement(dice)).collect();
    Entry {
        site: 1,
        seq,
        id: Uuid::from_u128(seq.unsigned_abs().into()),
        kind,
        reference: Reference::default(),
        actor: String::new(),
        device: String::new(),
        note: String::new(),
        corrects: None,
        effective_at: Timestamp::from_micros(dice.number()),
        recorded_at: Timestamp::from_micros(dice.number()),
        business_day: Day::from_number(i32::try_from(dice.number()).unwrap_or(i32::MAX)),
        digest: [0; 32],
        hash: [0; 32],
        movements,
    }
}

fn movement(dice: &mut Dice<'_>) -> Movement {
    Movement {
        product: 1 + i64::from(dice.byte() % 2),
        sku: "A".into(),
        lot: i64::from(dice.byte() % 2),
        from: i64::from(dice.byte() % 10),
        to: i64::from(dice.byte() % 10),
        quantity: Quantity::from_milli(dice.number()),
        value: Money::from_minor(dice.number()),
        settled: Money::from_minor(dice.number()),
        revenue: Money::from_minor(dice.number()),
        on_hand_after: Quantity::from_milli(dice.number()),
    }
}
