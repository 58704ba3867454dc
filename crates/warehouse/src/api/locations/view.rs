//! A location as clients see it.

use domain::ledger::LocationKind;
use serde::{Serialize, Serializer};
use store::location;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, SchemaType, Type},
    },
};

/// What a location is: `internal` for a place, else the counterpart it stands for.
#[derive(Debug, Clone, Copy)]
pub struct LocationKindName(LocationKind);

impl ToSchema for LocationKindName {
    fn name() -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Borrowed("LocationKind")
    }
}

impl PartialSchema for LocationKindName {
    fn schema() -> RefOr<Schema> {
        let names = LocationKind::ALL.map(|(.., name)| name);
        ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(names)).build().into()
    }
}

impl Serialize for LocationKindName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

/// A place goods can be.
#[derive(Debug, Serialize, ToSchema)]
pub struct Location {
    /// Short name used in requests.
    pub code: String,
    /// Name people know it by.
    pub name: String,
    /// What it is.
    pub kind: LocationKindName,
}

impl From<&location::Location> for Location {
    fn from(location: &location::Location) -> Location {
        Location { code: location.code.clone(), name: location.name.clone(), kind: LocationKindName(location.kind) }
    }
}
