//! Purchase orders.

use anyhow::{Context, Result};
use domain::{Money, Quantity};
use store::{
    Db,
    order::{self, Order, OrderLine},
    product, supplier,
};
use uuid::Uuid;

use crate::both::{CHANGE, NOW};

both! {
    an_order_added_twice_is_there_once
    orders_are_listed_the_newest_first
}

async fn an_order_added_twice_is_there_once(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    let product = product::create(&mut tx, &crate::products::incoming("A", "Uno"), CHANGE).await?;
    let supplier = supplier::ensure(&mut tx, "Mayorista", NOW).await?.context("named")?;
    let line = |unit_cost| OrderLine {
        product: product.id,
        quantity: Quantity::units(3),
        unit_cost,
        note: "sin \"TACC\"".into(),
    };
    let order = Order {
        id: Uuid::from_u128(5),
        supplier: supplier.id,
        number: "17".into(),
        status: "pendiente".into(),
        note: String::new(),
        ordered_at: NOW,
        lines: vec![line(Some(Money::from_cents(12_50))), line(None)],
    };
    assert_eq!(order::add(&mut tx, std::slice::from_ref(&order)).await?, 1);
    assert_eq!(order::add(&mut tx, std::slice::from_ref(&order)).await?, 0);
    tx.commit().await?;
    assert_eq!(order::get(&db, order.id).await?, Some(order));
    Ok(())
}

async fn orders_are_listed_the_newest_first(db: Db) -> Result<()> {
    let mut tx = db.write().await?;
    let product = product::create(&mut tx, &crate::products::incoming("A", "Uno"), CHANGE).await?;
    let mut orders = Vec::new();
    for (number, name, seconds) in
        [(1, "Mayorista", 0), (2, "Lácteos Sur", 10), (3, "Mayorista", 10), (4, "Mayorista", -5)]
    {
        let line = OrderLine {
            product: product.id,
            quantity: Quantity::units(3),
            unit_cost: Some(Money::from_cents(12_50)),
            note: String::new(),
        };
        orders.push(Order {
            id: Uuid::from_u128(number),
            supplier: supplier::ensure(&mut tx, name, NOW).await?.context("named")?.id,
            number: number.to_string(),
            status: "pendiente".into(),
            note: String::new(),
            ordered_at: NOW.plus_seconds(seconds),
            lines: if number == 4 { Vec::new() } else { vec![line] },
        });
    }
    order::add(&mut tx, &orders).await?;
    tx.commit().await?;
    let numbers = async |supplier: Option<&str>, most| -> Result<Vec<String>> {
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = order::list(&db, supplier, before, most).await?;
            let Some(last) = page.last() else { return Ok(seen) };
            before = Some((last.ordered_at, last.id));
            seen.extend(page.into_iter().map(|one| one.number));
        }
    };
    for most in [1, 2, 9] {
        assert_eq!(numbers(None, most).await?, ["3", "2", "1", "4"], "{most}");
    }
    assert_eq!(numbers(Some("lacteos sur"), 9).await?, ["2"]);
    assert_eq!(numbers(Some("Nadie"), 9).await?, Vec::<String>::new());
    let first = order::list(&db, None, None, 1).await?.remove(0);
    assert_eq!((first.supplier.as_str(), first.supplier_name.as_str()), ("mayorista", "Mayorista"));
    let line = order::lines(&db, first.id).await?.remove(0);
    assert_eq!(
        (line.sku.as_str(), line.quantity, line.unit_cost),
        ("A", Quantity::units(3), Some(Money::from_cents(12_50)))
    );
    assert_eq!(order::lines(&db, Uuid::from_u128(4)).await?, []);
    Ok(())
}
