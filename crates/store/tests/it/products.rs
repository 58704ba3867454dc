//! Products one by one.

use anyhow::{Context, Result, bail};
use domain::{Quantity, Unit};
use store::{
    Db, Rule, lookup,
    product::{self, Barcode, Deactivated, Filter, Incoming, Pack, Patch, Updated},
};

use crate::both::CHANGE;

both! {
    a_product_comes_back_as_it_was_given
    a_sku_and_a_barcode_are_taken_once
    a_change_needs_the_version_that_was_seen
    stock_keeps_a_product_active_and_its_unit
    lists_go_page_by_page_and_filter
    barcodes_and_packs_come_and_go
    followers_see_every_change_in_order
    a_scanner_finds_barcodes_and_skus
}

/// A product with nothing but what it must have.
pub fn incoming(sku: &str, name: &str) -> Incoming {
    let patch = Patch { name: Some(name.to_owned()), unit: Some(Unit::Piece), ..Patch::default() };
    Incoming { sku: sku.to_owned(), patch, ..Incoming::default() }
}

fn barcode(code: &str) -> Barcode {
    Barcode { code: code.to_owned(), pack_quantity: Quantity::ONE }
}

/// Yerba with everything said of it.
fn yerba() -> Result<Incoming> {
    let patch = Patch {
        name: Some("Yerba Mate Canarias".into()),
        category: Some(Some("Almacén/Infusiones".into())),
        brand: Some("Canarias".into()),
        supplier: Some(Some("Mayorista Sur".into())),
        unit: Some(Unit::Kilogram),
        minimum: Some(Some("2.5".parse()?)),
        maximum: Some(Some(Quantity::units(40))),
        vat_rate: Some(Some("21".into())),
        price: Some(Some("6350.50".parse()?)),
        tracks_lots: Some(true),
        tracks_expiry: Some(true),
        active: Some(true),
    };
    let packs = vec![Pack { name: "caja".into(), factor: "12".parse()? }];
    Ok(Incoming { sku: "YER-001".into(), patch, barcodes: vec![barcode("7730241003920")], packs })
}

async fn put(db: &Db, new: &Incoming) -> Result<product::Product> {
    let mut tx = db.write().await?;
    let product = product::create(&mut tx, new, CHANGE).await?;
    tx.commit().await?;
    Ok(product)
}

async fn a_product_comes_back_as_it_was_given(db: Db) -> Result<()> {
    let new = yerba()?;
    let made = put(&db, &new).await?;
    let product = product::get(&db, "YER-001").await?.context("it is there")?;
    assert_eq!(product, made);
    assert_eq!(product.category.as_deref(), Some("Almacén/Infusiones"));
    assert_eq!(product.supplier.as_deref(), Some("mayorista-sur"));
    assert_eq!((product.unit, product.version, product.tracks_lots), (Unit::Kilogram, 1, true));
    assert_eq!((product.price, product.minimum), (new.patch.price.flatten(), new.patch.minimum.flatten()));
    assert_eq!((product.barcodes, product.packs), (new.barcodes, new.packs));
    let history = product::price_history(&db, product.id, None, 10).await?;
    assert_eq!((history.len(), history[0].actor.as_str()), (1, "tester"));
    assert!(product::get(&db, "yer-001").await?.is_none(), "case counts in a SKU");
    Ok(())
}

async fn a_sku_and_a_barcode_are_taken_once(db: Db) -> Result<()> {
    put(&db, &yerba()?).await?;
    let mut tx = db.write().await?;
    let again = product::create(&mut tx, &yerba()?, CHANGE).await.unwrap_err();
    assert_eq!(again.rule(), Some(Rule::ProductSku));
    tx.rollback().await?;
    let mut tx = db.write().await?;
    let thief = Incoming { barcodes: vec![barcode("7730241003920")], ..incoming("OTRO", "Otro") };
    let again = product::create(&mut tx, &thief, CHANGE).await.unwrap_err();
    assert_eq!(again.rule(), Some(Rule::BarcodeCode));
    Ok(())
}

