//! Drafts of any content, one after another, through the rules that post: whatever is accepted, the auditor agrees with.
#![no_main]

use std::{collections::HashMap, sync::Arc};

use domain::{
    Day, Money, Quantity, Timestamp, Unit, Zone,
    ledger::{
        Batch, Books, Draft, LineDraft, LocationKind, LotDraft, Outcome, PostingKind, Reference,
        audit::Auditor,
        books::{Chain, Location, ProductCard, SiteBook},
        canonical,
    },
};
use gondola_fuzz::Dice;
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);
const SKUS: [&str; 4] = ["piece", "kilo", "lots", "nothing"];
const PLACES: [&str; 5] = ["deposito", "salon", "customer", "transit", "nowhere"];

fuzz_target!(|bytes: &[u8]| {
    let mut dice = Dice::new(bytes);
    let oversell = dice.byte() % 2 == 1;
    let mut batch = Batch::new(books(oversell), NOW);
    let mut given = 0;
    while !dice.is_done() && given < 40 {
        given += 1;
        let outcome = batch.apply(&draft(&mut dice, given));
        if let Outcome::Rejected(rejection) = outcome {
            assert!(!rejection.to_string().is_empty());
        }
    }
    let kinds: HashMap<i64, LocationKind> =
        batch.books().sites["centro"].locations.iter().map(|l| (l.id, l.kind)).collect();
    let (effects, books) = batch.finish();
    let mut auditor = Auditor::new(kinds.clone());
    for entry in &effects.entries {
        auditor.check(entry).unwrap_or_else(|breach| panic!("{breach}: {entry:?}"));
    }
    let internal = |location: i64| kinds.get(&location) == Some(&LocationKind::Internal);
    for ((location, product), lots) in &books.balances {
        for lot in lots {
            let audited = auditor.balances().get(&(*location, *product, lot.lot)).copied().unwrap_or_default();
            assert_eq!(audited, lot.quantity);
            assert!(oversell || !internal(*location) || lot.quantity >= Quantity::ZERO);
        }
    }
    for ((_, product), book) in &books.valuations {
        assert_eq!(auditor.books().get(product).copied().unwrap_or_default(), *book);
        assert!(book.quantity > Quantity::ZERO || book.value == Money::ZERO, "nothing is worth {book:?}");
        assert!(book.value >= Money::ZERO);
    }
});

fn books(allow_oversell: bool) -> Books {
    let internal = ["deposito", "salon"].into_iter().map(|code| (code, LocationKind::Internal));
    let virtuals = LocationKind::virtuals().map(|kind| (kind.name(), kind));
    let numbered = (1..).zip(internal.chain(virtuals));
    let locations = numbered.map(|(id, (code, kind))| Location { id, code: code.into(), kind }).collect();
    let site = SiteBook {
        id: 1,
        zone: Zone::utc(),
        allow_oversell,
        closed_through: None,
        receive_at: Some(1),
        sell_from: Some(2),
        locations,
    };
    let card = |(id, sku): (i64, &&str)| {
        let unit = if *sku == "piece" { Unit::Piece } else { Unit::Kilogram };
        let card = ProductCard {
            id,
            sku: (*sku).into(),
            unit,
            tracks_lots: *sku == "lots",
            tracks_expiry: false,
            active: true,
        };
        ((*sku).to_owned(), Arc::new(card))
    };
    Books {
        sites: HashMap::from([("centro".to_owned(), Arc::new(site))]),
        chains: HashMap::from([(1, Chain { seq: 0, hash: canonical::GENESIS })]),
        products: (1..).zip(SKUS[..3].iter()).map(card).collect(),
        next_lot: 1,
        ..Books::default()
    }
}

fn draft(dice: &mut Dice<'_>, number: u128) -> Draft {
    let kind = PostingKind::ALL[dice.below(PostingKind::ALL.len())];
    let corrects = (dice.byte() % 2 == 0).then(|| Uuid::from_u128(dice.byte().into()));
    Draft {
        id: Uuid::from_u128(number),
        site: "centro".to_owned(),
        kind,
        effective_at: Some(NOW),
        reference: Reference::default(),
        actor: "ana".to_owned(),
        device: String::new(),
        note: String::new(),
        corrects,
        lines: (0..dice.below(4)).map(|_| line(dice)).collect(),
        may_back_date: true,
        taken_at: None,
        limits: domain::ledger::Limits::NONE,
    }
}

/// As the readers of requests let it through: a quantity above zero within its limit, money at zero or above; a line's cost may be
/// a product of two, so it has no other limit than its type.
fn line(dice: &mut Dice<'_>) -> LineDraft {
    let place = |dice: &mut Dice<'_>| (dice.byte() % 4 == 0).then(|| PLACES[dice.below(PLACES.len())].to_owned());
    let money = |dice: &mut Dice<'_>, most: i64| {
        let amount = i64::try_from(dice.number().unsigned_abs()).unwrap_or(i64::MAX).min(most);
        (dice.byte() % 2 == 0).then_some(Money::from_minor(amount))
    };
    let quantity = dice.number().clamp(1, Quantity::MAX.milli());
    LineDraft {
        sku: SKUS[dice.below(SKUS.len())].to_owned(),
        quantity: Quantity::from_milli(quantity),
        from: place(dice),
        to: place(dice),
        lot: (dice.byte() % 3 == 0)
            .then(|| LotDraft { code: dice.below(3).to_string(), expires_on: Some(Day::from_number(30_000)) }),
        unit_price: money(dice, domain::decimal::LIMIT),
        line_cost: money(dice, i64::MAX),
    }
}
