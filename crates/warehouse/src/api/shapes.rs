//! Shapes that many answers share, and how the API document describes them.
//!
//! Invariant: numbers travel as decimal text.

use domain::{Money, Quantity, ledger::PostingKind};
use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, SchemaType, Type},
    },
};

use super::kinds;

fn decimal_text(description: &str, pattern: &str) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).pattern(Some(pattern));
    text.description(Some(description)).build().into()
}

/// A name that a schema is listed under.
macro_rules! named {
    ($shape:ident, $name:literal) => {
        impl ToSchema for $shape {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed($name)
            }
        }
    };
}

/// A quantity in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuantityText(pub Quantity);
named!(QuantityText, "Quantity");

impl PartialSchema for QuantityText {
    fn schema() -> RefOr<Schema> {
        decimal_text("A quantity: whole, or with three decimals.", r"^-?[0-9]+(\.[0-9]{3})?$")
    }
}

impl Serialize for QuantityText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl From<Quantity> for QuantityText {
    fn from(quantity: Quantity) -> QuantityText {
        QuantityText(quantity)
    }
}

/// An amount of money in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoneyText(pub Money);
named!(MoneyText, "Money");

impl PartialSchema for MoneyText {
    fn schema() -> RefOr<Schema> {
        decimal_text(
            "An amount: with two decimals, or four when it is finer than a cent.",
            r"^-?[0-9]+\.([0-9]{2}|[0-9]{4})$",
        )
    }
}

impl Serialize for MoneyText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl From<Money> for MoneyText {
    fn from(money: Money) -> MoneyText {
        MoneyText(money)
    }
}

/// The name of a kind of posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindName(pub PostingKind);
named!(KindName, "PostingKind");

impl PartialSchema for KindName {
    fn schema() -> RefOr<Schema> {
        let names = PostingKind::ALL.iter().map(|kind| kind.name());
        ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(names)).build().into()
    }
}

/// The name of a kind of posting that is made by itself, not by a document.
#[derive(Debug, Clone, Copy)]
pub struct NewKindName;
named!(NewKindName, "NewPostingKind");

impl PartialSchema for NewKindName {
    fn schema() -> RefOr<Schema> {
        let alone = PostingKind::ALL.iter().filter(|kind| kinds::document_of(**kind).is_none());
        let names = alone.map(|kind| kind.name());
        ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(names)).build().into()
    }
}

impl Serialize for KindName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}
