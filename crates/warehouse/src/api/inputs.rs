//! Decimals in requests, as the API document describes them: text or a number, within what is accepted.
//!
//! Invariant: nothing is read here; what a reader refuses is only described.

use domain::ar::VatRate;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type},
    },
};

/// Text of a pattern, or a number from zero on.
fn decimal(description: &str, pattern: &str) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).pattern(Some(pattern)).build();
    let number = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Number)).minimum(Some(0)).build();
    let either = OneOfBuilder::new().item(text).item(number).description(Some(description)).build();
    RefOr::T(Schema::OneOf(either))
}

macro_rules! inputs {
    ($($shape:ident $name:literal $pattern:literal $description:literal;)*) => {$(
        #[doc = $description]
        #[derive(Debug)]
        pub struct $shape(());

        impl ToSchema for $shape {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed($name)
            }
        }

        impl PartialSchema for $shape {
            fn schema() -> RefOr<Schema> {
                decimal($description, $pattern)
            }
        }
    )*};
}

inputs! {
    Unsigned "UnsignedQuantityInput" r"^[0-9]{1,10}(\.[0-9]{1,3})?$"
        "A quantity of zero or more with up to three decimals, as text or as a number.";
    Positive "PositiveQuantityInput" r"^([1-9][0-9]{0,9}(\.[0-9]{1,3})?|0\.([1-9][0-9]{0,2}|0[1-9][0-9]?|00[1-9]))$"
        "A quantity above zero with up to three decimals, as text or as a number.";
    Price "UnsignedMoneyInput" r"^[0-9]{1,10}(\.[0-9]{1,4})?$"
        "An amount of zero or more with up to four decimals, as text or as a number.";
    Factor "PackFactorInput" r"^([1-9][0-9]{0,5}(\.[0-9]{1,3})?|[1-9][0-9]{0,5}/[1-9][0-9]{0,5})$"
        "Units in a pack: 12, 0.5 or 1/3, as text, or as a number.";
}

/// A VAT rate: a percentage as text or as a number, or `exempt`.
#[derive(Debug)]
pub struct Vat(());

impl ToSchema for Vat {
    fn name() -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Borrowed("VatRateInput")
    }
}

impl PartialSchema for Vat {
    fn schema() -> RefOr<Schema> {
        let names = VatRate::all().map(VatRate::name);
        let numbers = VatRate::all().filter_map(|rate| rate.name().parse::<serde_json::Number>().ok());
        let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(names));
        let number = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Number)).enum_values(Some(numbers));
        RefOr::T(Schema::OneOf(OneOfBuilder::new().item(text.build()).item(number.build()).build()))
    }
}
