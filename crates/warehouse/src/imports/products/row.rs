//! What one row says of a product.
//!
//! Invariant: a code becomes a barcode only when it is a right GTIN or stands in a column of barcodes; a wrong GTIN is told
//! and kept as the shop's own code.

use domain::{
    Money, Quantity, Unit,
    ar::VatRate,
    fold::fold,
    gtin::{Gtin, GtinError},
    pack::PackFactor,
};
use store::product::{Barcode, Incoming, Pack, Patch, normal_barcode};

use super::is_placeholder;
use crate::imports::{issue::Code, layout::Layout, scan::Reading};

/// What the file as a whole says about its codes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claims {
    /// It has a column of barcodes besides the codes.
    has_barcodes: bool,
    /// It claims that its codes are GTINs: a flag for each, or the name of the column.
    codes_are_gtins: bool,
}

impl Claims {
    pub(super) fn of(layout: &Layout) -> Claims {
        let named = fold(layout.header("sku"));
        let names_gtins = ["ean", "gtin", "barra", "barcode"].iter().any(|word| named.contains(word));
        Claims {
            has_barcodes: layout.column("barcode").is_some(),
            codes_are_gtins: layout.column("is_gtin").is_some() || names_gtins,
        }
    }
}

/// A row that can be taken.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) row: u64,
    pub(super) incoming: Incoming,
    pub(super) price: Option<Money>,
    /// The row is one branch's word about a product of several.
    pub(super) of_branch: bool,
    /// The code had to be freed from a spreadsheet's `.0`.
    pub(super) repaired: bool,
    /// What the code is, when it claims to be a GTIN and is not.
    pub(super) not_a_gtin: Option<GtinError>,
    /// What the file calls the column of the code.
    pub(super) column: String,
}

/// Reads a row; `None` when it cannot be taken, which its issues say.
pub(super) fn read(reading: &mut Reading<'_>, claims: Claims) -> Option<Found> {
    let sku = reading.sku("sku");
    let name = reading.needed_text("name");
    let brand = reading.text("brand");
    let category = category(reading);
    let supplier = Some(reading.text("supplier").into_owned()).filter(|name| !name.is_empty());
    let price = price(reading);
    let (minimum, maximum) = (reading.level("minimum"), reading.level("maximum"));
    let vat_rate = vat_rate(reading);
    let packs: Vec<Pack> = pack(reading).into_iter().collect();
    let (tracks_lots, tracks_expiry) = (reading.yes_no("tracks_lots"), reading.yes_no("tracks_expiry"));
    let (active, is_gtin) = (reading.yes_no("active"), reading.yes_no("is_gtin"));
    let stated_unit = unit(reading);
    let barcodes = barcodes(reading);
    if reading.failed() {
        return None;
    }
    let (sku, name) = (sku?.to_owned(), name?.into_owned());
    let gtin = sku.parse::<Gtin>();
    let (barcodes, not_a_gtin) = own_barcode(&sku, gtin, is_gtin, claims, barcodes);
    let weighed = is_a_kilogram(reading) && gtin.map_or(true, |gtin| gtin.is_restricted());
    let patch = Patch {
        name: Some(name),
        category: category.map(Some),
        brand: Some(real_brand(&brand)).filter(|brand| !brand.is_empty()),
        supplier: supplier.map(Some),
        unit: stated_unit.or_else(|| weighed.then_some(Unit::Kilogram)),
        minimum: minimum.map(Some),
        maximum: maximum.map(Some),
        vat_rate: vat_rate.map(|rate| Some(rate.name().to_owned())),
        price: None,
        tracks_lots,
        tracks_expiry,
        active,
    };
    Some(Found {
        row: reading.number(),
        incoming: Incoming { sku, patch, barcodes, packs },
        price,
        of_branch: !reading.raw("branch").trim().is_empty(),
        repaired: crate::imports::cell::was_number(reading.raw("sku")),
        not_a_gtin,
        column: reading.header("sku").to_owned(),
    })
}

/// The barcodes of a product, and what its code is when it should be one and is not.
fn own_barcode(
    sku: &str,
    gtin: Result<Gtin, GtinError>,
    is_gtin: Option<bool>,
    claims: Claims,
    stated: Vec<Barcode>,
) -> (Vec<Barcode>, Option<GtinError>) {
    if claims.has_barcodes {
        return (stated, None);
    }
    match gtin {
        Ok(gtin) if is_gtin != Some(false) => {
            (vec![Barcode { code: gtin.shortest().to_owned(), pack_quantity: Quantity::ONE }], None)
        }
        // The file itself says that this is a code of its shop.
        Ok(_) => (stated, None),
        Err(error) => {
            // Thirteen digits of which the last is wrong are a GTIN somebody mistyped, whatever the file claims.
            let looks_like_one = matches!(error, GtinError::CheckDigit { .. }) && sku.len() >= 12;
            (stated, (claims.codes_are_gtins || looks_like_one).then_some(error))
        }
    }
}

