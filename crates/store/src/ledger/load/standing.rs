//! How things stand before a batch: what its places hold, what that is worth, and how many of its postings are there already.
//!
//! Invariant: one trip to the database. Rows come joined into one text, because SQLite hands rows over one by one, and that
//! costs more than finding them.

use std::{collections::HashMap, sync::Arc};

use domain::{
    Money, Quantity,
    ledger::{Books, Draft, LocationKind, books::SiteBook, cost::Valuation, lots::LotBalance},
};

use crate::{
    Bulk, Result, Rows, Script, Tx,
    db::Backend,
    dialect::Kind::{Bytes, Int, Uuid},
    ledger::{
        known::{Heads, Known, Touched},
        rows,
    },
};

static REPEATED: Bulk = Bulk::new(&[("id", Uuid)], "SELECT COUNT(*) FROM input i JOIN posting g ON g.id = i.id");

static BALANCES: Bulk = Bulk::new(
    &[("location", Int), ("product", Int)],
    "SELECT string_agg(concat_ws(' ', b.location, b.product, b.lot, b.quantity), ';') FROM input i
     JOIN balance b ON b.location = i.location AND b.product = i.product WHERE b.quantity <> 0",
);

static VALUATIONS: Bulk = Bulk::new(
    &[("site", Int), ("product", Int)],
    "SELECT string_agg(concat_ws(' ', v.site, v.product, v.quantity, v.value, v.last_cost), ';') FROM input i
     JOIN valuation v ON v.site = i.site AND v.product = i.product",
);

static STANDING: Script = Script::ask(&[&REPEATED, &BALANCES, &VALUATIONS]);

static CURRENT: Bulk = Bulk::new(
    &[("site", Int), ("seq", Int), ("hash", Bytes), ("revision", Int)],
    "SELECT COUNT(*) FROM input i JOIN chain c ON c.site = i.site AND c.seq = i.seq AND c.hash = i.hash AND c.revision = i.revision",
);

static STANDING_AT: Script = Script::open(&[&CURRENT, &REPEATED, &BALANCES, &VALUATIONS]);

/// Whether any of the drafts is there already, and what they concern. Loads the balances and valuations of that, those that are
/// not remembered.
pub(super) async fn load(tx: &mut Tx, known: &Known, drafts: &[&Draft], books: &mut Books) -> Result<(bool, Touched)> {
    let (touched, rows) = questions(tx.backend(), known, drafts, books);
    let found: Option<(i64, Option<String>, Option<String>)> = STANDING.one(tx, rows).await?;
    let (repeated, balances, valuations) = found.unwrap_or_default();
    put(balances.as_deref(), valuations.as_deref(), books)?;
    Ok((repeated > 0, touched))
}

/// As [`load`], for books that are remembered; begins the transaction. `None` when a chain has another head by now, or a draft is
/// there already.
pub(in crate::ledger) async fn load_at(
    tx: &mut Tx,
    known: &Known,
    heads: &Heads,
    drafts: &[&Draft],
    books: &mut Books,
) -> Result<Option<Touched>> {
    let on = tx.backend();
    let (touched, rows) = questions(on, known, drafts, books);
    let rows = std::iter::once(current(on, heads)).chain(rows);
    let found: Option<(i64, i64, Option<String>, Option<String>)> = STANDING_AT.one(tx, rows).await?;
    let (current, repeated, balances, valuations) = found.unwrap_or_default();
    if repeated > 0 || usize::try_from(current) != Ok(heads.len()) {
        return Ok(None);
    }
    put(balances.as_deref(), valuations.as_deref(), books)?;
    Ok(Some(touched))
}

/// What has to be asked: what is remembered goes into the books at once.
fn questions(on: Backend, known: &Known, drafts: &[&Draft], books: &mut Books) -> (Touched, [Rows<'static>; 3]) {
    let touched = touched(drafts, books);
    let unknown = unknown(known, &touched, books);
    let rows = [repeated(on, drafts), balances(on, books, &unknown), valuations(on, &unknown)];
    (touched, rows)
}

fn put(balances: Option<&str>, valuations: Option<&str>, books: &mut Books) -> Result<()> {
    for [location, product, lot, quantity] in rows::unpack(balances.unwrap_or_default())? {
        let balance = LotBalance { lot, quantity: Quantity::from_milli(quantity) };
        books.balances.entry((location, product)).or_default().push(balance);
    }
    for [site, product, quantity, value, last_cost] in rows::unpack(valuations.unwrap_or_default())? {
        let (value, last_cost) = (Money::from_minor(value), Money::from_minor(last_cost));
        let quantity = Quantity::from_milli(quantity);
        books.valuations.insert((site, product), Valuation { quantity, value, last_cost });
    }
    Ok(())
}

/// (site, product) of every line, and of every movement that a draft may reverse.
fn touched(drafts: &[&Draft], books: &Books) -> Touched {
    let mut touched = Touched::new();
    for draft in drafts {
        let Some(site) = books.sites.get(&draft.site) else { continue };
        let corrected = draft.corrects.and_then(|id| books.earlier.get(&id));
        let reversed = corrected.into_iter().flat_map(|entry| &entry.movements).map(|movement| &*movement.sku);
        let named = draft.lines.iter().map(|line| line.sku.as_str());
        touched.extend(named.chain(reversed).filter_map(|sku| Some((site.id, books.products.get(sku)?.id))));
    }
    touched
}

fn unknown(known: &Known, touched: &Touched, books: &mut Books) -> Touched {
    let sites: HashMap<i64, Arc<SiteBook>> = books.sites.values().map(|site| (site.id, Arc::clone(site))).collect();
    let mut recalled =
        |(site, product): &(i64, i64)| sites.get(site).is_some_and(|site| known.recall(site, *product, books));
    touched.iter().filter(|key| !recalled(key)).copied().collect()
}

fn current(on: Backend, heads: &Heads) -> Rows<'static> {
    let mut input = Rows::new(&CURRENT, on);
    for (site, head) in heads {
        input.int(*site).int(head.chain.seq).bytes(&head.chain.hash).int(head.revision);
    }
    input
}

fn repeated(on: Backend, drafts: &[&Draft]) -> Rows<'static> {
    let mut input = Rows::new(&REPEATED, on);
    for draft in drafts {
        input.uuid(draft.id);
    }
    input
}

fn balances(on: Backend, books: &Books, touched: &Touched) -> Rows<'static> {
    let mut input = Rows::new(&BALANCES, on);
    for site in books.sites.values() {
        let products = touched.range((site.id, i64::MIN)..=(site.id, i64::MAX));
        for location in site.locations.iter().filter(|location| location.kind == LocationKind::Internal) {
            for (_, product) in products.clone() {
                input.int(location.id).int(*product);
            }
        }
    }
    input
}

fn valuations(on: Backend, touched: &Touched) -> Rows<'static> {
    let mut input = Rows::new(&VALUATIONS, on);
    for (site, product) in touched {
        input.int(*site).int(*product);
    }
    input
}
