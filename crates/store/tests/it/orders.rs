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
