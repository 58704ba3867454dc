//! A product as clients see it.

use domain::Unit;
use serde::{Serialize, Serializer};
use store::product;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, SchemaType, Type},
    },
};

use crate::api::shapes::{MoneyText, QuantityText};

/// What a product is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitName(pub Unit);

impl ToSchema for UnitName {
    fn name() -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Borrowed("Unit")
    }
}

impl PartialSchema for UnitName {
    fn schema() -> RefOr<Schema> {
        let names = Unit::ALL.map(Unit::name);
        ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(names)).build().into()
    }
}

impl Serialize for UnitName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

/// A barcode and how many units it stands for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Barcode {
    /// The code, without the zeros in front that say nothing.
    pub code: String,
    /// Units of the product in what carries it.
    pub pack_quantity: QuantityText,
}

impl From<&product::Barcode> for Barcode {
    fn from(barcode: &product::Barcode) -> Barcode {
        Barcode { code: barcode.code.clone(), pack_quantity: barcode.pack_quantity.into() }
    }
}

/// A named pack.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pack {
    /// Its name.
    pub name: String,
    /// Units in it, exactly: a whole number or a fraction such as 1/3.
    #[schema(pattern = r"^[0-9]+(/[0-9]+)?$")]
    pub factor: String,
}

impl From<&product::Pack> for Pack {
    fn from(pack: &product::Pack) -> Pack {
        Pack { name: pack.name.clone(), factor: pack.factor.to_string() }
    }
}

/// A product.
#[derive(Debug, Serialize, ToSchema)]
pub struct Product {
    /// Its code, unique; upper and lower case differ.
    pub sku: String,
    /// What people call it.
    pub name: String,
    /// What it is counted in.
    pub unit: UnitName,
    /// Path of its category.
    #[schema(required)]
    pub category: Option<String>,
    /// Its brand.
    #[schema(required)]
    pub brand: Option<String>,
    /// Code of its supplier.
    #[schema(required)]
    pub supplier: Option<String>,
    /// Its barcodes.
    pub barcodes: Vec<Barcode>,
    /// Its packs.
    pub packs: Vec<Pack>,
    /// Stock to keep at least.
    #[schema(required)]
    pub minimum: Option<QuantityText>,
    /// Stock to keep at most.
    #[schema(required)]
    pub maximum: Option<QuantityText>,
    /// Its VAT rate: a percentage or `exempt`.
    #[schema(required)]
    pub vat_rate: Option<String>,
    /// Shelf price of one unit, tax included.
    #[schema(required)]
    pub price: Option<MoneyText>,
    /// Currency of the price.
    pub currency: String,
    /// Whether its lots are told apart.
    pub tracks_lots: bool,
    /// Whether its lots expire.
    pub tracks_expiry: bool,
    /// Whether it takes postings.
    pub active: bool,
    /// Counts changes; the `ETag` is made of it.
    pub version: i64,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

impl Product {
    /// A product priced in that currency.
    pub fn of(product: &product::Product, currency: &str) -> Product {
        Product {
            sku: product.sku.clone(),
            name: product.name.clone(),
            unit: UnitName(product.unit),
            category: product.category.clone(),
            brand: (!product.brand.is_empty()).then(|| product.brand.clone()),
            supplier: product.supplier.clone(),
            barcodes: product.barcodes.iter().map(Barcode::from).collect(),
            packs: product.packs.iter().map(Pack::from).collect(),
            minimum: product.minimum.map(QuantityText),
            maximum: product.maximum.map(QuantityText),
            vat_rate: product.vat_rate.clone(),
            price: product.price.map(MoneyText),
            currency: currency.to_owned(),
            tracks_lots: product.tracks_lots,
            tracks_expiry: product.tracks_expiry,
            active: product.active,
            version: product.version,
            created_at: product.created_at.to_string(),
            updated_at: product.updated_at.to_string(),
        }
    }
}
