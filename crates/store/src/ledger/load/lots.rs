//! The lots of a batch: those its places hold, those it reverses, those it names.
//!
//! Invariant: when a draft names a lot, the number the next new one takes is known.

use std::collections::HashSet;

use domain::ledger::{Books, Draft, LotDraft, lots::Lot};

use super::NEVER;
use crate::{
    Bulk, Result, Rows, Tx,
    dialect::Kind::{Int, Text},
    ledger::rows,
    sequence,
};

static LOTS_BY_ID: Bulk =
    Bulk::new(&[("id", Int)], "SELECT l.id, l.product, l.code, l.expires_on FROM input i JOIN lot l ON l.id = i.id");

static LOTS_BY_CODE: Bulk = Bulk::new(
    &[("product", Int), ("code", Text)],
    "SELECT l.id, l.product, l.code, l.expires_on FROM input i JOIN lot l ON l.product = i.product AND l.code = i.code",
);

/// Loads them.
pub(in crate::ledger) async fn load(tx: &mut Tx, drafts: &[&Draft], books: &mut Books) -> Result<()> {
    let held = books.balances.values().flatten().map(|balance| balance.lot);
    let moved = books.earlier.values().flat_map(|entry| &entry.movements).map(|movement| movement.lot);
    let ids: HashSet<i64> = held.chain(moved).filter(|lot| *lot != 0).collect();
    let lines = drafts.iter().flat_map(|draft| &draft.lines);
    let named: HashSet<(i64, &str)> =
        lines.filter_map(|line| Some((books.products.get(&line.sku)?.id, line.lot.as_ref()?.code.as_str()))).collect();
    let mut by_id = Rows::new(&LOTS_BY_ID, tx.backend());
    for id in ids {
        by_id.int(id);
    }
    let mut by_code = Rows::new(&LOTS_BY_CODE, tx.backend());
    for (product, code) in &named {
        by_code.int(*product).text(*code);
    }
    let names_lots = !named.is_empty();
    let mut found: Vec<(i64, i64, String, i64)> = by_id.all(tx).await?;
    found.extend(by_code.all::<(i64, i64, String, i64)>(tx).await?);
    for (id, product, code, expires_on) in found {
        let expires_on = if expires_on == NEVER { None } else { Some(rows::day(expires_on)?) };
        books.lots.insert(id, Lot { id, product, name: LotDraft { code, expires_on } });
    }
    if names_lots {
        books.next_lot = sequence::peek(tx, "lot").await?;
    }
    Ok(())
}
