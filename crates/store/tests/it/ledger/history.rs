//! A long random history against the naive model: the same acceptances, movements, balances, values and flows.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, Result, ensure};
use domain::{
    Day, Money, Quantity, Zone,
    clock::FixedClock,
    ledger::{Draft, LineDraft, LotDraft, Outcome, PostingKind as Kind},
};
use store::{
    Db,
    ledger::{Writer, WriterOptions},
};
use uuid::Uuid;

use super::{
    model::{Model, Moved, Taken, Taking},
    shop::{add_product, draft, faults, open_site},
};
use crate::both::NOW;

const OPERATIONS: usize = 10_000;
const SKUS: [&str; 6] = ["A", "B", "C", "D", "PERECEDERO", "LOTES"];
const SITES: [&str; 2] = ["estricto", "flexible"];
const DAY_SECONDS: i64 = 86_400;

/// Numbers that look random and are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.roll(n) == 0
    }

    fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[usize::try_from(self.roll(choices.len() as u64)).unwrap()]
    }
}

/// More ways in than out at first sight; sales are the most common, as in a shop.
const KINDS: [Kind; 20] = [
    Kind::Receipt,
    Kind::Receipt,
    Kind::Receipt,
    Kind::Opening,
    Kind::Sale,
    Kind::Sale,
    Kind::Sale,
    Kind::Sale,
    Kind::CustomerReturn,
    Kind::SupplierReturn,
    Kind::Move,
    Kind::Move,
    Kind::TransferOut,
    Kind::TransferIn,
    Kind::Waste,
    Kind::Loss,
    Kind::Found,
    Kind::Count,
    Kind::Production,
    Kind::Consumption,
];

fn lots_kept(sku: &str) -> bool {
    sku.len() > 1
}

fn random_lot(dice: &mut Dice, today: Day) -> LotDraft {
    let offset = i32::try_from(dice.roll(40)).unwrap() - 10;
    // One expiry for each code, so that a code alone names a lot.
    LotDraft { code: format!("L{offset:02}"), expires_on: Some(today.plus(offset)) }
}

fn random_line(dice: &mut Dice, kind: Kind, today: Day) -> LineDraft {
    let sku = *dice.of(&SKUS);
    let milli = if sku == "D" { dice.roll(30_000) + 1 } else { (dice.roll(30) + 1) * 1000 };
    let mut line = LineDraft {
        sku: sku.to_owned(),
        quantity: Quantity::from_milli(i64::try_from(milli).unwrap()),
        ..LineDraft::default()
    };
    let money = |dice: &mut Dice| Some(Money::from_minor(i64::try_from(dice.roll(5_000_000)).unwrap()));
    if kind.takes_price() && !dice.one_in(5) {
        line.unit_price = money(dice);
    }
    let enters = matches!(kind, Kind::Opening | Kind::Receipt | Kind::Production);
    if enters || (kind.takes_cost() && dice.one_in(2)) {
        line.line_cost = money(dice);
    }
    if lots_kept(sku) && (enters || dice.one_in(4)) {
        line.lot = Some(random_lot(dice, today));
    }
    let place = (*dice.of(&["deposito", "salon"])).to_owned();
    match kind {
        Kind::Move => {
            line.to = Some(if place == "salon" { "deposito" } else { "salon" }.to_owned());
            line.from = Some(place);
        }
        Kind::Count if dice.one_in(2) => (line.from, line.to) = (Some("loss".to_owned()), Some(place)),
        _ if dice.one_in(2) && kind.takes_cost() => line.to = Some(place),
        _ if dice.one_in(2) && !kind.takes_cost() => line.from = Some(place),
        _ => {}
    }
    line
}

/// What a kind takes back from or takes in, so that links are often to something that fits.
fn links_to(kind: Kind) -> Option<Kind> {
    match kind {
        Kind::CustomerReturn => Some(Kind::Sale),
        Kind::SupplierReturn => Some(Kind::Receipt),
        Kind::TransferIn => Some(Kind::TransferOut),
        Kind::Loss => Some(Kind::TransferIn),
        _ => None,
    }
}

/// Something that was taken, of a kind that may be linked to more often than not.
fn random_link(dice: &mut Dice, kind: Kind, taking: &Taking) -> Option<u128> {
    let fits = |taken: &Taken| links_to(kind).is_none_or(|original| taken.kind == original);
    let any = dice.one_in(6);
    let choices: Vec<u128> = taking.iter().filter(|(_, taken)| any || fits(taken)).map(|(id, _)| *id).collect();
    // Old ones are used up; most look for one of the last.
    let from = if dice.one_in(5) { 0 } else { choices.len().saturating_sub(40) };
    (!choices.is_empty()).then(|| *dice.of(&choices[from..]))
}

