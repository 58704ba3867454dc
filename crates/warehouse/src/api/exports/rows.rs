//! The columns of each table and how a row fills them.
//!
//! Invariant: a row has exactly the cells its header names.

use domain::ledger::{LotDraft, Reference, canonical};
use platform::http::sheets::Cell;
use store::{
    ledger::read::{PostingSummary, ProductMovement},
    product::{PastPrice, Product},
    site::Site,
    stock::{StockItem, Valued},
    supplier::Supplier,
};

pub(super) const PRODUCTS: &[&str] = &[
    "sku",
    "name",
    "category",
    "brand",
    "supplier",
    "unit",
    "minimum",
    "maximum",
    "vat_rate",
    "price",
    "barcodes",
    "tracks_lots",
    "tracks_expiry",
    "active",
];

pub(super) fn product(product: &Product) -> Vec<Cell> {
    let barcodes: Vec<&str> = product.barcodes.iter().map(|barcode| barcode.code.as_str()).collect();
    vec![
        Cell::text(&product.sku),
        Cell::text(&product.name),
        Cell::optional(product.category.as_deref()),
        Cell::text(&product.brand),
        Cell::optional(product.supplier.as_deref()),
        Cell::text(product.unit.name()),
        product.minimum.map_or(Cell::Empty, Cell::from),
        product.maximum.map_or(Cell::Empty, Cell::from),
        Cell::optional(product.vat_rate.as_deref()),
        product.price.map_or(Cell::Empty, Cell::from),
        Cell::text(barcodes.join(" ")),
        Cell::truth(product.tracks_lots),
        Cell::truth(product.tracks_expiry),
        Cell::truth(product.active),
    ]
}

pub(super) const PRICES: &[&str] = &["sku", "name", "valid_from", "price", "actor"];

pub(super) fn price(past: &PastPrice) -> Vec<Cell> {
    vec![
        Cell::text(&past.sku),
        Cell::text(&past.name),
        Cell::text(past.entry.valid_from.to_string()),
        past.entry.price.into(),
        Cell::text(&past.entry.actor),
    ]
}

// How they are reached is kept encrypted and given out one by one, with a line in the audit log.
pub(super) const SUPPLIERS: &[&str] = &["code", "name", "rules", "active"];

pub(super) fn supplier(supplier: &Supplier) -> Vec<Cell> {
    vec![
        Cell::text(&supplier.code),
        Cell::text(&supplier.name),
        Cell::text(&supplier.rules),
        Cell::truth(supplier.active == 1),
    ]
}

pub(super) const STOCK: &[&str] = &[
    "sku",
    "name",
    "unit",
    "site",
    "location",
    "lot",
    "expires_on",
    "quantity",
    "on_hand",
    "level",
    "minimum",
    "value",
];

pub(super) fn stock(item: &StockItem) -> Vec<Cell> {
    let [lot, expires_on] = lot_cells(item.lot.as_ref());
    vec![
        Cell::text(&item.key.sku),
        Cell::text(&item.name),
        Cell::text(item.unit.name()),
        Cell::text(&item.place.site),
        Cell::optional(item.place.location.as_deref()),
        lot,
        expires_on,
        item.quantity.into(),
        item.on_hand.into(),
        Cell::text(item.level().name()),
        item.minimum.map_or(Cell::Empty, Cell::from),
        item.value.into(),
    ]
}

pub(super) const VALUATION: &[&str] = &["sku", "name", "site", "quantity", "value", "average_cost"];

pub(super) fn valued(item: &Valued) -> Vec<Cell> {
    vec![
        Cell::text(&item.sku),
        Cell::text(&item.name),
        Cell::text(&item.site_code),
        item.quantity.into(),
        item.value.into(),
        item.average_cost().map_or(Cell::Empty, Cell::from),
    ]
}

pub(super) const MOVEMENTS: &[&str] = &[
    "site",
    "seq",
    "posting_id",
    "kind",
    "effective_at",
    "recorded_at",
    "sku",
    "from",
    "to",
    "lot",
    "expires_on",
    "quantity",
    "on_hand_after",
    "unit_cost",
    "value",
    "revenue",
    "actor",
    "reference_type",
    "reference_number",
    "note",
];

pub(super) fn movement(movement: &ProductMovement, site: &Site) -> Vec<Cell> {
    let [lot, expires_on] = lot_cells(movement.lot.as_ref());
    let [kind, number] = reference_cells(&movement.reference);
    vec![
        Cell::text(&site.code),
        movement.seq.into(),
        Cell::text(movement.posting.to_string()),
        Cell::text(movement.kind.name()),
        Cell::text(movement.effective_at.in_zone(&site.zone)),
        Cell::text(movement.recorded_at.in_zone(&site.zone)),
        Cell::text(&movement.sku),
        Cell::text(&movement.from),
        Cell::text(&movement.to),
        lot,
        expires_on,
        movement.quantity.into(),
        movement.on_hand_after.into(),
        movement.value.per(movement.quantity).map_or(Cell::Empty, Cell::from),
        movement.value.into(),
        movement.revenue.into(),
        Cell::text(&movement.actor),
        kind,
        number,
        Cell::text(&movement.note),
    ]
}

pub(super) const POSTINGS: &[&str] = &[
    "site",
    "seq",
    "id",
    "kind",
    "effective_at",
    "recorded_at",
    "business_day",
    "reference_type",
    "reference_number",
    "actor",
    "device",
    "note",
    "corrects",
    "lines",
    "value",
    "revenue",
    "hash",
];

pub(super) fn posting(posting: &PostingSummary, site: &Site) -> Vec<Cell> {
    let [kind, number] = reference_cells(&posting.reference);
    vec![
        Cell::text(&site.code),
        posting.seq.into(),
        Cell::text(posting.id.to_string()),
        Cell::text(posting.kind.name()),
        Cell::text(posting.effective_at.in_zone(&site.zone)),
        Cell::text(posting.recorded_at.in_zone(&site.zone)),
        Cell::text(posting.business_day.to_string()),
        kind,
        number,
        Cell::text(&posting.actor),
        Cell::text(&posting.device),
        Cell::text(&posting.note),
        Cell::optional(posting.corrects.map(|id| id.to_string())),
        posting.movements.into(),
        posting.value.into(),
        posting.revenue.into(),
        Cell::text(canonical::hex(&posting.hash)),
    ]
}

pub(super) fn lot_cells(lot: Option<&LotDraft>) -> [Cell; 2] {
    let expires_on = lot.and_then(|lot| lot.expires_on).map(|day| day.to_string());
    [Cell::optional(lot.map(|lot| lot.code.as_str())), Cell::optional(expires_on)]
}

fn reference_cells(reference: &Reference) -> [Cell; 2] {
    [Cell::text(&reference.kind), Cell::text(&reference.number)]
}
