//! Purchase orders.
//!
//! Invariant: an order comes with its lines; adding the same order again changes nothing.

use std::collections::HashMap;

use domain::{Money, Quantity, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{Bulk, Db, Result, Rows, Tx, dialect::Kind, supplier};

/// An order to a supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its identity.
    pub id: Uuid,
    /// Number of the supplier.
    pub supplier: i64,
    /// The number people know it by.
    pub number: String,
    /// Where it stands.
    pub status: String,
    /// What people noted.
    pub note: String,
    /// When it was made.
    pub ordered_at: Timestamp,
    /// What is wanted.
    pub lines: Vec<OrderLine>,
}

/// A product on an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// Number of the product.
    pub product: i64,
    /// How much.
    pub quantity: Quantity,
    /// Cost of one unit, when known.
    pub unit_cost: Option<Money>,
    /// What people noted.
    pub note: String,
}

// `WHERE true` keeps SQLite from reading ON CONFLICT as part of a join.
static ADD: Bulk = Bulk::new(
    &[
        ("id", Kind::Uuid),
        ("supplier", Kind::Int),
        ("number", Kind::Text),
        ("status", Kind::Text),
        ("note", Kind::Text),
        ("ordered_at", Kind::Int),
    ],
    "INSERT INTO purchase_order (id, supplier, number, status, note, ordered_at)
     SELECT id, supplier, number, status, note, ordered_at FROM input WHERE true ON CONFLICT (id) DO NOTHING",
);

static ADD_LINES: Bulk = Bulk::new(
    &[
        ("purchase_order", Kind::Uuid),
        ("line", Kind::Int),
        ("product", Kind::Int),
        ("quantity", Kind::Int),
        ("unit_cost", Kind::Int),
        ("note", Kind::Text),
    ],
    "INSERT INTO purchase_order_line (purchase_order, line, product, quantity, unit_cost, note)
     SELECT purchase_order, line, product, quantity, unit_cost, note FROM input WHERE true
     ON CONFLICT (purchase_order, line) DO NOTHING",
);

/// Adds orders with their lines; gives how many were not there before.
pub async fn add(tx: &mut Tx, orders: &[Order]) -> Result<u64> {
    let (mut heads, mut lines) = (Rows::new(&ADD, tx.backend()), Rows::new(&ADD_LINES, tx.backend()));
    for order in orders {
        heads.uuid(order.id).int(order.supplier).text(order.number.as_str()).text(order.status.as_str());
        heads.text(order.note.as_str()).int(order.ordered_at.micros());
        for (number, line) in (0..).zip(&order.lines) {
            lines.uuid(order.id).int(number).int(line.product).int(line.quantity.milli());
            lines.int(line.unit_cost.map(Money::minor)).text(line.note.as_str());
        }
    }
    let added = heads.run(tx).await?;
    lines.run(tx).await?;
    Ok(added)
}

#[derive(Debug, FromRow)]
struct OrderRow {
    id: Uuid,
    supplier: i64,
    number: String,
    status: String,
    note: String,
    ordered_at: i64,
}

#[derive(Debug, FromRow)]
struct LineRow {
    product: i64,
    quantity: i64,
    unit_cost: Option<i64>,
    note: String,
}

/// The order of that id, with its lines.
pub async fn get(db: &Db, id: Uuid) -> Result<Option<Order>> {
    let head: Option<OrderRow> = db
        .query("SELECT id, supplier, number, status, note, ordered_at FROM purchase_order WHERE id = $1")
        .bind(id)
        .one()
        .await?;
    let Some(head) = head else { return Ok(None) };
    let lines: Vec<LineRow> = db
        .query("SELECT product, quantity, unit_cost, note FROM purchase_order_line WHERE purchase_order = $1 ORDER BY line")
        .bind(id)
        .all()
        .await?;
    let line = |row: LineRow| OrderLine {
        product: row.product,
        quantity: Quantity::from_milli(row.quantity),
        unit_cost: row.unit_cost.map(Money::from_minor),
        note: row.note,
    };
    Ok(Some(Order {
        id: head.id,
        supplier: head.supplier,
        number: head.number,
        status: head.status,
        note: head.note,
        ordered_at: Timestamp::from_micros(head.ordered_at),
        lines: lines.into_iter().map(line).collect(),
    }))
}