/// A line for part of what the posting it links to moved.
fn line_of(dice: &mut Dice, original: &Taken, line: &mut LineDraft) {
    let moved = dice.of(&original.moved);
    line.sku.clone_from(&moved.sku);
    let whole = moved.sku != "D";
    let most = if whole { moved.quantity / 1000 } else { moved.quantity };
    let part = i64::try_from(dice.roll(u64::try_from(most.max(1)).unwrap())).unwrap() + 1;
    line.quantity = Quantity::from_milli(if whole { part * 1000 } else { part });
    line.lot = None;
}

fn random_draft(dice: &mut Dice, number: usize, taking: &Taking, today: Day) -> Draft {
    let kind = if dice.one_in(12) { Kind::Correction } else { *dice.of(&KINDS) };
    let linked = matches!(kind, Kind::Correction | Kind::TransferIn) || (links_to(kind).is_some() && dice.one_in(2));
    let link = if linked { random_link(dice, kind, taking) } else { None };
    let count = if kind == Kind::Correction && dice.one_in(2) { 0 } else { 1 + dice.roll(3) };
    let mut lines: Vec<LineDraft> = (0..count).map(|_| random_line(dice, kind, today)).collect();
    if let Some(original) = link.map(|id| &taking[&id]) {
        for line in &mut lines {
            if !dice.one_in(8) {
                line_of(dice, original, line);
            }
        }
    }
    if kind == Kind::Correction {
        lines.iter_mut().for_each(|line| (line.from, line.to, line.lot) = (None, None, None));
    }
    let mut new = draft(number as u128 + 1, kind, lines);
    (*dice.of(&SITES)).clone_into(&mut new.site);
    if let Some(original) = link.map(|id| &taking[&id]).filter(|_| kind != Kind::TransferIn && !dice.one_in(8)) {
        new.site.clone_from(&original.site);
    }
    new.may_back_date = true;
    let ago = if dice.one_in(4) { i64::try_from(dice.roll(40)).unwrap() } else { 0 };
    new.effective_at = Some(NOW.plus_seconds(-ago * DAY_SECONDS));
    new.corrects = link.map(Uuid::from_u128);
    new
}

/// The movements of an outcome as the model writes them; `None` when refused.
fn seen(outcome: &Outcome) -> Option<Vec<Moved>> {
    let Outcome::Posted(posted) = outcome else { return None };
    let line = |l: &domain::ledger::PostedLine| Moved {
        from: l.from.to_string(),
        to: l.to.to_string(),
        sku: l.sku.to_string(),
        lot: l.lot.as_ref().map_or((String::new(), None), |lot| (lot.code.clone(), lot.expires_on.map(Day::number))),
        quantity: l.quantity.milli(),
        value: l.value.minor(),
        revenue: 0,
    };
    Some(posted.lines.iter().map(line).collect())
}

/// What the dice begin with: another each time finds what one never would.
fn seed() -> Result<u64> {
    match std::env::var("GONDOLA_HISTORY_SEED") {
        Ok(text) => text.parse().with_context(|| format!("GONDOLA_HISTORY_SEED={text} is no number")),
        Err(_) => Ok(2026),
    }
}

async fn a_long_history_agrees_with_the_model(db: Db) -> Result<()> {
    let seed = seed()?;
    agrees_with_the_model(db, Dice(seed)).await.with_context(|| format!("GONDOLA_HISTORY_SEED={seed}"))
}

