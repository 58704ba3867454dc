//! A category as clients see it.

use serde::Serialize;
use utoipa::ToSchema;

/// A category.
#[derive(Debug, Serialize, ToSchema)]
pub struct Category {
    /// The names from the root, joined by `/`.
    pub path: String,
    /// Its own name, the last of the path.
    pub name: String,
    /// Path of the category it belongs to.
    #[schema(required)]
    pub parent: Option<String>,
}

impl Category {
    /// The category of that path.
    pub fn of(path: &str) -> Category {
        let (parent, name) = path.rsplit_once('/').map_or((None, path), |(parent, name)| (Some(parent), name));
        Category { path: path.to_owned(), name: name.to_owned(), parent: parent.map(str::to_owned) }
    }
}
