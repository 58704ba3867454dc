//! Products by the thousand.

use anyhow::{Context, Result};
use domain::{Money, Quantity, Unit};
use store::{
    Db,
    product::{self, Barcode, Filter, Incoming, Upserted},
};

use crate::{both::CHANGE, products::incoming};

both! {
    the_same_batch_twice_changes_nothing
    what_a_batch_does_not_say_stays
    a_sku_twice_in_a_batch_is_one_product
    a_barcode_of_another_product_is_reported
    a_product_that_moved_keeps_its_unit
    writers_of_the_catalogue_wait_for_each_other
}

async fn upsert(db: &Db, batch: &[Incoming]) -> Result<Upserted> {
    let mut tx = db.write().await?;
    let done = product::upsert(&mut tx, batch, CHANGE).await?;
    tx.commit().await?;
    Ok(done)
}

fn batch(count: i64) -> Result<Vec<Incoming>> {
    let mut batch = Vec::new();
    for n in 0..count {
        let mut new = incoming(&format!("SKU-{n:05}"), &format!("Producto {n}"));
        new.patch.category = Some(Some(format!("Rubro {}/Sub {}", n % 7, n % 11)));
        new.patch.supplier = Some(Some(format!("Proveedor {}", n % 5)));
        new.patch.price = Some(Some(Money::from_cents(100 + n)));
        new.barcodes.push(Barcode { code: format!("C{n}"), pack_quantity: Quantity::ONE });
        new.packs.push(product::Pack { name: "caja".into(), factor: "6".parse()? });
        batch.push(new);
    }
    Ok(batch)
}

async fn the_same_batch_twice_changes_nothing(db: Db) -> Result<()> {
    let batch = batch(3000)?;
    let first = upsert(&db, &batch).await?;
    assert_eq!(first, Upserted { created: 3000, ..Upserted::default() });
    let before = product::list(&db, &Filter::default(), "", 5000).await?;
    let again = upsert(&db, &batch).await?;
    assert_eq!(again, Upserted { unchanged: 3000, ..Upserted::default() });
    assert_eq!(product::list(&db, &Filter::default(), "", 5000).await?, before);
    assert_eq!(store::category::list(&db).await?.len(), 7 + 77);
    let prices: Option<i64> = db.query("SELECT COUNT(*) FROM price").scalar().await?;
    assert_eq!(prices, Some(3000));
    Ok(())
}

async fn what_a_batch_does_not_say_stays(db: Db) -> Result<()> {
    upsert(&db, &batch(3)?).await?;
    let mut change = Incoming { sku: "SKU-00001".into(), ..Incoming::default() };
    change.patch.brand = Some("Marca".into());
    assert_eq!(upsert(&db, &[change]).await?, Upserted { updated: 1, ..Upserted::default() });
    let product = product::get(&db, "SKU-00001").await?.context("there")?;
    assert_eq!((product.name.as_str(), product.brand.as_str(), product.version), ("Producto 1", "Marca", 2));
    assert_eq!((product.price, product.category.as_deref()), (Some(Money::from_cents(101)), Some("Rubro 1/Sub 1")));
    Ok(())
}

async fn a_sku_twice_in_a_batch_is_one_product(db: Db) -> Result<()> {
    let (mut one, mut two) = (incoming("A", "Primero"), incoming("A", "Segundo"));
    one.patch.brand = Some("Marca".into());
    one.barcodes.push(Barcode { code: "1".into(), pack_quantity: Quantity::ONE });
    two.barcodes.push(Barcode { code: "2".into(), pack_quantity: Quantity::ONE });
    assert_eq!(upsert(&db, &[one, two]).await?, Upserted { created: 1, ..Upserted::default() });
    let product = product::get(&db, "A").await?.context("there")?;
    assert_eq!((product.name.as_str(), product.brand.as_str(), product.barcodes.len()), ("Segundo", "Marca", 2));
    Ok(())
}