fn real_brand(text: &str) -> String {
    let nameless = matches!(fold(text).as_str(), "" | "sin marca" | "s m" | "s marca" | "n a" | "no brand");
    if nameless { String::new() } else { text.to_owned() }
}

fn category(reading: &mut Reading<'_>) -> Option<String> {
    let (category, subcategory) = (reading.text("category"), reading.text("subcategory"));
    let path = category.replace(['>', '\\'], "/");
    let parts = [path.as_str(), &subcategory].into_iter().filter(|part| !part.is_empty());
    Some(parts.collect::<Vec<_>>().join("/")).filter(|path| !path.is_empty())
}

fn price(reading: &mut Reading<'_>) -> Option<Money> {
    let price = reading.price("price")?;
    if is_placeholder(price) {
        reading.note("price", Code::PlaceholderPrice, "");
        return None;
    }
    Some(price)
}

fn vat_rate(reading: &mut Reading<'_>) -> Option<VatRate> {
    let text = reading.raw("vat_rate").trim().replace(',', ".");
    if text.is_empty() {
        return None;
    }
    let rate = text.parse();
    if rate.is_err() {
        reading.note("vat_rate", Code::UnknownVat, "");
    }
    rate.ok()
}

fn pack(reading: &mut Reading<'_>) -> Option<Pack> {
    let text = reading.raw("pack").trim().replace(',', ".");
    if text.is_empty() {
        return None;
    }
    match text.parse::<PackFactor>() {
        Ok(factor) => Some(Pack { name: "bulto".to_owned(), factor }).filter(|pack| pack.factor != PackFactor::ONE),
        Err(_) => {
            reading.note("pack", Code::NotANumber, "");
            None
        }
    }
}

fn unit(reading: &mut Reading<'_>) -> Option<Unit> {
    let unit = match fold(reading.raw("unit")).as_str() {
        "" => return None,
        "unit" | "unidad" | "unidades" | "un" | "u" | "uni" | "ud" | "pieza" | "piece" | "pza" | "each" | "ea" => {
            Unit::Piece
        }
        "kg" | "kilo" | "kilos" | "kilogramo" | "kilogramos" | "k" | "kgs" => Unit::Kilogram,
        "l" | "lt" | "lts" | "litro" | "litros" | "litre" | "liter" => Unit::Litre,
        "m" | "mt" | "mts" | "metro" | "metros" | "metre" | "meter" => Unit::Metre,
        _ => {
            reading.note("unit", Code::UnknownUnit, "");
            return None;
        }
    };
    Some(unit)
}

/// Whether the presentation is one kilogram: with a code of the shop's own, that is how goods sold by weight are listed.
fn is_a_kilogram(reading: &Reading<'_>) -> bool {
    let stated = format!("{} {}", reading.raw("presentation"), reading.raw("presentation_unit"));
    matches!(fold(&stated).as_str(), "1 kg" | "1 0 kg" | "1 00 kg")
}

/// The barcodes of a cell; several are parted by spaces or punctuation.
fn barcodes(reading: &mut Reading<'_>) -> Vec<Barcode> {
    let mut found: Vec<Barcode> = Vec::new();
    for part in reading.raw("barcode").split([' ', ',', ';', '|', '/', '\n']).filter(|part| !part.trim().is_empty()) {
        let Ok(code) = crate::imports::cell::code(part) else {
            reading.note("barcode", Code::LostDigits, "");
            continue;
        };
        let nothing = matches!(fold(code).as_str(), "" | "0" | "n a" | "s n" | "sin" | "codigo");
        if nothing || found.iter().any(|barcode| barcode.code == normal_barcode(code)) {
            continue;
        }
        if code.chars().any(char::is_control) || code.chars().count() > 64 {
            reading.note("barcode", Code::BadCode, "");
            continue;
        }
        if let Err(error @ (GtinError::CheckDigit { .. } | GtinError::Zero)) = code.parse::<Gtin>() {
            reading.note("barcode", Code::NotAGtin, error);
        }
        found.push(Barcode { code: normal_barcode(code), pack_quantity: Quantity::ONE });
    }
    found
}
