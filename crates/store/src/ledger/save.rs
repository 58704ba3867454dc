//! Writing what a batch changed, and committing it: one trip to the database for all tables.
//!
//! Invariant: nothing is written unless each chain still has the head and the revision at which the books were loaded.

use std::collections::BTreeSet;

use domain::ledger::{Books, Effects, Entry};

use crate::{
    Bulk, Error, Result, Rows, Script, Tx,
    db::Backend,
    dialect::Kind::{Bytes, Int, Text, Uuid},
    ledger::{known::Heads, load::NEVER},
    sequence,
};

static EVERYTHING: Script = Script::close(&[&POSTINGS, &MOVEMENTS, &BALANCES, &VALUATIONS, &FLOWS, &MONTHS, &CHAINS]);

/// Writes everything and commits. `false` when a chain moved since it was read; then nothing was written.
pub(super) async fn effects(mut tx: Tx, effects: &Effects, books: &Books, heads: &Heads) -> Result<bool> {
    lots(&mut tx, effects).await?;
    let on = tx.backend();
    let rows = [
        postings(on, effects),
        movements(on, effects),
        balances(on, effects),
        valuations(on, effects, books),
        flows(on, effects),
        months(on, effects),
        chains(on, effects, books, heads)?,
    ];
    EVERYTHING.commit(tx, rows).await
}

static LOTS: Bulk = Bulk::new(
    &[("id", Int), ("product", Int), ("code", Text), ("expires_on", Int)],
    "INSERT INTO lot (id, product, code, expires_on) SELECT id, product, code, expires_on FROM input",
);

async fn lots(tx: &mut Tx, effects: &Effects) -> Result<()> {
    let Some(last) = effects.lots.iter().map(|lot| lot.id).max() else { return Ok(()) };
    let mut input = Rows::new(&LOTS, tx.backend());
    for lot in &effects.lots {
        let expires_on = lot.name.expires_on.map_or(NEVER, |day| i64::from(day.number()));
        input.int(lot.id).int(lot.product).text(lot.name.code.as_str()).int(expires_on);
    }
    input.run(tx).await?;
    let next = sequence::peek(tx, "lot").await?;
    sequence::take(tx, "lot", (last + 1 - next).max(0)).await.map(drop)
}

static POSTINGS: Bulk = Bulk::new(
    &[
        ("site", Int),
        ("seq", Int),
        ("id", Uuid),
        ("kind", Int),
        ("reference_kind", Text),
        ("reference_number", Text),
        ("actor", Text),
        ("device", Text),
        ("note", Text),
        ("corrects", Uuid),
        ("effective_at", Int),
        ("recorded_at", Int),
        ("business_day", Int),
        ("digest", Bytes),
        ("hash", Bytes),
    ],
    "INSERT INTO posting (site, seq, id, kind, reference_kind, reference_number, actor, device, note, corrects, effective_at,
       recorded_at, business_day, digest, hash)
     SELECT site, seq, id, kind, reference_kind, reference_number, actor, device, note, corrects, effective_at,
       recorded_at, business_day, digest, hash FROM input",
);

fn postings(on: Backend, effects: &Effects) -> Rows<'static> {
    let mut input = Rows::new(&POSTINGS, on);
    for entry in &effects.entries {
        posting(&mut input, entry);
    }
    input
}

fn posting(input: &mut Rows<'_>, entry: &Entry) {
    input.int(entry.site).int(entry.seq).uuid(entry.id).int(entry.kind.code());
    input.text(entry.reference.kind.as_str()).text(entry.reference.number.as_str());
    input.text(entry.actor.as_str()).text(entry.device.as_str()).text(entry.note.as_str()).uuid(entry.corrects);
    input.int(entry.effective_at.micros()).int(entry.recorded_at.micros()).int(i64::from(entry.business_day.number()));
    input.bytes(&entry.digest).bytes(&entry.hash);
}

static MOVEMENTS: Bulk = Bulk::new(
    &[
        ("site", Int),
        ("seq", Int),
        ("line", Int),
        ("product", Int),
        ("lot", Int),
        ("from_location", Int),
        ("to_location", Int),
        ("quantity", Int),
        ("value", Int),
        ("settled", Int),
        ("revenue", Int),
        ("on_hand_after", Int),
    ],
    "INSERT INTO movement (site, seq, line, product, lot, from_location, to_location, quantity, value, settled, revenue, on_hand_after)
     SELECT site, seq, line, product, lot, from_location, to_location, quantity, value, settled, revenue, on_hand_after FROM input",
);