async fn a_change_needs_the_version_that_was_seen(db: Db) -> Result<()> {
    put(&db, &yerba()?).await?;
    let mut tx = db.write().await?;
    let patch = Patch { brand: Some("Rei Verde".into()), category: Some(None), ..Patch::default() };
    let Updated::Done(product) = product::update(&mut tx, "YER-001", &patch, Some(1), CHANGE).await? else {
        bail!("version 1 was the one there")
    };
    assert_eq!((product.version, product.brand.as_str(), product.category.clone()), (2, "Rei Verde", None));
    assert_eq!(product::get_in(&mut tx, "YER-001").await?, Some(*product.clone()));
    assert_eq!(product::update(&mut tx, "YER-001", &patch, Some(1), CHANGE).await?, Updated::Stale(2));
    assert_eq!(product::update(&mut tx, "YER-001", &patch, None, CHANGE).await?, Updated::Done(product));
    assert_eq!(product::update(&mut tx, "NADA", &patch, None, CHANGE).await?, Updated::Missing);
    Ok(())
}

async fn stock_keeps_a_product_active_and_its_unit(db: Db) -> Result<()> {
    let product = put(&db, &incoming("PAN-1", "Pan")).await?;
    let mut tx = db.write().await?;
    let site = crate::places::create_site(&mut tx, "centro").await?;
    tx.commit().await?;
    let places = store::location::list(&db, site.id).await?;
    let mut tx = db.write().await?;
    for (place, quantity) in [(&places[0], 5000), (&places[2], -5000)] {
        tx.query("INSERT INTO balance (location, product, lot, quantity) VALUES ($1, $2, 0, $3)")
            .bind(place.id)
            .bind(product.id)
            .bind(quantity)
            .run()
            .await?;
    }
    assert_eq!(product::deactivate(&mut tx, "PAN-1", CHANGE).await?, Deactivated::HasStock);
    let off = Patch { active: Some(false), ..Patch::default() };
    assert_eq!(product::update(&mut tx, "PAN-1", &off, None, CHANGE).await?, Updated::HasStock);
    tx.query("UPDATE balance SET quantity = 0 WHERE location = $1").bind(places[0].id).run().await?;
    let Deactivated::Done(off) = product::deactivate(&mut tx, "PAN-1", CHANGE).await? else { bail!("nothing is left") };
    assert!(!off.active);
    assert_eq!(product::deactivate(&mut tx, "PAN-1", CHANGE).await?, Deactivated::Done(off), "again changes nothing");
    assert_eq!(product::deactivate(&mut tx, "NADA", CHANGE).await?, Deactivated::Missing);
    Ok(())
}

async fn lists_go_page_by_page_and_filter(db: Db) -> Result<()> {
    let mut batch = Vec::new();
    for (sku, category, brand, supplier) in [
        ("b-1", "Bebidas/Gaseosas", "Cola", "Uno"),
        ("B-2", "Bebidas", "Agua", "Dos"),
        ("ñ-3", "Bebidas 2", "Cola", "Uno"),
        ("a-4", "Pan", "Cola", "Dos"),
    ] {
        let mut new = incoming(sku, sku);
        new.patch.category = Some(Some(category.into()));
        new.patch.brand = Some(brand.into());
        new.patch.supplier = Some(Some(supplier.into()));
        new.patch.active = Some(sku != "a-4");
        batch.push(new);
    }
    let mut tx = db.write().await?;
    product::upsert(&mut tx, &batch, CHANGE).await?;
    tx.commit().await?;
    let skus = async |filter: &Filter, after: &str, limit| -> Result<Vec<String>> {
        Ok(product::list(&db, filter, after, limit).await?.into_iter().map(|product| product.sku).collect())
    };
    let all = Filter::default();
    assert_eq!(skus(&all, "", 10).await?, ["B-2", "a-4", "b-1", "ñ-3"], "bytes decide the order, on both");
    assert_eq!(skus(&all, "", 2).await?, ["B-2", "a-4"]);
    assert_eq!(skus(&all, "a-4", 2).await?, ["b-1", "ñ-3"]);
    let category = Filter { category: Some("BEBIDAS".into()), ..Filter::default() };
    assert_eq!(skus(&category, "", 10).await?, ["B-2", "b-1"], "with its subtree, without its namesakes");
    let supplier = Filter { supplier: Some("uno".into()), ..Filter::default() };
    assert_eq!(skus(&supplier, "", 10).await?, ["b-1", "ñ-3"]);
    let unknown = Filter { supplier: Some("nadie".into()), ..Filter::default() };
    assert!(skus(&unknown, "", 10).await?.is_empty());
    let sold = Filter { active: Some(true), brand: Some("Cola".into()), ..Filter::default() };
    assert_eq!(skus(&sold, "", 10).await?, ["b-1", "ñ-3"]);
    Ok(())
}

