//! From the name of a broken constraint to the rule it stands for.
//!
//! Invariant: this table is the only place that knows how each database names a constraint. SQLite names the columns,
//! PostgreSQL the constraint.

use crate::Error;

/// A rule of the schema that a request can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Site codes are unique.
    SiteCode,
    /// Location codes are unique within a site.
    LocationCode,
    /// Categories are unique but for case and accents.
    CategoryPath,
    /// Supplier codes are unique.
    SupplierCode,
    /// SKUs are unique.
    ProductSku,
    /// A barcode belongs to one product.
    BarcodeCode,
    /// A product has one pack of a name.
    PackName,
    /// Key ids are unique.
    ApiKeyId,
    /// An owner uses an idempotency key once.
    IdempotencyKey,
    /// No two people come in by one login.
    PersonLogin,
}

const NAMES: &[(Rule, &str, &str)] = &[
    (Rule::SiteCode, "site.code", "site_code_key"),
    (Rule::LocationCode, "location.site, location.code", "location_site_code_key"),
    (Rule::CategoryPath, "category.path_key", "category_path_key_key"),
    (Rule::SupplierCode, "supplier.code", "supplier_code_key"),
    (Rule::ProductSku, "product.sku", "product_sku_key"),
    (Rule::BarcodeCode, "barcode.code", "barcode_pkey"),
    (Rule::PackName, "pack.product, pack.name", "pack_pkey"),
    (Rule::ApiKeyId, "api_key.id", "api_key_pkey"),
    (Rule::IdempotencyKey, "idempotency.owner, idempotency.key", "idempotency_pkey"),
    (Rule::PersonLogin, "person.login", "person_login_key"),
];

impl Error {
    /// The rule that was broken, when the error says so and a request can break it.
    pub fn rule(&self) -> Option<Rule> {
        let Error::Constraint(name) = self else { return None };
        NAMES.iter().find(|(_, sqlite, postgres)| name == sqlite || name == postgres).map(|(rule, ..)| *rule)
    }
}
