//! The orders of the older system.
//!
//! Invariant: an order keeps the number people know, its lines and its words.

use std::collections::HashMap;

use domain::{Money, Quantity, Timestamp, Zone, ids};
use store::{
    Tx,
    legacy::{self, Legacy, OrderLine},
    order, product, supplier,
};
use uuid::Uuid;

use super::{goods::Goods, instant};
use crate::imports::{Issue, issue::Code, number, number::DecimalMark};

/// An order with the places of its products.
#[derive(Debug, Clone)]
pub(super) struct Order {
    row: i64,
    supplier: String,
    number: String,
    status: String,
    note: String,
    ordered_at: Timestamp,
    lines: Vec<Line>,
}

#[derive(Debug, Clone)]
struct Line {
    product: usize,
    quantity: Quantity,
    unit_cost: Option<Money>,
    note: String,
}

/// The orders that can be taken over.
pub(super) fn read(old: &Legacy, goods: &Goods, zone: &Zone, issues: &mut Vec<Issue>) -> Vec<Order> {
    let suppliers = old.suppliers.iter().map(|supplier| (supplier.id, supplier.code.as_str())).collect();
    let mut orders: Vec<Order> = Vec::new();
    for old in &old.orders {
        match read_head(old, &suppliers, zone) {
            Ok(mut order) => {
                order.lines = old.lines.iter().filter_map(|line| read_line(line, goods, issues)).collect();
                orders.push(order);
            }
            Err(issue) => {
                issues.push(issue);
                issues.extend(old.lines.iter().map(|line| with_order(line, &old.number)));
            }
        }
    }
    orders
}

fn read_head(old: &legacy::Order, suppliers: &HashMap<i64, &str>, zone: &Zone) -> Result<Order, Issue> {
    let issue =
        |code: Code, value: &str| Issue::new(u64::try_from(old.id).unwrap_or(0), code).at("pedidos").value(value);
    let supplier = suppliers.get(&old.supplier).ok_or_else(|| issue(Code::Missing, &old.supplier.to_string()))?;
    let ordered_at = instant(&old.ordered_at, zone).map_err(|code| issue(code, &old.ordered_at))?;
    Ok(Order {
        row: old.id,
        supplier: (*supplier).to_owned(),
        number: old.number.clone(),
        status: old.status.clone(),
        note: old.note.clone(),
        ordered_at,
        lines: Vec::new(),
    })
}

/// A line of an order that cannot be taken.
fn with_order(line: &OrderLine, number: &str) -> Issue {
    Issue::new(u64::try_from(line.id).unwrap_or(0), Code::WithRejected).at("detalle_pedidos").value(number)
}

fn read_line(line: &OrderLine, goods: &Goods, issues: &mut Vec<Issue>) -> Option<Line> {
    let row = u64::try_from(line.id).unwrap_or(0);
    let name = line.product.as_deref().unwrap_or_default();
    let text = line.quantity.as_deref().unwrap_or_default();
    let mut note = |code: Code, value: &str| issues.push(Issue::new(row, code).at("detalle_pedidos").value(value));
    let unit_cost = line.unit_cost.as_deref().map(|cost| number::money(cost, DecimalMark::Dot)).transpose();
    match (goods.find(None, name), number::quantity(text, DecimalMark::Dot), unit_cost) {
        (Some(product), Ok(quantity), Ok(unit_cost)) => {
            return Some(Line { product, quantity, unit_cost, note: line.note.clone() });
        }
        (None, ..) => note(Code::Missing, name),
        (_, Err(code), _) => note(code, text),
        (.., Err(code)) => note(code, line.unit_cost.as_deref().unwrap_or_default()),
    }
    None
}

/// Adds the orders of suppliers and products that are there; gives how many were not there before.
pub(super) async fn write(tx: &mut Tx, orders: Vec<Order>, goods: &Goods, space: Uuid) -> store::Result<u64> {
    let skus: Vec<&str> = goods.all.iter().map(|product| product.sku.as_str()).collect();
    let (suppliers, products) = (supplier::numbers(tx).await?, product::ids_of(tx, &skus).await?);
    let number_of = |code: &str| suppliers.get(code).copied();
    let line = |line: Line| {
        let product = *products.get(&goods.all[line.product].sku)?;
        Some(order::OrderLine { product, quantity: line.quantity, unit_cost: line.unit_cost, note: line.note })
    };
    let one = |one: Order| {
        Some(order::Order {
            id: ids::named(space, &format!("order\0{}", one.row)),
            supplier: number_of(&one.supplier)?,
            number: one.number,
            status: one.status,
            note: one.note,
            ordered_at: one.ordered_at,
            lines: one.lines.into_iter().filter_map(line).collect(),
        })
    };
    let all: Vec<order::Order> = orders.into_iter().filter_map(one).collect();
    order::add(tx, &all).await
}