/// An order without its lines, its supplier named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedOrder {
    /// Its identity.
    pub id: Uuid,
    /// Code of the supplier.
    pub supplier: String,
    /// Its name.
    pub supplier_name: String,
    /// The number people know it by.
    pub number: String,
    /// Where it stands.
    pub status: String,
    /// What people noted.
    pub note: String,
    /// When it was made.
    pub ordered_at: Timestamp,
}

/// A line of an order, its product named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedLine {
    /// Code of the product.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// How much.
    pub quantity: Quantity,
    /// Cost of one unit, when known.
    pub unit_cost: Option<Money>,
    /// What people noted.
    pub note: String,
}

/// Orders, of all suppliers or of the one of that code or name, the newest first: at most `limit` before that instant, or at it and of a
/// lesser identity.
pub async fn list(
    db: &Db,
    supplier: Option<&str>,
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<NamedOrder>> {
    type Row = (Uuid, String, String, String, String, String, i64);
    let rows: Vec<Row> = db
        .query(
            "SELECT o.id, s.code, s.name, o.number, o.status, o.note, o.ordered_at
             FROM purchase_order o JOIN supplier s ON s.id = o.supplier
             WHERE o.ordered_at <= $1 AND (o.ordered_at < $1 OR o.id < $2 OR $2 IS NULL)
               AND (o.supplier = (SELECT u.id FROM supplier u WHERE u.code = $3 OR u.name_key = $4 ORDER BY u.id LIMIT 1) OR $3 IS NULL)
             ORDER BY o.ordered_at DESC, o.id DESC LIMIT $5",
        )
        .bind(before.map_or(i64::MAX, |(at, _)| at.micros()))
        .bind(before.map(|(_, id)| id))
        .bind(supplier.map(str::to_owned))
        .bind(supplier.map(supplier::key_of))
        .bind(limit)
        .all()
        .await?;
    let order = |(id, supplier, supplier_name, number, status, note, ordered_at): Row| {
        let ordered_at = Timestamp::from_micros(ordered_at);
        NamedOrder { id, supplier, supplier_name, number, status, note, ordered_at }
    };
    Ok(rows.into_iter().map(order).collect())
}

/// The lines of an order, in their order.
pub async fn lines(db: &Db, order: Uuid) -> Result<Vec<NamedLine>> {
    Ok(lines_of(db, &[order]).await?.remove(&order).unwrap_or_default())
}

static LINES_OF: Bulk = Bulk::new(
    &[("id", Kind::Uuid)],
    "SELECT l.purchase_order, p.sku, p.name, l.quantity, l.unit_cost, l.note
     FROM input i JOIN purchase_order_line l ON l.purchase_order = i.id JOIN product p ON p.id = l.product
     ORDER BY l.purchase_order, l.line",
);

/// The lines of several orders, in their order; an order without any is not among them.
pub async fn lines_of(db: &Db, orders: &[Uuid]) -> Result<HashMap<Uuid, Vec<NamedLine>>> {
    type Row = (Uuid, String, String, i64, Option<i64>, String);
    let rows: Vec<Row> = LINES_OF.read_of(db, orders).await?;
    let mut found = HashMap::<Uuid, Vec<NamedLine>>::new();
    for (order, sku, name, quantity, unit_cost, note) in rows {
        let (quantity, unit_cost) = (Quantity::from_milli(quantity), unit_cost.map(Money::from_minor));
        found.entry(order).or_default().push(NamedLine { sku, name, quantity, unit_cost, note });
    }
    Ok(found)
}
