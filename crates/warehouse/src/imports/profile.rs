//! How a file is read, kept under a name.
//!
//! Invariant: what is said of one file stands above what its profile says.

use domain::Timestamp;
use store::{Db, Error, Result, Tx, import};

use super::{Kind, scan::Hints};

/// How files of that profile are read; `None` when there is none.
pub async fn load(db: &Db, name: &str) -> Result<Option<Hints>> {
    let Some(profile) = import::profile(db, name).await? else { return Ok(None) };
    let broken =
        |error: serde_json::Error| Error::Broken { table: "import_profile", detail: format!("{name}: {error}") };
    serde_json::from_str(&profile.mapping).map(Some).map_err(broken)
}

/// Keeps how a file of that kind is read, over what the name stood for.
pub async fn save(tx: &mut Tx, name: &str, (kind, hints): (Kind, &Hints), at: Timestamp) -> Result<()> {
    let broken = |error: serde_json::Error| Error::Broken { table: "import_profile", detail: error.to_string() };
    let mapping = serde_json::to_string(hints).map_err(broken)?;
    let profile = import::Profile { name: name.to_owned(), kind: kind.name().to_owned(), mapping };
    import::save_profile(tx, &profile, at).await
}