fn movements(on: Backend, effects: &Effects) -> Rows<'static> {
    let mut input = Rows::new(&MOVEMENTS, on);
    for entry in &effects.entries {
        for (line, m) in (0_i64..).zip(&entry.movements) {
            input.int(entry.site).int(entry.seq).int(line).int(m.product).int(m.lot).int(m.from).int(m.to);
            input.int(m.quantity.milli()).int(m.value.minor()).int(m.settled.minor()).int(m.revenue.minor());
            input.int(m.on_hand_after.milli());
        }
    }
    input
}

static BALANCES: Bulk = Bulk::new(
    &[("location", Int), ("product", Int), ("lot", Int), ("quantity", Int)],
    "INSERT INTO balance (location, product, lot, quantity) SELECT location, product, lot, quantity FROM input WHERE true
     ON CONFLICT (location, product, lot) DO UPDATE SET quantity = balance.quantity + excluded.quantity",
);

fn balances(on: Backend, effects: &Effects) -> Rows<'static> {
    let mut input = Rows::new(&BALANCES, on);
    for ((location, product, lot), change) in &effects.balances {
        input.int(*location).int(*product).int(*lot).int(change.milli());
    }
    input
}

static VALUATIONS: Bulk = Bulk::new(
    &[("site", Int), ("product", Int), ("quantity", Int), ("value", Int), ("last_cost", Int)],
    "INSERT INTO valuation (site, product, quantity, value, last_cost)
     SELECT site, product, quantity, value, last_cost FROM input WHERE true
     ON CONFLICT (site, product) DO UPDATE SET quantity = excluded.quantity, value = excluded.value, last_cost = excluded.last_cost",
);

fn valuations(on: Backend, effects: &Effects, books: &Books) -> Rows<'static> {
    let mut input = Rows::new(&VALUATIONS, on);
    for key in &effects.valued {
        let book = books.valuations.get(key).copied().unwrap_or_default();
        input.int(key.0).int(key.1).int(book.quantity.milli()).int(book.value.minor()).int(book.last_cost.minor());
    }
    input
}

static FLOWS: Bulk = Bulk::new(
    &[
        ("location", Int),
        ("day", Int),
        ("product", Int),
        ("kind", Int),
        ("quantity", Int),
        ("value", Int),
        ("revenue", Int),
    ],
    "INSERT INTO flow (location, day, product, kind, quantity, value, revenue)
     SELECT location, day, product, kind, quantity, value, revenue FROM input WHERE true
     ON CONFLICT (location, day, product, kind) DO UPDATE SET quantity = flow.quantity + excluded.quantity,
       value = flow.value + excluded.value, revenue = flow.revenue + excluded.revenue",
);

fn flows(on: Backend, effects: &Effects) -> Rows<'static> {
    let mut input = Rows::new(&FLOWS, on);
    for ((location, day, product, kind), flow) in &effects.flows {
        input.int(*location).int(i64::from(day.number())).int(*product).int(*kind);
        input.int(flow.quantity.milli()).int(flow.value.minor()).int(flow.revenue.minor());
    }
    input
}

static MONTHS: Bulk = Bulk::new(
    &[("location", Int), ("month", Int), ("product", Int), ("quantity", Int), ("value", Int)],
    "INSERT INTO flow_month (location, month, product, quantity, value)
     SELECT location, month, product, quantity, value FROM input WHERE true
     ON CONFLICT (location, month, product) DO UPDATE SET quantity = flow_month.quantity + excluded.quantity,
       value = flow_month.value + excluded.value",
);

fn months(on: Backend, effects: &Effects) -> Rows<'static> {
    let mut input = Rows::new(&MONTHS, on);
    for ((location, month, product), flow) in &effects.months {
        input.int(*location).int(i64::from(*month)).int(*product).int(flow.quantity.milli()).int(flow.value.minor());
    }
    input
}

static CHAINS: Bulk = Bulk::new(
    &[("site", Int), ("seq", Int), ("hash", Bytes), ("was_seq", Int), ("was_hash", Bytes), ("revision", Int)],
    "UPDATE chain SET seq = i.seq, hash = i.hash FROM input i
     WHERE chain.site = i.site AND chain.seq = i.was_seq AND chain.hash = i.was_hash AND chain.revision = i.revision
     RETURNING chain.site",
);

fn chains(on: Backend, effects: &Effects, books: &Books, heads: &Heads) -> Result<Rows<'static>> {
    let mut input = Rows::new(&CHAINS, on);
    let sites: BTreeSet<i64> = effects.entries.iter().map(|entry| entry.site).collect();
    for site in sites {
        let broken = || Error::Broken { table: "chain", detail: site.to_string() };
        let chain = books.chains.get(&site).ok_or_else(broken)?;
        let was = heads.get(&site).ok_or_else(broken)?;
        input.int(site).int(chain.seq).bytes(&chain.hash);
        input.int(was.chain.seq).bytes(&was.chain.hash).int(was.revision);
    }
    Ok(input)
}
