//! The places, the suppliers and the products, as they stand before the first day.
//!
//! Invariant: written in one transaction: they are all there or none is.

use std::collections::HashMap;

use domain::{Quantity, Timestamp, Zone, pack::PackFactor};
use store::{
    Db,
    catalog::{self, Change},
    product::{self, Barcode, Incoming, Pack, Patch},
    site::{self, NewSite, Site, SiteKind},
    supplier::{self, NewSupplier},
};

use crate::demo::{
    product::{Product, all},
    sites::SITES,
    suppliers::{SUPPLIERS, Supplier},
};

const WEEKDAYS: [&str; 7] = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"];

/// Creates what is not there yet, and gives the sites.
pub(super) async fn create(db: &Db, zone: &Zone, at: Timestamp) -> anyhow::Result<Vec<Site>> {
    let mut sites = Vec::with_capacity(SITES.len());
    let mut tx = db.write().await?;
    catalog::begin_change(&mut tx).await?;
    for new in &SITES {
        let found = site::get_in(&mut tx, new.code).await?;
        let kind = SiteKind::from_name(new.kind).unwrap_or(SiteKind::Store);
        let new = NewSite { code: new.code.into(), name: new.name.into(), kind, zone: zone.clone() };
        sites.push(match found {
            Some(site) => site,
            None => site::create(&mut tx, &new, at).await?,
        });
    }
    let suppliers: Vec<NewSupplier> = SUPPLIERS.iter().map(new_supplier).collect();
    supplier::ensure_all(&mut tx, &suppliers, at).await?;
    let products: Vec<Incoming> = all().iter().map(incoming).collect::<Result<_, _>>()?;
    product::upsert(&mut tx, &products, Change { at, actor: "sistema" }).await?;
    tx.commit().await?;
    Ok(sites)
}

/// The products' numbers by SKU.
pub(super) async fn numbers(db: &Db) -> anyhow::Result<HashMap<String, i64>> {
    let products = all();
    let skus: Vec<&str> = products.iter().map(|product| product.sku.as_str()).collect();
    let mut tx = db.read().await?;
    let numbers = product::ids_of(&mut tx, &skus).await?;
    tx.rollback().await?;
    Ok(numbers)
}

fn new_supplier(supplier: &Supplier) -> NewSupplier {
    let days: Vec<&str> =
        WEEKDAYS.into_iter().zip(supplier.comes).filter_map(|(day, comes)| comes.then_some(day)).collect();
    let brands: Vec<&str> = supplier.brands.iter().chain(supplier.distributes).copied().collect();
    NewSupplier {
        code: Some(supplier.code.into()),
        name: supplier.name.into(),
        rules: format!(
            "Viene: {}. Rubros: {}. Marcas: {}.",
            days.join(", "),
            supplier.words.join(", "),
            brands.join(", ")
        ),
    }
}

fn incoming(product: &Product) -> Result<Incoming, domain::pack::PackError> {
    let section = product.section;
    let case = Quantity::units(section.case);
    let unit = product.ean.iter().map(|code| Barcode { code: code.clone(), pack_quantity: Quantity::ONE });
    let cases = product.case_code.iter().map(|code| Barcode { code: code.clone(), pack_quantity: case });
    let factor = PackFactor::new(section.case.unsigned_abs(), 1)?;
    let packs = if section.case > 1 { vec![Pack { name: "bulto".into(), factor }] } else { Vec::new() };
    Ok(Incoming { sku: product.sku.clone(), patch: patch(product), barcodes: unit.chain(cases).collect(), packs })
}

fn patch(product: &Product) -> Patch {
    let section = product.section;
    let vat_rate = if section.vat_per_mille == 105 { "10.5" } else { "21" };
    Patch {
        name: Some(product.name.into()),
        category: Some(Some(section.path.join("/"))),
        brand: Some(product.brand.into()),
        supplier: Some(Some(SUPPLIERS[product.supplier].name.into())),
        unit: Some(section.unit),
        minimum: Some(Some(product.minimum)),
        maximum: Some(Some(product.maximum)),
        vat_rate: Some(Some(vat_rate.into())),
        tracks_lots: Some(product.tracks_lots()),
        tracks_expiry: Some(product.tracks_lots()),
        ..Patch::default()
    }
}