async fn barcodes_and_packs_come_and_go(db: Db) -> Result<()> {
    put(&db, &yerba()?).await?;
    put(&db, &incoming("PAN-1", "Pan")).await?;
    let mut tx = db.write().await?;
    let six = Barcode { code: "CAJA-6".into(), pack_quantity: Quantity::units(6) };
    let wanted = [six.clone(), barcode("7730241003920")];
    let (bread, clashes) = product::add_barcodes(&mut tx, "PAN-1", &wanted, CHANGE).await?.context("there")?;
    assert_eq!((bread.barcodes.as_slice(), bread.version), (&[six][..], 2));
    assert_eq!((clashes.len(), clashes[0].owner.as_str()), (1, "YER-001"));
    assert!(product::remove_barcode(&mut tx, &bread, "CAJA-6", CHANGE).await?);
    assert!(!product::remove_barcode(&mut tx, &bread, "7730241003920", CHANGE).await?, "it is another's");
    let dozen = Pack { name: "docena".into(), factor: "12".parse()? };
    product::put_pack(&mut tx, &bread, &dozen, CHANGE).await?;
    product::put_pack(&mut tx, &bread, &dozen, CHANGE).await?;
    let bread = product::get_in(&mut tx, "PAN-1").await?.context("there")?;
    assert_eq!((bread.packs.as_slice(), bread.version), (&[dozen][..], 4), "the same pack again changes nothing");
    assert!(product::remove_pack(&mut tx, &bread, "docena", CHANGE).await?);
    Ok(())
}

async fn followers_see_every_change_in_order(db: Db) -> Result<()> {
    use store::catalog::{Position, changed_since, newest};
    assert_eq!(newest(&db).await?, 0);
    put(&db, &yerba()?).await?;
    put(&db, &incoming("PAN-1", "Pan Ñoño")).await?;
    let entries = changed_since(&db, Position::default(), 10).await?;
    let skus: Vec<&str> = entries.iter().map(|entry| entry.sku.as_str()).collect();
    assert_eq!(skus, ["YER-001", "PAN-1"]);
    assert_eq!(entries[0].barcodes, "7730241003920");
    assert_eq!(entries[1].search_key, "pan nono pan 1");
    let seen = Position { changed: entries[1].changed, id: entries[1].id };
    assert_eq!(seen.changed, newest(&db).await?);
    assert!(changed_since(&db, seen, 10).await?.is_empty());
    let mut tx = db.write().await?;
    product::add_barcodes(&mut tx, "YER-001", &[barcode("X-1")], CHANGE).await?;
    tx.commit().await?;
    let entries = changed_since(&db, seen, 10).await?;
    assert_eq!((entries.len(), entries[0].sku.as_str()), (1, "YER-001"));
    assert_eq!(entries[0].barcodes.split(' ').count(), 2);
    Ok(())
}

async fn a_scanner_finds_barcodes_and_skus(db: Db) -> Result<()> {
    let mut new = yerba()?;
    new.barcodes.push(Barcode { code: "PAN-1".into(), pack_quantity: Quantity::units(3) });
    put(&db, &new).await?;
    put(&db, &incoming("PAN-1", "Pan")).await?;
    for (code, sku, quantity) in
        [("07730241003920", "YER-001", 1), ("YER-001", "YER-001", 1), (" PAN-1 ", "YER-001", 3)]
    {
        let found = lookup::by_code(&db, code).await?.context("it is there")?;
        assert_eq!((found.sku.as_str(), found.pack_quantity), (sku, Quantity::units(quantity)), "{code}");
    }
    assert_eq!(lookup::by_code(&db, "nada").await?, None);
    Ok(())
}
