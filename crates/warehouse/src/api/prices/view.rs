//! A price as clients see it.

use serde::Serialize;
use store::product::PriceEntry;
use utoipa::ToSchema;

use crate::api::shapes::MoneyText;

/// A price a product has or had.
#[derive(Debug, Serialize, ToSchema)]
pub struct Price {
    /// Since when.
    #[schema(format = DateTime)]
    pub valid_from: String,
    /// The price of one unit, tax included.
    pub price: MoneyText,
    /// Its currency.
    pub currency: String,
    /// Who set it.
    pub actor: String,
}

impl Price {
    /// A price in that currency.
    pub fn of(entry: &PriceEntry, currency: &str) -> Price {
        Price {
            valid_from: entry.valid_from.to_string(),
            price: entry.price.into(),
            currency: currency.to_owned(),
            actor: entry.actor.clone(),
        }
    }
}