async fn agrees_with_the_model(db: Db, mut dice: Dice) -> Result<()> {
    for site in SITES {
        open_site(&db, site).await?;
    }
    let mut tx = db.write().await?;
    tx.query("UPDATE site SET allow_oversell = 1 WHERE code = 'flexible'").run().await?;
    tx.commit().await?;
    for sku in SKUS {
        add_product(&db, sku, |patch| {
            patch.unit = (sku == "D").then_some(domain::Unit::Kilogram).or(patch.unit);
            patch.tracks_lots = Some(lots_kept(sku));
            patch.tracks_expiry = Some(sku == "PERECEDERO");
        })
        .await?;
    }
    let zone = Zone::named("America/Argentina/Buenos_Aires")?;
    let mut models =
        BTreeMap::from(SITES.map(|site| (site, Model { oversell: site == "flexible", ..Model::default() })));
    // One writer for all of it, so that what it remembers between batches is put to the proof too.
    let (writer, _) = Writer::start(db.clone(), Arc::new(FixedClock(NOW)), WriterOptions::default());
    let (mut taking, mut number, mut accepted, mut linked) = (Taking::new(), 0, 0, 0);
    while number < OPERATIONS {
        let size = 1 + usize::try_from(dice.roll(60))?;
        let drafts: Vec<Draft> =
            (number..number + size).map(|n| random_draft(&mut dice, n, &taking, zone.day_of(NOW))).collect();
        number += size;
        let outcomes = writer.post(drafts.clone()).await?;
        for (draft, outcome) in drafts.iter().zip(&outcomes) {
            let model = models.get_mut(draft.site.as_str()).unwrap();
            let day = zone.day_of(draft.effective_at.unwrap_or(NOW));
            let expected = model.post(draft, day, &mut taking);
            let shown =
                expected.clone().map(|moved| moved.into_iter().map(|m| Moved { revenue: 0, ..m }).collect::<Vec<_>>());
            ensure!(seen(outcome) == shown, "{draft:#?}\nledger: {outcome:#?}\nmodel: {expected:#?}");
            if expected.is_some() {
                accepted += 1;
                linked += usize::from(draft.corrects.is_some());
            }
        }
    }
    ensure!(accepted > OPERATIONS / 3, "only {accepted} were accepted: the history is too poor to prove much");
    ensure!(linked > OPERATIONS / 20, "only {linked} links were accepted");
    for (site, model) in &models {
        same_balances(&db, site, model).await?;
        same_books(&db, site, model).await?;
        same_flows(&db, site, model).await?;
    }
    ensure!(faults(&db).await?.is_empty(), "{:?}", faults(&db).await?);
    Ok(())
}

async fn same_balances(db: &Db, site: &str, model: &Model) -> Result<()> {
    let rows: Vec<(String, String, String, i64, i64)> = db
        .query(
            "SELECT l.code, p.sku, COALESCE(t.code, ''), COALESCE(t.expires_on, 9999999), b.quantity
             FROM balance b JOIN location l ON l.id = b.location JOIN site s ON s.id = l.site JOIN product p ON p.id = b.product
             LEFT JOIN lot t ON t.id = b.lot WHERE s.code = $1 AND b.quantity <> 0",
        )
        .bind(site.to_owned())
        .all()
        .await?;
    let last = |day: i64| if day == 9_999_999 { None } else { i32::try_from(day).ok() };
    let found: BTreeMap<_, i64> = rows.into_iter().map(|(l, p, t, day, q)| ((l, p, t, last(day)), q)).collect();
    let expected: BTreeMap<_, i64> =
        model.stock.iter().filter(|(_, held)| **held != 0).map(|(k, held)| (k.clone(), *held)).collect();
    ensure!(found == expected, "{site} balances\nledger {found:#?}\nmodel {expected:#?}");
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    found.into_iter().for_each(|((_, sku, ..), held)| *sums.entry(sku).or_default() += held);
    ensure!(sums.values().all(|sum| *sum == 0), "every product sums to zero over all places: {sums:?}");
    Ok(())
}

async fn same_books(db: &Db, site: &str, model: &Model) -> Result<()> {
    let rows: Vec<(String, i64, i64, i64)> = db
        .query(
            "SELECT p.sku, v.quantity, v.value, v.last_cost FROM valuation v JOIN site s ON s.id = v.site JOIN product p ON p.id = v.product
             WHERE s.code = $1",
        )
        .bind(site.to_owned())
        .all()
        .await?;
    let found: BTreeMap<String, (i64, i64, i64)> = rows.into_iter().map(|(sku, q, v, c)| (sku, (q, v, c))).collect();
    ensure!(found == model.books, "{site} books\nledger {found:?}\nmodel {:?}", model.books);
    Ok(())
}

async fn same_flows(db: &Db, site: &str, model: &Model) -> Result<()> {
    let rows: Vec<(String, i64, String, String, i64, i64, i64)> = db
        .query(
            "SELECT l.code, f.day, p.sku, k.name, f.quantity, f.value, f.revenue FROM flow f JOIN location l ON l.id = f.location
             JOIN site s ON s.id = l.site JOIN product p ON p.id = f.product JOIN posting_kind k ON k.code = f.kind WHERE s.code = $1",
        )
        .bind(site.to_owned())
        .all()
        .await?;
    let found: BTreeMap<_, _> = rows.into_iter().map(|(l, d, p, k, q, v, r)| ((l, d, p, k), (q, v, r))).collect();
    let expected: BTreeMap<_, _> = model
        .flows
        .iter()
        .map(|((l, d, p, k), sums)| ((l.clone(), i64::from(*d), p.clone(), (*k).to_owned()), *sums))
        .collect();
    ensure!(found == expected, "{site}: the flows differ");
    Ok(())
}

both! { a_long_history_agrees_with_the_model }
