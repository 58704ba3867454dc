//! What clients send of a product.
//!
//! Invariant: every field is read by the one reader it has here, whether it comes in a new product or in a change.

use std::collections::HashSet;

use domain::{
    Quantity, Unit,
    ar::VatRate,
    code::{CodeError, Sku},
    pack::PackError,
};
use platform::http::fields::{
    Change, Fault, Fields, FromFields, Read, Value, boolean, one_of, positive_quantity, text, unsigned_money,
    unsigned_quantity,
};
use store::product::{Barcode, Incoming, Pack, Patch, normal_barcode};
use utoipa::ToSchema;

use super::view::UnitName;
use crate::api::inputs::{Factor, Positive, Price, Unsigned, Vat};

/// Most barcodes or packs in one body.
const MOST_CODES: usize = 100;

/// A barcode to add.
#[derive(Debug, ToSchema)]
#[schema(as = NewBarcode)]
#[serde(deny_unknown_fields)]
pub struct BarcodeBody {
    /// The code, of any kind.
    #[schema(min_length = 1, max_length = 64)]
    pub code: String,
    /// Units of the product in what carries it; 1 when nothing is said.
    pub pack_quantity: Option<Positive>,
}

/// A pack to add.
#[derive(Debug, ToSchema)]
#[schema(as = NewPack)]
#[serde(deny_unknown_fields)]
pub struct PackBody {
    /// Its name, unique within the product.
    #[schema(min_length = 1, max_length = 50)]
    pub name: String,
    /// Units in it: `12`, `0.5` or `1/3`.
    pub factor: Factor,
}

/// A product to make.
#[derive(Debug, ToSchema)]
#[schema(as = NewProduct)]
#[serde(deny_unknown_fields)]
pub struct ProductBody {
    /// Its code, unique; upper and lower case differ. Not `search`, `lookup`, `.` or `..`, which mean something else in addresses.
    #[schema(min_length = 1, max_length = 64)]
    pub sku: String,
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What it is counted in.
    pub unit: UnitName,
    /// Path of its category, such as `Bebidas/Gaseosas`; made when it is new.
    #[schema(min_length = 1, max_length = 300)]
    pub category: Option<String>,
    /// Its brand.
    #[schema(max_length = 100)]
    pub brand: Option<String>,
    /// Name or code of its supplier; made when it is new.
    #[schema(min_length = 1, max_length = 100)]
    pub supplier: Option<String>,
    /// Its barcodes.
    #[schema(max_items = 100)]
    pub barcodes: Option<Vec<BarcodeBody>>,
    /// Its packs.
    #[schema(max_items = 100)]
    pub packs: Option<Vec<PackBody>>,
    /// Stock to keep at least.
    pub minimum: Option<Unsigned>,
    /// Stock to keep at most, not below `minimum`.
    pub maximum: Option<Unsigned>,
    /// Its VAT rate: `21`, `10.5`, `27`, `5`, `2.5`, `0` or `exempt`.
    pub vat_rate: Option<Vat>,
    /// Shelf price of one unit, tax included.
    pub price: Option<Price>,
    /// Whether its lots are told apart; false when nothing is said.
    pub tracks_lots: Option<bool>,
    /// Whether its lots expire; false when nothing is said.
    pub tracks_expiry: Option<bool>,
    /// Whether it takes postings; true when nothing is said.
    pub active: Option<bool>,
}

/// What changes of a product; what is not mentioned stays, `null` empties.
#[derive(Debug, ToSchema)]
#[schema(as = ProductChange)]
#[serde(deny_unknown_fields)]
pub struct ProductPatchBody {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    pub name: Option<String>,
    /// What it is counted in; only while it has not moved.
    #[schema(nullable = false)]
    pub unit: Option<UnitName>,
    /// Path of its category.
    #[schema(min_length = 1, max_length = 300)]
    pub category: Option<String>,
    /// Its brand.
    #[schema(max_length = 100)]
    pub brand: Option<String>,
    /// Name or code of its supplier.
    #[schema(min_length = 1, max_length = 100)]
    pub supplier: Option<String>,
    /// Stock to keep at least.
    pub minimum: Option<Unsigned>,
    /// Stock to keep at most.
    pub maximum: Option<Unsigned>,
    /// Its VAT rate.
    pub vat_rate: Option<Vat>,
    /// Shelf price of one unit, tax included.
    pub price: Option<Price>,
    /// Whether its lots are told apart; only while it has not moved.
    #[schema(nullable = false)]
    pub tracks_lots: Option<bool>,
    /// Whether its lots expire; only while it has not moved.
    #[schema(nullable = false)]
    pub tracks_expiry: Option<bool>,
    /// Whether it takes postings; not false while there is stock.
    #[schema(nullable = false)]
    pub active: Option<bool>,
}

/// A new product, read.
#[derive(Debug)]
pub struct NewProduct(pub Incoming);

/// A change of a product, read.
#[derive(Debug)]
pub struct ProductPatch(pub Patch);

/// A barcode, read.
#[derive(Debug)]
pub struct NewBarcode(pub Barcode);

/// A pack, read.
#[derive(Debug)]
pub struct NewPack(pub Pack);