async fn a_barcode_of_another_product_is_reported(db: Db) -> Result<()> {
    let code = |quantity| Barcode { code: "779".into(), pack_quantity: Quantity::units(quantity) };
    let (mut one, mut two) = (incoming("A", "Uno"), incoming("B", "Dos"));
    one.barcodes.push(code(1));
    two.barcodes.push(code(1));
    let done = upsert(&db, &[one.clone(), two]).await?;
    assert_eq!((done.created, done.clashes.len()), (2, 1));
    assert_eq!((done.clashes[0].sku.as_str(), done.clashes[0].owner.as_str()), ("B", "A"));
    one.barcodes = vec![code(6)];
    assert_eq!(upsert(&db, &[one]).await?, Upserted { updated: 1, ..Upserted::default() });
    let product = product::get(&db, "A").await?.context("there")?;
    assert_eq!(product.barcodes, [code(6)]);
    Ok(())
}

async fn a_product_that_moved_keeps_its_unit(db: Db) -> Result<()> {
    upsert(&db, &[incoming("A", "Uno")]).await?;
    let id = product::get(&db, "A").await?.context("there")?.id;
    let mut tx = db.write().await?;
    let site = crate::places::create_site(&mut tx, "centro").await?;
    tx.commit().await?;
    let places = store::location::list(&db, site.id).await?;
    let mut tx = db.write().await?;
    tx.query(
        "INSERT INTO posting (site, seq, id, kind, reference_kind, reference_number, actor, device, note, corrects,
           effective_at, recorded_at, business_day, digest, hash)
         VALUES ($1, 1, $2, 1, '', '', '', '', '', NULL, 0, 0, 0, $3, $3)",
    )
    .bind(site.id)
    .bind(uuid::Uuid::from_u128(7))
    .bind(vec![0_u8; 32])
    .run()
    .await?;
    tx.query(
        "INSERT INTO movement (site, seq, line, product, lot, from_location, to_location, quantity, value, settled, revenue,
           on_hand_after) VALUES ($1, 1, 0, $2, 0, $3, $4, 1000, 0, 0, 0, 1000)",
    )
    .bind(site.id)
    .bind(id)
    .bind(places[2].id)
    .bind(places[0].id)
    .run()
    .await?;
    tx.query("INSERT INTO balance (location, product, lot, quantity) VALUES ($1, $2, 0, 1000)")
        .bind(places[0].id)
        .bind(id)
        .run()
        .await?;
    let mut change = incoming("A", "Uno");
    change.patch.unit = Some(Unit::Litre);
    change.patch.active = Some(false);
    let single = product::update(&mut tx, "A", &change.patch, None, CHANGE).await?;
    assert_eq!(single, product::Updated::Moved);
    let done = product::upsert(&mut tx, &[change], CHANGE).await?;
    assert_eq!((done.unchanged, done.kept_counting, done.kept_active), (1, vec!["A".to_owned()], vec!["A".to_owned()]));
    assert_eq!(product::get_in(&mut tx, "A").await?.map(|product| product.unit), Some(Unit::Piece));
    Ok(())
}

async fn writers_of_the_catalogue_wait_for_each_other(db: Db) -> Result<()> {
    let write = async |name: &str| -> Result<Upserted> {
        let mut new = incoming(&format!("SKU-{name}"), name);
        new.patch.category = Some(Some("Bebidas/Gaseosas".into()));
        new.patch.supplier = Some(Some("Mayorista Sur".into()));
        let same = incoming("SAME", name);
        upsert(&db, &[new, same]).await
    };
    let (a, b, c) = tokio::join!(write("a"), write("b"), write("c"));
    assert_eq!([a?, b?, c?].iter().map(|done| done.created).sum::<usize>(), 4);
    assert_eq!((store::category::list(&db).await?.len(), store::supplier::list(&db).await?.len()), (2, 1));
    let same = product::get(&db, "SAME").await?.context("there")?;
    assert_eq!(same.version, 3);
    Ok(())
}
