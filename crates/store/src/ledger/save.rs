//! Writing what a batch changed, with one statement for each table.
//!
//! Invariant: runs in the transaction that loaded the books, with the chains still locked.

use domain::ledger::{Books, Effects, Entry};

use crate::{
    Bulk, Error, Result, Rows, Tx,
    dialect::Kind::{Bytes, Int, Text, Uuid},
    ledger::load::NEVER,
    sequence,
};

/// Writes everything.
pub(crate) async fn effects(tx: &mut Tx, effects: &Effects, books: &Books) -> Result<()> {
    lots(tx, effects).await?;
    postings(tx, effects).await?;
    movements(tx, effects).await?;
    balances(tx, effects).await?;
    valuations(tx, effects, books).await?;
    flows(tx, effects).await?;
    months(tx, effects).await?;
    chains(tx, effects, books).await
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

async fn postings(tx: &mut Tx, effects: &Effects) -> Result<()> {
    let mut input = Rows::new(&POSTINGS, tx.backend());
    for entry in &effects.entries {
        posting(&mut input, entry);
    }
    input.run(tx).await.map(drop)
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

async fn movements(tx: &mut Tx, effects: &Effects) -> Result<()> {
    let mut input = Rows::new(&MOVEMENTS, tx.backend());
    for entry in &effects.entries {
        for (line, m) in (0_i64..).zip(&entry.movements) {
            input.int(entry.site).int(entry.seq).int(line).int(m.product).int(m.lot).int(m.from).int(m.to);
            input.int(m.quantity.milli()).int(m.value.minor()).int(m.settled.minor()).int(m.revenue.minor());
            input.int(m.on_hand_after.milli());
        }
    }
    input.run(tx).await.map(drop)
}

static BALANCES: Bulk = Bulk::new(
    &[("location", Int), ("product", Int), ("lot", Int), ("quantity", Int)],
    "INSERT INTO balance (location, product, lot, quantity) SELECT location, product, lot, quantity FROM input WHERE true
     ON CONFLICT (location, product, lot) DO UPDATE SET quantity = balance.quantity + excluded.quantity",
);

async fn balances(tx: &mut Tx, effects: &Effects) -> Result<()> {
    let mut input = Rows::new(&BALANCES, tx.backend());
    for ((location, product, lot), change) in &effects.balances {
        input.int(*location).int(*product).int(*lot).int(change.milli());
    }
    input.run(tx).await.map(drop)
}

static VALUATIONS: Bulk = Bulk::new(
    &[("site", Int), ("product", Int), ("quantity", Int), ("value", Int), ("last_cost", Int)],
    "INSERT INTO valuation (site, product, quantity, value, last_cost)
     SELECT site, product, quantity, value, last_cost FROM input WHERE true
     ON CONFLICT (site, product) DO UPDATE SET quantity = excluded.quantity, value = excluded.value, last_cost = excluded.last_cost",
);

async fn valuations(tx: &mut Tx, effects: &Effects, books: &Books) -> Result<()> {
    let mut input = Rows::new(&VALUATIONS, tx.backend());
    for key in &effects.valued {
        let book = books.valuations.get(key).copied().unwrap_or_default();
        input.int(key.0).int(key.1).int(book.quantity.milli()).int(book.value.minor()).int(book.last_cost.minor());
    }
    input.run(tx).await.map(drop)
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

async fn flows(tx: &mut Tx, effects: &Effects) -> Result<()> {
    let mut input = Rows::new(&FLOWS, tx.backend());
    for ((location, day, product, kind), flow) in &effects.flows {
        input.int(*location).int(i64::from(day.number())).int(*product).int(*kind);
        input.int(flow.quantity.milli()).int(flow.value.minor()).int(flow.revenue.minor());
    }
    input.run(tx).await.map(drop)
}

static MONTHS: Bulk = Bulk::new(
    &[("location", Int), ("month", Int), ("product", Int), ("quantity", Int), ("value", Int)],
    "INSERT INTO flow_month (location, month, product, quantity, value)
     SELECT location, month, product, quantity, value FROM input WHERE true
     ON CONFLICT (location, month, product) DO UPDATE SET quantity = flow_month.quantity + excluded.quantity,
       value = flow_month.value + excluded.value",
);

async fn months(tx: &mut Tx, effects: &Effects) -> Result<()> {
    let mut input = Rows::new(&MONTHS, tx.backend());
    for ((location, month, product), flow) in &effects.months {
        input.int(*location).int(i64::from(*month)).int(*product).int(flow.quantity.milli()).int(flow.value.minor());
    }
    input.run(tx).await.map(drop)
}

async fn chains(tx: &mut Tx, effects: &Effects, books: &Books) -> Result<()> {
    let mut sites: Vec<i64> = effects.entries.iter().map(|entry| entry.site).collect();
    sites.sort_unstable();
    sites.dedup();
    for site in sites {
        let chain =
            books.chains.get(&site).ok_or_else(|| Error::Broken { table: "chain", detail: site.to_string() })?;
        tx.query("UPDATE chain SET seq = $1, hash = $2 WHERE site = $3")
            .bind(chain.seq)
            .bind(chain.hash.to_vec())
            .bind(site)
            .run()
            .await?;
    }
    Ok(())
}