impl FromFields for NewProduct {
    fn from_fields(f: &mut Fields<'_>) -> Option<NewProduct> {
        let (sku, name) = (f.required("sku", sku), f.required("name", text(1..=200)));
        let unit = f.required("unit", unit);
        let patch = Patch {
            name: name.clone(),
            unit,
            category: f.optional("category", category).map(Some),
            brand: f.optional("brand", text(0..=100)),
            supplier: f.optional("supplier", text(1..=100)).map(Some),
            minimum: f.optional("minimum", unsigned_quantity).map(Some),
            maximum: f.optional("maximum", unsigned_quantity).map(Some),
            vat_rate: f.optional("vat_rate", vat_rate).map(Some),
            price: f.optional("price", unsigned_money).map(Some),
            tracks_lots: f.optional("tracks_lots", boolean),
            tracks_expiry: f.optional("tracks_expiry", boolean),
            active: f.optional("active", boolean),
        };
        let barcodes = f.optional_list("barcodes", 0..=MOST_CODES, NewBarcode::from_fields).unwrap_or_default();
        let packs = f.optional_list("packs", 0..=MOST_CODES, NewPack::from_fields).unwrap_or_default();
        let barcodes: Vec<Barcode> = barcodes.into_iter().map(|NewBarcode(barcode)| barcode).collect();
        let packs: Vec<Pack> = packs.into_iter().map(|NewPack(pack)| pack).collect();
        check_limits(f, patch.minimum.flatten(), patch.maximum.flatten());
        check_distinct(f, "barcodes", barcodes.iter().map(|barcode| barcode.code.as_str()));
        check_distinct(f, "packs", packs.iter().map(|pack| pack.name.as_str()));
        // Errors in the others are reported by themselves; without these there is no product to speak of.
        name.and(unit)?;
        Some(NewProduct(Incoming { sku: sku?, patch, barcodes, packs }))
    }
}

impl FromFields for ProductPatch {
    fn from_fields(f: &mut Fields<'_>) -> Option<ProductPatch> {
        let patch = Patch {
            name: f.replacement("name", text(1..=200)),
            unit: f.replacement("unit", unit),
            category: changed(f.change("category", category)),
            brand: changed(f.change("brand", text(0..=100))).map(Option::unwrap_or_default),
            supplier: changed(f.change("supplier", text(1..=100))),
            minimum: changed(f.change("minimum", unsigned_quantity)),
            maximum: changed(f.change("maximum", unsigned_quantity)),
            vat_rate: changed(f.change("vat_rate", vat_rate)),
            price: changed(f.change("price", unsigned_money)),
            tracks_lots: f.replacement("tracks_lots", boolean),
            tracks_expiry: f.replacement("tracks_expiry", boolean),
            active: f.replacement("active", boolean),
        };
        check_limits(f, patch.minimum.flatten(), patch.maximum.flatten());
        Some(ProductPatch(patch))
    }
}

impl FromFields for NewBarcode {
    fn from_fields(f: &mut Fields<'_>) -> Option<NewBarcode> {
        let code = f.required("code", text(1..=64));
        let pack_quantity = f.optional("pack_quantity", positive_quantity).unwrap_or(Quantity::ONE);
        Some(NewBarcode(Barcode { code: normal_barcode(&code?), pack_quantity }))
    }
}

impl FromFields for NewPack {
    fn from_fields(f: &mut Fields<'_>) -> Option<NewPack> {
        let name = f.required("name", text(1..=50));
        let factor = f.required("factor", factor);
        Some(NewPack(Pack { name: name?, factor: factor? }))
    }
}

fn changed<T>(change: Change<T>) -> Option<Option<T>> {
    match change {
        Change::Keep => None,
        Change::Clear => Some(None),
        Change::Set(value) => Some(Some(value)),
    }
}

/// A code a product may have.
fn sku(value: &Value<'_>) -> Read<String> {
    let code = text(1..=Sku::MAX_CHARS)(value)?;
    match code.parse::<Sku>() {
        Err(CodeError::Reserved) => Err(Fault::new("reserved_code").arg("value", code)),
        _ => Ok(code),
    }
}

fn unit(value: &Value<'_>) -> Read<Unit> {
    one_of(&Unit::ALL.map(Unit::name), Unit::from_name)(value)
}

/// A path with at least one name.
pub fn category(value: &Value<'_>) -> Read<String> {
    let path = text(1..=300)(value)?;
    let names = path.split('/').map(str::trim).filter(|name| !name.is_empty());
    let tidy = names.collect::<Vec<_>>().join("/");
    if tidy.is_empty() { Err(Fault::new("blank")) } else { Ok(tidy) }
}

fn vat_rate(value: &Value<'_>) -> Read<String> {
    let digits = value.as_digits().ok_or_else(|| Fault::wrong_type("text"))?;
    let rate: VatRate = digits.parse().map_err(|_| Fault::new("unknown_vat_rate"))?;
    Ok(rate.name().to_owned())
}

fn factor(value: &Value<'_>) -> Read<domain::pack::PackFactor> {
    let digits = value.as_digits().ok_or_else(|| Fault::wrong_type("text"))?;
    digits.parse().map_err(|error| match error {
        PackError::OutOfRange => Fault::new("out_of_range"),
        _ => Fault::new("not_a_pack_factor"),
    })
}

fn check_limits(f: &mut Fields<'_>, minimum: Option<Quantity>, maximum: Option<Quantity>) {
    if let (Some(minimum), Some(maximum)) = (minimum, maximum)
        && maximum < minimum
    {
        let _: Option<()> = f.fail("maximum", Fault::new("below_minimum").arg("minimum", minimum));
    }
}

fn check_distinct<'c>(f: &mut Fields<'_>, list: &str, names: impl Iterator<Item = &'c str>) {
    let mut seen = HashSet::new();
    for (index, name) in names.enumerate() {
        if !seen.insert(name) {
            let _: Option<()> = f.fail(&format!("{list}[{index}]"), Fault::new("repeated").arg("value", name));
        }
    }
}
